/* claw-split.h: a sidebar beside the content, or before it where there is no room for both.
 *
 * Hides which widget of libadwaita does that: AdwNavigationSplitView from 1.4 on, else AdwLeaflet.
 *
 * Properties, with notify:
 *
 * - "sidebar", "content": the children; write only
 * - "has-sidebar": whether there is anything in the sidebar to go to; writable
 * - "shows-content": FALSE while the sidebar alone is in view; writable
 * - "folded": whether only one of them is in view; also without a sidebar
 * - "needs-back-button": whether the content's header is to offer the way back
 */
#pragma once

#include <adwaita.h>

/* A window that is narrower folds. */
#define CLAW_SPLIT_WIDTH_PX 640
#define CLAW_SPLIT_SIDEBAR_WIDTH_PX 270

#define CLAW_TYPE_SPLIT (claw_split_get_type ())
G_DECLARE_FINAL_TYPE (ClawSplit, claw_split, CLAW, SPLIT, AdwBin)

void claw_split_set_has_sidebar (ClawSplit *split, gboolean has_sidebar);
void claw_split_set_shows_content (ClawSplit *split, gboolean shows_content);
/* What a screen reader says of the content. */
void claw_split_set_content_title (ClawSplit *split, const char *title);
gboolean claw_split_get_folded (ClawSplit *split);
gboolean claw_split_get_has_sidebar (ClawSplit *split);
gboolean claw_split_get_shows_content (ClawSplit *split);
gboolean claw_split_get_needs_back_button (ClawSplit *split);
