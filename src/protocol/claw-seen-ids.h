/* claw-seen-ids.h: the ids of the last messages that came, so that none is shown twice.
 *
 * A ring of the newest ids with an index over it; the oldest is forgotten at the maximum. It grows
 * with what it holds: a chat nobody speaks in costs nothing, a full one 80 KiB. The index is keyed
 * with a random key, since the ids are chosen by the peer.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define CLAW_SEEN_IDS_ID_SIZE 16

typedef struct ClawSeenIds ClawSeenIds;

/* @max: how many are remembered, a power of two, at most 32,768. */
ClawSeenIds *claw_seen_ids_new (unsigned max);
void claw_seen_ids_free (ClawSeenIds *seen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawSeenIds, claw_seen_ids_free)
/* Returns: FALSE when @id is remembered already; nothing changes then, its age neither. */
gboolean claw_seen_ids_add (ClawSeenIds *seen, const uint8_t id[CLAW_SEEN_IDS_ID_SIZE]);
unsigned claw_seen_ids_get_count (const ClawSeenIds *seen);
