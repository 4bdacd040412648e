/* claw-sim-host.c: the turns of an endpoint, and what is expected of its chats. */
#include "claw-sim-host.h"

#include "claw-handshake.h"
#include "claw-sim-enemies.h"
#include "claw-sim-invariants.h"
#include "claw-sim-ports.h"
#include "claw-sim-secrets.h"

#include <string.h>

#define UNIX_US (UINT64_C (1700000000) * G_USEC_PER_SEC)
#define GIVE_UP_US (20 * G_USEC_PER_SEC)
/* Before the ports that were right at the first knock are not any more. */
#define GIVE_UP_ROTATING_US (5 * G_USEC_PER_SEC)
#define RETRY_MIN_US (G_USEC_PER_SEC / 10)
#define RETRY_MAX_US (2 * G_USEC_PER_SEC)
#define SAVE_MAX_US (G_USEC_PER_SEC / 2)
/* At one time; more would be a busy loop. */
#define ROUNDS_MAX 1000   /* of events and sending within a turn */
#define DUE_AT_ONCE_MAX 5 /* turns that end with another one due */

typedef struct
{
  ClawMessage *message;
  ClawMessageState state;
  unsigned place;
} Said;

struct ClawSimPeer
{
  ClawSimHost *host;
  ClawSimPeer *other;
  gboolean is_client;
  ClawChat *chat;
  ClawConnection *connection;
  gint64 retry_us; /* client: when to knock again; G_MAXINT64 while it does or is connected */
  ClawSimWatch watch;
  ClawSimSecrets secrets;
  gint64 save_us; /* server: when they go to the disk; G_MAXINT64: they are there */
  GPtrArray *said;
  GHashTable *said_by_id; /* borrowed from said */
  unsigned delivered;
  unsigned heard;
  unsigned sessions;
  unsigned rotations;
  ClawSimSchedule schedule; /* client: where to knock */
};

struct ClawSimHost
{
  ClawSimNetwork *network;
  unsigned number;
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  uint64_t last_timestamp_us;
  uint64_t next_psk_id;
  gint64 rotation_us;
  unsigned due_at_once;
  ClawSimPorts *ports;    /* (nullable): the port stays the same */
  gint64 clock_offset_us; /* by which its clock is wrong */
  gboolean is_asleep;
  gint64 asleep_since_us; /* the network's time */
  gint64 slept_us;        /* by which its monotonic time is late */
  GPtrArray *peers;
  GHashTable *taken; /* of GBytes: initiations that were answered */
  ClawSimHeard heard;
  gpointer heard_data;
};

static void turn (ClawSimHost *host);

/* Monotonic, which stands still while the host sleeps. */
static gint64
now_us (const ClawSimHost *host)
{
  gint64 now_us = claw_sim_network_get_now_us (host->network);

  return (host->is_asleep ? host->asleep_since_us : now_us) - host->slept_us;
}

static uint64_t
unix_us (const ClawSimHost *host)
{
  return UNIX_US + (uint64_t) (claw_sim_network_get_now_us (host->network) + host->clock_offset_us);
}

static void
said_free (gpointer data)
{
  Said *said = data;

  claw_message_unref (said->message);
  g_free (said);
}

static void
peer_free (gpointer data)
{
  ClawSimPeer *peer = data;

  claw_chat_free (peer->chat);
  claw_sim_secrets_clear (&peer->secrets);
  claw_key_clear (&peer->schedule.secret);
  g_hash_table_unref (peer->said_by_id);
  g_ptr_array_unref (peer->said);
  g_free (peer);
}

static guint
hash_id (gconstpointer id)
{
  guint hash;

  memcpy (&hash, id, sizeof hash);
  return hash;
}

static gboolean
ids_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, CLAW_MESSAGE_ID_SIZE) == 0;
}

static ClawSimPeer *
peer_new (ClawSimHost *host, gboolean is_client)
{
  ClawSimPeer *peer = g_new0 (ClawSimPeer, 1);

  peer->host = host;
  peer->is_client = is_client;
  peer->chat = claw_chat_new ();
  peer->retry_us = is_client ? now_us (host) : G_MAXINT64;
  peer->save_us = G_MAXINT64;
  peer->said = g_ptr_array_new_with_free_func (said_free);
  peer->said_by_id = g_hash_table_new (hash_id, ids_equal);
  g_ptr_array_add (host->peers, peer);
  return peer;
}

/* What must hold of a chat. */

static void
check_message (ClawSimPeer *peer, const ClawMessage *message)
{
  const Said *expected;

  /* Never more than were said: no message is made up or comes twice. */
  g_assert_cmpuint (peer->heard, <, peer->other->said->len);
  expected = g_ptr_array_index (peer->other->said, peer->heard);
  g_assert_true (
      ids_equal (claw_message_get_id (message), claw_message_get_id (expected->message)));
  g_assert_cmpstr (claw_message_get_text (message, NULL), ==,
                   claw_message_get_text (expected->message, NULL));
  g_assert_cmpint (claw_message_get_time_us (message), ==,
                   claw_message_get_time_us (expected->message));
  g_assert_cmpstr (claw_message_get_sender (message), ==,
                   claw_message_get_sender (expected->message));
  peer->heard++;
}

static void
check_state (ClawSimPeer *peer, const ClawChatEvent *event)
{
  Said *said = g_hash_table_lookup (peer->said_by_id, claw_message_get_id (event->message));

  g_assert_nonnull (said);
  g_assert_cmpint (event->state, >, said->state);
  said->state = event->state;
  if (event->state != CLAW_MESSAGE_DELIVERED)
    return;
  g_assert_cmpuint (said->place, ==, peer->delivered);
  g_assert_cmpuint (said->place, <, peer->other->heard);
  peer->delivered++;
}

static void
check_chat (ClawSimPeer *peer)
{
  size_t bytes;
  unsigned messages = claw_chat_get_outbox (peer->chat, &bytes);

  g_assert_cmpuint (messages, ==, peer->said->len - peer->delivered);
  g_assert_cmpuint (messages, <=, CLAW_CHAT_OUTBOX_MESSAGES_MAX);
  g_assert_cmpuint (bytes, <=, CLAW_CHAT_OUTBOX_BYTES_MAX);
}

static void
check_session (ClawSimPeer *peer)
{
  gint64 time_us = now_us (peer->host);

  claw_sim_secrets_check (&peer->secrets, &peer->other->secrets);
  if (!claw_sim_peer_is_connected (peer))
    return;
  claw_sim_secrets_check_session (peer->connection, time_us);
  claw_sim_invariants_check (&peer->watch, peer->connection, CLAW_SIM_NETWORK_SOCKETS_MAX, time_us);
}

static void
take_events (ClawSimPeer *peer)
{
  gboolean more = TRUE;

  while (more)
    {
      g_auto (ClawChatEvent) event = { 0 };

      more = claw_chat_next_event (peer->chat, &event);
      if (!more)
        break;
      g_assert_true (event.type == CLAW_CHAT_MESSAGE || event.type == CLAW_CHAT_STATE
                     || event.type == CLAW_CHAT_NOTHING);
      if (event.type == CLAW_CHAT_STATE)
        check_state (peer, &event);
      if (event.type != CLAW_CHAT_MESSAGE)
        continue;
      check_message (peer, event.message);
      if (peer->host->heard != NULL)
        peer->host->heard (peer, event.message, peer->host->heard_data);
    }
  check_chat (peer);
}

static void
pump (ClawSimPeer *peer)
{
  claw_chat_pump (peer->chat);
  take_events (peer);
}

/* Sessions. */

static ClawSimPeer *
find_peer (ClawSimHost *host, const uint8_t *key)
{
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      if (memcmp (peer->other->host->identity.public_key, key, CLAW_PUBLIC_KEY_SIZE) == 0)
        return peer;
    }
  return NULL;
}

/* The server saves now, or within a moment, as it likes. */
static void
save (ClawSimPeer *peer, gboolean now)
{
  gint64 wait_us = claw_sim_random_range (claw_sim_network_get_random (peer->host->network), 0,
                                          SAVE_MAX_US);

  peer->save_us = now ? G_MAXINT64 : now_us (peer->host) + wait_us;
  if (now)
    claw_sim_secrets_save (&peer->secrets, peer->connection);
}

static void
on_rekeyed (ClawSimPeer *peer)
{
  ClawConnectionStats stats;

  claw_connection_get_stats (peer->connection, &stats);
  peer->rotations += stats.key_epoch > 0;
  save (peer, claw_sim_secrets_on_rekeyed (&peer->secrets, peer->host->endpoint, peer->connection));
}

static void
on_established (ClawSimHost *host, ClawConnection *connection)
{
  ClawSimPeer *peer = find_peer (host, claw_connection_get_peer_key (connection));
  ClawConnection *old;

  g_assert_nonnull (peer);
  g_assert_true (claw_connection_is_initiator (connection) == peer->is_client);
  old = peer->connection;
  peer->connection = connection;
  peer->sessions++;
  save (peer, claw_sim_secrets_on_established (&peer->secrets, host->endpoint, connection));
  /* Beside all else that goes on; what comes of it is the tests' of claw-probe.h. */
  if (peer->is_client)
    claw_connection_probe_nat (connection);
  if (host->ports != NULL)
    claw_sim_ports_tell (host->ports, connection);
  claw_chat_attach (peer->chat, connection);
  pump (peer);
  if (old != NULL && old != connection)
    claw_connection_close (old, CLAW_CLOSE_CODE_REPLACED);
}

static gint64
pick_retry_us (ClawSimHost *host)
{
  return now_us (host)
         + claw_sim_random_range (claw_sim_network_get_random (host->network), RETRY_MIN_US,
                                  RETRY_MAX_US);
}

static void
on_closed (ClawSimHost *host, const ClawEndpointEvent *event)
{
  /* Nobody in the simulation breaks a rule. */
  g_assert_cmpint (event->reason, !=, CLAW_CLOSE_PROTOCOL);
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      if (peer->connection != event->connection)
        continue;
      peer->connection = NULL;
      claw_chat_attach (peer->chat, NULL);
      take_events (peer);
      if (peer->is_client)
        peer->retry_us = pick_retry_us (host);
    }
}

static ClawSimPeer *
find_session (ClawSimHost *host, const ClawConnection *connection)
{
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      if (peer->connection == connection)
        return peer;
    }
  return NULL;
}

static void
handle_event (ClawSimHost *host, const ClawEndpointEvent *event)
{
  ClawSimPeer *peer;

  switch (event->type)
    {
    case CLAW_ENDPOINT_ESTABLISHED:
      on_established (host, event->connection);
      break;
    case CLAW_ENDPOINT_READABLE:
    case CLAW_ENDPOINT_PROGRESS:
    case CLAW_ENDPOINT_DATAGRAM:
      if ((peer = find_session (host, event->connection)) != NULL)
        pump (peer);
      break;
    case CLAW_ENDPOINT_COMPROMISED: /* nobody says that in these worlds */
      break;
    case CLAW_ENDPOINT_REKEYED:
      if ((peer = find_session (host, event->connection)) != NULL)
        on_rekeyed (peer);
      break;
    case CLAW_ENDPOINT_PORT:
      claw_sim_schedule_learn (
          &find_peer (host, claw_connection_get_peer_key (event->connection))->schedule,
          event->connection);
      break;
    case CLAW_ENDPOINT_PROBED:
      break;
    case CLAW_ENDPOINT_CLOSED:
      on_closed (host, event);
      break;
    }
}

static void
knock (ClawSimPeer *peer)
{
  ClawSimHost *host = peer->host;
  ClawSimHost *server = peer->other->host;
  ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX];
  unsigned n = claw_sim_schedule_list (&peer->schedule, unix_us (host), addresses);

  if (n == 0)
    {
      addresses[n++] = *claw_sim_network_get_address (host->network, server->number);
      if (server->ports != NULL)
        addresses[0].port = claw_sim_ports_get_port (server->ports);
    }
  ClawConnectRequest request = {
    .server_key = server->identity.public_key,
    .addresses = addresses,
    .n_addresses = n,
    .unix_us = unix_us (host),
    .now_us = now_us (host),
    .give_up_us = now_us (host) + (server->ports != NULL ? GIVE_UP_ROTATING_US : GIVE_UP_US)
  };

  claw_sim_secrets_fill (&peer->secrets, &request);
  peer->retry_us = G_MAXINT64;
  peer->connection = claw_endpoint_connect (host->endpoint, &request);
}

/* Turns. */

static gboolean
handle_events (ClawSimHost *host)
{
  ClawEndpointEvent event;
  gboolean any = FALSE;

  while (claw_endpoint_next_event (host->endpoint, &event))
    {
      handle_event (host, &event);
      any = TRUE;
    }
  return any;
}

static gboolean
send_all (ClawSimHost *host)
{
  uint8_t buffer[CLAW_CONNECTION_DATAGRAM_MAX];
  gboolean any = FALSE;
  ClawRoute to;
  size_t length;

  while ((length = claw_endpoint_send (host->endpoint, &to, buffer, sizeof buffer, now_us (host)))
         > 0)
    {
      claw_sim_network_send (host->network, host->number, &to, buffer, length);
      any = TRUE;
    }
  return any;
}

static void
on_call (gpointer user_data)
{
  turn (user_data);
}

static void
turn (ClawSimHost *host)
{
  gint64 deadline_us;
  unsigned rounds = 0;
  gboolean any = TRUE;

  if (host->is_asleep)
    return;
  if (host->ports != NULL)
    claw_sim_ports_tick (host->ports, host->endpoint, unix_us (host));
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      if (peer->retry_us <= now_us (host))
        knock (peer);
      if (peer->save_us <= now_us (host))
        save (peer, TRUE);
    }
  claw_endpoint_wake (host->endpoint, now_us (host));
  while (any)
    {
      gboolean events = handle_events (host);
      gboolean sent = send_all (host);

      any = events || sent;
      g_assert_cmpuint (rounds++, <, ROUNDS_MAX);
    }
  deadline_us = claw_endpoint_get_deadline (host->endpoint);
  host->due_at_once = deadline_us <= now_us (host) ? host->due_at_once + 1 : 0;
  g_assert_cmpuint (host->due_at_once, <=, DUE_AT_ONCE_MAX);
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      check_session (peer);
      deadline_us = MIN (deadline_us, MIN (peer->retry_us, peer->save_us));
    }
  if (host->ports != NULL)
    deadline_us = MIN (deadline_us,
                       now_us (host) + claw_sim_ports_get_wait_us (host->ports, unix_us (host)));
  if (deadline_us < G_MAXINT64)
    deadline_us += host->slept_us;
  claw_sim_network_call_at (host->network, host->number, deadline_us, on_call, host);
}

static uint64_t
count_refused (const ClawSimHost *host)
{
  ClawEndpointStats stats;

  claw_endpoint_get_stats (host->endpoint, &stats);
  return stats.strangers + stats.near_misses;
}

static void
receive (ClawSimHost *host, const ClawRoute *from, const uint8_t *data, size_t length)
{
  uint64_t refused = count_refused (host);

  claw_endpoint_receive (host->endpoint, from, data, length, now_us (host));
  if (data[0] == CLAW_HANDSHAKE_INITIATION && count_refused (host) == refused)
    g_hash_table_add (host->taken, g_bytes_new (data, length));
}

static void
on_receive (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  ClawSimHost *host = user_data;

  if (host->is_asleep)
    return;
  receive (host, from, data, length);
  turn (host);
}

/* Life cycle. */

static void
make_endpoint (ClawSimHost *host)
{
  ClawSimRandom *random = claw_sim_network_get_random (host->network);
  ClawEndpointConfig config = { .identity = &host->identity,
                                .hello = "sim",
                                .hello_length = 3,
                                .last_timestamp_us = host->last_timestamp_us,
                                .jitter_seed = (uint32_t) claw_sim_random_next (random),
                                .key_rotation_us = host->rotation_us };

  host->endpoint = claw_endpoint_new (&config);
}

ClawSimHost *
claw_sim_host_new (ClawSimNetwork *network)
{
  ClawSimHost *host = g_new0 (ClawSimHost, 1);

  host->network = network;
  host->number = claw_sim_network_add (network, on_receive, host);
  host->next_psk_id = 1;
  host->peers = g_ptr_array_new_with_free_func (peer_free);
  host->taken = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref,
                                       NULL);
  claw_identity_generate (&host->identity);
  make_endpoint (host);
  return host;
}

void
claw_sim_host_free (ClawSimHost *host)
{
  if (host == NULL)
    return;
  g_ptr_array_unref (host->peers);
  g_hash_table_unref (host->taken);
  claw_sim_ports_free (host->ports);
  claw_endpoint_free (host->endpoint);
  claw_identity_clear (&host->identity);
  g_free (host);
}

void
claw_sim_host_rotate_ports (ClawSimHost *host, uint32_t interval_s)
{
  host->ports = claw_sim_ports_new (host->network, host->number, interval_s, unix_us (host));
  turn (host);
}

const ClawSimPorts *
claw_sim_host_get_ports (const ClawSimHost *host)
{
  return host->ports;
}

void
claw_sim_host_set_clock (ClawSimHost *host, gint64 offset_us)
{
  host->clock_offset_us = offset_us;
  turn (host);
}

void
claw_sim_host_sleep (ClawSimHost *host, gboolean is_asleep)
{
  gint64 time_us = claw_sim_network_get_now_us (host->network);

  if (is_asleep == host->is_asleep)
    return;
  host->is_asleep = is_asleep;
  if (is_asleep)
    {
      host->asleep_since_us = time_us;
      claw_sim_network_call_at (host->network, host->number, G_MAXINT64, NULL, NULL);
      return;
    }
  host->slept_us += time_us - host->asleep_since_us;
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      if (claw_sim_peer_is_connected (peer))
        claw_connection_nudge (peer->connection);
    }
  turn (host);
}

void
claw_sim_host_set_rotation (ClawSimHost *host, gint64 interval_us)
{
  g_assert_cmpuint (host->peers->len, ==, 0);
  host->rotation_us = interval_us;
  claw_endpoint_free (host->endpoint);
  make_endpoint (host);
}

void
claw_sim_host_set_heard (ClawSimHost *host, ClawSimHeard heard, gpointer user_data)
{
  host->heard = heard;
  host->heard_data = user_data;
}

ClawSimPeer *
claw_sim_host_pair (ClawSimHost *client, ClawSimHost *server)
{
  ClawSimPeer *near = peer_new (client, TRUE);
  ClawSimPeer *far = peer_new (server, FALSE);

  near->other = far;
  far->other = near;
  claw_sim_secrets_init (&near->secrets, &far->secrets, &server->next_psk_id,
                         client->identity.public_key);
  claw_sim_secrets_accept (&far->secrets, server->endpoint, 0);
  turn (client);
  return near;
}

static void
restart_peer (ClawSimPeer *peer, const ClawEndpoint *old)
{
  uint64_t greatest_us = claw_sim_secrets_get_greatest_us (&peer->secrets, old);

  claw_sim_secrets_restore (&peer->secrets);
  peer->save_us = G_MAXINT64;
  if (peer->is_client)
    peer->retry_us = pick_retry_us (peer->host);
  else
    claw_sim_secrets_accept (&peer->secrets, peer->host->endpoint, greatest_us);
}

void
claw_sim_host_restart (ClawSimHost *host)
{
  ClawEndpoint *old = host->endpoint;

  host->last_timestamp_us = claw_endpoint_get_last_timestamp_us (old);
  make_endpoint (host);
  for (unsigned i = 0; i < host->peers->len; i++)
    {
      ClawSimPeer *peer = g_ptr_array_index (host->peers, i);

      claw_chat_attach (peer->chat, NULL);
      peer->connection = NULL;
      take_events (peer);
      restart_peer (peer, old);
    }
  claw_endpoint_free (old);
  turn (host);
}

/* Enemies. */

/* After a turn nothing is left to do, so that whatever there is to do then came of them. */
void
claw_sim_host_attack (ClawSimHost *host)
{
  turn (host);
  claw_sim_enemies_attack (host->network, host->number, host->endpoint, now_us (host));
}

void
claw_sim_host_replay (ClawSimHost *host)
{
  turn (host);
  claw_sim_enemies_replay (host->network, host->number, host->endpoint, host->taken, now_us (host));
}

unsigned
claw_sim_host_get_number (const ClawSimHost *host)
{
  return host->number;
}

/* Ends of chats. */

ClawSimPeer *
claw_sim_peer_get_other (const ClawSimPeer *peer)
{
  return peer->other;
}

gboolean
claw_sim_peer_say (ClawSimPeer *peer, ClawMessage *message)
{
  Said *said;

  if (!claw_chat_send (peer->chat, message, NULL))
    return FALSE;
  said = g_new0 (Said, 1);
  said->message = claw_message_ref (message);
  said->place = peer->said->len;
  g_ptr_array_add (peer->said, said);
  g_assert_true (
      g_hash_table_insert (peer->said_by_id, (gpointer) claw_message_get_id (message), said));
  pump (peer);
  /* A turn at the next step, since this may be called from within one. */
  claw_sim_network_call_at (peer->host->network, peer->host->number,
                            claw_sim_network_get_now_us (peer->host->network), on_call, peer->host);
  return TRUE;
}

gboolean
claw_sim_peer_say_random (ClawSimPeer *peer, size_t length)
{
  ClawSimRandom *random = claw_sim_network_get_random (peer->host->network);
  g_autofree char *text = g_malloc (length);
  g_autoptr (ClawMessage) message = NULL;

  for (size_t i = 0; i < length; i++)
    text[i] = (char) ('a' + claw_sim_random_next (random) % 26);
  message = claw_message_new (text, (gssize) length, now_us (peer->host), NULL);
  g_assert_nonnull (message);
  return claw_sim_peer_say (peer, message);
}

void
claw_sim_peer_close (ClawSimPeer *peer)
{
  if (!claw_sim_peer_is_connected (peer))
    return;
  claw_connection_close (peer->connection, CLAW_CLOSE_CODE_DISCONNECTED);
  turn (peer->host);
}

gboolean
claw_sim_peer_is_connected (const ClawSimPeer *peer)
{
  return peer->connection != NULL
         && claw_connection_get_state (peer->connection) == CLAW_CONNECTION_ESTABLISHED;
}

unsigned
claw_sim_peer_get_said (const ClawSimPeer *peer)
{
  return peer->said->len;
}

unsigned
claw_sim_peer_get_delivered (const ClawSimPeer *peer)
{
  return peer->delivered;
}

unsigned
claw_sim_peer_get_heard (const ClawSimPeer *peer)
{
  return peer->heard;
}

const ClawConnection *
claw_sim_peer_get_connection (const ClawSimPeer *peer)
{
  return peer->connection;
}

unsigned
claw_sim_peer_get_rotations (const ClawSimPeer *peer)
{
  return peer->rotations;
}

unsigned
claw_sim_peer_get_sessions (const ClawSimPeer *peer)
{
  return peer->sessions;
}
