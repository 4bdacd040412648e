/* claw-unlock.h: gets the key of the saved chats, and asks the user for what it needs.
 *
 * With a keyring in the session nothing is asked. Without one the user chooses once between a
 * passphrase, which is asked for at each start, and keeping everything in memory only.
 */
#pragma once

#include "claw-keyring.h"

#include <gtk/gtk.h>

/* The keyring has a key now; its kind says where that is kept. */
typedef void (*ClawUnlockDone) (ClawKeyring *keyring, gpointer user_data);

/* @parent: (nullable): of the questions. @callback: called once, unless @parent goes away first. */
void claw_unlock_run (GtkWindow *parent,
                      ClawKeyring *keyring,
                      ClawUnlockDone callback,
                      gpointer user_data);
