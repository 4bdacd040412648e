/* test-client-talk.c: answers, and who is typing, against a small server over loopback. */
#include "claw-client.h"
#include "claw-file.h"
#include "claw-test-chat.h"
#include "claw-typing.h"
#include "../support/test-support.h"

#include <string.h>

typedef struct
{
  ClawTestChat chat;
  ClawClient *client;
  gboolean is_welcome;
  GString *typing; /* "+name " and "-name " */
  ClawMessage *received;
} Fixture;

static void
on_welcome (ClawClient *client, Fixture *fixture)
{
  fixture->is_welcome = TRUE;
}

static void
on_typing (ClawClient *client, const char *name, gboolean is_typing, Fixture *fixture)
{
  g_string_append_printf (fixture->typing, "%c%s ", is_typing ? '+' : '-', name);
}

static void
on_message (ClawClient *client, ClawMessage *message, Fixture *fixture)
{
  g_clear_pointer (&fixture->received, claw_message_unref);
  fixture->received = claw_message_ref (message);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_test_chat_init (&fixture->chat);
  claw_test_server_accept_file (&fixture->chat.server);
  fixture->typing = g_string_new (NULL);
  fixture->client = claw_client_new (fixture->chat.directory, "wished", 60);
  g_signal_connect (fixture->client, "welcome", G_CALLBACK (on_welcome), fixture);
  g_signal_connect (fixture->client, "typing", G_CALLBACK (on_typing), fixture);
  g_signal_connect (fixture->client, "message", G_CALLBACK (on_message), fixture);
  g_assert_null (claw_client_get_own_key (fixture->client));
  claw_client_open_async (fixture->client, fixture->chat.sec, fixture->chat.key,
                          CLAW_CLIENT_OPEN_DEFAULT, NULL, NULL, NULL);
  RUN_UNTIL (fixture->is_welcome);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_client_shutdown (fixture->client);
  g_assert_finalize_object (fixture->client);
  wait_for_end_of_threads ("claw-network");
  claw_test_chat_clear (&fixture->chat);
  g_clear_pointer (&fixture->received, claw_message_unref);
  g_string_free (fixture->typing, TRUE);
}

static void
tell_typing (Fixture *fixture, const char *name, gboolean is_typing)
{
  uint8_t datagram[CLAW_TYPING_SIZE_MAX];
  size_t length = claw_typing_write (datagram, is_typing, name);
  g_assert_true (claw_connection_send_datagram (fixture->chat.server.connection, datagram, length));
  claw_pump_kick (fixture->chat.server.pump);
}

static void
run_until_typing (Fixture *fixture, const char *expected)
{
  RUN_UNTIL (fixture->typing->len >= strlen (expected));
  g_assert_cmpstr (fixture->typing->str, ==, expected);
}

/* Members that write are told once; what ends it is their word or their message; who is no member
 * is not believed. */
static void
test_hear (Fixture *fixture, gconstpointer data)
{
  tell_typing (fixture, "stranger", TRUE);
  tell_typing (fixture, "ben", TRUE);
  tell_typing (fixture, "ben", TRUE);
  /* All at once, so that nobody is forgotten meanwhile on a machine that takes seconds. */
  tell_typing (fixture, "clara", TRUE);
  tell_typing (fixture, "ben", FALSE);
  run_until_typing (fixture, "+ben +clara -ben ");
  claw_test_server_send (&fixture->chat.server, "clara", "hi");
  run_until_typing (fixture, "+ben +clara -ben -clara ");
  g_assert_nonnull (fixture->received);
}

/* Who says no more is forgotten after a while, and with the session at once. */
static void
test_hear_end (Fixture *fixture, gconstpointer data)
{
  gint64 start_us = g_get_monotonic_time ();
  tell_typing (fixture, "ben", TRUE);
  run_until_typing (fixture, "+ben -ben ");
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, CLAW_TYPING_SHOWN_US);
  tell_typing (fixture, "clara", TRUE);
  run_until_typing (fixture, "+ben -ben +clara ");
  claw_client_disconnect (fixture->client);
  run_until_typing (fixture, "+ben -ben +clara -clara ");
}

/* Returns: what the server heard next: 1: writes, 0: has stopped. */
static gboolean
next_told (Fixture *fixture)
{
  uint8_t datagram[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length = 0;
  ClawTyping typing;
  RUN_UNTIL (claw_connection_read_datagram (fixture->chat.server.connection, datagram, &length));
  g_assert_true (claw_typing_read (&typing, datagram, length));
  g_assert_cmpuint (typing.name_length, ==, 0);
  return typing.is_typing;
}

/* However often the text changes, the server hears of the beginning and of the end once. */
static void
test_tell (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length = 0;
  for (unsigned i = 0; i < 10; i++)
    claw_client_set_typing (fixture->client, TRUE);
  g_assert_true (next_told (fixture));
  for (unsigned i = 0; i < 10; i++)
    claw_client_set_typing (fixture->client, FALSE);
  g_assert_false (next_told (fixture));
  g_assert_false (
      claw_connection_read_datagram (fixture->chat.server.connection, datagram, &length));
}

/* An answer names another's message by its id, and one of ours by the id that others see. */
static void
test_reply (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  claw_test_server_send (&fixture->chat.server, "ben", "hello\nthere");
  RUN_UNTIL (fixture->received != NULL);
  g_autoptr (ClawMessage) own = claw_client_send_reply (fixture->client, fixture->received, "hi",
                                                        &error);
  g_assert_no_error (error);
  const ClawMessageReply *reply = claw_message_get_reply (own);
  g_assert_cmpmem (reply->id, sizeof reply->id, claw_message_get_id (fixture->received),
                   CLAW_MESSAGE_ID_SIZE);
  g_assert_cmpstr (reply->sender, ==, "ben");
  g_assert_cmpstr (reply->excerpt, ==, "hello there");
  g_autoptr (ClawMessage) more = claw_client_send_reply (fixture->client, own, "and", &error);
  g_assert_no_error (error);
  reply = claw_message_get_reply (more);
  g_assert_cmpmem (claw_client_get_own_key (fixture->client), CLAW_PUBLIC_KEY_SIZE,
                   fixture->chat.server.client_key, CLAW_PUBLIC_KEY_SIZE);
  claw_message_share_id (claw_message_get_id (own), fixture->chat.server.client_key, shared);
  g_assert_cmpmem (reply->id, sizeof reply->id, shared, sizeof shared);
  g_assert_cmpstr (reply->sender, ==, "anna");
  RUN_UNTIL (fixture->chat.server.received->len == 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/client-talk/typing/heard", test_hear);
  ADD ("/client-talk/typing/ends", test_hear_end);
  ADD ("/client-talk/typing/told", test_tell);
  ADD ("/client-talk/reply/names-the-message", test_reply);
  return g_test_run ();
}
