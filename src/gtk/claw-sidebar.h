/* claw-sidebar.h: the list of chats, with the header above it.
 *
 * Signals:
 *
 * - "selected" (ClawSavedChat *chat): the user moved the selection there
 *
 * - "activated" (ClawSavedChat *chat): the user clicked it or pressed Enter
 *
 * - "command" (const char *command, ClawSavedChat *chat): chosen from its menu: "rename",
 *   "disconnect", "reconnect" or "forget"
 */
#pragma once

#include "claw-saved-chats.h"

#include <adwaita.h>

#define CLAW_TYPE_SIDEBAR (claw_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (ClawSidebar, claw_sidebar, CLAW, SIDEBAR, AdwBin)

void claw_sidebar_set_chats (ClawSidebar *sidebar, ClawSavedChats *chats);
/* @chat: (nullable): NULL for none. Does not emit. */
void claw_sidebar_select (ClawSidebar *sidebar, ClawSavedChat *chat);
/* Whether it is alone in the window, so that its header has all of the window's buttons. */
void claw_sidebar_set_folded (ClawSidebar *sidebar, gboolean folded);
void claw_sidebar_focus (ClawSidebar *sidebar);
