/* claw-server-reach.c: what the server does with how it can be reached: its .sec files tell it, its
 * status says it, and its log once, whenever it is something else.
 */
#include "config.h"

#include "claw-server-private.h"

#include "claw-events.h"
#include "claw-interfaces.h"
#include "claw-timer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A network that keeps changing must not fill the directory with files. */
#define OUTDATE_INTERVAL_US (G_GINT64_CONSTANT (30) * G_USEC_PER_SEC)

void
claw_server_fill_addresses (ClawServer *server, ClawSecFile *file)
{
  g_autoptr (GError) error = NULL;
  ClawReach reach;

  if (!claw_server_doors_open (server, &error))
    {
      claw_event (CLAW_EVENT_PORT_UNAVAILABLE, NULL, _ ("Nobody can come with a new .sec file: %s"),
                  error->message);
      return;
    }
  claw_reach_watch_get (server->reach, &reach);
  claw_reach_fill (&reach, file);
  g_free (server->told_addresses);
  server->told_addresses = claw_sec_file_list_addresses (file);
}

void
claw_server_get_addresses (ClawServer *server, ClawSecFile *file)
{
  ClawReach reach;

  if (!claw_server_ports_is_open (server->ports))
    return;
  claw_reach_watch_get (server->reach, &reach);
  claw_reach_fill (&reach, file);
}

static char *
describe (ClawServer *server, const ClawReach *reach, gboolean is_hosted)
{
  char mapped[CLAW_ADDRESS_STRING_SIZE], seen[CLAW_ADDRESS_STRING_SIZE];
  const ClawReachWords words = {
    .kind = claw_reach_judge (reach),
    .is_hosted = is_hosted,
    .port = reach->listening.port,
    .mapped_port = reach->mapped.port,
    .mapped = reach->mapped.family != CLAW_ADDRESS_NONE
                  ? claw_address_format (&reach->mapped, mapped)
                  : NULL,
    .seen = reach->seen.family != CLAW_ADDRESS_NONE ? claw_address_format (&reach->seen, seen)
                                                    : NULL,
    .problem = claw_reach_watch_get_problem (server->reach),
  };

  return claw_reach_describe (&words);
}

/* Once each time that it is something else; not while it is about to be. */
static void
log_reach (ClawServer *server, const ClawReach *reach, const char *addresses)
{
  const char *problem = claw_reach_watch_get_stun_problem (server->reach);
  g_autofree char *text = NULL;

  if (reach->is_asking)
    return;
  text = describe (server, reach, FALSE);
  if (problem != NULL)
    {
      char *both = g_strdup_printf (_ ("%s. STUN: %s"), text, problem);

      g_free (text);
      text = both;
    }
  if (g_strcmp0 (text, server->told_reach) == 0)
    return;
  g_free (server->told_reach);
  server->told_reach = g_steal_pointer (&text);
  claw_event (CLAW_EVENT_REACH_CHANGED,
              &(ClawEventFields){ .reason = claw_reach_kind_to_string (claw_reach_judge (reach)) },
              _ ("Reachable: %s. Clients knock at: %s"), server->told_reach, addresses);
}

/* While the router has not answered, the file that is there is of more use than one that tells the
 * local network's addresses alone: on_reach_changed () comes back to it. */
void
claw_server_outdate_file (ClawServer *server)
{
  ClawReach reach;

  claw_reach_watch_get (server->reach, &reach);
  server->outdated_us = 0;
  if (!reach.is_asking)
    claw_issuer_outdate (server->issuer);
}

static void on_reach_changed (gpointer user_data);

static gboolean
on_reach_source (gpointer user_data)
{
  ClawServer *server = user_data;

  server->reach_source = 0;
  on_reach_changed (server);
  return G_SOURCE_REMOVE;
}

static void
replace_file (ClawServer *server)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 wait_us = server->outdated_us + OUTDATE_INTERVAL_US - now_us;

  if (server->outdated_us != 0 && wait_us > 0)
    {
      if (server->reach_source == 0)
        server->reach_source = claw_timer_add ((guint) (wait_us / 1000 + 1), on_reach_source,
                                               server);
      return;
    }
  server->outdated_us = now_us;
  claw_issuer_outdate (server->issuer);
  claw_server_maintain (server);
}

static void
on_reach_changed (gpointer user_data)
{
  ClawServer *server = user_data;
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  g_autofree char *addresses = NULL;
  ClawReach reach;

  claw_server_note_change (server);
  if (!claw_server_ports_is_open (server->ports))
    return;
  claw_reach_watch_get (server->reach, &reach);
  claw_reach_fill (&reach, file);
  addresses = claw_sec_file_list_addresses (file);
  if (!reach.is_asking)
    claw_server_journal_mapping (server->journal, &reach.mapped,
                                 claw_reach_watch_get_problem (server->reach));
  log_reach (server, &reach, addresses);
  if (reach.is_asking)
    return;
  if ((server->told_addresses != NULL && strcmp (addresses, server->told_addresses) != 0)
      || claw_issuer_has_other_addresses (server->issuer, file))
    replace_file (server);
}

gboolean
claw_server_take_stun (const ClawRoute *from,
                       const uint8_t *data,
                       size_t length,
                       gpointer user_data)
{
  ClawServer *server = user_data;

  return claw_reach_watch_receive (server->reach, &from->peer, data, length);
}

void
claw_server_begin_reach (ClawServer *server)
{
  const ClawReachWatchConfig config = {
    .public_ip = server->config->public_ip,
    .stun_servers = (const char *const *) server->config->stun_servers,
    .protocols = server->config->port_mapping ? claw_router_protocols : NULL,
    .list_own = claw_interfaces_list,
    .settle_us = CLAW_REACH_WATCH_SETTLE_US,
    .changed = on_reach_changed,
    .user_data = server,
  };

  server->reach = claw_reach_watch_new (&config);
}

static void
add_string (JsonBuilder *builder, const char *member, const char *value)
{
  if (value == NULL)
    return;
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, value);
}

static void
add_address (JsonBuilder *builder, const char *member, const ClawAddress *address)
{
  char text[CLAW_ADDRESS_STRING_SIZE];

  if (address->family != CLAW_ADDRESS_NONE)
    add_string (builder, member, claw_address_format (address, text));
}

static void
add_candidates (JsonBuilder *builder, const ClawSecFile *file)
{
  char text[CLAW_ADDRESS_STRING_SIZE];

  json_builder_set_member_name (builder, "candidates");
  json_builder_begin_array (builder);
  for (unsigned i = 0; i < file->n_candidates; i++)
    json_builder_add_string_value (builder, claw_address_format (&file->candidates[i], text));
  json_builder_end_array (builder);
}

void
claw_server_add_reach (ClawServer *server, JsonBuilder *builder)
{
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  ClawReach reach;

  if (!claw_server_ports_is_open (server->ports))
    return;
  claw_reach_watch_get (server->reach, &reach);
  claw_reach_fill (&reach, file);
  add_address (builder, "public_address", &file->server);
  add_candidates (builder, file);
  add_string (builder, "reach", claw_reach_kind_to_string (claw_reach_judge (&reach)));
  json_builder_set_member_name (builder, "public_ipv6");
  json_builder_add_boolean_value (builder, claw_reach_has_public_ipv6 (&reach));
  add_address (builder, "seen_address", &reach.seen);
  add_string (builder, "mapping_problem", claw_reach_watch_get_problem (server->reach));
  add_string (builder, "stun_problem", claw_reach_watch_get_stun_problem (server->reach));
  if (reach.mapped.family == CLAW_ADDRESS_NONE)
    return;
  add_address (builder, "mapped_address", &reach.mapped);
  json_builder_set_member_name (builder, "mapped_port");
  json_builder_add_int_value (builder, reach.mapped.port);
  add_string (builder, "mapping_protocol", claw_reach_watch_get_protocol (server->reach));
}

char *
claw_server_describe_hosted_reach (ClawServer *server)
{
  ClawReach reach;

  if (!claw_server_ports_is_open (server->ports))
    return NULL;
  claw_reach_watch_get (server->reach, &reach);
  return describe (server, &reach, TRUE);
}
