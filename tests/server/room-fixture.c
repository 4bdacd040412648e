/* room-fixture.c: see room-fixture.h. */
#include "room-fixture.h"

#include "claw-typing.h"

#include <string.h>

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

void
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

void
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
    case CLAW_CHAT_NOTHING:
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

void
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

void
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

void
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

void
say (Fixture *fixture, unsigned at, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, START_US + fixture->now_us, &error);

  g_assert_no_error (error);
  g_assert_true (claw_chat_send (fixture->clients[at].chat, message, &error));
  g_assert_no_error (error);
}

void
assert_log (Fixture *fixture, unsigned at, const char *expected)
{
  g_assert_cmpstr (fixture->clients[at].log->str, ==, expected);
}

unsigned
count_lines (Fixture *fixture, unsigned at, const char *prefix)
{
  g_auto (GStrv) lines = g_strsplit (fixture->clients[at].log->str, "\n", -1);
  unsigned n = 0;

  for (unsigned i = 0; lines[i] != NULL; i++)
    n += g_str_has_prefix (lines[i], prefix);
  return n;
}
