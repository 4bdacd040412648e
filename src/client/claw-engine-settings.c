/* claw-engine-settings.c: what the user may change while the engine runs: the name, how long it
 * knocks, and whom it asks about NATs. */
#include "claw-engine-private.h"

#include <string.h>

/* The name. */

size_t
claw_engine_make_hello (const ClawEngine *engine, uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX])
{
  size_t name_length = engine->name ? strlen (engine->name) : 0;
  G_STATIC_ASSERT (1 + CLAW_MESSAGE_NAME_MAX <= CLAW_HANDSHAKE_HELLO_MAX);
  g_assert (name_length <= CLAW_MESSAGE_NAME_MAX);
  hello[0] = CLAW_ENGINE_HELLO_VERSION;
  if (name_length > 0)
    memcpy (hello + 1, engine->name, name_length);
  return 1 + name_length;
}

static void
ask_for_name (ClawEngine *engine)
{
  if (!engine->name)
    return;
  engine->names_asked++;
  claw_chat_send_name (engine->chat, engine->name);
}

void
claw_engine_set_name (ClawEngine *engine, const char *name)
{
  uint8_t hello[CLAW_HANDSHAKE_HELLO_MAX];
  char *wish = name ? claw_name_sanitise (name, -1) : NULL;
  gboolean is_same = g_strcmp0 (wish, engine->name) == 0;
  g_free (engine->name);
  engine->name = wish;
  if (is_same || !engine->endpoint)
    return;
  claw_endpoint_set_hello (engine->endpoint, hello, claw_engine_make_hello (engine, hello));
  if (engine->state == CLAW_CLIENT_CONNECTED && engine->connection)
    {
      ask_for_name (engine);
      claw_engine_pump_chat (engine);
      claw_pump_kick (engine->pump);
    }
  else
    engine->is_name_due = engine->connection != NULL;
}

void
claw_engine_begin_names (ClawEngine *engine)
{
  engine->names_asked = 0;
  if (engine->is_name_due)
    ask_for_name (engine);
  engine->is_name_due = FALSE;
}

void
claw_engine_answer_name (ClawEngine *engine, ClawEngineEvent *event)
{
  if (event->type == CLAW_ENGINE_NAME && engine->names_asked > 0)
    engine->names_asked--;
  if (engine->names_asked == 0)
    event->wish = g_strdup (engine->name);
}

/* Attempts. */

void
claw_engine_set_timeout (ClawEngine *engine, int timeout_s)
{
  g_return_if_fail (timeout_s > 0);
  engine->timeout_s = timeout_s;
}

/* NATs. */

gboolean
claw_engine_check_nat (ClawEngine *engine, gboolean must_look)
{
  if (!claw_nat_watch_check (&engine->nat, must_look, claw_pump_now_us ()))
    return FALSE;
  claw_engine_ask_stun (engine);
  return TRUE;
}

void
claw_engine_ask_stun (ClawEngine *engine)
{
  if (engine->nat.is_enabled && engine->connection && engine->state == CLAW_CLIENT_CONNECTED)
    claw_stun_watch_ask (engine->stun,
                         claw_connection_get_peer_address (engine->connection)->family);
}

void
claw_engine_on_stun (gpointer user_data)
{
  claw_engine_report (user_data);
}

void
claw_engine_set_stun_servers (ClawEngine *engine, const char *const *servers)
{
  if (!claw_stun_watch_set_servers (engine->stun, servers))
    return;
  claw_engine_ask_stun (engine);
  claw_engine_report (engine);
}

void
claw_engine_set_nat_detection (ClawEngine *engine, gboolean is_enabled)
{
  ClawConnection *connection = engine->state == CLAW_CLIENT_CONNECTED ? engine->connection : NULL;
  if (engine->nat.is_enabled == is_enabled)
    return;
  if (!is_enabled)
    {
      claw_nat_watch_switch_off (&engine->nat);
      claw_stun_watch_forget (engine->stun);
    }
  engine->nat.is_enabled = is_enabled;
  if (connection)
    claw_nat_watch_begin (&engine->nat, connection, engine->socket, claw_pump_now_us ());
  claw_engine_ask_stun (engine);
  if (connection)
    claw_pump_kick (engine->pump);
  claw_engine_report (engine);
}
