/* claw-preview-trail.h: the previews of the last messages of a chat, of which some may be taken
 * back before they were sent.
 *
 * A message of others is never taken back, so nothing is kept that is older than the last of them.
 */
#pragma once

#include "claw-chat.h"
#include "claw-message.h"

/* All that can wait to be sent, and the one before. */
#define CLAW_PREVIEW_TRAIL_MAX (CLAW_CHAT_OUTBOX_MESSAGES_MAX + 1)

typedef struct
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  char *line; /* see claw_preview_new () */
  gint64 time_us;
} ClawPreview;

typedef struct ClawPreviewTrail ClawPreviewTrail;

ClawPreviewTrail *claw_preview_trail_new (void);
void claw_preview_trail_free (ClawPreviewTrail *trail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawPreviewTrail, claw_preview_trail_free)

void claw_preview_trail_add (ClawPreviewTrail *trail,
                             ClawMessage *message,
                             gboolean is_own,
                             gint64 time_us);
/* The same, of one that is older than all others. */
void claw_preview_trail_add_oldest (ClawPreviewTrail *trail,
                                    ClawMessage *message,
                                    gboolean is_own,
                                    gint64 time_us);
/* Returns: whether it was the newest. */
gboolean claw_preview_trail_remove (ClawPreviewTrail *trail, ClawMessage *message);
void claw_preview_trail_clear (ClawPreviewTrail *trail);

/* Returns: (transfer none) (nullable) */
const ClawPreview *claw_preview_trail_get_newest (const ClawPreviewTrail *trail);
