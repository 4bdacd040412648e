/* claw-server-reload.c: see claw-server-reload.h. */
#include "config.h"

#include "claw-server-reload.h"

#include "claw-events.h"
#include "claw-server-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const changeable[] = {
  "server.public_ip",
  "security.file_validity_minutes",
  "security.auto_regenerate_minutes",
  "security.automatic_file",
  "security.pairing_lifetime_days",
  "logging.level",
  "logging.peer_addresses",
  NULL,
};

static gboolean
is_equal (const ClawConfigKey *key, const void *one, const void *other)
{
  switch (key->type)
    {
    case CLAW_CONFIG_STRING:
    case CLAW_CONFIG_STRING_OR_NULL:
    case CLAW_CONFIG_PATH:
    case CLAW_CONFIG_PATH_OR_NULL:
    case CLAW_CONFIG_IP:
    case CLAW_CONFIG_IP_OR_NULL:
      return g_strcmp0 (*(const char *const *) one, *(const char *const *) other) == 0;
    case CLAW_CONFIG_INTEGER:
    case CLAW_CONFIG_INTEGER_OR_NULL:
    case CLAW_CONFIG_BOOLEAN:
      return *(const int *) one == *(const int *) other;
    case CLAW_CONFIG_LOG_LEVEL:
      return *(const ClawLogLevel *) one == *(const ClawLogLevel *) other;
    case CLAW_CONFIG_HOST_PORT_LIST:
      return g_strv_equal (*(const char *const *const *) one, *(const char *const *const *) other);
    }
  return TRUE;
}

static void
copy (const ClawConfigKey *key, void *to, const void *from)
{
  switch (key->type)
    {
    case CLAW_CONFIG_STRING:
    case CLAW_CONFIG_STRING_OR_NULL:
    case CLAW_CONFIG_PATH:
    case CLAW_CONFIG_PATH_OR_NULL:
    case CLAW_CONFIG_IP:
    case CLAW_CONFIG_IP_OR_NULL:
      g_free (*(char **) to);
      *(char **) to = g_strdup (*(char *const *) from);
      return;
    case CLAW_CONFIG_INTEGER:
    case CLAW_CONFIG_INTEGER_OR_NULL:
    case CLAW_CONFIG_BOOLEAN:
      *(int *) to = *(const int *) from;
      return;
    case CLAW_CONFIG_LOG_LEVEL:
      *(ClawLogLevel *) to = *(const ClawLogLevel *) from;
      return;
    case CLAW_CONFIG_HOST_PORT_LIST:
      g_strfreev (*(GStrv *) to);
      *(GStrv *) to = g_strdupv (*(const GStrv *) from);
      return;
    }
}

void
claw_server_reload_settings (ClawServerConfig *running,
                             const ClawServerConfig *fresh,
                             GStrv *adopted,
                             GStrv *later)
{
  g_autoptr (GStrvBuilder) now = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) then = g_strv_builder_new ();

  for (const ClawConfigKey *key = claw_server_config_get_keys (); key->section != NULL; key++)
    {
      g_autofree char *name = g_strconcat (key->section, ".", key->key, NULL);
      void *to = (char *) running + key->offset;
      const void *from = (const char *) fresh + key->offset;

      if (is_equal (key, to, from))
        continue;
      if (g_strv_contains (changeable, name))
        {
          copy (key, to, from);
          g_strv_builder_add (now, name);
        }
      else
        g_strv_builder_add (then, name);
    }
  *adopted = g_strv_builder_end (now);
  *later = g_strv_builder_end (then);
}

static void
log_changes (GStrv adopted, GStrv later)
{
  g_autofree char *now = g_strjoinv (", ", adopted);
  g_autofree char *then = g_strjoinv (", ", later);

  if (adopted[0] == NULL && later[0] == NULL)
    claw_event (CLAW_EVENT_RELOADED, NULL, "%s",
                _ ("Read the configuration anew: nothing has changed"));
  if (adopted[0] != NULL)
    claw_event (CLAW_EVENT_RELOADED, NULL, _ ("Read the configuration anew: changed %s"), now);
  if (later[0] != NULL)
    claw_event (CLAW_EVENT_RESTART_NEEDED, NULL,
                _ ("A change of %s cannot be made while the server runs: restart it for that"),
                then);
}

void
claw_server_reload (ClawServer *server, ClawServerConfig *running, const ClawServerConfig *fresh)
{
  g_auto (GStrv) adopted = NULL;
  g_auto (GStrv) later = NULL;

  claw_server_reload_settings (running, fresh, &adopted, &later);
  claw_log_set_level (running->log_level);
  claw_events_set_peer_addresses (running->peer_addresses);
  claw_server_ports_set_keep (server->ports, (gint64) running->file_validity_minutes * 60);
  claw_issuer_set_times (server->issuer, (gint64) running->file_validity_minutes * 60,
                         claw_server_config_get_regenerate_s (running));
  /* Which, when it is another one, has a new file made: those that are out name the old address. */
  claw_reach_watch_set_public_ip (server->reach, running->public_ip);
  log_changes (adopted, later);
  claw_server_maintain (server);
  claw_server_update_status (server);
}
