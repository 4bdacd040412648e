/* claw-key-question.h: asks for the bootstrap key or passphrase of a .sec file. */
#pragma once

#include "claw-bootstrap-key.h"

#include <gtk/gtk.h>

/* @key: (transfer none) (nullable): NULL when the user cancelled. */
typedef void (*ClawKeyQuestionAnswer) (ClawBootstrapKey *key, gpointer user_data);

/* @file_name: to be shown. @problem: (nullable): why the last answer did not do. */
void claw_key_question_ask (GtkWindow *parent,
                            const char *file_name,
                            gboolean needs_passphrase,
                            const char *problem,
                            ClawKeyQuestionAnswer callback,
                            gpointer user_data);
