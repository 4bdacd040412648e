/* claw-archived-message.c: version 1, flags 1, state 1, kept 8, id 16, time 8, varint length and
 * sender, varint length and text. */
#include "claw-archived-message.h"

#include "claw-bytes.h"

#include <string.h>

#define VERSION 1
#define FLAG_OWN 1
#define HEAD_SIZE (1 + 1 + 1 + 8 + CLAW_MESSAGE_ID_SIZE + 8)

ClawArchivedMessage *
claw_archived_message_new (
    gint64 row, gint64 kept_us, ClawMessage *message, gboolean is_own, ClawMessageState state)
{
  ClawArchivedMessage *archived = g_new0 (ClawArchivedMessage, 1);
  archived->row = row;
  archived->kept_us = kept_us;
  archived->message = claw_message_ref (message);
  archived->is_own = is_own;
  archived->state = state;
  return archived;
}

void
claw_archived_message_free (ClawArchivedMessage *archived)
{
  if (!archived)
    return;
  claw_message_unref (archived->message);
  g_free (archived);
}

GByteArray *
claw_archived_message_write (const ClawArchivedMessage *archived)
{
  ClawMessage *message = archived->message;
  const char *sender = claw_message_get_sender (message);
  size_t sender_length = sender ? strlen (sender) : 0;
  size_t text_length = 0;
  const char *text = claw_message_get_text (message, &text_length);
  size_t size = HEAD_SIZE + claw_varint_size (sender_length) + sender_length
                + claw_varint_size (text_length) + text_length;
  GByteArray *bytes = g_byte_array_sized_new ((guint) size);
  g_byte_array_set_size (bytes, (guint) size);
  ClawWriter writer;
  claw_writer_init (&writer, bytes->data, size);
  claw_writer_u8 (&writer, VERSION);
  claw_writer_u8 (&writer, archived->is_own ? FLAG_OWN : 0);
  claw_writer_u8 (&writer, (uint8_t) archived->state);
  claw_writer_u64 (&writer, (uint64_t) archived->kept_us);
  claw_writer_bytes (&writer, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE);
  claw_writer_u64 (&writer, (uint64_t) claw_message_get_time_us (message));
  claw_writer_varint (&writer, sender_length);
  claw_writer_bytes (&writer, sender, sender_length);
  claw_writer_varint (&writer, text_length);
  claw_writer_bytes (&writer, text, text_length);
  g_assert (!writer.failed && writer.used == size);
  return bytes;
}

/* Returns: (transfer full) (nullable) */
static ClawMessage *
read_message (ClawReader *reader)
{
  const uint8_t *id = claw_reader_bytes (reader, CLAW_MESSAGE_ID_SIZE);
  uint64_t time_us = claw_reader_u64 (reader);
  uint64_t sender_length = claw_reader_varint (reader);
  const uint8_t *sender_bytes = claw_reader_bytes (reader, sender_length);
  uint64_t text_length = claw_reader_varint (reader);
  const uint8_t *text = claw_reader_bytes (reader, text_length);
  if (!claw_reader_at_end (reader) || time_us > G_MAXINT64 || sender_length > CLAW_MESSAGE_NAME_MAX)
    return NULL;
  g_autofree char *sender = sender_length > 0
                                ? g_strndup ((const char *) sender_bytes, sender_length)
                                : NULL;
  return claw_message_new_full (id, sender, (gint64) time_us, (const char *) text,
                                (gssize) text_length, NULL);
}

ClawArchivedMessage *
claw_archived_message_read (gint64 row, const uint8_t *bytes, size_t length)
{
  ClawReader reader;
  claw_reader_init (&reader, bytes, length);
  uint8_t version = claw_reader_u8 (&reader);
  uint8_t flags = claw_reader_u8 (&reader);
  uint8_t state = claw_reader_u8 (&reader);
  uint64_t kept_us = claw_reader_u64 (&reader);
  if (reader.failed || version != VERSION || flags > FLAG_OWN || state > CLAW_MESSAGE_DELIVERED
      || kept_us > G_MAXINT64)
    return NULL;
  g_autoptr (ClawMessage) message = read_message (&reader);
  if (!message)
    return NULL;
  return claw_archived_message_new (row, (gint64) kept_us, message, (flags & FLAG_OWN) != 0,
                                    (ClawMessageState) state);
}
