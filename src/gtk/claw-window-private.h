/* claw-window-private.h: what the parts of the window share. Private to src/gtk. */
#pragma once

#include "claw-client.h"
#include "claw-composer.h"
#include "claw-conversation.h"
#include "claw-failure-page.h"
#include "claw-window.h"

/* The way of a .sec file from the user's choice to the first knock. */
typedef struct
{
  GFile *file;           /* (nullable): the last one that was tried */
  char *key_file;        /* (nullable) */
  char *name;            /* of the file, to be shown */
  ClawBootstrapKey *key; /* (nullable): until it is known to be wrong */
  gboolean needs_passphrase;
  GCancellable *cancellable; /* (nullable): while it is under way */
} ClawOpening;

struct _ClawWindow
{
  AdwApplicationWindow parent_instance;

  ClawClient *client;
  ClawOpening opening;
  GError *failure;      /* (nullable): of opening, as the failure page tells it */
  char *shown_server;   /* (nullable): whose messages the conversation holds */
  gboolean has_chatted; /* since the file was opened: its end must not take away the messages */
  gboolean may_close;   /* the user said so, or nothing is lost by it */

  AdwWindowTitle *title;
  GtkWidget *header;
  GtkWidget *content;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  AdwStatusPage *connecting_page;
  GtkSpinner *spinner;
  GtkWidget *cancel_button;
  ClawFailurePage *failure_page;
  GtkRevealer *banner;
  GtkLabel *banner_text;
  GtkButton *banner_button;
  ClawConversation *conversation;
  ClawComposer *composer;
};

/* Shows the page that fits the client's state and the opening. */
void claw_window_update (ClawWindow *window);

/* claw-window-open.c */
void claw_window_choose_file (ClawWindow *window);
/* The same file once more, with the key that opened it. */
void claw_window_open_again (ClawWindow *window, ClawClientOpenFlags flags);
void claw_window_cancel_opening (ClawWindow *window);
void claw_window_clear_opening (ClawWindow *window);
gboolean claw_window_is_opening (ClawWindow *window);
