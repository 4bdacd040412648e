/* claw-client-outbox.c: messages of ours that were not delivered yet. */
#include "claw-client-private.h"

#include <glib/gi18n-lib.h>

static gboolean
may_send (ClawClient *client, size_t length, GError **error)
{
  if (!client->worker || client->state == CLAW_CLIENT_IDLE || client->state == CLAW_CLIENT_FAILED
      || client->state == CLAW_CLIENT_COMPROMISED)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                   _ ("Not sent: there is no connection. Open a .sec file first."));
      return FALSE;
    }
  if (client->pending_messages >= CLAW_CHAT_OUTBOX_MESSAGES_MAX
      || client->pending_bytes + length > CLAW_CHAT_OUTBOX_BYTES_MAX)
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_QUEUE_FULL,
                   _ ("Not sent: %u messages are waiting to be delivered already. Try again once "
                      "some of them are."),
                   client->pending_messages);
      return FALSE;
    }
  return TRUE;
}

static gboolean
queue (ClawClient *client, ClawMessage *message, gboolean is_again, GError **error)
{
  size_t length = 0;
  claw_message_get_text (message, &length);
  if (!may_send (client, length, error))
    return FALSE;
  client->pending_messages++;
  client->pending_bytes += length;
  claw_worker_send (client->worker, message, is_again);
  return TRUE;
}

ClawMessage *
claw_client_send (ClawClient *client, const char *text, GError **error)
{
  return claw_client_send_reply (client, NULL, text, error);
}

ClawMessage *
claw_client_send_reply (ClawClient *client, ClawMessage *original, const char *text, GError **error)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (text != NULL, NULL);
  g_autoptr (ClawMessage) message = claw_client_make_message (client, original, text, error);
  if (!message || !queue (client, message, FALSE, error))
    return NULL;
  client->is_typing = FALSE; /* which the message tells */
  return g_steal_pointer (&message);
}

gboolean
claw_client_queue (ClawClient *client, ClawMessage *message, ClawMessageState state, GError **error)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client) && message != NULL, FALSE);
  return queue (client, message, state != CLAW_MESSAGE_QUEUED, error);
}

void
claw_client_cancel_message (ClawClient *client, ClawMessage *message)
{
  g_return_if_fail (CLAW_IS_CLIENT (client) && message != NULL);
  if (client->worker)
    claw_worker_cancel (client->worker, message);
}

void
claw_client_settle_message (ClawClient *client, ClawMessage *message)
{
  size_t length = 0;
  claw_message_get_text (message, &length);
  client->pending_messages -= MIN (client->pending_messages, 1u);
  client->pending_bytes -= MIN (client->pending_bytes, length);
}
