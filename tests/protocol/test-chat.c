/* test-chat.c: two chats over a connection that the test makes up.
 *
 * The five functions of claw-connection.h that a chat uses are defined here, so that the linker
 * takes these and the test decides what gets through, what is handed to the network, and when a
 * connection is gone. The chat over real connections is what tests/simulation is about.
 */
#include "claw-chat.h"

#include <string.h>

struct ClawConnection
{
  ClawConnection *peer;
  GByteArray *waiting; /* written, not read by the peer */
  size_t capacity;     /* of waiting */
  uint64_t written;
  uint64_t sent;
  gboolean holds; /* what is written is not sent */
  gboolean is_server;
};

size_t
claw_connection_write (ClawConnection *connection, unsigned stream, const void *data, size_t length)
{
  size_t n = MIN (length, connection->capacity - connection->waiting->len);

  g_assert_cmpuint (stream, ==, CLAW_CHAT_STREAM);
  g_byte_array_append (connection->waiting, data, (guint) n);
  connection->written += n;
  if (!connection->holds)
    connection->sent = connection->written;
  return n;
}

size_t
claw_connection_read (ClawConnection *connection, unsigned stream, void *buffer, size_t size)
{
  GByteArray *waiting = connection->peer->waiting;
  size_t n = MIN (size, waiting->len);

  g_assert_cmpuint (size, >, 0);
  if (n == 0)
    return 0;
  memcpy (buffer, waiting->data, n);
  g_byte_array_remove_range (waiting, 0, (guint) n);
  return n;
}

uint64_t
claw_connection_get_written (const ClawConnection *connection, unsigned stream)
{
  return connection->written;
}

uint64_t
claw_connection_get_sent (const ClawConnection *connection, unsigned stream)
{
  return connection->sent;
}

gboolean
claw_connection_is_initiator (const ClawConnection *connection)
{
  return !connection->is_server;
}

typedef struct
{
  ClawConnection wires[2];
  ClawChat *chats[2];
  GString *logs[2];
} Fixture;

static void
connect_chats (Fixture *fixture)
{
  for (unsigned i = 0; i < 2; i++)
    {
      ClawConnection *wire = &fixture->wires[i];

      wire->peer = &fixture->wires[1 - i];
      g_byte_array_set_size (wire->waiting, 0);
      wire->capacity = 256 * 1024;
      wire->written = 0;
      wire->sent = 0;
      wire->holds = FALSE;
      claw_chat_attach (fixture->chats[i], NULL);
      claw_chat_attach (fixture->chats[i], wire);
    }
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      fixture->wires[i].waiting = g_byte_array_new ();
      fixture->chats[i] = claw_chat_new ();
      fixture->logs[i] = g_string_new (NULL);
    }
  connect_chats (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      claw_chat_free (fixture->chats[i]);
      g_byte_array_unref (fixture->wires[i].waiting);
      g_string_free (fixture->logs[i], TRUE);
    }
}

static void
log_event (GString *log, const ClawChatEvent *event)
{
  g_autofree char *members = NULL;

  switch (event->type)
    {
    case CLAW_CHAT_MESSAGE:
      g_string_append_printf (log, "%s: %.20s\n", claw_message_get_sender (event->message),
                              claw_message_get_text (event->message, NULL));
      break;
    case CLAW_CHAT_STATE:
      g_string_append_printf (log, "%s %.20s\n",
                              event->state == CLAW_MESSAGE_SENT ? "sent" : "delivered",
                              claw_message_get_text (event->message, NULL));
      break;
    case CLAW_CHAT_WELCOME:
      members = g_strjoinv (",", event->members);
      g_string_append_printf (log, "=%s [%s]\n", event->name, members);
      break;
    case CLAW_CHAT_JOINED:
      g_string_append_printf (log, "+%s\n", event->name);
      break;
    case CLAW_CHAT_LEFT:
      g_string_append_printf (log, "-%s\n", event->name);
      break;
    case CLAW_CHAT_NAME:
      g_string_append_printf (log, "~%s\n", event->name);
      break;
    case CLAW_CHAT_BROKEN:
      g_string_append (log, "broken\n");
      break;
    case CLAW_CHAT_NOTHING:
      g_string_append (log, "nothing\n");
      break;
    }
}

static void
take_events (Fixture *fixture, unsigned side)
{
  for (;;)
    {
      g_auto (ClawChatEvent) event = { 0 };

      if (!claw_chat_next_event (fixture->chats[side], &event))
        return;
      log_event (fixture->logs[side], &event);
    }
}

static void
pump (Fixture *fixture, unsigned side)
{
  claw_chat_pump (fixture->chats[side]);
  take_events (fixture, side);
}

/* Lets both sides run until nothing moves. */
static void
settle (Fixture *fixture)
{
  for (unsigned i = 0; i < 200; i++)
    pump (fixture, i % 2);
}

static void
say (Fixture *fixture, unsigned side, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, 1, &error);

  g_assert_no_error (error);
  g_assert_true (claw_chat_send (fixture->chats[side], message, &error));
  g_assert_no_error (error);
}

static void
assert_log (Fixture *fixture, unsigned side, const char *expected)
{
  g_assert_cmpstr (fixture->logs[side]->str, ==, expected);
  g_string_truncate (fixture->logs[side], 0);
}

static void
write_frame (ClawConnection *wire, const void *bytes, size_t length)
{
  uint8_t head[8];
  ClawWriter writer;

  claw_writer_init (&writer, head, sizeof head);
  claw_writer_varint (&writer, length);
  claw_connection_write (wire, CLAW_CHAT_STREAM, head, writer.used);
  claw_connection_write (wire, CLAW_CHAT_STREAM, bytes, length);
}

/* Writes a TEXT "n" of sender "x" whose id holds @number. */
static void
write_text (ClawConnection *wire, uint32_t number)
{
  uint8_t frame[] = "\x01"
                    "iiiiiiiiiiiiiiii"
                    "tttttttt"
                    "\0\x01"
                    "x"
                    "n";

  memcpy (frame + 1, &number, sizeof number);
  write_frame (wire, frame, sizeof frame - 1);
}

/* Messages arrive in order, and their senders hear of each step once. */
static void
test_states (Fixture *fixture, gconstpointer data)
{
  fixture->wires[0].holds = TRUE;
  say (fixture, 0, "one");
  say (fixture, 0, "two");
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], NULL), ==, 2);
  pump (fixture, 0);
  assert_log (fixture, 0, "");
  /* Up to the last byte but one of the second. */
  fixture->wires[0].sent = fixture->wires[0].written - 1;
  pump (fixture, 0);
  assert_log (fixture, 0, "sent one\n");
  fixture->wires[0].sent = fixture->wires[0].written;
  settle (fixture);
  assert_log (fixture, 0, "sent two\ndelivered one\ndelivered two\n");
  assert_log (fixture, 1, "(null): one\n(null): two\n");
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], NULL), ==, 0);
}

/* What is said without a connection waits, and goes out over the next. */
static void
test_queued (Fixture *fixture, gconstpointer data)
{
  size_t bytes;

  claw_chat_attach (fixture->chats[0], NULL);
  say (fixture, 0, "one");
  say (fixture, 0, "three");
  claw_chat_send_joined (fixture->chats[0], "Nobody");
  pump (fixture, 0);
  assert_log (fixture, 0, "");
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], &bytes), ==, 2);
  g_assert_cmpuint (bytes, ==, 8);
  connect_chats (fixture);
  settle (fixture);
  assert_log (fixture, 1, "(null): one\n(null): three\n");
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], &bytes), ==, 0);
  g_assert_cmpuint (bytes, ==, 0);
}

static ClawMessage *
say_and_keep (Fixture *fixture, unsigned side, const char *text)
{
  ClawMessage *message = claw_message_new (text, -1, 1, NULL);

  g_assert_true (claw_chat_send (fixture->chats[side], message, NULL));
  return message;
}

/* What waits can be taken back, from the front, the middle and the end of the line; what follows
 * goes on. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  ClawMessage *messages[5];
  static const char *const texts[] = { "a", "b", "c", "d", "e" };
  size_t bytes;

  claw_chat_attach (fixture->chats[0], NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    messages[i] = say_and_keep (fixture, 0, texts[i]);
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i += 2)
    {
      g_assert_true (claw_chat_cancel (fixture->chats[0], claw_message_get_id (messages[i])));
      g_assert_false (claw_chat_cancel (fixture->chats[0], claw_message_get_id (messages[i])));
    }
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], &bytes), ==, 2);
  g_assert_cmpuint (bytes, ==, 2);
  connect_chats (fixture);
  settle (fixture);
  say (fixture, 0, "f");
  settle (fixture);
  assert_log (fixture, 1, "(null): b\n(null): d\n(null): f\n");
  g_assert_false (claw_chat_cancel (fixture->chats[0], claw_message_get_id (messages[1])));
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    claw_message_unref (messages[i]);
}

/* What an earlier run may have sent is not taken back before it is sent again either. */
static void
test_sent_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = claw_message_new ("again", -1, 1, NULL);
  claw_chat_attach (fixture->chats[0], NULL);
  g_assert_true (claw_chat_send_again (fixture->chats[0], message, NULL));
  g_assert_false (claw_chat_cancel (fixture->chats[0], claw_message_get_id (message)));
  connect_chats (fixture);
  settle (fixture);
  assert_log (fixture, 1, "(null): again\n");
}

/* One that was begun to be written stays, also when its connection is gone: the peer may have it.
 * One that only waits for room does not. */
static void
test_cancelled_late (Fixture *fixture, gconstpointer data)
{
  fixture->wires[0].capacity = 1;
  g_autoptr (ClawMessage) begun = say_and_keep (fixture, 0, "begun");
  g_autoptr (ClawMessage) waiting = say_and_keep (fixture, 0, "waiting");
  pump (fixture, 0);
  g_assert_cmpuint (fixture->wires[0].written, ==, 1);
  g_assert_false (claw_chat_cancel (fixture->chats[0], claw_message_get_id (begun)));
  g_assert_true (claw_chat_cancel (fixture->chats[0], claw_message_get_id (waiting)));
  connect_chats (fixture);
  g_assert_false (claw_chat_cancel (fixture->chats[0], claw_message_get_id (begun)));
  settle (fixture);
  assert_log (fixture, 1, "(null): begun\n");

  fixture->wires[0].capacity = 0;
  g_autoptr (ClawMessage) next = say_and_keep (fixture, 0, "next");
  pump (fixture, 0);
  g_assert_true (claw_chat_cancel (fixture->chats[0], claw_message_get_id (next)));
  fixture->wires[0].capacity = 256 * 1024;
  say (fixture, 0, "last");
  settle (fixture);
  assert_log (fixture, 1, "(null): last\n");
}

/* A connection that breaks with the receipts under way: the messages come again and are confirmed
 * again, but shown once. */
static void
test_lost_receipts (Fixture *fixture, gconstpointer data)
{
  say (fixture, 0, "one");
  say (fixture, 0, "two");
  pump (fixture, 0);
  pump (fixture, 0);
  assert_log (fixture, 0, "sent one\nsent two\n");
  pump (fixture, 1);
  assert_log (fixture, 1, "(null): one\n(null): two\n");
  say (fixture, 0, "three");
  connect_chats (fixture);
  settle (fixture);
  assert_log (fixture, 0, "sent three\ndelivered one\ndelivered two\ndelivered three\n");
  assert_log (fixture, 1, "(null): three\n");
}

/* A frame of which a part was written or read when the connection broke is begun anew, wherever the
 * cut was. */
static void
test_cut (Fixture *fixture, gconstpointer data)
{
  for (size_t cut = 0; cut < 60; cut++)
    {
      fixture->wires[0].capacity = cut;
      say (fixture, 0, "abcdefghij");
      say (fixture, 0, "klmnopqrst");
      pump (fixture, 0);
      pump (fixture, 1);
      connect_chats (fixture);
      settle (fixture);
      assert_log (fixture, 1, "(null): abcdefghij\n(null): klmnopqrst\n");
      g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], NULL), ==, 0);
    }
}

/* A connection that takes little at a time: the largest messages go both ways at once. */
static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');

  for (unsigned i = 0; i < 2; i++)
    {
      fixture->wires[i].capacity = 1000;
      say (fixture, i, text);
      say (fixture, i, text);
    }
  for (unsigned i = 0; i < 1000; i++)
    pump (fixture, i % 2);
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_nonnull (strstr (fixture->logs[i]->str, "(null): xxxx"));
      g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[i], NULL), ==, 0);
    }
}

/* Two full outboxes and no room on the way: both sides still read, and all is delivered. */
static void
test_both_full (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      fixture->wires[i].capacity = 40;
      for (unsigned n = 0; n < CLAW_CHAT_OUTBOX_MESSAGES_MAX; n++)
        say (fixture, i, "n");
    }
  for (unsigned i = 0; i < 20000; i++)
    pump (fixture, i % 2);
  for (unsigned i = 0; i < 2; i++)
    g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[i], NULL), ==, 0);
}

/* The outbox holds just the maximum of messages. */
static void
test_full_messages (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = claw_message_new ("one more", -1, 1, NULL);
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    say (fixture, 0, "n");
  g_assert_false (claw_chat_send (fixture->chats[0], message, &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_QUEUE_FULL);
  settle (fixture);
  g_assert_true (claw_chat_send (fixture->chats[0], message, NULL));
}

/* The outbox holds just the maximum of bytes. */
static void
test_full_bytes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  g_autoptr (ClawMessage) message = claw_message_new ("x", -1, 1, NULL);
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < CLAW_CHAT_OUTBOX_BYTES_MAX / CLAW_MESSAGE_TEXT_MAX; i++)
    say (fixture, 0, text);
  g_assert_false (claw_chat_send (fixture->chats[0], message, &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_QUEUE_FULL);
}

/* An application that takes no events stops the reading at the maximum; nothing is lost when it
 * goes on. */
static void
test_back_pressure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  unsigned left;

  for (unsigned i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      say (fixture, 0, text);
      g_string_append_printf (expected, "(null): %u\n", i);
    }
  claw_chat_pump (fixture->chats[0]);
  for (unsigned i = 0; i < 10; i++)
    claw_chat_pump (fixture->chats[1]);
  left = fixture->wires[0].waiting->len;
  g_assert_cmpuint (left, >, 1000);
  take_events (fixture, 1);
  g_assert_cmpuint (fixture->wires[0].waiting->len, ==, 0);
  assert_log (fixture, 1, expected->str);
}

/* So it does at so much text, however few messages that is. */
static void
test_back_pressure_bytes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  ClawChatEvent event;
  unsigned n = 0;

  for (unsigned i = 0; i < 100; i++)
    say (fixture, 0, text);
  for (unsigned i = 0; i < 1000; i++)
    {
      claw_chat_pump (fixture->chats[0]);
      claw_chat_pump (fixture->chats[1]);
    }
  /* The last message, the parser's, and what the connection holds. */
  g_assert_cmpuint (fixture->wires[0].written, <=,
                    CLAW_CHAT_EVENTS_BYTES_MAX + 3 * CLAW_MESSAGE_TEXT_MAX
                        + fixture->wires[0].capacity);
  for (unsigned i = 0; i < 1000; i++)
    {
      claw_chat_pump (fixture->chats[0]);
      claw_chat_pump (fixture->chats[1]);
      while (claw_chat_next_event (fixture->chats[1], &event))
        {
          n += event.type == CLAW_CHAT_MESSAGE;
          claw_chat_event_clear (&event);
        }
    }
  g_assert_cmpuint (n, ==, 100);
}

/* With no way to send receipts, reading stops at the maximum of them and goes on when they can be
 * sent. */
static void
test_receipts_full (Fixture *fixture, gconstpointer data)
{
  ClawConnection *from = &fixture->wires[0];

  fixture->wires[1].capacity = 0;
  for (uint32_t i = 0; i < 2 * CLAW_CHAT_RECEIPTS_MAX; i++)
    write_text (from, i);
  for (unsigned i = 0; i < 100; i++)
    pump (fixture, 1);
  g_assert_cmpuint (from->waiting->len, >, (CLAW_CHAT_RECEIPTS_MAX - 200) * 29);
  fixture->wires[1].capacity = 256 * 1024;
  pump (fixture, 1);
  g_assert_cmpuint (from->waiting->len, ==, 0);
  g_assert_cmpuint (fixture->wires[1].waiting->len, ==,
                    2 * CLAW_CHAT_RECEIPTS_MAX * CLAW_CHAT_FRAME_RECEIPT_SIZE);
}

/* A peer that sends the same message over and over is answered each time and shown once. */
static void
test_repeated (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 3; i++)
    write_text (&fixture->wires[0], 7);
  pump (fixture, 1);
  assert_log (fixture, 1, "x: n\n");
  g_assert_cmpuint (fixture->wires[1].waiting->len, ==, 3 * CLAW_CHAT_FRAME_RECEIPT_SIZE);
}

/* Receipts for what was never sent, not yet sent, or confirmed already mean nothing. */
static void
test_strange_receipts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = claw_message_new ("hi", -1, 1, NULL);
  uint8_t receipt[1 + CLAW_MESSAGE_ID_SIZE] = { CLAW_CHAT_FRAME_RECEIPT };

  write_frame (&fixture->wires[1], receipt, sizeof receipt);
  memcpy (receipt + 1, claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE);
  fixture->wires[0].capacity = 0;
  g_assert_true (claw_chat_send (fixture->chats[0], message, NULL));
  write_frame (&fixture->wires[1], receipt, sizeof receipt);
  pump (fixture, 0);
  assert_log (fixture, 0, "");
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chats[0], NULL), ==, 1);
  fixture->wires[0].capacity = 1000;
  settle (fixture);
  assert_log (fixture, 0, "sent hi\ndelivered hi\n");
  write_frame (&fixture->wires[1], receipt, sizeof receipt);
  pump (fixture, 0);
  assert_log (fixture, 0, "");
}

static const struct
{
  const char *what;
  const char *bytes;
  size_t length;
} telling_nothing[] = {
  { "a WELCOME",
    "\x03\x01"
    "C"
    "\x01"
    "d",
    5 },
  { "a JOINED", "\x04zoe", 4 },
  { "a LEFT", "\x05zoe", 4 },
  { "a name of which nothing is left", "\x06\n", 2 },
  { "a receipt for nothing", "\x02iiiiiiiiiiiiiiii", 17 },
  { "a kind of later", "\x3flater", 6 },
};

/* A server hears of each frame that tells nothing, so that it can count them; a client does not,
 * and takes what servers say for what it is. */
static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  fixture->wires[1].is_server = TRUE;
  for (unsigned i = 0; i < G_N_ELEMENTS (telling_nothing); i++)
    {
      g_test_message ("%s", telling_nothing[i].what);
      write_frame (&fixture->wires[0], telling_nothing[i].bytes, telling_nothing[i].length);
      pump (fixture, 1);
      assert_log (fixture, 1, "nothing\n");
      write_frame (&fixture->wires[1], telling_nothing[i].bytes, telling_nothing[i].length);
    }
  pump (fixture, 0);
  assert_log (fixture, 0, "=C [d]\n+zoe\n-zoe\n");
  for (unsigned i = 0; i < 3; i++)
    write_text (&fixture->wires[0], 7);
  pump (fixture, 1);
  assert_log (fixture, 1, "x: n\nnothing\nnothing\n");
}

/* Of them too no more are read than the maximum of events. */
static void
test_nothing_limit (Fixture *fixture, gconstpointer data)
{
  fixture->wires[1].is_server = TRUE;
  for (unsigned i = 0; i < CLAW_CHAT_EVENTS_MAX + 1000; i++)
    write_frame (&fixture->wires[0], "\x04zoe", 4);
  for (unsigned i = 0; i < 10; i++)
    claw_chat_pump (fixture->chats[1]);
  g_assert_cmpuint (fixture->wires[0].waiting->len, >, 0);
  take_events (fixture, 1);
  g_assert_cmpuint (fixture->wires[0].waiting->len, ==, 0);
  g_assert_cmpuint (fixture->logs[1]->len, ==,
                    (CLAW_CHAT_EVENTS_MAX + 1000) * strlen ("nothing\n"));
}

/* Notices come in line with the messages; a WELCOME is ahead of what waits and replaces notices. */
static void
test_notices (Fixture *fixture, gconstpointer data)
{
  static const char *const members[] = { "Bob", "Cora", NULL };

  say (fixture, 0, "one");
  claw_chat_send_joined (fixture->chats[0], "Zoe");
  claw_chat_send_welcome (fixture->chats[0], "Anna", members);
  claw_chat_send_joined (fixture->chats[0], "Dora");
  say (fixture, 0, "two");
  claw_chat_send_left (fixture->chats[0], "Dora");
  settle (fixture);
  assert_log (fixture, 1, "=Anna [Bob,Cora]\n(null): one\n+Dora\n(null): two\n-Dora\n");
}

/* A name stands in line with what is said before and after; one of which nothing is left is passed
 * over, and none waits for another connection. */
static void
test_name (Fixture *fixture, gconstpointer data)
{
  say (fixture, 0, "one");
  claw_chat_send_name (fixture->chats[0], "Anna");
  say (fixture, 0, "two");
  settle (fixture);
  assert_log (fixture, 1, "(null): one\n~Anna\n(null): two\n");
  write_frame (&fixture->wires[0], "\x06", 1);
  write_frame (&fixture->wires[0], "\x06\n\xe2\x80\xae", 5);
  settle (fixture);
  assert_log (fixture, 1, "");
  claw_chat_send_name (fixture->chats[0], "Bob");
  connect_chats (fixture);
  settle (fixture);
  assert_log (fixture, 1, "");
}

/* A WELCOME does not cut into a frame that is under way; a notice that is under way is ended. */
static void
test_welcome_in_between (Fixture *fixture, gconstpointer data)
{
  static const char *const nobody[] = { NULL };

  fixture->wires[0].capacity = 5;
  claw_chat_send_joined (fixture->chats[0], "Longish");
  say (fixture, 0, "one");
  pump (fixture, 0);
  claw_chat_send_welcome (fixture->chats[0], "Anna", nobody);
  settle (fixture);
  assert_log (fixture, 1, "+Longish\n=Anna []\n(null): one\n");
  say (fixture, 0, "two");
  pump (fixture, 0);
  claw_chat_send_welcome (fixture->chats[0], "Anna", nobody);
  settle (fixture);
  assert_log (fixture, 1, "(null): two\n=Anna []\n");
}

/* Notices that wait are bounded and do not outlive their connection. */
static void
test_notices_bounded (Fixture *fixture, gconstpointer data)
{
  unsigned n = 0;

  for (unsigned i = 0; i < CLAW_CHAT_NOTICES_MAX + 1; i++)
    claw_chat_send_joined (fixture->chats[0], "Bob");
  settle (fixture);
  for (const char *at = fixture->logs[1]->str; *at != '\0'; at++)
    n += *at == '+';
  g_assert_cmpuint (n, ==, CLAW_CHAT_NOTICES_MAX);
  g_string_truncate (fixture->logs[1], 0);
  claw_chat_send_joined (fixture->chats[0], "Bob");
  connect_chats (fixture);
  settle (fixture);
  assert_log (fixture, 1, "");
}

/* Names from the peer are made fit to be shown; one of which nothing is left is shown as a question
 * mark. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  write_frame (&fixture->wires[0],
               "\x04"
               "A\n\x1b"
               "b",
               5);
  write_frame (&fixture->wires[0], "\x05\xe2\x80\xae", 4);
  write_frame (&fixture->wires[0],
               "\x03\x01"
               "C"
               "\x00\x02\xff"
               "d",
               7);
  write_frame (&fixture->wires[0],
               "\x3f"
               "a kind of later",
               16);
  pump (fixture, 1);
  assert_log (fixture, 1,
              "+A b\n-?\n=C [?,\xef\xbf\xbd"
              "d]\n");
}

static const struct
{
  const char *what;
  const char *bytes;
  size_t length;
} broken[] = {
  { "empty text",
    "\x01"
    "iiiiiiiiiiiiiiii"
    "tttttttt"
    "\0\0",
    27 },
  { "a NUL in it",
    "\x01"
    "iiiiiiiiiiiiiiii"
    "tttttttt"
    "\0\0"
    "a\0b",
    30 },
  { "no UTF-8",
    "\x01"
    "iiiiiiiiiiiiiiii"
    "tttttttt"
    "\0\0"
    "\xff",
    28 },
  { "half a receipt",
    "\x02"
    "iiii",
    5 },
};

/* What breaks the format is told once, ends the reading, and is forgotten with the connection. */
static void
test_broken (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_test_message ("%s", broken[i].what);
      write_text (&fixture->wires[0], 2 * i);
      write_frame (&fixture->wires[0], broken[i].bytes, broken[i].length);
      write_text (&fixture->wires[0], 2 * i + 1);
      pump (fixture, 1);
      pump (fixture, 1);
      assert_log (fixture, 1, "x: n\nbroken\n");
      connect_chats (fixture);
      write_frame (&fixture->wires[0], broken[i].bytes, broken[i].length);
      claw_chat_pump (fixture->chats[1]);
      connect_chats (fixture);
      settle (fixture);
      assert_log (fixture, 1, "");
    }
}

/* A text of one byte over the maximum, in a frame that is still allowed. */
static void
test_text_too_long (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX + 1, 'x');

  g_byte_array_append (frame,
                       (const uint8_t *) "\x01"
                                         "iiiiiiiiiiiiiiii"
                                         "tttttttt"
                                         "\0\0",
                       27);
  g_byte_array_append (frame, (const uint8_t *) text, CLAW_MESSAGE_TEXT_MAX);
  write_frame (&fixture->wires[0], frame->data, frame->len);
  g_byte_array_append (frame, (const uint8_t *) text, 1);
  frame->data[1] = 'j';
  write_frame (&fixture->wires[0], frame->data, frame->len);
  pump (fixture, 1);
  assert_log (fixture, 1, "(null): xxxxxxxxxxxxxxxxxxxx\nbroken\n");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/chat/message/states-in-order", test_states);
  ADD ("/chat/no-connection/queued", test_queued);
  ADD ("/chat/cancel/waiting", test_cancelled);
  ADD ("/chat/cancel/too-late", test_cancelled_late);
  ADD ("/chat/cancel/sent-by-an-earlier-run", test_sent_again);
  ADD ("/chat/reconnection/receipts-again", test_lost_receipts);
  ADD ("/chat/reconnection/cut-anywhere", test_cut);
  ADD ("/chat/narrow/all-delivered", test_narrow);
  ADD ("/chat/narrow/both-outboxes-full", test_both_full);
  ADD ("/chat/outbox/messages-limit", test_full_messages);
  ADD ("/chat/outbox/bytes-limit", test_full_bytes);
  ADD ("/chat/events/limit", test_back_pressure);
  ADD ("/chat/events/bytes-limit", test_back_pressure_bytes);
  ADD ("/chat/receipts/limit", test_receipts_full);
  ADD ("/chat/receipts/repeated", test_repeated);
  ADD ("/chat/receipts/strange", test_strange_receipts);
  ADD ("/chat/nothing/server-hears", test_nothing);
  ADD ("/chat/nothing/limit", test_nothing_limit);
  ADD ("/chat/notices/in-line", test_notices);
  ADD ("/chat/notices/name-in-line", test_name);
  ADD ("/chat/notices/welcome-in-between", test_welcome_in_between);
  ADD ("/chat/notices/limit", test_notices_bounded);
  ADD ("/chat/names/made-fit", test_names);
  ADD ("/chat/broken/told-once", test_broken);
  ADD ("/chat/broken/text-too-long", test_text_too_long);
  return g_test_run ();
}
