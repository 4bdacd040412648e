/* claw-sim-invariants.c: see claw-sim-invariants.h. */
#include "claw-sim-invariants.h"

#include "claw-connection-private.h"

/* A look at least so often: every timer of an idle session is nearer. */
#define LOOK_MAX_US (600 * G_USEC_PER_SEC)
/* Estimates are made of round trips, of which none is longer than a session is kept in silence. */
#define ROUND_TRIP_MAX_US (2 * CLAW_CONNECTION_LOST_US)

/* Probes go beyond the window, two of each timeout, of which there are so many before the session
 * is given up, by us, or by the peer that we still hear. */
#define PROBES_MAX \
  (CLAW_RECOVERY_PROBES_MAX \
   * (CLAW_RECOVERY_BACKOFF_MAX \
      + 2 * CLAW_CONNECTION_LOST_US / CLAW_RECOVERY_PROBE_TIMEOUT_MAX_US))

static void
check_congestion (ClawSimWatch *watch, const ClawRecovery *recovery)
{
  const ClawCongestion *congestion = &recovery->congestion;
  /* The last one that the window allows may not fit it. */
  uint64_t beyond = (PROBES_MAX + 1) * (uint64_t) CLAW_MTU_SIZE_MAX;

  g_assert_cmpuint (congestion->datagram_size, >=, CLAW_MTU_SIZE_MIN);
  g_assert_cmpuint (congestion->datagram_size, <=, CLAW_MTU_SIZE_MAX);
  g_assert_cmpuint (congestion->window, >=,
                    CLAW_CONGESTION_MIN_DATAGRAMS * congestion->datagram_size);
  g_assert_cmpuint (congestion->window, <=, CLAW_CONGESTION_WINDOW_MAX);
  watch->window_peak = MAX (watch->window_peak, congestion->window);
  g_assert_cmpuint (congestion->in_flight, <=, watch->window_peak + beyond);
  g_assert_true ((congestion->in_flight == 0) == (recovery->sent.outstanding == 0));
  g_assert_cmpuint (recovery->sent.n, <=, CLAW_SENT_MAP_MAX);
  g_assert_cmpuint (recovery->sent.outstanding, <=, recovery->sent.n);
  g_assert_cmpuint (recovery->probes, <=, CLAW_RECOVERY_PROBES_MAX);
  g_assert_cmpuint (recovery->backoff, <=, CLAW_RECOVERY_BACKOFF_MAX);
}

static void
check_round_trip (const ClawRtt *rtt)
{
  g_assert_cmpint (rtt->smoothed_us, >=, 0);
  g_assert_cmpint (rtt->smoothed_us, <=, ROUND_TRIP_MAX_US);
  g_assert_cmpint (rtt->variation_us, >=, 0);
  g_assert_cmpint (rtt->variation_us, <=, ROUND_TRIP_MAX_US);
  g_assert_true (!rtt->has_sample || rtt->min_us <= rtt->latest_us);
}

static void
check_send_stream (const ClawSendStream *stream)
{
  g_assert_cmpuint (stream->acknowledged, <=, stream->sent);
  g_assert_cmpuint (stream->sent, <=, stream->written);
  g_assert_cmpuint (stream->sent, <=, stream->limit);
  g_assert_cmpuint (stream->written - stream->acknowledged, <=, CLAW_CONNECTION_SEND_BUFFER_MAX);
  g_assert_cmpuint (stream->ring.allocated, <=, CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (stream->acked.n, <=, CLAW_SEND_STREAM_RANGES_MAX);
  g_assert_cmpuint (stream->resend.n, <=, CLAW_SEND_STREAM_RANGES_MAX);
}

static void
check_receive_stream (const ClawReceiveStream *stream)
{
  g_assert_cmpuint (stream->window, <=, CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (claw_receive_stream_get_readable (stream), <=, CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (stream->limit - stream->read, <=, CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (stream->ring.allocated, <=, CLAW_STREAM_WINDOW_MAX);
  g_assert_cmpuint (stream->have.n, <=, CLAW_RECEIVE_STREAM_RANGES_MAX);
}

static void
check_buffers (const ClawConnection *connection)
{
  size_t out = 0;
  size_t in = 0;

  for (unsigned id = 0; id < CLAW_CONNECTION_STREAMS_MAX; id++)
    {
      const ClawStream *stream = connection->streams[id];

      if (stream == NULL)
        continue;
      check_send_stream (&stream->send);
      check_receive_stream (&stream->receive);
      out += claw_send_stream_get_buffered (&stream->send);
      in += claw_receive_stream_get_credit (&stream->receive);
    }
  g_assert_cmpuint (out, <=, CLAW_CONNECTION_BUFFERS_MAX);
  g_assert_cmpuint (in, <=, CLAW_CONNECTION_BUFFERS_MAX);
  g_assert_cmpuint (connection->outgoing.datagrams.length, <=, CLAW_DATAGRAM_QUEUE_MAX);
  g_assert_cmpuint (connection->incoming.datagrams.length, <=, CLAW_DATAGRAM_QUEUE_MAX);
  g_assert_cmpuint (connection->acknowledger.received.n, <=, CLAW_ACKNOWLEDGER_RANGES_MAX);
}

static void
check_route (const ClawPath *path, unsigned sockets)
{
  /* To what came from the candidate before it was one. */
  const uint64_t answers = (CLAW_PATH_RESPONSES_MAX + CLAW_PROBE_ANSWERS_MAX)
                           * CLAW_PATH_DATAGRAM_SIZE;

  g_assert_cmpint (path->current.peer.family, !=, CLAW_ADDRESS_NONE);
  g_assert_cmpuint (path->current.peer.port, !=, 0);
  g_assert_cmpuint (path->current.socket, <, sockets);
  g_assert_cmpuint (path->n_responses, <=, CLAW_PATH_RESPONSES_MAX);
  g_assert_cmpuint (path->candidate.n_challenges, <=, CLAW_PATH_CHALLENGES_MAX);
  g_assert_cmpuint (path->move.n_challenges, <=, CLAW_PATH_CHALLENGES_MAX);
  if (path->candidate.route.peer.family != CLAW_ADDRESS_NONE)
    g_assert_cmpuint (path->sent, <=, CLAW_PATH_AMPLIFICATION * path->received + answers);
  /* Nobody is challenged where he is. */
  g_assert_false (claw_route_equal (&path->candidate.route, &path->current));
  g_assert_false (claw_route_equal (&path->move.route, &path->current));
}

static void
check_keys (const ClawConnection *connection)
{
  const ClawKeySlots *keys = &connection->keys;
  ClawRotationState state = connection->rotation.state;

  g_assert_true (claw_key_is_set (&keys->resumption));
  g_assert_nonnull (keys->current.send);
  g_assert_nonnull (keys->current.receive);
  g_assert_null (keys->previous.send);
  g_assert_true (claw_key_slots_has_next (keys)
                 == (state == CLAW_ROTATION_ANSWERED || state == CLAW_ROTATION_AGREED));
}

void
claw_sim_invariants_check (ClawSimWatch *watch,
                           const ClawConnection *connection,
                           unsigned sockets,
                           gint64 now_us)
{
  if (watch->connection != connection)
    *watch = (ClawSimWatch){ .connection = connection };
  check_congestion (watch, &connection->recovery);
  check_round_trip (&connection->recovery.rtt);
  check_buffers (connection);
  check_route (&connection->path, sockets);
  check_keys (connection);
  /* Nothing waits for a wake-up that does not come. */
  g_assert_cmpint (connection->task.deadline_us, <=, now_us + LOOK_MAX_US);
}
