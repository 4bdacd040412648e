/* test-chat-incoming.c: what a peer may send a chat that is repeated, strange, tells nothing or is
 * wrong.
 */
#include "chat-fixture.h"

#include <string.h>

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

/* What breaks the format is forgotten with its connection also where more is told after it, so that
 * it does not close the next one. */
static void
test_broken_then_sent (Fixture *fixture, gconstpointer data)
{
  fixture->wires[1].holds = TRUE;
  say (fixture, 1, "m");
  pump (fixture, 1);
  write_frame (&fixture->wires[0], broken[0].bytes, broken[0].length);
  claw_chat_pump (fixture->chats[1]);
  fixture->wires[1].sent = fixture->wires[1].written;
  claw_chat_pump (fixture->chats[1]);
  connect_chats (fixture);
  settle (fixture);
  assert_log (fixture, 1, "sent m\ndelivered m\n");
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
  ADD ("/chat/receipts/limit", test_receipts_full);
  ADD ("/chat/receipts/repeated", test_repeated);
  ADD ("/chat/receipts/strange", test_strange_receipts);
  ADD ("/chat/nothing/server-hears", test_nothing);
  ADD ("/chat/nothing/limit", test_nothing_limit);
  ADD ("/chat/names/made-fit", test_names);
  ADD ("/chat/broken/told-once", test_broken);
  ADD ("/chat/broken/then-sent", test_broken_then_sent);
  ADD ("/chat/broken/text-too-long", test_text_too_long);
  return g_test_run ();
}
