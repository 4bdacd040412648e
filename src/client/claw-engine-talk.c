/* claw-engine-talk.c: who is typing, told by unreliable datagrams. */
#include "claw-engine-private.h"

#include "claw-typing.h"

#include <string.h>

void
claw_engine_set_typing (ClawEngine *engine, gboolean is_typing)
{
  uint8_t news[CLAW_TYPING_SIZE_MAX];
  if (engine->state != CLAW_CLIENT_CONNECTED || !engine->connection)
    return;
  size_t length = claw_typing_write (news, is_typing, "");
  if (claw_connection_send_datagram (engine->connection, news, length))
    claw_pump_kick (engine->pump);
}

void
claw_engine_read_datagrams (ClawEngine *engine)
{
  uint8_t datagram[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length = 0;
  while (claw_connection_read_datagram (engine->connection, datagram, &length))
    {
      ClawTyping typing;
      /* News of the moment is not worth waiting for room. */
      if (engine->paused || !claw_typing_read (&typing, datagram, length))
        continue;
      char *name = claw_name_sanitise (typing.name, (gssize) typing.name_length);
      if (!name)
        continue;
      ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_TYPING);
      event->name = name;
      event->is_typing = typing.is_typing;
      claw_engine_emit (engine, event);
    }
}
