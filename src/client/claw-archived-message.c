/* claw-archived-message.c: version 1, flags 1, state 1, kept 8, id 16, time 8, sender, text; of an
 * answer also the other's id 16, sender, excerpt. Each text has its length, a varint, ahead. */
#include "claw-archived-message.h"

#include "claw-bytes.h"

#include <string.h>

#define VERSION 1
#define FLAG_OWN 1
#define FLAG_REPLY 2
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

/* Writing. */

static size_t
get_text_size (const char *text)
{
  size_t length = text ? strlen (text) : 0;
  return claw_varint_size (length) + length;
}

static void
write_text (ClawWriter *writer, const char *text)
{
  size_t length = text ? strlen (text) : 0;
  claw_writer_varint (writer, length);
  claw_writer_bytes (writer, text, length);
}

static void
write_reply (ClawWriter *writer, const ClawMessageReply *reply)
{
  claw_writer_bytes (writer, reply->id, CLAW_MESSAGE_ID_SIZE);
  write_text (writer, reply->sender);
  write_text (writer, reply->excerpt);
}

static size_t
get_size (ClawMessage *message)
{
  const ClawMessageReply *reply = claw_message_get_reply (message);
  size_t size = HEAD_SIZE + get_text_size (claw_message_get_sender (message))
                + get_text_size (claw_message_get_text (message, NULL));
  if (reply)
    size += CLAW_MESSAGE_ID_SIZE + get_text_size (reply->sender) + get_text_size (reply->excerpt);
  return size;
}

GByteArray *
claw_archived_message_write (const ClawArchivedMessage *archived)
{
  ClawMessage *message = archived->message;
  const ClawMessageReply *reply = claw_message_get_reply (message);
  size_t size = get_size (message);
  GByteArray *bytes = g_byte_array_sized_new ((guint) size);
  g_byte_array_set_size (bytes, (guint) size);
  ClawWriter writer;
  claw_writer_init (&writer, bytes->data, size);
  claw_writer_u8 (&writer, VERSION);
  claw_writer_u8 (&writer,
                  (uint8_t) ((archived->is_own ? FLAG_OWN : 0) | (reply ? FLAG_REPLY : 0)));
  claw_writer_u8 (&writer, (uint8_t) archived->state);
  claw_writer_u64 (&writer, (uint64_t) archived->kept_us);
  claw_writer_bytes (&writer, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE);
  claw_writer_u64 (&writer, (uint64_t) claw_message_get_time_us (message));
  write_text (&writer, claw_message_get_sender (message));
  write_text (&writer, claw_message_get_text (message, NULL));
  if (reply)
    write_reply (&writer, reply);
  g_assert (!writer.failed && writer.used == size);
  return bytes;
}

/* Reading. */

/* Returns: (transfer full) (nullable): NULL when the reader failed; "" is text. */
static char *
read_text (ClawReader *reader)
{
  uint64_t length = claw_reader_varint (reader);
  const uint8_t *bytes = claw_reader_bytes (reader, length);
  return bytes ? g_strndup ((const char *) bytes, length) : NULL;
}

/* Returns: (transfer full) (nullable) */
static ClawMessage *
read_message (ClawReader *reader, gboolean is_reply)
{
  const uint8_t *id = claw_reader_bytes (reader, CLAW_MESSAGE_ID_SIZE);
  uint64_t time_us = claw_reader_u64 (reader);
  g_autofree char *sender = read_text (reader);
  g_autofree char *text = read_text (reader);
  const uint8_t *reply_id = is_reply ? claw_reader_bytes (reader, CLAW_MESSAGE_ID_SIZE) : NULL;
  g_autofree char *reply_sender = is_reply ? read_text (reader) : NULL;
  g_autofree char *excerpt = is_reply ? read_text (reader) : NULL;
  ClawMessageReply reply = { .sender = reply_sender, .excerpt = excerpt };
  if (!claw_reader_at_end (reader) || time_us > G_MAXINT64)
    return NULL;
  if (reply_id)
    memcpy (reply.id, reply_id, CLAW_MESSAGE_ID_SIZE);
  return claw_message_new_with_reply (id, *sender ? sender : NULL, (gint64) time_us,
                                      reply_id ? &reply : NULL, text, -1, NULL);
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
  if (reader.failed || version != VERSION || (flags & ~(FLAG_OWN | FLAG_REPLY)) != 0
      || state > CLAW_MESSAGE_DELIVERED || kept_us > G_MAXINT64)
    return NULL;
  g_autoptr (ClawMessage) message = read_message (&reader, (flags & FLAG_REPLY) != 0);
  if (!message)
    return NULL;
  return claw_archived_message_new (row, (gint64) kept_us, message, (flags & FLAG_OWN) != 0,
                                    (ClawMessageState) state);
}
