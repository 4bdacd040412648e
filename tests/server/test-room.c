/* test-room.c: who is in a room, and what is said there. */
#include "room-fixture.h"

#include "claw-typing.h"

#include <string.h>

/* Who comes is welcomed with the others' names, and the others are told. */
static void
test_welcome (Fixture *fixture, gconstpointer data)
{
  claw_room_add (fixture->room, 1, fixture->clients[0].identity.public_key, "anna");
  claw_room_add (fixture->room, 2, fixture->clients[1].identity.public_key, "ben");
  connect_client (fixture, 0, "anna");
  connect_client (fixture, 1, "ben");
  assert_log (fixture, 0, "=anna []\n+ben\n");
  assert_log (fixture, 1, "=ben [anna]\n");
  g_assert_cmpstr (fixture->operators->str, ==, "+anna\n+ben\n");
  g_assert_cmpuint (claw_room_get_present (fixture->room), ==, 2);
}

static void
ask_for_name (Fixture *fixture, unsigned at, const char *name)
{
  claw_chat_send_name (fixture->clients[at].chat, name);
  run (fixture, 4);
}

/* A member that wishes for another name has it from there on: what it said before stands under the
 * old one, the others and the operators hear of it, and it is told. */
static void
test_rename (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 2);
  say (fixture, 0, "before");
  claw_chat_send_name (fixture->clients[0].chat, "ada");
  say (fixture, 0, "after");
  run (fixture, 4);
  assert_log (fixture, 0, "~ada\n");
  assert_log (fixture, 1, "anna: before\n-anna\n+ada\nada: after\n");
  g_assert_cmpstr (fixture->operators->str, ==,
                   "anna: before\n-anna\n+ada\n1 is ada\nada: after\n");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 1), ==, "ada");

  /* The name that it left is free. */
  ask_for_name (fixture, 1, "Anna");
  assert_log (fixture, 1, "anna: before\n-anna\n+ada\nada: after\n~Anna\n");
}

/* Nobody takes another's name or the operator's, and who asks is told how it is called; when that
 * is as before, nobody else hears anything. */
static void
test_rename_taken (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 2);
  ask_for_name (fixture, 0, "BEN");
  assert_log (fixture, 0, "~BEN (2)\n");
  assert_log (fixture, 1, "-anna\n+BEN (2)\n");
  ask_for_name (fixture, 0, "BEN");
  ask_for_name (fixture, 0, "BEN (2)");
  assert_log (fixture, 0, "~BEN (2)\n~BEN (2)\n~BEN (2)\n");
  assert_log (fixture, 1, "-anna\n+BEN (2)\n");
  ask_for_name (fixture, 0, "harbour");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 1), ==, "harbour (2)");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 2), ==, "ben");
}

/* A member's message reaches all others and the operators once, in order, and not itself. */
static void
test_fan_out (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 3);
  say (fixture, 0, "one");
  say (fixture, 0, "two");
  run (fixture, 4);
  assert_log (fixture, 0, "");
  assert_log (fixture, 1, "anna: one\nanna: two\n");
  assert_log (fixture, 2, "anna: one\nanna: two\n");
  g_assert_cmpstr (fixture->operators->str, ==, "anna: one\nanna: two\n");
  g_assert_cmpuint (claw_room_get_messages (fixture->room), ==, 2);
}

/* An operator's message reaches all members under the server's name; its origin is told to the
 * listener. */
static void
test_operator (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  add_members (fixture, 2);
  claw_room_set_operators (fixture->room, 1);
  g_assert_true (claw_room_say (fixture->room, "hello", fixture, START_US, &error));
  g_assert_no_error (error);
  claw_room_set_operators (fixture->room, 2);
  claw_room_set_operators (fixture->room, 0);
  run (fixture, 4);
  assert_log (fixture, 0, "+Harbour\nHarbour: hello\n-Harbour\n");
  assert_log (fixture, 1, "+Harbour\nHarbour: hello\n-Harbour\n");
  g_assert_cmpstr (fixture->operators->str, ==, "Harbour: hello (own)\n");
  g_assert_false (claw_room_say (fixture->room, "", NULL, START_US, &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_EMPTY);
}

/* Nobody gets another's name or the operator's, however it is written; the rest of a long name
 * gives way. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'x');
  const uint8_t key[CLAW_PUBLIC_KEY_SIZE] = { 0xbe, 0xef };

  claw_room_add (fixture->room, 10, key, "anna");
  claw_room_add (fixture->room, 11, key, "ANNA");
  claw_room_add (fixture->room, 12, key, "ａｎｎａ");
  claw_room_add (fixture->room, 13, key, "harbour");
  claw_room_add (fixture->room, 14, key, NULL);
  claw_room_add (fixture->room, 15, key, "\n");
  claw_room_add (fixture->room, 16, key, longest);
  claw_room_add (fixture->room, 17, key, longest);
  g_assert_cmpstr (claw_room_get_name (fixture->room, 10), ==, "anna");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 11), ==, "ANNA (2)");
  g_assert_true (g_str_has_suffix (claw_room_get_name (fixture->room, 12), " (3)"));
  g_assert_cmpstr (claw_room_get_name (fixture->room, 13), ==, "harbour (2)");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 14), ==, "guest-beef");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 15), ==, "guest-beef (2)");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 16), ==, longest);
  g_assert_cmpuint (strlen (claw_room_get_name (fixture->room, 17)), ==, CLAW_MESSAGE_NAME_MAX);
  g_assert_true (g_str_has_suffix (claw_room_get_name (fixture->room, 17), "x (2)"));
}

/* Nobody passes for another member or for the operator by a character that is not seen. */
static void
test_invisible (Fixture *fixture, gconstpointer data)
{
  static const char *const invisible[] = { "\ufe0f", "\ufe00", "\u180b",     "\u180f",
                                           "\u2065", "\ufff0", "\U000e0100", "\U000e0fff" };
  const uint8_t key[CLAW_PUBLIC_KEY_SIZE] = { 0xbe, 0xef };

  claw_room_add (fixture->room, 10, key, "anna");
  for (unsigned i = 0; i < G_N_ELEMENTS (invisible); i++)
    {
      g_autofree char *inside = g_strdup_printf ("an%sna", invisible[i]);
      g_autofree char *behind = g_strdup_printf ("%s harbour %s", invisible[i], invisible[i]);

      claw_room_add (fixture->room, 20 + i, key, inside);
      claw_room_add (fixture->room, 40 + i, key, behind);
      g_assert_true (g_str_has_suffix (claw_room_get_name (fixture->room, 20 + i), ")"));
      g_assert_true (g_str_has_suffix (claw_room_get_name (fixture->room, 40 + i), ")"));
    }
  claw_room_add (fixture->room, 59, key, "\ufe0f");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 59), ==, "guest-beef");
  /* They stay in a name that they belong to. */
  claw_room_add (fixture->room, 60, key, "\u2764\ufe0f");
  g_assert_cmpstr (claw_room_get_name (fixture->room, 60), ==, "\u2764\ufe0f");
}

/* What is said while a paired member is away waits for it. */
static void
test_away (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 1);
  claw_room_add (fixture->room, 2, fixture->clients[1].identity.public_key, "ben");
  say (fixture, 0, "are you there?");
  run (fixture, 4);
  g_assert_cmpuint (claw_room_get_waiting (fixture->room, 2), ==, 1);
  connect_client (fixture, 1, "ben");
  run (fixture, 4);
  g_assert_nonnull (strstr (fixture->clients[1].log->str, "anna: are you there?\n"));
  g_assert_cmpuint (claw_room_get_waiting (fixture->room, 2), ==, 0);
}

/* A member that returns goes on where it was: nothing lost, nothing twice, and no notice if it was
 * never gone. */
static void
test_return (Fixture *fixture, gconstpointer data)
{
  ClawConnection *old;

  add_members (fixture, 2);
  say (fixture, 1, "before");
  run (fixture, 4);
  old = fixture->clients[1].session;
  connect_client (fixture, 1, "ben");
  g_assert_true (claw_room_get_connection (fixture->room, 2) != old);
  say (fixture, 1, "after");
  run (fixture, 4);
  assert_log (fixture, 0, "ben: before\nben: after\n");
  g_assert_cmpstr (fixture->operators->str, ==, "ben: before\nben: after\n");
  /* The end of the old one is none of the new one's. */
  g_assert_false (claw_room_leave (fixture->room, 2, old));
  g_assert_nonnull (claw_room_get_connection (fixture->room, 2));
}

/* One that leaves is told to the others; one that is removed is gone with all that waited. */
static void
test_leave (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 2);
  claw_connection_close (fixture->clients[1].connection, CLAW_CLOSE_CODE_BYE);
  run (fixture, 4);
  assert_log (fixture, 0, "-ben\n");
  g_assert_null (claw_room_get_connection (fixture->room, 2));
  g_assert_null (claw_room_remove (fixture->room, 2));
  g_assert_null (claw_room_get_name (fixture->room, 2));
  g_assert_true (claw_room_remove (fixture->room, 1) == fixture->clients[0].session);
  g_assert_cmpstr (fixture->operators->str, ==, "-ben\n-anna\n");
}

/* Two members that choose the same id for their messages do not hide each other's. */
static void
test_same_id (Fixture *fixture, gconstpointer data)
{
  const uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };

  add_members (fixture, 3);
  for (unsigned i = 0; i < 2; i++)
    {
      g_autoptr (ClawMessage) message = claw_message_new_full (
          id, NULL, START_US, i == 0 ? "first" : "second", -1, NULL);

      g_assert_true (claw_chat_send (fixture->clients[i].chat, message, NULL));
      run (fixture, 4);
    }
  assert_log (fixture, 2, "anna: first\nben: second\n");
}

/* A client's program that was killed, and sends once more what it did not know to be delivered, is
 * heard once. */
static void
test_program_restarted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = claw_message_new ("heard", -1, 1, NULL);
  Client *client = &fixture->clients[0];

  add_members (fixture, 2);
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_true (claw_chat_send (client->chat, message, NULL));
      run (fixture, 4);
      g_assert_cmpuint (claw_chat_get_outbox (client->chat, NULL), ==, 0);
      claw_chat_free (client->chat);
      client->chat = claw_chat_new ();
      connect_client (fixture, 0, "anna");
    }
  g_assert_cmpuint (count_lines (fixture, 1, "anna: heard"), ==, 1);
}

/* Answers with @text to the message that client @at got last, or to @own, one of its own. */
static void
answer (Fixture *fixture, unsigned at, const ClawMessage *own, const char *text)
{
  Client *client = &fixture->clients[at];
  ClawMessageReply reply = { .sender = "who", .excerpt = "what" };
  g_autoptr (ClawMessage) message = NULL;

  if (own != NULL)
    claw_message_share_id (claw_message_get_id (own), client->identity.public_key, reply.id);
  else
    memcpy (reply.id, claw_message_get_id (client->last), sizeof reply.id);
  message = claw_message_new_reply (&reply, text, -1, START_US, NULL);
  g_assert_true (claw_chat_send (client->chat, message, NULL));
}

/* Whoever answers, all find the message that is meant: its author by the id that others see of it,
 * the others by the id that they hold. */
static void
test_reply (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawMessage) message = claw_message_new ("hello", -1, START_US, NULL);
  uint8_t shared[CLAW_MESSAGE_ID_SIZE];
  const ClawMessageReply *reply;

  add_members (fixture, 3);
  g_assert_true (claw_chat_send (fixture->clients[0].chat, message, NULL));
  run (fixture, 4);
  claw_message_share_id (claw_message_get_id (message), fixture->clients[0].identity.public_key,
                         shared);
  g_assert_cmpmem (claw_message_get_id (fixture->clients[2].last), CLAW_MESSAGE_ID_SIZE, shared,
                   sizeof shared);
  answer (fixture, 1, NULL, "hello yourself");
  run (fixture, 4);
  for (unsigned i = 0; i < 3; i += 2)
    {
      reply = claw_message_get_reply (fixture->clients[i].last);
      g_assert_cmpmem (reply->id, sizeof reply->id, shared, sizeof shared);
      g_assert_cmpstr (reply->sender, ==, "who");
      g_assert_cmpstr (reply->excerpt, ==, "what");
    }
  answer (fixture, 0, message, "me again");
  run (fixture, 4);
  for (unsigned i = 1; i < 3; i++)
    {
      reply = claw_message_get_reply (fixture->clients[i].last);
      g_assert_cmpmem (reply->id, sizeof reply->id, shared, sizeof shared);
    }
}

static void
type (Fixture *fixture, unsigned at, gboolean is_typing)
{
  uint8_t datagram[CLAW_TYPING_SIZE_MAX];
  size_t length = claw_typing_write (datagram, is_typing, "");

  g_assert_true (claw_connection_send_datagram (fixture->clients[at].connection, datagram, length));
  run (fixture, 4);
}

/* Who types is told to the others, under its name, at most once a second; nothing else in a
 * datagram is passed on. */
static void
test_typing (Fixture *fixture, gconstpointer data)
{
  uint8_t forged[CLAW_TYPING_SIZE_MAX];
  size_t length = claw_typing_write (forged, TRUE, "cleo");

  add_members (fixture, 3);
  for (unsigned i = 0; i < 5; i++)
    type (fixture, 0, TRUE);
  type (fixture, 0, FALSE);
  type (fixture, 0, FALSE);
  type (fixture, 0, TRUE);
  assert_log (fixture, 0, "");
  assert_log (fixture, 1, "anna types\nanna stops\n");
  assert_log (fixture, 2, "anna types\nanna stops\n");
  run (fixture, 1000 * 1000 / STEP_US);
  claw_connection_send_datagram (fixture->clients[1].connection, forged, length);
  claw_connection_send_datagram (fixture->clients[1].connection, "\x3f", 1);
  run (fixture, 4);
  assert_log (fixture, 0, "");
  type (fixture, 0, TRUE);
  assert_log (fixture, 2, "anna types\nanna stops\nanna types\n");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/room/join/welcomed", test_welcome);
  ADD ("/room/rename/told", test_rename);
  ADD ("/room/rename/taken", test_rename_taken);
  ADD ("/room/program-restarted/heard-once", test_program_restarted);
  ADD ("/room/message/to-all-others", test_fan_out);
  ADD ("/room/operator/to-all", test_operator);
  ADD ("/room/names/unique", test_names);
  ADD ("/room/names/invisible", test_invisible);
  ADD ("/room/away/kept", test_away);
  ADD ("/room/return/goes-on", test_return);
  ADD ("/room/leave/told", test_leave);
  ADD ("/room/same-id/both-shown", test_same_id);
  ADD ("/room/reply/found-by-all", test_reply);
  ADD ("/room/typing/told", test_typing);
  return g_test_run ();
}
