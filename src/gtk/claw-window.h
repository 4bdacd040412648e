/* claw-window.h: the window: a sidebar with all chats, and a page for the one in view.
 *
 * Signal "stays" (): asked whether to close it all the same, the user said no.
 */
#pragma once

#include "claw-saved-chats.h"

#include <adwaita.h>

#define CLAW_TYPE_WINDOW (claw_window_get_type ())
G_DECLARE_FINAL_TYPE (ClawWindow, claw_window, CLAW, WINDOW, AdwApplicationWindow)

ClawWindow *claw_window_new (AdwApplication *application, ClawSavedChats *chats);
/* Connects by the .sec @file, beside the chats that there are; several are opened one after
 * another. @key_file: (nullable) */
void claw_window_open (ClawWindow *window, GFile *file, const char *key_file);
/* Puts the focus where one writes, or begins. */
void claw_window_focus (ClawWindow *window);
/* Brings a chat into view. */
void claw_window_show_chat (ClawWindow *window, ClawSavedChat *chat);
void claw_window_toast (ClawWindow *window, const char *text);
