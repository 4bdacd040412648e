/* claw-preview-trail.c: see claw-preview-trail.h. */
#include "claw-preview-trail.h"

#include "claw-preview.h"

#include <string.h>

struct ClawPreviewTrail
{
  GQueue previews; /* of ClawPreview, oldest first */
};

static ClawPreview *
preview_new (ClawMessage *message, gboolean is_own, gint64 time_us)
{
  ClawPreview *preview = g_new0 (ClawPreview, 1);
  memcpy (preview->id, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE);
  preview->line = claw_preview_new (message, is_own);
  preview->time_us = time_us;
  return preview;
}

static void
preview_free (gpointer data)
{
  ClawPreview *preview = data;
  g_free (preview->line);
  g_free (preview);
}

ClawPreviewTrail *
claw_preview_trail_new (void)
{
  ClawPreviewTrail *trail = g_new0 (ClawPreviewTrail, 1);
  g_queue_init (&trail->previews);
  return trail;
}

void
claw_preview_trail_free (ClawPreviewTrail *trail)
{
  if (!trail)
    return;
  claw_preview_trail_clear (trail);
  g_free (trail);
}

void
claw_preview_trail_clear (ClawPreviewTrail *trail)
{
  g_return_if_fail (trail != NULL);
  g_queue_clear_full (&trail->previews, preview_free);
}

void
claw_preview_trail_add (ClawPreviewTrail *trail,
                        ClawMessage *message,
                        gboolean is_own,
                        gint64 time_us)
{
  g_return_if_fail (trail != NULL && message != NULL);
  if (!is_own)
    claw_preview_trail_clear (trail);
  else if (g_queue_get_length (&trail->previews) == CLAW_PREVIEW_TRAIL_MAX)
    preview_free (g_queue_pop_head (&trail->previews));
  g_queue_push_tail (&trail->previews, preview_new (message, is_own, time_us));
}

void
claw_preview_trail_add_oldest (ClawPreviewTrail *trail,
                               ClawMessage *message,
                               gboolean is_own,
                               gint64 time_us)
{
  g_return_if_fail (trail != NULL && message != NULL);
  if (g_queue_get_length (&trail->previews) < CLAW_PREVIEW_TRAIL_MAX)
    g_queue_push_head (&trail->previews, preview_new (message, is_own, time_us));
}

gboolean
claw_preview_trail_remove (ClawPreviewTrail *trail, ClawMessage *message)
{
  g_return_val_if_fail (trail != NULL && message != NULL, FALSE);
  const uint8_t *id = claw_message_get_id (message);
  for (GList *link = trail->previews.tail; link; link = link->prev)
    {
      ClawPreview *preview = link->data;
      if (memcmp (preview->id, id, CLAW_MESSAGE_ID_SIZE) != 0)
        continue;
      gboolean was_newest = link == trail->previews.tail;
      preview_free (preview);
      g_queue_delete_link (&trail->previews, link);
      return was_newest;
    }
  return FALSE;
}

const ClawPreview *
claw_preview_trail_get_newest (const ClawPreviewTrail *trail)
{
  g_return_val_if_fail (trail != NULL, NULL);
  return trail->previews.tail ? trail->previews.tail->data : NULL;
}
