/* claw-message-layout.h: places what a row of the conversation consists of.
 *
 * The bubble is as wide as its text wants, and stands at the start or at the end side; above it is
 * the sender, at the start the avatar. The notice is seen instead of all that. The alignment of
 * GtkWidget would do the same, but GTK 4.8 asks an aligned widget how wide it is at a given height,
 * which a wrapped label finds out by laying out its text some twenty times.
 */
#pragma once

#include <gtk/gtk.h>

#define CLAW_TYPE_MESSAGE_LAYOUT (claw_message_layout_get_type ())
G_DECLARE_FINAL_TYPE (
    ClawMessageLayout, claw_message_layout, CLAW, MESSAGE_LAYOUT, GtkLayoutManager)

typedef struct
{
  GtkWidget *notice;
  GtkWidget *avatar;
  GtkWidget *sender;
  GtkWidget *bubble;
} ClawMessageParts;

/* @parts: children of the widget whose layout manager this is, which may be hidden. */
void claw_message_layout_set_parts (ClawMessageLayout *layout, const ClawMessageParts *parts);
/* @is_own: the bubble stands at the end side. @leads: there is more room above it. */
void claw_message_layout_set_place (ClawMessageLayout *layout, gboolean is_own, gboolean leads);
