/* claw-chat-frame.c: writing and reading the frames of a chat. */
#include "claw-chat-frame.h"

#include <string.h>

#define FIRST_SIZE 2048
/* A frame of the largest length with the varint ahead of it. */
#define SIZE_MAX_NEEDED (8 + CLAW_CHAT_FRAME_LENGTH_MAX)

#define TEXT_FIXED_SIZE (1 + CLAW_MESSAGE_ID_SIZE + 8 + 1 + 1)
#define REPLY_FIXED_SIZE (CLAW_MESSAGE_ID_SIZE + 1 + 2)
G_STATIC_ASSERT (TEXT_FIXED_SIZE + CLAW_MESSAGE_NAME_MAX + CLAW_CHAT_FRAME_REPLY_MAX
                     + CLAW_MESSAGE_TEXT_MAX
                 <= CLAW_CHAT_FRAME_LENGTH_MAX);
G_STATIC_ASSERT (CLAW_MESSAGE_NAME_MAX <= UINT8_MAX);

static void
write_short_name (ClawWriter *writer, const char *name)
{
  size_t length = strlen (name);

  g_assert (length <= CLAW_MESSAGE_NAME_MAX);
  claw_writer_u8 (writer, (uint8_t) length);
  claw_writer_bytes (writer, name, length);
}

static size_t
get_reply_size (const ClawMessageReply *reply)
{
  if (reply == NULL)
    return 0;
  return REPLY_FIXED_SIZE + (reply->sender == NULL ? 0 : strlen (reply->sender))
         + strlen (reply->excerpt);
}

static void
write_reply (ClawWriter *writer, const ClawMessageReply *reply)
{
  size_t length = strlen (reply->excerpt);

  g_assert (length <= CLAW_MESSAGE_EXCERPT_MAX);
  claw_writer_bytes (writer, reply->id, sizeof reply->id);
  write_short_name (writer, reply->sender == NULL ? "" : reply->sender);
  claw_writer_u16 (writer, (uint16_t) length);
  claw_writer_bytes (writer, reply->excerpt, length);
}

void
claw_chat_frame_write_text_head (ClawWriter *writer, const ClawMessage *message)
{
  const char *sender = claw_message_get_sender (message);
  const ClawMessageReply *reply = claw_message_get_reply (message);
  size_t length;

  if (sender == NULL)
    sender = "";
  claw_message_get_text (message, &length);
  claw_writer_varint (writer, TEXT_FIXED_SIZE + strlen (sender) + get_reply_size (reply) + length);
  claw_writer_u8 (writer, CLAW_CHAT_FRAME_TEXT);
  claw_writer_bytes (writer, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE);
  claw_writer_u64 (writer, (uint64_t) claw_message_get_time_us (message));
  claw_writer_u8 (writer, reply == NULL ? 0 : CLAW_CHAT_FRAME_FLAG_REPLY);
  write_short_name (writer, sender);
  if (reply != NULL)
    write_reply (writer, reply);
}

void
claw_chat_frame_write_receipt (ClawWriter *writer, const uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  claw_writer_varint (writer, 1 + CLAW_MESSAGE_ID_SIZE);
  claw_writer_u8 (writer, CLAW_CHAT_FRAME_RECEIPT);
  claw_writer_bytes (writer, id, CLAW_MESSAGE_ID_SIZE);
}

void
claw_chat_frame_write_name (ClawWriter *writer, ClawChatFrameKind kind, const char *name)
{
  size_t length = strlen (name);

  g_assert (length <= CLAW_MESSAGE_NAME_MAX);
  claw_writer_varint (writer, 1 + length);
  claw_writer_u8 (writer, (uint8_t) kind);
  claw_writer_bytes (writer, name, length);
}

GBytes *
claw_chat_frame_new_welcome (const char *name, const char *const *members)
{
  unsigned n = MIN (g_strv_length ((GStrv) members), CLAW_CHAT_FRAME_MEMBERS_MAX);
  size_t length = 1 + 1 + strlen (name);
  g_autofree uint8_t *bytes = NULL;
  ClawWriter writer;

  for (unsigned i = 0; i < n; i++)
    length += 1 + strlen (members[i]);
  bytes = g_malloc (8 + length);
  claw_writer_init (&writer, bytes, 8 + length);
  claw_writer_varint (&writer, length);
  claw_writer_u8 (&writer, CLAW_CHAT_FRAME_WELCOME);
  write_short_name (&writer, name);
  for (unsigned i = 0; i < n; i++)
    write_short_name (&writer, members[i]);
  g_assert (!writer.failed);
  return g_bytes_new_take (g_steal_pointer (&bytes), writer.used);
}

static void
read_short_name (ClawReader *reader, const char **name, size_t *length)
{
  *length = claw_reader_u8 (reader);
  *name = (const char *) claw_reader_bytes (reader, *length);
}

static void
read_rest (ClawReader *reader, const char **bytes, size_t *length)
{
  *length = reader->left;
  *bytes = (const char *) claw_reader_bytes (reader, *length);
}

static void
read_reply (ClawChatFrame *frame, ClawReader *reader)
{
  frame->reply_id = claw_reader_bytes (reader, CLAW_MESSAGE_ID_SIZE);
  read_short_name (reader, &frame->reply_sender, &frame->reply_sender_length);
  frame->reply_excerpt_length = claw_reader_u16 (reader);
  if (frame->reply_excerpt_length > CLAW_MESSAGE_EXCERPT_MAX)
    reader->failed = TRUE;
  frame->reply_excerpt = (const char *) claw_reader_bytes (reader, frame->reply_excerpt_length);
}

static void
read_text (ClawChatFrame *frame, ClawReader *reader)
{
  uint64_t time_us;
  uint8_t flags;

  frame->id = claw_reader_bytes (reader, CLAW_MESSAGE_ID_SIZE);
  time_us = claw_reader_u64 (reader);
  frame->time_us = (gint64) MIN (time_us, (uint64_t) G_MAXINT64);
  flags = claw_reader_u8 (reader);
  /* What another flag would put where is not known. */
  if ((flags & ~CLAW_CHAT_FRAME_FLAG_REPLY) != 0)
    reader->failed = TRUE;
  read_short_name (reader, &frame->name, &frame->name_length);
  if ((flags & CLAW_CHAT_FRAME_FLAG_REPLY) != 0)
    read_reply (frame, reader);
  read_rest (reader, &frame->text, &frame->text_length);
}

static void
read_welcome (ClawChatFrame *frame, ClawReader *reader)
{
  unsigned n = 0;

  read_short_name (reader, &frame->name, &frame->name_length);
  frame->members = *reader;
  while (!reader->failed && reader->left > 0)
    {
      const char *name;
      size_t length;

      read_short_name (reader, &name, &length);
      if (++n > CLAW_CHAT_FRAME_MEMBERS_MAX)
        reader->failed = TRUE;
    }
}

gboolean
claw_chat_frame_read (ClawChatFrame *frame, const uint8_t *bytes, size_t length)
{
  ClawReader reader;

  memset (frame, 0, sizeof *frame);
  claw_reader_init (&reader, bytes, length);
  frame->kind = claw_reader_u8 (&reader);
  switch (frame->kind)
    {
    case CLAW_CHAT_FRAME_TEXT:
      read_text (frame, &reader);
      break;
    case CLAW_CHAT_FRAME_RECEIPT:
      frame->id = claw_reader_bytes (&reader, CLAW_MESSAGE_ID_SIZE);
      break;
    case CLAW_CHAT_FRAME_WELCOME:
      read_welcome (frame, &reader);
      break;
    case CLAW_CHAT_FRAME_JOINED:
    case CLAW_CHAT_FRAME_LEFT:
    case CLAW_CHAT_FRAME_NAME:
      read_rest (&reader, &frame->name, &frame->name_length);
      break;
    default: /* A kind of a later version. */
      return !reader.failed;
    }
  return claw_reader_at_end (&reader);
}

gboolean
claw_chat_frame_next_member (ClawChatFrame *frame, const char **name, size_t *length)
{
  if (frame->members.left == 0)
    return FALSE;
  read_short_name (&frame->members, name, length);
  return !frame->members.failed;
}

void
claw_chat_parser_clear (ClawChatParser *parser)
{
  g_free (parser->bytes);
  memset (parser, 0, sizeof *parser);
}

uint8_t *
claw_chat_parser_reserve (ClawChatParser *parser, size_t *room)
{
  size_t held = parser->end - parser->start;

  /* Only once per call that asked for more, with less than one frame held. */
  if (parser->start > 0)
    memmove (parser->bytes, parser->bytes + parser->start, held);
  parser->start = 0;
  parser->end = held;
  if (held == parser->size)
    {
      g_assert (held < SIZE_MAX_NEEDED);
      parser->size = CLAMP (2 * held, FIRST_SIZE, SIZE_MAX_NEEDED);
      parser->bytes = g_realloc (parser->bytes, parser->size);
    }
  *room = parser->size - held;
  return parser->bytes + held;
}

void
claw_chat_parser_commit (ClawChatParser *parser, size_t length)
{
  g_assert (length <= parser->size - parser->end);
  parser->end += length;
}

ClawChatParserResult
claw_chat_parser_next (ClawChatParser *parser, ClawChatFrame *frame)
{
  ClawReader reader;
  uint64_t length;
  const uint8_t *bytes;

  if (parser->start == parser->end)
    {
      claw_chat_parser_clear (parser);
      return CLAW_CHAT_PARSER_MORE;
    }
  claw_reader_init (&reader, parser->bytes + parser->start, parser->end - parser->start);
  length = claw_reader_varint (&reader);
  if (reader.failed)
    return CLAW_CHAT_PARSER_MORE;
  if (length == 0 || length > CLAW_CHAT_FRAME_LENGTH_MAX)
    return CLAW_CHAT_PARSER_BROKEN;
  bytes = claw_reader_bytes (&reader, length);
  if (bytes == NULL)
    return CLAW_CHAT_PARSER_MORE;
  parser->start = parser->end - reader.left;
  return claw_chat_frame_read (frame, bytes, length) ? CLAW_CHAT_PARSER_FRAME
                                                     : CLAW_CHAT_PARSER_BROKEN;
}
