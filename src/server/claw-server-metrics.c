/* claw-server-metrics.c: see claw-server-metrics.h. */
#include "config.h"

#include "claw-server-metrics.h"

#include "claw-aead.h"
#include "claw-events.h"
#include "claw-file.h"
#include "claw-metrics-text.h"
#include "claw-sandbox.h"
#include "claw-server-private.h"
#include "claw-timer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct ClawServerMetrics
{
  ClawServer *server;
  char *path;
  guint source;
  gboolean has_failed; /* the last time */
};

static void
counter (GString *text, const char *name, const char *help, uint64_t value)
{
  claw_metrics_text_single (text, name, CLAW_METRICS_COUNTER, help, value);
}

static void
gauge (GString *text, const char *name, const char *help, uint64_t value)
{
  claw_metrics_text_single (text, name, CLAW_METRICS_GAUGE, help, value);
}

static void
add_program (ClawServer *server, GString *text)
{
  gint64 now_us = g_get_monotonic_time ();

  claw_metrics_text_family (text, "clawchat_build_info", CLAW_METRICS_GAUGE,
                            "The version of the server; always 1.");
  claw_metrics_text_sample (text, "clawchat_build_info", "version", CLAW_VERSION, 1);
  claw_metrics_text_family (text, "clawchat_sandbox_info", CLAW_METRICS_GAUGE,
                            "The walls that the kernel has put up; always 1.");
  claw_metrics_text_sample (text, "clawchat_sandbox_info", "walls", claw_sandbox_describe (), 1);
  claw_metrics_text_family (text, "clawchat_cipher_info", CLAW_METRICS_GAUGE,
                            "What computes AES-256-GCM; always 1.");
  claw_metrics_text_sample (text, "clawchat_cipher_info", "backend", claw_aead_get_backend (), 1);
  gauge (text, "clawchat_uptime_seconds", "Seconds since the server was started.",
         (uint64_t) ((now_us - server->started_us) / G_USEC_PER_SEC));
  claw_metrics_text_family (text, "clawchat_events_total", CLAW_METRICS_COUNTER,
                            "Events of the log by their name, also those that were not logged.");
  for (unsigned i = 0; i < CLAW_EVENT_N; i++)
    claw_metrics_text_sample (text, "clawchat_events_total", "event",
                              claw_event_get_info ((ClawEvent) i)->name,
                              claw_event_get_count ((ClawEvent) i));
}

static void
add_lost (ClawConnection *connection, gpointer user_data)
{
  uint64_t *lost = user_data;
  ClawConnectionStats stats;

  claw_connection_get_stats (connection, &stats);
  *lost += stats.datagrams_lost;
}

static void
add_people (ClawServer *server, GString *text)
{
  gauge (text, "clawchat_members", "Clients that are paired.",
         claw_pairings_get_count (server->pairings));
  gauge (text, "clawchat_members_max", "Clients that may be paired.",
         (uint64_t) server->config->members);
  gauge (text, "clawchat_sessions", "Members that are connected.",
         claw_room_get_present (server->room));
  gauge (text, "clawchat_sessions_max", "Members that may be connected at the same time.",
         (uint64_t) server->config->sessions);
  gauge (text, "clawchat_operators", "Programs that are attached as the operator.",
         server->operators);
  counter (text, "clawchat_sessions_begun_total", "Sessions that members have begun.",
           claw_event_get_count (CLAW_EVENT_SESSION_BEGUN));
  claw_metrics_text_family (text, "clawchat_sessions_ended_total", CLAW_METRICS_COUNTER,
                            "Sessions that have ended, by who or what ended them.");
  for (unsigned i = 0; i <= CLAW_CLOSE_COMPROMISED; i++)
    claw_metrics_text_sample (text, "clawchat_sessions_ended_total", "reason",
                              claw_server_journal_reason ((ClawCloseReason) i),
                              claw_server_journal_get_ended (server->journal, (ClawCloseReason) i));
  counter (text, "clawchat_sessions_refused_total",
           "Members that were not let in, since there were too many.",
           claw_event_get_count (CLAW_EVENT_SESSION_REFUSED));
  counter (text, "clawchat_messages_total", "Messages that went through the room.",
           claw_room_get_messages (server->room));
  gauge (text, "clawchat_messages_waiting",
         "Messages that wait for members who are away or slow, counted for each.",
         claw_room_get_all_waiting (server->room));
}

static void
add_keys (ClawServer *server, GString *text)
{
  gauge (text, "clawchat_files", ".sec files that can be used.",
         claw_issuer_get_count (server->issuer));
  counter (text, "clawchat_files_made_total", ".sec files that were made.",
           claw_event_get_count (CLAW_EVENT_FILE_MADE));
  counter (text, "clawchat_files_used_total", ".sec files that somebody came with.",
           claw_event_get_count (CLAW_EVENT_FILE_USED));
  counter (text, "clawchat_files_expired_total", ".sec files that nobody used in time.",
           claw_event_get_count (CLAW_EVENT_FILE_EXPIRED));
  counter (text, "clawchat_pairings_made_total", "Clients that were paired.",
           claw_event_get_count (CLAW_EVENT_PAIRED));
  counter (text, "clawchat_key_rotations_total", "Changes of the keys of a session.",
           claw_event_get_count (CLAW_EVENT_KEYS_ROTATED));
  counter (text, "clawchat_port_rotations_total", "Moves to another UDP port.",
           claw_event_get_count (CLAW_EVENT_PORT_ROTATED));
}

static void
add_handshakes (const ClawEndpointStats *stats, GString *text)
{
  counter (text, "clawchat_handshakes_total", "Handshakes that were answered.", stats->handshakes);
  claw_metrics_text_family (text, "clawchat_handshakes_refused_total", CLAW_METRICS_COUNTER,
                            "Handshakes with a secret of this server that were not answered, by "
                            "reason.");
  for (unsigned i = 0; i < stats->n_refusals; i++)
    claw_metrics_text_sample (text, "clawchat_handshakes_refused_total", "reason",
                              stats->refusals[i].reason, stats->refusals[i].count);
}

static void
add_network (ClawServer *server, GString *text)
{
  static const char dropped[] = "clawchat_datagrams_dropped_total";
  uint64_t lost = claw_server_journal_get_lost (server->journal);
  uint16_t ports[CLAW_SERVER_PORTS_MAX];
  ClawEndpointStats stats;

  claw_endpoint_get_stats (server->endpoint, &stats);
  claw_endpoint_foreach (server->endpoint, add_lost, &lost);
  gauge (text, "clawchat_ports_open", "UDP ports on which members can come.",
         claw_server_ports_list (server->ports, ports));
  counter (text, "clawchat_received_bytes_total", "Bytes of UDP payload that came.",
           stats.bytes_received);
  counter (text, "clawchat_sent_bytes_total", "Bytes of UDP payload that were sent.",
           stats.bytes_sent);
  counter (text, "clawchat_datagrams_received_total",
           "Datagrams that came, without the answers of STUN servers.", stats.datagrams_received);
  counter (text, "clawchat_datagrams_sent_total", "Datagrams that were sent.",
           stats.datagrams_sent);
  counter (text, "clawchat_datagrams_lost_total",
           "Datagrams of sessions that were declared lost on their way to a member.", lost);
  claw_metrics_text_family (text, dropped, CLAW_METRICS_COUNTER,
                            "Datagrams that came and were dropped: of strangers, refused "
                            "handshakes, and false or repeated ones of a session.");
  claw_metrics_text_sample (text, dropped, "reason", "stranger", stats.strangers);
  claw_metrics_text_sample (text, dropped, "reason", "handshake", stats.near_misses);
  claw_metrics_text_sample (text, dropped, "reason", "session", stats.records_dropped);
  add_handshakes (&stats, text);
}

char *
claw_server_metrics_to_text (ClawServer *server)
{
  GString *text = g_string_new (NULL);

  add_program (server, text);
  add_people (server, text);
  add_keys (server, text);
  add_network (server, text);
  return g_string_free (text, FALSE);
}

JsonNode *
claw_server_metrics_request (ClawServer *server)
{
  g_autofree char *text = claw_server_metrics_to_text (server);
  g_autoptr (JsonObject) result = json_object_new ();

  json_object_set_string_member (result, "type", CLAW_SERVER_METRICS_TYPE);
  json_object_set_string_member (result, "text", text);
  return json_node_init_object (json_node_alloc (), result);
}

static gboolean
on_due (gpointer user_data)
{
  ClawServerMetrics *metrics = user_data;
  g_autofree char *text = claw_server_metrics_to_text (metrics->server);
  g_autoptr (GError) error = NULL;

  if (!claw_file_write_public (metrics->path, text, strlen (text), &error) && !metrics->has_failed)
    claw_event (CLAW_EVENT_METRICS_NOT_WRITTEN, NULL,
                _ ("Could not write the figures of metrics.textfile: %s. Its directory has to be "
                   "there, writable for this user, and named in ReadWritePaths= of the service; "
                   "trying again"),
                error->message);
  metrics->has_failed = error != NULL;
  return G_SOURCE_CONTINUE;
}

ClawServerMetrics *
claw_server_metrics_start (ClawServer *server)
{
  ClawServerMetrics *metrics;

  if (server->config->metrics_textfile == NULL)
    return NULL;
  metrics = g_new0 (ClawServerMetrics, 1);
  metrics->server = server;
  metrics->path = g_strdup (server->config->metrics_textfile);
  metrics->source = claw_timer_add_seconds ((guint) server->config->metrics_interval_s, on_due,
                                            metrics);
  on_due (metrics);
  return metrics;
}

void
claw_server_metrics_stop (ClawServerMetrics *metrics)
{
  g_autoptr (GError) error = NULL;

  if (metrics == NULL)
    return;
  g_clear_handle_id (&metrics->source, claw_timer_remove);
  if (!metrics->has_failed && !claw_file_remove (metrics->path, &error))
    claw_event (CLAW_EVENT_METRICS_NOT_WRITTEN, NULL,
                _ ("Could not remove the figures of metrics.textfile: %s"), error->message);
  g_free (metrics->path);
  g_free (metrics);
}
