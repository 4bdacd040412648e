/* claw-engine-compromise.c: the end of a pairing whose keys may be in wrong hands.
 *
 * Everything of it is erased first, from the disk and from memory; only the session itself lives on
 * for some seconds, to tell the server or to say that it is done. Without a session nobody is told:
 * the keys with which one could be made are gone.
 */
#include "claw-engine-errors.h"
#include "claw-engine-private.h"

static void
forget_chat (ClawEngine *engine)
{
  if (!engine->chat)
    return;
  claw_engine_end_chat (engine);
  claw_engine_emit (engine, claw_engine_event_new (engine, CLAW_ENGINE_FORGOTTEN));
}

/* Returns: FALSE when something is left on the disk, which left_over tells. */
static gboolean
erase (ClawEngine *engine)
{
  g_autoptr (GError) error = NULL;
  gboolean is_over = FALSE;
  g_clear_pointer (&engine->left_over, g_free);
  if (!claw_acquaintance_compromise (engine->server, &is_over, &error))
    engine->left_over = g_strdup (error->message);
  g_clear_pointer (&engine->server, claw_acquaintance_free);
  if (is_over)
    g_clear_pointer (&engine->store, claw_store_free);
  claw_nat_watch_end (&engine->nat);
  forget_chat (engine);
  return engine->left_over == NULL;
}

static void
end (ClawEngine *engine, ClawEngineCompromised how)
{
  claw_engine_fail (engine,
                    claw_engine_compromised_error (how, engine->server_name, engine->left_over));
}

/* Returns: FALSE with an error when there is nothing to be erased. */
static gboolean
find_server (ClawEngine *engine, GError **error)
{
  if (engine->server)
    return TRUE;
  if (!claw_engine_open_store (engine, error))
    return FALSE;
  engine->server = claw_acquaintance_new_last (engine->store, error);
  if (!engine->server)
    {
      if (error && !*error)
        *error = claw_engine_not_paired_error ();
      return FALSE;
    }
  g_free (engine->server_name);
  engine->server_name = g_strdup (
      claw_saved_pairing_get_title (claw_acquaintance_get_pairing (engine->server)));
  return TRUE;
}

void
claw_engine_compromise (ClawEngine *engine, unsigned serial)
{
  g_autoptr (GError) error = NULL;
  gboolean is_connected = engine->state == CLAW_CLIENT_CONNECTED && engine->connection;
  engine->serial = serial;
  if (engine->state == CLAW_CLIENT_COMPROMISED)
    return;
  claw_engine_stop_timers (engine);
  if (!find_server (engine, &error))
    {
      claw_engine_fail (engine, g_steal_pointer (&error));
      return;
    }
  engine->was_told = FALSE;
  erase (engine);
  if (is_connected && claw_connection_compromise (engine->connection))
    {
      claw_engine_set_state (engine, CLAW_CLIENT_COMPROMISED, NULL);
      claw_pump_kick (engine->pump);
      return;
    }
  claw_engine_free_transport (engine);
  end (engine, CLAW_ENGINE_COMPROMISED_AWAY);
}

void
claw_engine_compromise_told (ClawEngine *engine)
{
  engine->was_told = TRUE;
  claw_engine_stop_timers (engine);
  if (erase (engine))
    claw_connection_confirm_compromised (engine->connection);
  claw_engine_set_state (engine, CLAW_CLIENT_COMPROMISED,
                         claw_engine_compromised_error (CLAW_ENGINE_COMPROMISED_TOLD,
                                                        engine->server_name, engine->left_over));
}

void
claw_engine_compromise_ended (ClawEngine *engine, const ClawEndpointEvent *event)
{
  engine->connection = NULL;
  if (engine->was_told)
    end (engine, CLAW_ENGINE_COMPROMISED_TOLD);
  else
    end (engine,
         event->peer_knows ? CLAW_ENGINE_COMPROMISED_KNOWN : CLAW_ENGINE_COMPROMISED_UNKNOWN);
}
