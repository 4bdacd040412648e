/* claw-archived-message.h: a message as an archive keeps it, and as bytes. */
#pragma once

#include "claw-message.h"

typedef struct
{
  gint64 row;     /* grows in the order in which messages were kept; never used twice */
  gint64 kept_us; /* when, µs since 1970 by our own clock */
  ClawMessage *message;
  gboolean is_own;
  ClawMessageState state; /* of our own */
} ClawArchivedMessage;

/* Takes a reference of @message. */
ClawArchivedMessage *claw_archived_message_new (
    gint64 row, gint64 kept_us, ClawMessage *message, gboolean is_own, ClawMessageState state);
void claw_archived_message_free (ClawArchivedMessage *archived);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawArchivedMessage, claw_archived_message_free)

/* Without the row's number. Returns: (transfer full) */
GByteArray *claw_archived_message_write (const ClawArchivedMessage *archived);
/* Returns: (transfer full) (nullable): NULL when it does not keep to the format. */
ClawArchivedMessage *claw_archived_message_read (gint64 row, const uint8_t *bytes, size_t length);
