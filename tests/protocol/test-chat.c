/* test-chat.c: messages and notices between two chats, their limits, and connections that break. */
#include "chat-fixture.h"

#include <string.h>

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
  ADD ("/chat/notices/in-line", test_notices);
  ADD ("/chat/notices/name-in-line", test_name);
  ADD ("/chat/notices/welcome-in-between", test_welcome_in_between);
  ADD ("/chat/notices/limit", test_notices_bounded);
  return g_test_run ();
}
