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

/* What was answered; once. */
typedef void (*ClawCompromiseAnswer) (gboolean accepted,
                                      gboolean keeps_messages,
                                      gpointer user_data);

/* @server_name: (nullable): for the one used last. @may_keep: there are messages of which to ask
 * whether they go too. @free_data: (nullable) */
void claw_compromise_question_ask (GtkWindow *parent,
                                   const char *server_name,
                                   ClawCompromiseQuestionCase which,
                                   gboolean may_keep,
                                   ClawCompromiseAnswer callback,
                                   gpointer user_data,
                                   GDestroyNotify free_data);
