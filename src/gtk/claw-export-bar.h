/* claw-export-bar.h: writes the messages of a chat into a file, and shows how far that is.
 *
 * Has the actions "export-text", "export-json" and "export-cancel". The bar is only there while
 * something is written that takes a moment; a toast says that it is done.
 *
 * Signal "focus-left" (): it is about to go with the focus in it, which is to go elsewhere.
 */
#pragma once

#include "claw-saved-chat.h"

#include <adwaita.h>

#define CLAW_TYPE_EXPORT_BAR (claw_export_bar_get_type ())
G_DECLARE_FINAL_TYPE (ClawExportBar, claw_export_bar, CLAW, EXPORT_BAR, AdwBin)

/* Once. @chat: (nullable): whose messages the actions write. @actions: to which they are added.
 * @toasts: (transfer none): around it. */
void claw_export_bar_set_chat (ClawExportBar *bar,
                               ClawSavedChat *chat,
                               GSimpleActionGroup *actions,
                               AdwToastOverlay *toasts);
/* Writes what @archive has into @file; while one is written, another is ignored. @own_name: who
 * wrote our own messages. */
void claw_export_bar_begin (ClawExportBar *bar,
                            ClawArchive *archive,
                            const char *own_name,
                            GFile *file,
                            ClawArchiveFormat format);
