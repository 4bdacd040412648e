/* claw-engine-outbox.c: what becomes of messages that wait, and the key they are kept under. */
#include "claw-engine-private.h"

void
claw_engine_cancel (ClawEngine *engine, ClawMessage *message)
{
  if (!engine->chat || !claw_chat_cancel (engine->chat, claw_message_get_id (message)))
    return;
  ClawEngineEvent *event = claw_engine_event_new (engine, CLAW_ENGINE_CANCELLED);
  event->message = claw_message_ref (message);
  claw_engine_emit (engine, event);
}

void
claw_engine_set_store_key (ClawEngine *engine, const ClawKey *key)
{
  g_return_if_fail (engine->store == NULL);
  claw_key_copy (&engine->store_key, key);
}

ClawStore *
claw_engine_make_store (ClawEngine *engine, GError **error)
{
  const ClawKey *key = claw_key_is_set (&engine->store_key) ? &engine->store_key : NULL;
  return claw_store_open (engine->data_directory, key, error);
}
