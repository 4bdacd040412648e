/* claw-server.c: puts the server together, keeps it in order while it runs, and takes it apart.
 *
 * Maintenance is one timer, which runs when a .sec file is due or over, and at least once a minute
 * for what has no exact time: pairings that nobody used for long, and near misses to be logged.
 */
#include "config.h"

#include "claw-control-access.h"
#include "claw-server-events.h"
#include "claw-server-private.h"

#include "claw-aead.h"
#include "claw-events.h"
#include "claw-file.h"
#include "claw-handshake.h"
#include "claw-notify.h"
#include "claw-timer.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define MAINTENANCE_MAX_S 60
#define RETRY_S 10
#define SAVE_DELAY_MS 250
/* And so much more for each pairing, since writing many takes longer: when all of them come back
 * after a restart, most of the time is to be theirs. */
#define SAVE_DELAY_EACH_US 100
/* last_seen of those who stay connected is saved this often. */
#define SAVE_INTERVAL_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define DAY_S (24 * 3600)

gint64
claw_server_now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

uint64_t
claw_server_new_psk_id (ClawServer *server)
{
  return ++server->last_psk_id;
}

static void
accept_psk (ClawServer *server, const ClawPairing *pairing, uint64_t id, const ClawKey *psk)
{
  const ClawPskEntry entry = {
    .id = id,
    .kind = CLAW_PSK_PAIRING,
    .psk = psk,
    .client_key = pairing->client_key,
    .greatest_timestamp_us = pairing->greatest_timestamp_us,
  };

  claw_endpoint_accept (server->endpoint, &entry);
}

void
claw_server_accept_pairing (ClawServer *server, ClawPairing *pairing)
{
  if (pairing->resumption_psk_id == 0)
    pairing->resumption_psk_id = claw_server_new_psk_id (server);
  accept_psk (server, pairing, pairing->resumption_psk_id, &pairing->resumption);
  if (!claw_key_is_set (&pairing->previous))
    return;
  if (pairing->previous_psk_id == 0)
    pairing->previous_psk_id = claw_server_new_psk_id (server);
  accept_psk (server, pairing, pairing->previous_psk_id, &pairing->previous);
}

/* Sessions whose newest secret is on the disk now may change their keys again. */
static void
confirm_saved (ClawServer *server)
{
  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    {
      ClawPairing *pairing = claw_pairings_get (server->pairings, at);
      ClawConnection *connection = claw_room_get_connection (server->room, pairing->id);

      if (connection != NULL
          && claw_key_equal (claw_connection_get_resumption (connection), &pairing->resumption))
        claw_connection_resumption_saved (connection);
    }
  if (server->pump != NULL)
    claw_pump_kick (server->pump);
}

static gboolean
save_pairings (ClawServer *server, GError **error)
{
  if (!claw_pairings_save (server->pairings, error))
    return FALSE;
  confirm_saved (server);
  server->saved_us = g_get_monotonic_time ();
  return TRUE;
}

gboolean
claw_server_save (ClawServer *server, GError **error)
{
  g_autoptr (GError) fault = NULL;
  /* Where everything is to go, that comes ahead of what is written: a full disk keeps nothing. */
  gboolean erases_first = claw_erasure_is_all (server->erasure);
  gboolean is_settled = erases_first && claw_server_compromise_settle (server, &fault);

  if (!save_pairings (server, error))
    return FALSE;
  if (!erases_first)
    is_settled = claw_server_compromise_settle (server, &fault);
  if (!is_settled)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  g_clear_handle_id (&server->save_source, claw_timer_remove);
  return TRUE;
}

static gboolean
on_save (gpointer user_data)
{
  ClawServer *server = user_data;
  g_autoptr (GError) error = NULL;

  server->save_source = 0;
  if (claw_server_save (server, &error))
    return G_SOURCE_REMOVE;
  claw_event (CLAW_EVENT_DISK_ERROR, NULL, _ ("Could not save the pairings, trying again soon: %s"),
              error->message);
  server->save_source = claw_timer_add_seconds (RETRY_S, on_save, server);
  return G_SOURCE_REMOVE;
}

void
claw_server_save_soon (ClawServer *server)
{
  guint each_ms = claw_pairings_get_count (server->pairings) * SAVE_DELAY_EACH_US / 1000;

  if (server->save_source == 0)
    server->save_source = claw_timer_add (SAVE_DELAY_MS + each_ms, on_save, server);
}

static void
update_doors (ClawServer *server)
{
  gboolean was_open = claw_server_ports_is_open (server->ports);
  g_autoptr (GError) error = NULL;

  if (!claw_server_doors_update (server, &error))
    claw_event (CLAW_EVENT_PORT_UNAVAILABLE, NULL, _ ("Nobody can come at present: %s"),
                error->message);
  if (was_open != claw_server_ports_is_open (server->ports))
    claw_server_update_status (server);
}

static gboolean
on_turn (gpointer user_data)
{
  ClawServer *server = user_data;

  server->turn_source = 0;
  claw_room_pump (server->room, 0, g_get_real_time ());
  claw_pump_kick (server->pump);
  update_doors (server);
  return G_SOURCE_REMOVE;
}

void
claw_server_turn_soon (ClawServer *server)
{
  if (server->turn_source == 0)
    server->turn_source = claw_timer_add_idle (on_turn, server);
}

void
claw_server_forget (ClawServer *server, ClawPairing *pairing, ClawCloseCode code)
{
  ClawConnection *connection = claw_room_remove (server->room, pairing->id);

  if (connection != NULL)
    {
      claw_connection_set_user_data (connection, NULL);
      claw_connection_close (connection, code);
    }
  claw_endpoint_refuse (server->endpoint, pairing->resumption_psk_id);
  if (pairing->previous_psk_id != 0)
    claw_endpoint_refuse (server->endpoint, pairing->previous_psk_id);
  claw_pairings_remove (server->pairings, pairing);
  claw_server_turn_soon (server);
}

static gboolean
on_changed (gpointer user_data)
{
  ClawServer *server = user_data;

  server->changed_source = 0;
  server->changed (server->changed_data);
  return G_SOURCE_REMOVE;
}

void
claw_server_note_change (ClawServer *server)
{
  if (server->changed != NULL && server->changed_source == 0)
    server->changed_source = claw_timer_add_idle (on_changed, server);
}

void
claw_server_watch (ClawServer *server, void (*changed) (gpointer user_data), gpointer user_data)
{
  server->changed = changed;
  server->changed_data = user_data;
}

void
claw_server_network_changed (ClawServer *server)
{
  claw_reach_watch_network_changed (server->reach);
}

void
claw_server_update_status (ClawServer *server)
{
  g_autofree char *state = NULL;

  claw_server_note_change (server);
  if (!claw_server_ports_is_open (server->ports))
    {
      claw_notify_send (_ ("STATUS=Closed: nobody can come"));
      return;
    }
  state = g_strdup_printf (_ ("STATUS=Port %u, %u of %u members connected"), server->listening.port,
                           claw_room_get_present (server->room),
                           claw_pairings_get_count (server->pairings));

  claw_notify_send (state);
}

void
claw_server_notify_ready (ClawServer *server)
{
  claw_notify_send ("READY=1");
  claw_server_update_status (server);
}

static void
touch_present (ClawServer *server)
{
  gint64 now_s = claw_server_now_s ();

  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    {
      ClawPairing *pairing = claw_pairings_get (server->pairings, at);

      if (claw_room_get_connection (server->room, pairing->id) != NULL)
        claw_pairing_touch (pairing, now_s);
    }
  if (claw_room_get_present (server->room) > 0
      && g_get_monotonic_time () - server->saved_us >= SAVE_INTERVAL_US)
    claw_server_save_soon (server);
}

static void
forget_expired (ClawServer *server)
{
  gint64 lifetime_s = (gint64) server->config->pairing_lifetime_days * DAY_S;
  ClawPairing *pairing;

  while ((pairing = claw_pairings_find_expired (server->pairings, claw_server_now_s (), lifetime_s))
         != NULL)
    {
      claw_event (CLAW_EVENT_PAIRING_EXPIRED, &(ClawEventFields){ .member = pairing->id },
                  _ ("Forgetting the pairing of member %u: not used for %d days"), pairing->id,
                  server->config->pairing_lifetime_days);
      claw_server_events_revoked (server, pairing);
      claw_server_forget (server, pairing, CLAW_CLOSE_CODE_REVOKED);
      claw_server_save_soon (server);
    }
}

static void
look_around (ClawServer *server)
{
  ClawEndpointStats stats;

  claw_endpoint_get_stats (server->endpoint, &stats);
  claw_server_journal_look (server->journal, &stats, g_get_real_time (), g_get_monotonic_time ());
}

/* The issuer's files name the new port at once; the older ones stay good as long as they are, and
 * the port that they name as well. */
static void
tick_ports (ClawServer *server)
{
  if (!claw_server_ports_tick (server->ports, claw_server_now_s (), g_get_monotonic_time ()))
    return;
  claw_udp_socket_get_address (claw_server_ports_get_socket (server->ports), &server->listening);
  claw_event (CLAW_EVENT_PORT_ROTATED, &(ClawEventFields){ .port = server->listening.port },
              _ ("Moved to UDP port %u"), server->listening.port);
  claw_server_outdate_file (server);
  claw_server_events_port (server);
  claw_server_update_status (server);
}

static gboolean
on_rotation (gpointer user_data)
{
  ClawServer *server = user_data;

  server->ports_source = 0;
  claw_server_maintain (server);
  return G_SOURCE_REMOVE;
}

/* Maintenance is late by up to a second, which is too much for clients that keep the time. */
void
claw_server_await_rotation (ClawServer *server)
{
  gint64 deadline_s = claw_server_ports_get_deadline_s (server->ports);
  gint64 now_us = g_get_real_time ();

  g_clear_handle_id (&server->ports_source, claw_timer_remove);
  if (deadline_s > now_us / G_USEC_PER_SEC + MAINTENANCE_MAX_S + 1)
    return;
  gint64 wait_us = MAX (0, deadline_s * G_USEC_PER_SEC - now_us);
  server->ports_source = claw_timer_add ((guint) (wait_us / 1000 + 1), on_rotation, server);
}

static gboolean
on_maintenance (gpointer user_data)
{
  ClawServer *server = user_data;

  server->timer_source = 0;
  touch_present (server);
  forget_expired (server);
  look_around (server);
  claw_server_maintain (server);
  return G_SOURCE_REMOVE;
}

void
claw_server_maintain (ClawServer *server)
{
  g_autoptr (GError) error = NULL;
  gint64 wait_s;

  g_clear_handle_id (&server->timer_source, claw_timer_remove);
  tick_ports (server);
  claw_server_await_rotation (server);
  if (claw_issuer_tick (server->issuer, claw_server_now_s (), &error))
    wait_s = claw_issuer_get_deadline_s (server->issuer) - claw_server_now_s ();
  else
    {
      claw_event (CLAW_EVENT_DISK_ERROR, NULL,
                  _ ("Could not write a new .sec file, trying again soon: %s"), error->message);
      wait_s = RETRY_S;
    }
  update_doors (server);
  server->timer_source = claw_timer_add_seconds ((guint) CLAMP (wait_s, 1, MAINTENANCE_MAX_S),
                                                 on_maintenance, server);
}

/* The issuer's view of the server. */
static uint64_t
issuer_new_psk_id (gpointer user_data)
{
  return claw_server_new_psk_id (user_data);
}

static void
issuer_fill_addresses (ClawSecFile *file, gpointer user_data)
{
  ClawServer *server = user_data;

  claw_server_fill_addresses (server, file);
}

static void
issuer_accept (uint64_t psk_id, const ClawKey *psk, gpointer user_data)
{
  ClawServer *server = user_data;
  const ClawPskEntry entry = { .id = psk_id, .kind = CLAW_PSK_ONCE, .psk = psk };

  claw_endpoint_accept (server->endpoint, &entry);
}

static void
issuer_refuse (uint64_t psk_id, gpointer user_data)
{
  ClawServer *server = user_data;

  claw_endpoint_refuse (server->endpoint, psk_id);
}

static void
issuer_issued (const char *path, gint64 valid_until_s, gpointer user_data)
{
  claw_server_events_file_made (user_data, path, valid_until_s);
  claw_server_note_change (user_data);
  claw_server_compromise_announce_file (user_data, path, valid_until_s);
}

static void
issuer_ended (const char *path, ClawIssuerEnd how, gpointer user_data)
{
  claw_server_note_change (user_data);
  claw_server_events_file_ended (user_data, path, how);
}

static ClawIssuer *
make_issuer (ClawServer *server)
{
  const ClawIssuerConfig config = {
    .directory = server->config->security_directory,
    .state_directory = server->config->state_directory,
    .server_id = server->config->id,
    .server_name = server->config->name,
    .server_public_key = server->identity.public_key,
    .key = server->bootstrap_key,
    .validity_s = (gint64) server->config->file_validity_minutes * 60,
    .regenerate_s = claw_server_config_get_regenerate_s (server->config),
    .new_psk_id = issuer_new_psk_id,
    .fill_addresses = issuer_fill_addresses,
    .accept = issuer_accept,
    .refuse = issuer_refuse,
    .issued = issuer_issued,
    .ended = issuer_ended,
    .user_data = server,
  };

  return claw_issuer_new (&config);
}

static ClawEndpoint *
make_endpoint (ClawServer *server)
{
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  g_autofree char *name = claw_name_sanitise (server->config->name, -1);
  size_t length = name == NULL ? 0 : strlen (name);
  const ClawEndpointConfig config = {
    .identity = &server->identity,
    .hello = hello,
    .hello_length = 1 + length,
    .jitter_seed = g_random_int (),
    .key_rotation_us = (gint64) server->config->key_rotation_interval_s * G_USEC_PER_SEC,
    .handshakes_per_second = (unsigned) server->config->handshakes_per_second,
    .streams = (unsigned) server->config->streams,
    .session_bytes = (size_t) server->config->session_kilobytes * 1024,
  };

  G_STATIC_ASSERT (CLAW_SERVER_CONFIG_MEMBERS_MAX == CLAW_PAIRINGS_MAX);
  G_STATIC_ASSERT (CLAW_SERVER_CONFIG_STREAM_KILOBYTES * 1024 == CLAW_CONNECTION_SEND_BUFFER);
  G_STATIC_ASSERT (1 + CLAW_MESSAGE_NAME_MAX <= CLAW_HANDSHAKE_HELLO_MAX);
  hello[0] = CLAW_SERVER_HELLO_VERSION;
  if (length > 0)
    memcpy (hello + 1, name, length);
  return claw_endpoint_new (&config);
}

static gboolean
open_files (ClawServer *server, const char *bootstrap_key_file, GError **error)
{
  const ClawServerConfig *config = server->config;
  g_autofree char *key_path = g_build_filename (config->state_directory, "server.key", NULL);
  g_autofree char *pairings_path = g_build_filename (config->state_directory, "pairings.json",
                                                     NULL);

  if (!claw_file_make_private_directory (config->state_directory, error)
      || !claw_file_make_private_directory (config->security_directory, error))
    return FALSE;
  server->lock = claw_server_setup_lock (config->state_directory, error);
  if (server->lock < 0)
    return FALSE;
  server->bootstrap_key = claw_server_setup_bootstrap_key (bootstrap_key_file,
                                                           config->security_directory, error);
  if (server->bootstrap_key == NULL || !claw_server_compromise_resume (server, error)
      || !claw_identity_load_or_create (&server->identity, key_path, error))
    return FALSE;
  server->pairings = claw_pairings_load (pairings_path, error);
  return server->pairings != NULL && claw_server_compromise_finish_resume (server, error);
}

static ClawRoom *
make_room (ClawServer *server)
{
  const ClawRoomLimits limits = {
    .messages_per_second = (unsigned) server->config->messages_per_second,
    .patience_us = (gint64) server->config->too_fast_seconds * G_USEC_PER_SEC,
    .message_bytes = (size_t) server->config->message_bytes,
    .kept_bytes = (size_t) server->config->kept_kilobytes * 1024,
  };
  ClawRoom *room = claw_room_new (server->config->name, &claw_server_events_listener, server);

  claw_room_set_limits (room, &limits);
  return room;
}

static void
take_pairings (ClawServer *server)
{
  claw_pairings_set_max (server->pairings, (unsigned) server->config->members);
  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    {
      ClawPairing *pairing = claw_pairings_get (server->pairings, at);

      claw_server_accept_pairing (server, pairing);
      claw_room_add (server->room, pairing->id, pairing->client_key, pairing->name);
    }
}

static void
log_start (void)
{
  if (claw_secret_lock_failed ())
    claw_event (CLAW_EVENT_UNPROTECTED, NULL, "%s",
                _ ("Memory for keys could not be locked and may reach swap: raise RLIMIT_MEMLOCK"));
  g_info ("AES-256-GCM by %s", claw_aead_get_backend ());
}

/* Files that are out may name the ports of the slots before. */
static void
open_named_ports (ClawServer *server)
{
  if (!claw_server_ports_is_open (server->ports))
    return;
  claw_server_ports_open_previous (server->ports, claw_server_now_s (), g_get_monotonic_time ());
  if (!claw_issuer_names_port (server->issuer, server->listening.port))
    claw_issuer_outdate (server->issuer);
}

static gboolean
begin (ClawServer *server, const char *control_socket, GError **error)
{
  server->endpoint = make_endpoint (server);
  server->room = make_room (server);
  server->issuer = make_issuer (server);
  take_pairings (server);
  forget_expired (server);
  /* Before there are files, since these name the port. */
  if (!claw_server_doors_begin (server, error) || !claw_server_doors_update (server, error))
    return FALSE;
  log_start ();
  server->control = claw_control_new (control_socket, server->config->name,
                                      claw_control_access_find_group (CLAW_CONTROL_GROUP),
                                      &claw_server_commands_handler, server, error);
  if (server->control == NULL || !claw_issuer_start (server->issuer, claw_server_now_s (), error)
      || !claw_server_doors_update (server, error))
    return FALSE;
  open_named_ports (server);
  claw_server_maintain (server);
  claw_server_update_status (server);
  server->metrics = claw_server_metrics_start (server);
  return TRUE;
}

ClawServer *
claw_server_new (const ClawServerConfig *config,
                 const char *bootstrap_key_file,
                 const char *control_socket,
                 GError **error)
{
  g_autoptr (ClawServer) server = g_new0 (ClawServer, 1);

  claw_secret_init ();
  server->config = config;
  server->lock = -1;
  server->started_us = g_get_monotonic_time ();
  server->saved_us = server->started_us;
  server->journal = claw_server_journal_new (g_get_real_time (), server->started_us);
  if (!open_files (server, bootstrap_key_file, error) || !begin (server, control_socket, error))
    return NULL;
  return g_steal_pointer (&server);
}

static void
close_sessions (ClawServer *server)
{
  /* What was said last goes out first. */
  claw_pump_flush (server->pump);
  for (unsigned at = 0; at < claw_pairings_get_count (server->pairings); at++)
    {
      const ClawPairing *pairing = claw_pairings_get (server->pairings, at);
      ClawConnection *connection = claw_room_get_connection (server->room, pairing->id);

      if (connection != NULL)
        claw_connection_close (connection, CLAW_CLOSE_CODE_SHUTDOWN);
    }
  claw_pump_flush (server->pump);
}

static void
save_last_time (ClawServer *server)
{
  g_autoptr (GError) error = NULL;

  touch_present (server);
  if (!claw_server_save (server, &error))
    claw_event (CLAW_EVENT_DISK_ERROR, NULL, _ ("Could not save the pairings: %s"), error->message);
}

void
claw_server_free (ClawServer *server)
{
  if (server == NULL)
    return;
  g_clear_pointer (&server->metrics, claw_server_metrics_stop);
  server->changed = NULL;
  /* Operators go first, as long as the room that they leave is there. */
  g_clear_pointer (&server->control, claw_control_free);
  /* It has begun. */
  if (server->timer_source != 0)
    {
      save_last_time (server);
      close_sessions (server);
    }
  g_clear_pointer (&server->reach, claw_reach_watch_free);
  g_clear_handle_id (&server->timer_source, claw_timer_remove);
  g_clear_handle_id (&server->reach_source, claw_timer_remove);
  g_clear_handle_id (&server->ports_source, claw_timer_remove);
  g_clear_handle_id (&server->save_source, claw_timer_remove);
  g_clear_handle_id (&server->turn_source, claw_timer_remove);
  g_clear_handle_id (&server->slow_source, claw_timer_remove);
  g_clear_handle_id (&server->changed_source, claw_timer_remove);
  claw_server_ports_free (server->ports);
  claw_pump_free (server->pump);
  claw_issuer_free (server->issuer);
  claw_room_free (server->room);
  claw_endpoint_free (server->endpoint);
  claw_server_journal_free (server->journal);
  g_clear_object (&server->probe_socket);
  g_free (server->told_reach);
  g_free (server->told_addresses);
  claw_pairings_free (server->pairings);
  claw_erasure_free (server->erasure);
  claw_identity_clear (&server->identity);
  claw_bootstrap_key_unref (server->bootstrap_key);
  if (server->lock >= 0)
    close (server->lock);
  g_free (server);
}
