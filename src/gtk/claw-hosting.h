/* claw-hosting.h: the application's part in hosting a chat: the host itself, which begins again
 * where it was when the program ended, the action that shows its page, and the chat by which this
 * program takes part in it. */
#pragma once

#include "claw-saved-chats.h"

#include <adwaita.h>

typedef struct
{
  /* Opens @file, a .sec file of the hosted chat, whose key is in the file @key_path. */
  void (*open) (GFile *file, const char *key_path, gpointer user_data);
  void (*show) (ClawSavedChat *chat, gpointer user_data);
} ClawHostingListener;

/* Adds the action app.host to @application, with which the host ends. @stun_servers: as
 * networking.stun_servers. To be called once. */
void claw_hosting_attach (GtkApplication *application,
                          ClawSavedChats *chats,
                          const char *const *stun_servers,
                          const ClawHostingListener *listener,
                          gpointer user_data);
/* Before, this program takes part in nothing. @is_all: FALSE when those that are saved stay locked:
 * it does not take part, as somebody new, in what an earlier run has begun, unless it is asked to.
 */
void claw_hosting_chats_loaded (GtkApplication *application, gboolean is_all);
/* Counts when hosting begins the next time. */
void claw_hosting_set_stun_servers (GtkApplication *application, const char *const *servers);
