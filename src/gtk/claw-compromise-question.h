/* claw-compromise-question.h: asks whether all keys are to be erased, in a way that nobody answers
 * by mistake. */
#pragma once

#include "claw-dialogs.h"

/* What is told ahead of it, since not everything is possible in each case. */
typedef enum
{
  CLAW_COMPROMISE_QUESTION_CONNECTED, /* the server can be told */
  CLAW_COMPROMISE_QUESTION_AWAY,      /* it cannot */
} ClawCompromiseQuestionCase;

/* @server_name: (nullable): for the one used last. @callback, @free_data: as claw_dialogs_ask ().
 */
void claw_compromise_question_ask (GtkWindow *parent,
                                   const char *server_name,
                                   ClawCompromiseQuestionCase which,
                                   ClawDialogsAnswer callback,
                                   gpointer user_data,
                                   GDestroyNotify free_data);
