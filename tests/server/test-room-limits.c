/* test-room-limits.c: members who are too fast, too slow, or say too much. */
#include "room-fixture.h"

#include <string.h>

#define STEPS_PER_SECOND (G_USEC_PER_SEC / STEP_US)

/* A member whose outbox is full is disconnected; the others get everything and see but that it
 * left. */
static void
test_too_slow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  add_members (fixture, 2);
  fixture->clients[1].deaf = TRUE;
  for (unsigned i = 0; i <= CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      if (i == CLAW_CHAT_OUTBOX_MESSAGES_MAX)
        {
          g_assert_nonnull (claw_room_get_connection (fixture->room, 2));
          g_string_append (expected, "-ben\n");
        }
      g_assert_true (claw_room_say (fixture->room, text, NULL, START_US, NULL));
      g_string_append_printf (expected, "Harbour: %s\n", text);
      run (fixture, 1);
    }
  run (fixture, 4);
  g_assert_null (claw_room_get_connection (fixture->room, 2));
  g_assert_nonnull (claw_room_get_connection (fixture->room, 1));
  /* The order of the notice and of the message that brought it is no one's business. */
  g_assert_cmpuint (fixture->clients[0].log->len, ==, expected->len);
  g_assert_nonnull (strstr (fixture->clients[0].log->str, "-ben\n"));
}

/* Lets ben take nothing more, and the operator say so much that he is behind. */
static void
leave_behind (Fixture *fixture)
{
  claw_chat_attach (fixture->clients[1].chat, NULL);
  for (unsigned i = 0; i <= CLAW_CHAT_OUTBOX_MESSAGES_MAX / 2; i++)
    {
      g_assert_true (claw_room_say (fixture->room, "x", NULL, START_US + fixture->now_us, NULL));
      run (fixture, 1);
    }
}

/* What is confirmed to one who has to wait for somebody goes on when it leaves before that. */
static void
test_behind_left (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 3);
  leave_behind (fixture);
  say (fixture, 0, "one");
  say (fixture, 0, "two");
  run (fixture, 4);
  g_assert_cmpuint (count_lines (fixture, 2, "anna: one"), ==, 0);
  g_assert_cmpuint (claw_chat_get_outbox (fixture->clients[0].chat, NULL), ==, 0);
  claw_connection_close (fixture->clients[0].connection, CLAW_CLOSE_CODE_BYE);
  run (fixture, 4);
  g_assert_cmpuint (count_lines (fixture, 2, "anna: one"), ==, 1);
  g_assert_cmpuint (count_lines (fixture, 2, "anna: two"), ==, 1);
}

/* The others wait for one who is behind, until it is disconnected; they do not when it comes back
 * and does the same again. */
static void
test_behind_again (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 3);
  leave_behind (fixture);
  say (fixture, 0, "one");
  run (fixture, 4);
  g_assert_cmpuint (count_lines (fixture, 2, "anna: one"), ==, 0);
  run (fixture, 11 * STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 2, "anna: one"), ==, 1);
  g_assert_true (fixture->clients[1].closed);
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_TOO_SLOW], ==, 1);

  connect_client (fixture, 1, "ben");
  run (fixture, STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: one"), ==, 1);
  g_assert_cmpuint (claw_room_get_waiting (fixture->room, 2), ==, 0);
  leave_behind (fixture);
  say (fixture, 0, "two");
  run (fixture, 4);
  g_assert_cmpuint (count_lines (fixture, 2, "anna: two"), ==, 1);
  g_assert_false (fixture->clients[1].closed);
}

/* What found no room while a member was away is counted, and the member is told how much it was. */
static void
test_missed (Fixture *fixture, gconstpointer data)
{
  const char *log;

  claw_room_add (fixture->room, 1, fixture->clients[0].identity.public_key, "anna");
  for (unsigned i = 0; i < CLAW_CHAT_OUTBOX_MESSAGES_MAX + 3; i++)
    g_assert_true (claw_room_say (fixture->room, "x", NULL, START_US, NULL));
  g_assert_cmpuint (claw_room_get_waiting (fixture->room, 1), ==, CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  connect_client (fixture, 0, "anna");
  run (fixture, 200);
  log = fixture->clients[0].log->str;
  g_assert_nonnull (strstr (log, "Harbour: 3 messages were not kept for you"));
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_NOT_KEPT], ==, 1);
  g_assert_cmpuint (claw_room_get_waiting (fixture->room, 1), ==, 0);
}

/* Makes a room with these limits; there must not be members yet. */
static void
set_limits (Fixture *fixture, unsigned per_second, unsigned patience_s, size_t message_bytes)
{
  const ClawRoomLimits limits = { .messages_per_second = per_second,
                                  .patience_us = patience_s * G_USEC_PER_SEC,
                                  .message_bytes = message_bytes,
                                  .kept_bytes = CLAW_CHAT_OUTBOX_BYTES_MAX };

  claw_room_set_limits (fixture->room, &limits);
}

/* Keeps a flood going: as many lines as the outbox takes. Returns: how many. */
static unsigned
flood (Fixture *fixture, unsigned at)
{
  unsigned n = 0;

  for (; claw_chat_get_outbox (fixture->clients[at].chat, NULL) < CLAW_CHAT_OUTBOX_MESSAGES_MAX;
       n++)
    say (fixture, at, "flood");
  return n;
}

/* Names count as messages do, so that nobody floods the others with them. */
static void
test_rename_slowed (Fixture *fixture, gconstpointer data)
{
  set_limits (fixture, 1, 20, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 2);
  for (unsigned i = 0; i < 2 * CLAW_ROOM_BURST_S; i++)
    {
      g_autofree char *name = g_strdup_printf ("name-%u", i);

      claw_chat_send_name (fixture->clients[0].chat, name);
    }
  run (fixture, STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "+name-"), >=, CLAW_ROOM_BURST_S);
  g_assert_cmpuint (count_lines (fixture, 1, "+name-"), <=, CLAW_ROOM_BURST_S + 2);
  run (fixture, (CLAW_ROOM_BURST_S + 2) * STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "+name-"), ==, 2 * CLAW_ROOM_BURST_S);
  g_assert_cmpstr (claw_room_get_name (fixture->room, 1), ==, "name-19");
}

/* One who floods gets through at the rate of the limit, is told once, and is disconnected when it
 * does not stop; the others get each other's lines at once all the while, and stay. */
static void
test_too_fast (Fixture *fixture, gconstpointer data)
{
  const unsigned rate = 10, patience_s = 20;

  set_limits (fixture, rate, patience_s, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 3);
  for (unsigned second = 1; second < patience_s; second++)
    {
      flood (fixture, 0);
      run (fixture, STEPS_PER_SECOND - 2);
      say (fixture, 1, "calm");
      run (fixture, 2);
      g_assert_cmpuint (count_lines (fixture, 2, "ben: calm"), ==, second);
      g_assert_cmpuint (count_lines (fixture, 2, "anna: flood"), >=, rate * CLAW_ROOM_BURST_S);
      g_assert_cmpuint (count_lines (fixture, 2, "anna: flood"), <=,
                        rate * (CLAW_ROOM_BURST_S + second));
      g_assert_false (fixture->clients[0].closed);
    }
  g_assert_cmpuint (count_lines (fixture, 2, "anna: flood"), >=,
                    rate * (CLAW_ROOM_BURST_S + patience_s - 2));
  g_assert_cmpuint (count_lines (fixture, 0, "Harbour: You say more than 10 messages"), ==, 1);
  flood (fixture, 0);
  run (fixture, 2 * STEPS_PER_SECOND);
  g_assert_true (fixture->clients[0].closed);
  g_assert_cmpint (fixture->clients[0].closed_with, ==, CLAW_CLOSE_CODE_TOO_FAST);
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_SLOWED], ==, 1);
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_TOO_FAST], ==, 1);
  g_assert_cmpuint (count_lines (fixture, 1, "-anna"), ==, 1);
  g_assert_false (fixture->clients[1].closed || fixture->clients[2].closed);
  g_assert_cmpuint (count_lines (fixture, 1, "Harbour"), ==, 0);
}

/* What is confirmed to one who is put out for that goes on all the same, no faster than the limit;
 * the rest comes when it comes back, each line once. */
static void
test_too_fast_put_out (Fixture *fixture, gconstpointer data)
{
  const unsigned rate = 10, patience_s = 2;
  unsigned said = 0;

  set_limits (fixture, rate, patience_s, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 2);
  while (!fixture->clients[0].closed)
    {
      said += flood (fixture, 0);
      run (fixture, 1);
    }
  g_assert_cmpint (fixture->clients[0].closed_with, ==, CLAW_CLOSE_CODE_TOO_FAST);
  unsigned confirmed = said - claw_chat_get_outbox (fixture->clients[0].chat, NULL);
  unsigned before = count_lines (fixture, 1, "anna: flood");
  g_assert_cmpuint (confirmed, >, before);
  run (fixture, STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: flood"), >, before);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: flood"), <=, before + 2 * rate);
  g_assert_true (claw_room_is_behind (fixture->room));
  run (fixture, (CLAW_CHAT_EVENTS_MAX / rate + 1) * STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: flood"), >=, confirmed);
  g_assert_false (claw_room_is_behind (fixture->room));

  connect_client (fixture, 0, "anna");
  while (claw_room_is_behind (fixture->room)
         || claw_chat_get_outbox (fixture->clients[0].chat, NULL) > 0)
    {
      if (fixture->clients[0].closed)
        connect_client (fixture, 0, "anna");
      run (fixture, STEPS_PER_SECOND);
    }
  g_assert_cmpuint (count_lines (fixture, 1, "anna: flood"), ==, said);
}

/* Makes a frame of @kind that tells nothing to a server. */
static GByteArray *
make_frame (ClawChatFrameKind kind)
{
  static const uint8_t zeros[CLAW_MESSAGE_ID_SIZE + 8 + 1 + 1] = { 0 };
  GByteArray *body = g_byte_array_new ();
  uint8_t head[8];
  ClawWriter writer;

  claw_writer_init (&writer, head, sizeof head);
  if (kind == CLAW_CHAT_FRAME_WELCOME)
    for (unsigned i = 0; i <= CLAW_CHAT_FRAME_MEMBERS_MAX; i++)
      g_byte_array_append (body, (const uint8_t *) "\x01x", 2);
  else if (kind == CLAW_CHAT_FRAME_NAME)
    g_byte_array_append (body, (const uint8_t *) "\n", 1);
  else
    g_byte_array_append (body, zeros,
                         kind == CLAW_CHAT_FRAME_RECEIPT ? CLAW_MESSAGE_ID_SIZE : sizeof zeros);
  if (kind == CLAW_CHAT_FRAME_TEXT)
    g_byte_array_append (body, (const uint8_t *) "again", 5);
  claw_writer_varint (&writer, 1 + body->len);
  claw_writer_u8 (&writer, (uint8_t) kind);
  g_byte_array_prepend (body, head, (guint) writer.used);
  return body;
}

/* A member whose client, against the rules, floods with one frame: as much as the stream takes. */
static void
flood_frames (Fixture *fixture, const GByteArray *frame, size_t *at)
{
  ClawConnection *connection = fixture->clients[0].connection;
  size_t n = 1;

  while (connection != NULL && n > 0)
    {
      n = claw_connection_write (connection, CLAW_CHAT_STREAM, frame->data + *at, frame->len - *at);
      *at = (*at + n) % frame->len;
    }
}

/* Whatever a member floods with, be it a message that comes again and again, receipts for nothing,
 * or what only servers say, is read at the rate of the limit, and ends as a flood of messages
 * does. */
static void
test_too_fast_with_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) frame = make_frame (GPOINTER_TO_UINT (data));
  size_t at = 0;

  set_limits (fixture, 10, 5, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 2);
  /* Receipts of its own would get in between. */
  claw_chat_attach (fixture->clients[0].chat, NULL);
  for (unsigned i = 0; i < 7 * STEPS_PER_SECOND && !fixture->clients[0].closed; i++)
    {
      flood_frames (fixture, frame, &at);
      run (fixture, 1);
    }
  g_assert_true (fixture->clients[0].closed);
  g_assert_cmpint (fixture->clients[0].closed_with, ==, CLAW_CLOSE_CODE_TOO_FAST);
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_SLOWED], ==, 1);
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_TOO_FAST], ==, 1);
  g_assert_false (fixture->clients[1].closed);
}

/* Anna says so much of @text that for a time some of it waits for the limit. Returns: how many. */
static unsigned
say_too_much (Fixture *fixture, unsigned rate, const char *text)
{
  unsigned n = rate * (CLAW_ROOM_BURST_S + 5);

  for (unsigned i = 0; i < n; i++)
    say (fixture, 0, text);
  run (fixture, STEPS_PER_SECOND);
  return n;
}

/* One who stops in time stays, nothing of what it said is lost, and coming back after having been
 * disconnected is no way around the limit. */
static void
test_too_fast_stops (Fixture *fixture, gconstpointer data)
{
  const unsigned rate = 10;

  set_limits (fixture, rate, 20, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 2);
  unsigned n = say_too_much (fixture, rate, "line");
  g_assert_true (claw_room_is_behind (fixture->room));
  connect_client (fixture, 0, "anna");
  g_assert_cmpuint (count_lines (fixture, 1, "anna: line"), <=, rate * (CLAW_ROOM_BURST_S + 2));
  run (fixture, 6 * STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: line"), ==, n);
  g_assert_false (claw_room_is_behind (fixture->room));
  g_assert_false (fixture->clients[0].closed);
  run (fixture, 20 * STEPS_PER_SECOND);
  g_assert_false (fixture->clients[0].closed);
}

/* What is confirmed to one who is slowed goes on when it leaves, no faster than the limit, and
 * not when it is put out. */
static void
test_too_fast_left (Fixture *fixture, gconstpointer data)
{
  const unsigned rate = 10;

  set_limits (fixture, rate, 20, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 2);
  unsigned n = say_too_much (fixture, rate, "line");
  g_assert_cmpuint (claw_chat_get_outbox (fixture->clients[0].chat, NULL), ==, 0);
  claw_connection_close (fixture->clients[0].connection, CLAW_CLOSE_CODE_BYE);
  run (fixture, STEPS_PER_SECOND / 2);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: line"), <=, rate * (CLAW_ROOM_BURST_S + 3));
  g_assert_true (claw_room_is_behind (fixture->room));
  run (fixture, 6 * STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: line"), ==, n);
  g_assert_false (claw_room_is_behind (fixture->room));

  connect_client (fixture, 0, "anna");
  n = say_too_much (fixture, rate, "more");
  claw_connection_close (fixture->clients[0].connection, CLAW_CLOSE_CODE_BYE);
  run (fixture, STEPS_PER_SECOND / 2);
  unsigned n_more = count_lines (fixture, 1, "anna: more");
  g_assert_cmpuint (n_more, <, n);
  claw_room_remove (fixture->room, 1);
  run (fixture, 6 * STEPS_PER_SECOND);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: more"), ==, n_more);
  g_assert_false (claw_room_is_behind (fixture->room));
}

/* One who is slowed and gets more than its outbox holds is the only one who goes: its receipts,
 * which stand behind its flood, must not hold up the others. */
static void
test_too_fast_holds_up_nobody (Fixture *fixture, gconstpointer data)
{
  set_limits (fixture, 50, 3600, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 3);
  for (unsigned i = 1; i <= 2 * CLAW_CHAT_OUTBOX_MESSAGES_MAX; i++)
    {
      if (!fixture->clients[0].closed)
        flood (fixture, 0);
      say (fixture, i % 2 + 1, "calm");
      run (fixture, 4);
      g_assert_cmpuint (
          count_lines (fixture, (i + 1) % 2 + 1, i % 2 == 0 ? "ben: calm" : "cleo: calm"), ==,
          (i + 1) / 2);
    }
  g_assert_false (fixture->clients[1].closed || fixture->clients[2].closed);
}

/* The longest text that is allowed goes through; one byte more does not, and its sender is told. */
static void
test_too_long (Fixture *fixture, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (256, 'x');
  g_autofree char *longer = g_strnfill (257, 'y');

  set_limits (fixture, 10, 20, 256);
  add_members (fixture, 2);
  say (fixture, 0, longest);
  say (fixture, 0, longer);
  run (fixture, 4);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: x"), ==, 1);
  g_assert_cmpuint (count_lines (fixture, 1, "anna: y"), ==, 0);
  g_assert_cmpuint (count_lines (fixture, 0, "Harbour: Your message was not passed on"), ==, 1);
  g_assert_cmpuint (fixture->limits[CLAW_ROOM_LIMIT_TOO_LONG], ==, 1);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
#define ADD_KIND(path, kind) \
  g_test_add (path, Fixture, GUINT_TO_POINTER (kind), set_up, test_too_fast_with_nothing, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/room/rename/slowed", test_rename_slowed);
  ADD ("/room/too-slow/disconnected", test_too_slow);
  ADD ("/room/too-slow/again", test_behind_again);
  ADD ("/room/too-slow/left", test_behind_left);
  ADD ("/room/missed/told", test_missed);
  ADD ("/room/too-fast/disconnected", test_too_fast);
  ADD ("/room/too-fast/put-out", test_too_fast_put_out);
  ADD_KIND ("/room/too-fast/repeats", CLAW_CHAT_FRAME_TEXT);
  ADD_KIND ("/room/too-fast/receipts", CLAW_CHAT_FRAME_RECEIPT);
  ADD_KIND ("/room/too-fast/welcomes", CLAW_CHAT_FRAME_WELCOME);
  ADD_KIND ("/room/too-fast/names", CLAW_CHAT_FRAME_NAME);
  ADD_KIND ("/room/too-fast/unknown-kinds", 99);
  ADD ("/room/too-fast/stops", test_too_fast_stops);
  ADD ("/room/too-fast/left", test_too_fast_left);
  ADD ("/room/too-fast/holds-up-nobody", test_too_fast_holds_up_nobody);
  ADD ("/room/too-long/told", test_too_long);
  return g_test_run ();
}
