/* claw-stun-query.c: see claw-stun-query.h. */
#include "claw-stun-query.h"

#include <string.h>

const ClawStunSchedule claw_stun_schedule_patient = { .n = 4, .at_ms = { 500, 1500, 2500, 3500 } };
const ClawStunSchedule claw_stun_schedule_doubtful = { .n = 5,
                                                       .at_ms = { 200, 400, 600, 800, 1200 } };

void
claw_stun_query_start (ClawStunQuery *query,
                       unsigned socket,
                       const ClawAddress *server,
                       const ClawStunSchedule *schedule,
                       gint64 now_us)
{
  g_return_if_fail (query != NULL);
  g_return_if_fail (server != NULL);
  g_return_if_fail (schedule != NULL && schedule->n > 0);

  memset (query, 0, sizeof *query);
  query->state = CLAW_STUN_QUERY_PENDING;
  query->socket = query->answer_socket = socket;
  query->to = query->from = *server;
  query->request.class = CLAW_STUN_REQUEST;
  claw_stun_make_id (query->request.id);
  query->schedule = schedule;
  query->start_us = now_us;
}

gint64
claw_stun_query_get_deadline (const ClawStunQuery *query)
{
  if (query->state != CLAW_STUN_QUERY_PENDING)
    return G_MAXINT64;
  if (query->n_sent == 0)
    return query->start_us;

  gint64 at_us = query->start_us + query->schedule->at_ms[query->n_sent - 1] * 1000;
  return query->n_sent < query->schedule->n ? at_us : at_us + query->patience_us;
}

size_t
claw_stun_query_send (ClawStunQuery *query, gint64 now_us, uint8_t *buffer, size_t size)
{
  if (now_us < claw_stun_query_get_deadline (query))
    return 0;

  if (query->n_sent == query->schedule->n)
    {
      query->state = CLAW_STUN_QUERY_SILENT;
      return 0;
    }
  query->n_sent++;
  return claw_stun_write (&query->request, buffer, size);
}

/* Whether what came is what was asked for, and from where it was asked to come. */
static gboolean
is_wanted (const ClawStunQuery *query, const ClawStunMessage *message, const ClawAddress *from)
{
  return message->class == CLAW_STUN_SUCCESS && message->n_not_understood == 0
         && message->mapped.family != CLAW_ADDRESS_NONE && message->mapped.port != 0
         && claw_address_equal (from, &query->from);
}

gboolean
claw_stun_query_receive (ClawStunQuery *query,
                         unsigned socket,
                         const ClawAddress *from,
                         const ClawStunMessage *message,
                         gint64 now_us)
{
  if (query->state != CLAW_STUN_QUERY_PENDING || query->n_sent == 0
      || (message->class != CLAW_STUN_SUCCESS && message->class != CLAW_STUN_ERROR)
      || memcmp (message->id, query->request.id, sizeof message->id) != 0)
    return FALSE;

  /* Somebody who knows the id, but neither the one asked nor the one who was to answer. */
  if (!claw_address_equal (from, &query->from) && !claw_address_equal (from, &query->to))
    return FALSE;
  /* An answer where it was not to arrive tells that the server does not do what it was asked. */
  gboolean is_answer = socket == query->answer_socket && is_wanted (query, message, from);
  query->state = is_answer ? CLAW_STUN_QUERY_ANSWERED : CLAW_STUN_QUERY_REFUSED;
  query->answered_us = now_us;
  if (is_answer)
    {
      query->mapped = message->mapped;
      query->other = message->other;
    }
  return TRUE;
}
