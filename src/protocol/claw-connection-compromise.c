/* claw-connection-compromise.c: a connection that has nothing left to do but to tell the peer that
 * its keys are compromised, or to say that they are erased.
 *
 * From the first moment on it is dead for everything else: what the streams held is wiped, records
 * are opened only to look for a COMPROMISED frame, and none but such a frame is sent.
 */
#include "claw-connection-private.h"

static void
enter (ClawConnection *connection)
{
  connection->state = CLAW_CONNECTION_COMPROMISED;
  claw_compromise_init (&connection->compromise);
  claw_connection_drop_streams (connection);
  connection->wants_ping = FALSE;
}

static void
forget_secrets (ClawConnection *connection)
{
  claw_rotation_clear (&connection->rotation);
  claw_key_slots_forget_secrets (&connection->keys);
  claw_port_news_clear (&connection->port_news);
  connection->port_news.has_heard = FALSE;
}

static void
go_on (ClawConnection *connection)
{
  claw_connection_set_ready (connection);
  claw_connection_reschedule (connection);
}

gboolean
claw_connection_compromise (ClawConnection *connection)
{
  g_return_val_if_fail (connection != NULL, FALSE);

  switch (connection->state)
    {
    case CLAW_CONNECTION_KNOCKING:
    case CLAW_CONNECTION_UNCONFIRMED:
      claw_connection_end (connection, CLAW_CLOSE_COMPROMISED);
      return FALSE;
    case CLAW_CONNECTION_ESTABLISHED:
      enter (connection);
      break;
    case CLAW_CONNECTION_COMPROMISED:
      break;
    case CLAW_CONNECTION_CLOSING:
    case CLAW_CONNECTION_CLOSED:
      return FALSE;
    }
  claw_compromise_ask (&connection->compromise);
  forget_secrets (connection);
  go_on (connection);
  return TRUE;
}

void
claw_connection_confirm_compromised (ClawConnection *connection)
{
  g_return_if_fail (connection != NULL);

  if (connection->state != CLAW_CONNECTION_COMPROMISED)
    return;
  claw_compromise_confirm (&connection->compromise);
  forget_secrets (connection);
  go_on (connection);
}

void
claw_connection_take_signal (ClawConnection *connection, const ClawRoute *from, gint64 now_us)
{
  if (connection->state != CLAW_CONNECTION_COMPROMISED)
    enter (connection);
  if (claw_compromise_on_signal (&connection->compromise, from, now_us))
    claw_connection_raise (connection, CLAW_ENDPOINT_COMPROMISED);
}

/* What else may be in the record was meant for a session that is no more, hence no fault either. */
void
claw_connection_receive_compromised (ClawConnection *connection,
                                     ClawReader *reader,
                                     const ClawRoute *from,
                                     gint64 now_us)
{
  ClawFrame frame;

  claw_compromise_on_record (&connection->compromise, from, &connection->path.current);
  while (reader->left > 0 && claw_frame_read (reader, &frame))
    {
      if (frame.type != CLAW_FRAME_COMPROMISED)
        continue;
      if (frame.compromised == CLAW_FRAME_COMPROMISED_SIGNAL)
        claw_connection_take_signal (connection, from, now_us);
      else if (claw_compromise_on_acknowledgement (&connection->compromise))
        {
          claw_connection_end (connection, CLAW_CLOSE_COMPROMISED);
          return;
        }
    }
  claw_connection_set_ready (connection);
}

gboolean
claw_connection_next_compromised (ClawConnection *connection,
                                  ClawFrameCompromised *kind,
                                  ClawRoute *to,
                                  gint64 now_us)
{
  return claw_compromise_next (&connection->compromise, &connection->path.current,
                               claw_rtt_get_probe_timeout_us (&connection->recovery.rtt), now_us,
                               kind, to);
}

gint64
claw_connection_get_compromise_deadline (const ClawConnection *connection)
{
  /* While it is ready anyway, send () sees to the next signal. */
  if (connection->task.ready.data != NULL)
    return connection->compromise.until_us;
  return claw_compromise_get_deadline (&connection->compromise);
}

void
claw_connection_wake_compromised (ClawConnection *connection, gint64 now_us)
{
  if (claw_compromise_is_over (&connection->compromise, now_us))
    claw_connection_end (connection, CLAW_CLOSE_COMPROMISED);
  else
    claw_connection_set_ready (connection);
}
