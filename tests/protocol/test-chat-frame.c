/* test-chat-frame.c: frames there and back, cut at any byte, and frames that keep to no format. */
#include "claw-chat-frame.h"

#include <string.h>

static const uint8_t some_id[CLAW_MESSAGE_ID_SIZE] = "0123456789abcde";

static void
append_text (GByteArray *stream, const ClawMessage *message)
{
  uint8_t head[CLAW_CHAT_FRAME_HEAD_MAX];
  ClawWriter writer;
  size_t length;
  const char *text = claw_message_get_text (message, &length);

  claw_writer_init (&writer, head, sizeof head);
  claw_chat_frame_write_text_head (&writer, message);
  g_assert_false (writer.failed);
  g_byte_array_append (stream, head, (guint) writer.used);
  g_byte_array_append (stream, (const uint8_t *) text, (guint) length);
}

static void
append_small (GByteArray *stream, ClawChatFrameKind kind, const char *name)
{
  uint8_t bytes[CLAW_CHAT_FRAME_HEAD_MAX];
  ClawWriter writer;

  claw_writer_init (&writer, bytes, sizeof bytes);
  if (kind == CLAW_CHAT_FRAME_RECEIPT)
    claw_chat_frame_write_receipt (&writer, some_id);
  else
    claw_chat_frame_write_name (&writer, kind, name);
  g_assert_false (writer.failed);
  g_byte_array_append (stream, bytes, (guint) writer.used);
}

static void
append_raw (GByteArray *stream, uint64_t length, const void *bytes, size_t n)
{
  uint8_t head[8];
  ClawWriter writer;

  claw_writer_init (&writer, head, sizeof head);
  claw_writer_varint (&writer, length);
  g_byte_array_append (stream, head, (guint) writer.used);
  g_byte_array_append (stream, bytes, (guint) n);
}

/* Appends what @frame says to @log. */
static void
log_frame (GString *log, ClawChatFrame *frame)
{
  const char *name;
  size_t length;

  g_string_append_printf (log, "%d", frame->kind);
  if (frame->id != NULL)
    g_string_append_printf (log, " id %.15s", frame->id);
  if (frame->name != NULL)
    g_string_append_printf (log, " name %.*s", (int) frame->name_length, frame->name);
  if (frame->reply_id != NULL)
    g_string_append_printf (log, " to %.15s %.*s \"%.*s\"", frame->reply_id,
                            (int) frame->reply_sender_length, frame->reply_sender,
                            (int) frame->reply_excerpt_length, frame->reply_excerpt);
  if (frame->text != NULL)
    g_string_append_printf (log, " at %" G_GINT64_FORMAT " text %.*s", frame->time_us,
                            (int) MIN (frame->text_length, 20), frame->text);
  while (claw_chat_frame_next_member (frame, &name, &length))
    g_string_append_printf (log, ",%.*s", (int) length, name);
  g_string_append_c (log, '\n');
}

/* Feeds @stream in pieces of at most @step bytes. Returns: what the parser gave. */
static char *
parse (const GByteArray *stream, size_t step)
{
  g_auto (ClawChatParser) parser = { 0 };
  GString *log = g_string_new (NULL);
  size_t at = 0;

  for (;;)
    {
      ClawChatFrame frame;
      ClawChatParserResult result = claw_chat_parser_next (&parser, &frame);
      size_t room;
      uint8_t *place;

      if (result == CLAW_CHAT_PARSER_FRAME)
        log_frame (log, &frame);
      if (result == CLAW_CHAT_PARSER_BROKEN)
        g_string_append (log, "broken\n");
      if (result == CLAW_CHAT_PARSER_BROKEN
          || (result == CLAW_CHAT_PARSER_MORE && at == stream->len))
        break;
      if (result == CLAW_CHAT_PARSER_FRAME)
        continue;
      place = claw_chat_parser_reserve (&parser, &room);
      room = MIN (MIN (room, step), stream->len - at);
      memcpy (place, stream->data + at, room);
      claw_chat_parser_commit (&parser, room);
      at += room;
    }
  return g_string_free (log, FALSE);
}

/* Each kind comes out as it went in, wherever the stream is cut. */
static void
test_round_trip (void)
{
  static const char *const members[] = { "Bob", "Cora", NULL };
  static const char *const nobody[] = { NULL };
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autofree char *long_text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  g_autoptr (ClawMessage) small = claw_message_new_full (some_id, "Anna", 42, "hi", -1, NULL);
  g_autoptr (ClawMessage) large = claw_message_new_full (some_id, NULL, 43, long_text, -1, NULL);
  ClawMessageReply reply = { .id = "edcba9876543210", .sender = "Bob", .excerpt = "what?" };
  g_autoptr (ClawMessage) answer = claw_message_new_with_reply (some_id, "Anna", 44, &reply, "that",
                                                                -1, NULL);
  g_autoptr (GBytes) welcome = claw_chat_frame_new_welcome ("Anna", members);
  g_autoptr (GBytes) alone = claw_chat_frame_new_welcome ("Anna", nobody);
  static const size_t steps[] = { 1, 2, 3, 7, 100, 1000, G_MAXSIZE };

  append_text (stream, small);
  append_small (stream, CLAW_CHAT_FRAME_RECEIPT, NULL);
  append_raw (stream, 4, "\x3fxyz", 4);
  append_text (stream, large);
  append_text (stream, answer);
  g_byte_array_append (stream, g_bytes_get_data (welcome, NULL), g_bytes_get_size (welcome));
  g_byte_array_append (stream, g_bytes_get_data (alone, NULL), g_bytes_get_size (alone));
  append_small (stream, CLAW_CHAT_FRAME_JOINED, "Dora");
  append_small (stream, CLAW_CHAT_FRAME_LEFT, "Bob");
  append_small (stream, CLAW_CHAT_FRAME_NAME, "Eve");
  for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *log = parse (stream, steps[i]);

      g_assert_cmpstr (log, ==,
                       "1 id 0123456789abcde name Anna at 42 text hi\n"
                       "2 id 0123456789abcde\n"
                       "63\n"
                       "1 id 0123456789abcde name  at 43 text xxxxxxxxxxxxxxxxxxxx\n"
                       "1 id 0123456789abcde name Anna to edcba9876543210 Bob \"what?\" at 44 text "
                       "that\n"
                       "3 name Anna,Bob,Cora\n"
                       "3 name Anna\n"
                       "4 name Dora\n"
                       "5 name Bob\n"
                       "6 name Eve\n");
    }
}

static const struct
{
  const char *what;
  uint64_t length;
  const char *bytes;
  size_t n;
} broken[] = {
  { "no kind", 0, "", 0 },
  { "one more than the maximum", CLAW_CHAT_FRAME_LENGTH_MAX + 1, "\x01", 1 },
  { "the largest varint", CLAW_VARINT_MAX, "\x01", 1 },
  { "a TEXT without all of an id", 16,
    "\x01"
    "0123456789abcde",
    16 },
  { "a TEXT whose sender goes over its end", 28,
    "\x01"
    "0123456789abcdef"
    "01234567"
    "\0\x02"
    "A",
    28 },
  { "a TEXT with an unknown flag", 28,
    "\x01"
    "0123456789abcdef"
    "01234567"
    "\x02\0"
    "A",
    28 },
  { "a TEXT whose quoted excerpt goes over its end", 47,
    "\x01"
    "0123456789abcdef"
    "01234567"
    "\x01\0"
    "0123456789abcdef"
    "\0\0\x02"
    "A",
    47 },
  { "a RECEIPT with too few bytes", 16,
    "\x02"
    "0123456789abcde",
    16 },
  { "a RECEIPT with too many", 18,
    "\x02"
    "0123456789abcdefg",
    18 },
  { "a WELCOME without a name", 1, "\x03", 1 },
  { "a WELCOME whose member goes over its end", 5,
    "\x03\x01"
    "A"
    "\x02"
    "B",
    5 },
};

/* What keeps to no format is told at once, even when the claimed length has not come. */
static void
test_broken (void)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autoptr (GByteArray) stream = g_byte_array_new ();
      g_autofree char *log = NULL;

      g_test_message ("%s", broken[i].what);
      append_raw (stream, broken[i].length, broken[i].bytes, broken[i].n);
      log = parse (stream, G_MAXSIZE);
      g_assert_cmpstr (log, ==, "broken\n");
    }
}

/* The longest answer that there can be fits; an excerpt of one byte more is refused. */
static void
test_reply_limit (void)
{
  g_autofree char *name = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'n');
  g_autofree char *excerpt = g_strnfill (CLAW_MESSAGE_EXCERPT_MAX, 'e');
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  ClawMessageReply reply = { .sender = name, .excerpt = excerpt };
  g_autoptr (ClawMessage) message = claw_message_new_with_reply (some_id, name, 1, &reply, text, -1,
                                                                 NULL);
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  ClawReader reader;
  ClawChatFrame frame;
  size_t excerpt_at;

  append_text (stream, message);
  claw_reader_init (&reader, stream->data, stream->len);
  g_assert_cmpuint (claw_reader_varint (&reader), ==, reader.left);
  g_assert_true (claw_chat_frame_read (&frame, reader.data, reader.left));
  g_assert_cmpuint (frame.reply_excerpt_length, ==, CLAW_MESSAGE_EXCERPT_MAX);
  g_assert_cmpuint (frame.text_length, ==, CLAW_MESSAGE_TEXT_MAX);
  excerpt_at = (size_t) ((const uint8_t *) frame.reply_excerpt - stream->data);
  stream->data[excerpt_at - 1]++;
  g_assert_false (claw_chat_frame_read (&frame, reader.data, reader.left));
}

/* A WELCOME may name just the maximum of members; more are left out in writing and refused in
 * reading. */
static void
test_members (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *name = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'n');
  g_auto (GStrv) members = NULL;
  g_autoptr (GBytes) welcome = NULL;
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const uint8_t *bytes;
  size_t size;
  ClawReader reader;
  ClawChatFrame frame;
  const char *member;
  size_t length;
  unsigned n = 0;

  for (unsigned i = 0; i < CLAW_CHAT_FRAME_MEMBERS_MAX + 1; i++)
    g_strv_builder_add (builder, name);
  members = g_strv_builder_end (builder);
  welcome = claw_chat_frame_new_welcome (name, (const char *const *) members);
  bytes = g_bytes_get_data (welcome, &size);
  claw_reader_init (&reader, bytes, size);
  g_assert_cmpuint (claw_reader_varint (&reader), ==, CLAW_CHAT_FRAME_LENGTH_MAX);
  g_assert_cmpuint (reader.left, ==, CLAW_CHAT_FRAME_LENGTH_MAX);
  g_assert_true (claw_chat_frame_read (&frame, reader.data, reader.left));
  while (claw_chat_frame_next_member (&frame, &member, &length))
    n++;
  g_assert_cmpuint (n, ==, CLAW_CHAT_FRAME_MEMBERS_MAX);

  g_byte_array_append (body,
                       (const uint8_t *) "\x03\x01"
                                         "A",
                       3);
  for (unsigned i = 0; i < CLAW_CHAT_FRAME_MEMBERS_MAX + 1; i++)
    g_byte_array_append (body,
                         (const uint8_t *) "\x01"
                                           "B",
                         2);
  g_assert_true (claw_chat_frame_read (&frame, body->data, body->len - 2));
  g_assert_false (claw_chat_frame_read (&frame, body->data, body->len));
}

/* What a length claims costs nothing before it has come, and what was held is given back. */
static void
test_memory (void)
{
  g_auto (ClawChatParser) parser = { 0 };
  ClawChatFrame frame;
  size_t room;
  uint8_t *place;
  ClawWriter writer;

  g_assert_cmpint (claw_chat_parser_next (&parser, &frame), ==, CLAW_CHAT_PARSER_MORE);
  place = claw_chat_parser_reserve (&parser, &room);
  claw_writer_init (&writer, place, room);
  claw_writer_varint (&writer, CLAW_CHAT_FRAME_LENGTH_MAX);
  claw_writer_u8 (&writer, 0x3f);
  claw_chat_parser_commit (&parser, writer.used);
  for (size_t left = CLAW_CHAT_FRAME_LENGTH_MAX - 1; left > 0;)
    {
      size_t given;

      g_assert_cmpint (claw_chat_parser_next (&parser, &frame), ==, CLAW_CHAT_PARSER_MORE);
      place = claw_chat_parser_reserve (&parser, &room);
      g_assert_cmpuint (parser.size, <=, MAX (2 * parser.end, 2048));
      given = MIN (MIN (room, 1200), left);
      memset (place, 0, given);
      claw_chat_parser_commit (&parser, given);
      left -= given;
    }
  g_assert_cmpint (claw_chat_parser_next (&parser, &frame), ==, CLAW_CHAT_PARSER_FRAME);
  g_assert_cmpuint (parser.size, <=, CLAW_CHAT_FRAME_LENGTH_MAX + 8);
  g_assert_cmpint (claw_chat_parser_next (&parser, &frame), ==, CLAW_CHAT_PARSER_MORE);
  g_assert_null (parser.bytes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chat-frame/any-cut/comes-out-as-it-went-in", test_round_trip);
  g_test_add_func ("/chat-frame/broken/told-at-once", test_broken);
  g_test_add_func ("/chat-frame/reply/limit", test_reply_limit);
  g_test_add_func ("/chat-frame/members/limit", test_members);
  g_test_add_func ("/chat-frame/length/grows-with-what-came", test_memory);
  return g_test_run ();
}
