/* claw-banner-layout.h: places a text and the answers to it, each where there is room.
 *
 * The first child is the text, the others are its buttons. They stand beside it, or below it where
 * beside them it had less than half of the width; where they do not fit side by side, one below the
 * other. (From libadwaita 1.4 on a breakpoint could do it.)
 */
#pragma once

#include <gtk/gtk.h>

#define CLAW_TYPE_BANNER_LAYOUT (claw_banner_layout_get_type ())
G_DECLARE_FINAL_TYPE (ClawBannerLayout, claw_banner_layout, CLAW, BANNER_LAYOUT, GtkLayoutManager)
