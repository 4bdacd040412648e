/* claw-connection-keys.c: joins claw-rotation.h to a connection. */
#include "claw-connection-private.h"

gboolean
claw_connection_heed_rotation (ClawConnection *connection, ClawRotationNews news)
{
  if (news & CLAW_ROTATION_DERIVED)
    claw_connection_raise (connection, CLAW_ENDPOINT_REKEYED);
  /* With nothing to say there would be no record under the new keys, on which the peer waits. */
  if (news & CLAW_ROTATION_SWITCHED_NOW)
    connection->wants_ping = TRUE;
  return (news & CLAW_ROTATION_BROKEN) == 0;
}

void
claw_connection_step_keys (ClawConnection *connection, gint64 now_us)
{
  ClawRotationNews news = claw_rotation_step (&connection->rotation, &connection->keys, now_us);

  if (!claw_connection_heed_rotation (connection, news))
    claw_connection_fail (connection);
  else if (claw_rotation_is_worn (&connection->rotation, &connection->keys))
    claw_connection_wear_out (connection);
}

void
claw_connection_on_opened (ClawConnection *connection, ClawKeySlotName slot, gint64 now_us)
{
  claw_rotation_on_opened (&connection->rotation, &connection->keys, slot,
                           claw_rtt_get_probe_timeout_us (&connection->recovery.rtt), now_us);
  if (connection->is_initiator && connection->stats.datagrams_received == 1)
    claw_connection_raise (connection, CLAW_ENDPOINT_REKEYED);
}

gint64
claw_connection_get_keys_deadline (const ClawConnection *connection)
{
  return MIN (claw_key_slots_get_deadline (&connection->keys),
              claw_rotation_get_deadline (&connection->rotation, &connection->keys));
}

/* The application's side */

const ClawKey *
claw_connection_get_resumption (const ClawConnection *connection)
{
  return &connection->keys.resumption;
}

void
claw_connection_resumption_saved (ClawConnection *connection)
{
  g_return_if_fail (connection != NULL);

  claw_rotation_confirm (&connection->rotation);
  if (connection->state != CLAW_CONNECTION_ESTABLISHED)
    return;
  /* For the rotation that has waited for this, or to set the time of the next one. */
  claw_connection_set_ready (connection);
  claw_connection_reschedule (connection);
}

gboolean
claw_connection_rotate_keys (ClawConnection *connection)
{
  g_return_val_if_fail (connection != NULL, FALSE);

  if (connection->state != CLAW_CONNECTION_ESTABLISHED)
    return FALSE;
  claw_rotation_request (&connection->rotation);
  claw_connection_set_ready (connection);
  return TRUE;
}
