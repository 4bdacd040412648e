/* claw-message-keys.h: the keys that act on the message that has the focus.
 *
 * Menu and Shift+F10 show its menu, Ctrl+C copies it, Ctrl+R answers it.
 */
#pragma once

#include <gtk/gtk.h>

/* A handler of GtkEventControllerKey::key-pressed, on a widget around the rows. */
gboolean claw_message_keys_press (GtkEventControllerKey *controller,
                                  unsigned keyval,
                                  unsigned keycode,
                                  GdkModifierType modifiers,
                                  gpointer user_data);
