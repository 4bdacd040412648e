/* claw-client-settings.c: what the user may change while the client runs. */
#include "claw-client-private.h"

void
claw_client_set_name (ClawClient *client, const char *name)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  g_autofree char *wish = name ? claw_name_sanitise (name, -1) : NULL;
  if (g_strcmp0 (wish, client->wished_name) == 0)
    return;
  g_free (client->wished_name);
  client->wished_name = g_steal_pointer (&wish);
  if (client->worker)
    claw_worker_set_name (client->worker, client->wished_name);
  if (!client->name)
    g_object_notify (G_OBJECT (client), "name");
}

/* A name that is taken is told once, and not with each reconnection. */
void
claw_client_hear_name (ClawClient *client, const ClawEngineEvent *event)
{
  /* The wish may have changed while the answer was on its way. */
  if (!event->wish || g_strcmp0 (event->wish, client->wished_name) != 0)
    return;
  gboolean is_told = g_strcmp0 (event->wish, client->told_wish) == 0
                     && g_strcmp0 (event->name, client->told_name) == 0;
  gboolean is_taken = g_strcmp0 (event->wish, event->name) != 0;
  g_free (client->told_wish);
  g_free (client->told_name);
  client->told_wish = is_taken ? g_strdup (event->wish) : NULL;
  client->told_name = is_taken ? g_strdup (event->name) : NULL;
  if (is_taken && !is_told)
    g_signal_emit_by_name (client, "name-taken", event->wish, event->name);
}

void
claw_client_set_timeout (ClawClient *client, int timeout_s)
{
  g_return_if_fail (CLAW_IS_CLIENT (client) && timeout_s > 0);
  client->timeout_s = timeout_s;
  if (client->worker)
    claw_worker_set_timeout (client->worker, timeout_s);
}

void
claw_client_set_nat_detection (ClawClient *client, gboolean is_enabled)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  client->nat_detection = is_enabled;
  if (client->worker)
    claw_worker_set_nat_detection (client->worker, is_enabled);
}

void
claw_client_set_stun_servers (ClawClient *client, const char *const *servers)
{
  g_return_if_fail (CLAW_IS_CLIENT (client) && servers != NULL);
  g_strfreev (client->stun_servers);
  client->stun_servers = g_strdupv ((char **) servers);
  if (client->worker)
    claw_worker_set_stun_servers (client->worker, servers);
}

void
claw_client_tell_settings (ClawClient *client)
{
  claw_worker_set_nat_detection (client->worker, client->nat_detection);
  if (client->stun_servers)
    claw_worker_set_stun_servers (client->worker, (const char *const *) client->stun_servers);
}
