/* claw-window-private.h: what the parts of the window share. Private to src/gtk. */
#pragma once

#include "claw-connecting-page.h"
#include "claw-failure-page.h"
#include "claw-sidebar.h"
#include "claw-split.h"
#include "claw-window.h"

/* The way of a .sec file from the user's choice to the first knock. */
typedef struct
{
  GQueue waiting;            /* of what is to be opened next, see claw-window-open.c */
  GFile *file;               /* (nullable): the last one that was tried */
  char *key_file;            /* (nullable) */
  char *name;                /* of the file, to be shown */
  ClawClientOpenFlags flags; /* of the last try */
  ClawBootstrapKey *key;     /* (nullable): until it is known to be wrong */
  gboolean needs_passphrase;
  GCancellable *cancellable; /* (nullable): while it is under way */
  GError *failure;           /* (nullable): how it ended, as the failure page tells it */
} ClawOpening;

struct _ClawWindow
{
  AdwApplicationWindow parent_instance;

  ClawSavedChats *chats;
  GHashTable *pages;           /* of ClawChatPage, by their ClawSavedChat */
  ClawSavedChat *chat;         /* (nullable): in view, or would be if the sidebar did not hide it */
  gboolean is_opening_in_view; /* what is opened, or why it was not, is shown instead */
  ClawOpening opening;
  gboolean may_close; /* the user said so, or nothing is lost by it */

  AdwToastOverlay *toasts;
  ClawSplit *split;
  ClawSidebar *sidebar;
  GtkStack *stack;
  GtkWidget *start_header;
  GtkWidget *start_back;
  GtkWidget *start_menu;
  GtkStack *start_stack;
  ClawConnectingPage *opening_page;
  ClawFailurePage *failure_page;
};

/* Shows what fits the chat in view and the opening. */
void claw_window_update (ClawWindow *window);

/* claw-window-open.c */
void claw_window_choose_file (ClawWindow *window);
/* The same file once more, with the key that opened it. */
void claw_window_open_again (ClawWindow *window, ClawClientOpenFlags flags);
/* Forgets what was opened last, and what was to be opened next. */
void claw_window_clear_opening (ClawWindow *window);
gboolean claw_window_is_opening (ClawWindow *window);
