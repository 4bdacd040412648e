/* test-room.c: one room, several members, a perfect network inside of one thread, and a clock that
 * the test turns.
 *
 * The server's endpoint and one endpoint per client hand each other datagrams directly.
 */
#include "claw-endpoint.h"
#include "claw-room.h"
#include "claw-typing.h"

#include <string.h>

#define CLIENTS 4
#define START_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define STEP_US (5 * 1000)

typedef struct
{
  ClawIdentity identity;
  ClawKey psk;
  ClawEndpoint *endpoint;
  ClawConnection *connection; /* the client's side */
  ClawConnection *session;    /* the server's side */
  ClawChat *chat;
  GString *log;      /* what it was told, a line each */
  ClawMessage *last; /* (nullable): that came */
  gboolean deaf;     /* reads nothing, answers nothing */
  ClawCloseCode closed_with;
  gboolean closed;
} Client;

typedef struct
{
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawRoom *room;
  GString *operators; /* what they were told */
  unsigned limits[CLAW_ROOM_LIMIT_NOT_KEPT + 1];
  Client clients[CLIENTS];
  gint64 now_us;
} Fixture;

static void
on_message (ClawMessage *message, gpointer origin, gpointer data)
{
  g_string_append_printf (((Fixture *) data)->operators, "%s: %s%s\n",
                          claw_message_get_sender (message), claw_message_get_text (message, NULL),
                          origin != NULL ? " (own)" : "");
}

static void
on_joined (const char *name, gpointer data)
{
  g_string_append_printf (((Fixture *) data)->operators, "+%s\n", name);
}

static void
on_left (const char *name, gpointer data)
{
  g_string_append_printf (((Fixture *) data)->operators, "-%s\n", name);
}

static void
on_limit (uint32_t member, ClawRoomLimit limit, gpointer data)
{
  ((Fixture *) data)->limits[limit]++;
}

static void
on_renamed (uint32_t member, const char *name, gpointer data)
{
  g_string_append_printf (((Fixture *) data)->operators, "%u is %s\n", member, name);
}

static const ClawRoomListener listener = { on_message, on_joined, on_left, on_limit, on_renamed };

static ClawEndpoint *
make_endpoint (const ClawIdentity *identity, uint32_t seed)
{
  const ClawEndpointConfig config = { .identity = identity, .jitter_seed = seed };

  return claw_endpoint_new (&config);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  fixture->now_us = 1000000;
  claw_identity_generate (&fixture->identity);
  fixture->endpoint = make_endpoint (&fixture->identity, 1);
  fixture->operators = g_string_new (NULL);
  fixture->room = claw_room_new ("Harbour", &listener, fixture);
  for (uint32_t i = 0; i < CLIENTS; i++)
    {
      Client *client = &fixture->clients[i];
      ClawPskEntry entry = { .id = i + 1, .kind = CLAW_PSK_PAIRING };

      claw_identity_generate (&client->identity);
      claw_key_generate (&client->psk);
      client->endpoint = make_endpoint (&client->identity, i + 2);
      client->chat = claw_chat_new ();
      client->log = g_string_new (NULL);
      entry.psk = &client->psk;
      entry.client_key = client->identity.public_key;
      claw_endpoint_accept (fixture->endpoint, &entry);
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_room_free (fixture->room);
  claw_endpoint_free (fixture->endpoint);
  claw_identity_clear (&fixture->identity);
  g_string_free (fixture->operators, TRUE);
  for (unsigned i = 0; i < CLIENTS; i++)
    {
      Client *client = &fixture->clients[i];

      claw_chat_free (client->chat);
      claw_message_unref (client->last);
      claw_endpoint_free (client->endpoint);
      claw_identity_clear (&client->identity);
      claw_key_clear (&client->psk);
      g_string_free (client->log, TRUE);
    }
}

/* A client's address is 192.0.2.(1 + its number); the server's ends with 100. */
static ClawAddress
address_of (unsigned number)
{
  ClawAddress address = { .family = CLAW_ADDRESS_IPV4, .ip = { 192, 0, 2, 0 }, .port = 50000 };

  address.ip[3] = (uint8_t) (number + 1);
  return address;
}

static void
log_event (Client *client, ClawChatEvent *event)
{
  g_autofree char *members = NULL;

  switch (event->type)
    {
    case CLAW_CHAT_MESSAGE:
      g_clear_pointer (&client->last, claw_message_unref);
      client->last = claw_message_ref (event->message);
      g_string_append_printf (client->log, "%s: %s\n", claw_message_get_sender (event->message),
                              claw_message_get_text (event->message, NULL));
      break;
    case CLAW_CHAT_WELCOME:
      members = g_strjoinv (",", event->members);
      g_string_append_printf (client->log, "=%s [%s]\n", event->name, members);
      break;
    case CLAW_CHAT_JOINED:
      g_string_append_printf (client->log, "+%s\n", event->name);
      break;
    case CLAW_CHAT_LEFT:
      g_string_append_printf (client->log, "-%s\n", event->name);
      break;
    case CLAW_CHAT_NAME:
      g_string_append_printf (client->log, "~%s\n", event->name);
      break;
    case CLAW_CHAT_STATE:
      break;
    case CLAW_CHAT_BROKEN:
      g_assert_not_reached ();
    }
}

static void
log_typing (Client *client)
{
  uint8_t datagram[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length;

  while (claw_connection_read_datagram (client->connection, datagram, &length))
    {
      ClawTyping typing;

      g_assert_true (claw_typing_read (&typing, datagram, length));
      g_string_append_printf (client->log, "%.*s %s\n", (int) typing.name_length, typing.name,
                              typing.is_typing ? "types" : "stops");
    }
}

static void
run_chat (Client *client)
{
  if (client->connection == NULL || client->deaf)
    return;
  log_typing (client);
  claw_chat_pump (client->chat);
  while (TRUE)
    {
      g_auto (ClawChatEvent) event = { 0 };

      if (!claw_chat_next_event (client->chat, &event))
        return;
      log_event (client, &event);
    }
}

static void
client_events (Fixture *fixture, Client *client)
{
  ClawEndpointEvent event;

  while (claw_endpoint_next_event (client->endpoint, &event))
    {
      if (event.type == CLAW_ENDPOINT_ESTABLISHED)
        {
          client->connection = event.connection;
          claw_chat_attach (client->chat, event.connection);
        }
      if (event.type == CLAW_ENDPOINT_CLOSED && event.connection == client->connection)
        {
          claw_chat_attach (client->chat, NULL);
          client->connection = NULL;
          client->closed = TRUE;
          client->closed_with = event.peer_code;
        }
    }
  run_chat (client);
}

/* What a server does with a session, as far as the room is concerned. */
static void
server_event (Fixture *fixture, const ClawEndpointEvent *event)
{
  uint32_t id = (uint32_t) claw_connection_get_psk_id (event->connection);
  Client *client = &fixture->clients[id - 1];
  size_t length;
  const uint8_t *hello;
  g_autofree char *name = NULL;

  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      hello = claw_connection_get_peer_hello (event->connection, &length);
      name = g_strndup ((const char *) hello, length);
      client->session = event->connection;
      claw_room_join (fixture->room, id, name[0] != '\0' ? name : NULL, event->connection);
      break;
    case CLAW_ENDPOINT_PROBED:
      break;
    case CLAW_ENDPOINT_CLOSED:
      claw_room_leave (fixture->room, id, event->connection);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_PORT:
    case CLAW_ENDPOINT_DATAGRAM:
    case CLAW_ENDPOINT_REKEYED:
    case CLAW_ENDPOINT_COMPROMISED:
      break;
    }
  claw_room_pump (fixture->room, id, START_US + fixture->now_us);
}

static gboolean
carry (ClawEndpoint *from, unsigned from_number, Fixture *fixture)
{
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  const ClawRoute sender = { .peer = address_of (from_number) };
  ClawRoute to;
  size_t length = claw_endpoint_send (from, &to, buffer, sizeof buffer, fixture->now_us);

  if (length == 0)
    return FALSE;
  if (to.peer.ip[3] == 100)
    claw_endpoint_receive (fixture->endpoint, &sender, buffer, length, fixture->now_us);
  else if (!fixture->clients[to.peer.ip[3] - 1].deaf)
    claw_endpoint_receive (fixture->clients[to.peer.ip[3] - 1].endpoint, &sender, buffer, length,
                           fixture->now_us);
  return TRUE;
}

/* Lets @steps times a few milliseconds pass, in which everything arrives. */
static void
run (Fixture *fixture, unsigned steps)
{
  while (steps-- > 0)
    {
      gboolean moved = TRUE;

      fixture->now_us += STEP_US;
      claw_endpoint_wake (fixture->endpoint, fixture->now_us);
      for (unsigned i = 0; i < CLIENTS; i++)
        claw_endpoint_wake (fixture->clients[i].endpoint, fixture->now_us);
      while (moved)
        {
          ClawEndpointEvent event;

          moved = FALSE;
          for (unsigned i = 0; i < CLIENTS; i++)
            client_events (fixture, &fixture->clients[i]);
          while (claw_endpoint_next_event (fixture->endpoint, &event))
            server_event (fixture, &event);
          claw_room_pump (fixture->room, 0, START_US + fixture->now_us);
          while (carry (fixture->endpoint, 99, fixture))
            moved = TRUE;
          for (unsigned i = 0; i < CLIENTS; i++)
            while (carry (fixture->clients[i].endpoint, i, fixture))
              moved = TRUE;
        }
    }
}

/* Makes client @at knock under @name, which its endpoint says in every handshake. */
static void
connect_client (Fixture *fixture, unsigned at, const char *name)
{
  Client *client = &fixture->clients[at];
  const ClawAddress server = address_of (99);
  const ClawEndpointConfig config = {
    .identity = &client->identity,
    .hello = name,
    .hello_length = strlen (name),
    .last_timestamp_us = claw_endpoint_get_last_timestamp_us (client->endpoint),
    .jitter_seed = at + 2,
  };
  const ClawConnectRequest request = {
    .server_key = fixture->identity.public_key,
    .psks = { &client->psk },
    .addresses = &server,
    .n_addresses = 1,
    .unix_us = (uint64_t) (START_US + fixture->now_us),
    .now_us = fixture->now_us,
    .give_up_us = G_MAXINT64,
  };

  claw_chat_attach (client->chat, NULL);
  client->connection = NULL;
  client->closed = FALSE;
  claw_endpoint_free (client->endpoint);
  client->endpoint = claw_endpoint_new (&config);
  claw_endpoint_connect (client->endpoint, &request);
  run (fixture, 4);
  g_assert_nonnull (client->connection);
}

static void
add_members (Fixture *fixture, unsigned count)
{
  static const char *const names[CLIENTS] = { "anna", "ben", "cleo", "dan" };

  for (unsigned i = 0; i < count; i++)
    {
      claw_room_add (fixture->room, i + 1, fixture->clients[i].identity.public_key, names[i]);
      connect_client (fixture, i, names[i]);
    }
  for (unsigned i = 0; i < count; i++)
    g_string_truncate (fixture->clients[i].log, 0);
  g_string_truncate (fixture->operators, 0);
}

static void
say (Fixture *fixture, unsigned at, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, START_US + fixture->now_us, &error);

  g_assert_no_error (error);
  g_assert_true (claw_chat_send (fixture->clients[at].chat, message, &error));
  g_assert_no_error (error);
}

static void
assert_log (Fixture *fixture, unsigned at, const char *expected)
{
  g_assert_cmpstr (fixture->clients[at].log->str, ==, expected);
}

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

static unsigned
count_lines (Fixture *fixture, unsigned at, const char *prefix)
{
  g_auto (GStrv) lines = g_strsplit (fixture->clients[at].log->str, "\n", -1);
  unsigned n = 0;

  for (unsigned i = 0; lines[i] != NULL; i++)
    n += g_str_has_prefix (lines[i], prefix);
  return n;
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

/* Keeps a flood going: as many lines as the outbox takes. */
static void
flood (Fixture *fixture, unsigned at)
{
  while (claw_chat_get_outbox (fixture->clients[at].chat, NULL) < CLAW_CHAT_OUTBOX_MESSAGES_MAX)
    say (fixture, at, "flood");
}

#define STEPS_PER_SECOND (G_USEC_PER_SEC / STEP_US)

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
  g_assert_false (claw_room_is_behind (fixture->room));
}

/* One who stops in time stays, nothing of what it said is lost, and coming back after having been
 * disconnected is no way around the limit. */
static void
test_too_fast_stops (Fixture *fixture, gconstpointer data)
{
  const unsigned rate = 10, n = rate * (CLAW_ROOM_BURST_S + 5);

  set_limits (fixture, rate, 20, CLAW_MESSAGE_TEXT_MAX);
  add_members (fixture, 2);
  for (unsigned i = 0; i < n; i++)
    say (fixture, 0, "line");
  run (fixture, STEPS_PER_SECOND);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/room/join/welcomed", test_welcome);
  ADD ("/room/rename/told", test_rename);
  ADD ("/room/rename/taken", test_rename_taken);
  ADD ("/room/rename/slowed", test_rename_slowed);
  ADD ("/room/program-restarted/heard-once", test_program_restarted);
  ADD ("/room/message/to-all-others", test_fan_out);
  ADD ("/room/operator/to-all", test_operator);
  ADD ("/room/names/unique", test_names);
  ADD ("/room/away/kept", test_away);
  ADD ("/room/return/goes-on", test_return);
  ADD ("/room/leave/told", test_leave);
  ADD ("/room/too-slow/disconnected", test_too_slow);
  ADD ("/room/missed/told", test_missed);
  ADD ("/room/same-id/both-shown", test_same_id);
  ADD ("/room/reply/found-by-all", test_reply);
  ADD ("/room/typing/told", test_typing);
  g_test_add ("/room/too-fast/disconnected", Fixture, NULL, set_up, test_too_fast, tear_down);
  g_test_add ("/room/too-fast/stops", Fixture, NULL, set_up, test_too_fast_stops, tear_down);
  g_test_add ("/room/too-fast/holds-up-nobody", Fixture, NULL, set_up,
              test_too_fast_holds_up_nobody, tear_down);
  g_test_add ("/room/too-long/told", Fixture, NULL, set_up, test_too_long, tear_down);
  return g_test_run ();
}
