/* claw-nat-lifetime.c: see claw-nat-lifetime.h. */
#include "claw-nat-lifetime.h"

#include "claw-stun-query.h"

/* Many NATs remember a mapping longer once it has been used both ways for more than a moment (Linux
 * after 2 s), and that is what a session has. */
#define SETTLE_US (3 * G_USEC_PER_SEC)
#define ASKER 0 /* the socket that asks for others; rung i has socket i + 1 */

const unsigned claw_nat_lifetime_rungs_s[CLAW_NAT_LIFETIME_RUNGS] = { 0,  5,  10, 15,  20,  25, 30,
                                                                      45, 60, 90, 120, 180, 300 };

typedef enum
{
  STATE_OPENING,  /* the mapping */
  STATE_SETTLING, /* it is used once more */
  STATE_SILENT,
  STATE_ASKING,
  STATE_ALIVE,
  STATE_LOST,
  STATE_FAILED, /* tells nothing */
} State;

typedef struct
{
  State state;
  ClawStunQuery query; /* of this state */
  uint16_t port;       /* of the mapping */
  gint64 until_us;     /* end of SILENT */
} Rung;

struct ClawNatLifetime
{
  ClawAddress server;
  Rung rungs[CLAW_NAT_LIFETIME_RUNGS];
  ClawNatLifetimeResult result;
};

ClawNatLifetime *
claw_nat_lifetime_new (const ClawAddress *server, gint64 now_us)
{
  g_return_val_if_fail (server != NULL, NULL);

  ClawNatLifetime *lifetime = g_new0 (ClawNatLifetime, 1);
  lifetime->server = *server;
  for (unsigned i = 0; i < CLAW_NAT_LIFETIME_RUNGS; i++)
    claw_stun_query_start (&lifetime->rungs[i].query, i + 1, server, &claw_stun_schedule_patient,
                           now_us);
  return lifetime;
}

void
claw_nat_lifetime_free (ClawNatLifetime *lifetime)
{
  g_free (lifetime);
}

/* Steps */

static void
settle (ClawNatLifetime *lifetime, Rung *rung, unsigned socket)
{
  rung->state = STATE_SETTLING;
  claw_stun_query_start (&rung->query, socket, &lifetime->server, &claw_stun_schedule_patient,
                         rung->query.answered_us + SETTLE_US);
}

static void
ask (ClawNatLifetime *lifetime, Rung *rung, unsigned socket, gint64 now_us)
{
  rung->state = STATE_ASKING;
  claw_stun_query_start (&rung->query, ASKER, &lifetime->server, &claw_stun_schedule_patient,
                         now_us);
  rung->query.answer_socket = socket;
  rung->query.request.response_port = rung->port;
}

static void
step_answered (ClawNatLifetime *lifetime, unsigned i)
{
  Rung *rung = &lifetime->rungs[i];

  if (rung->state == STATE_ASKING)
    {
      rung->state = STATE_ALIVE;
      return;
    }
  rung->port = rung->query.mapped.port;
  if (rung->state == STATE_OPENING)
    {
      settle (lifetime, rung, i + 1);
      return;
    }
  rung->state = STATE_SILENT;
  rung->until_us = rung->query.answered_us + claw_nat_lifetime_rungs_s[i] * G_USEC_PER_SEC;
}

static void
step_rung (ClawNatLifetime *lifetime, unsigned i, gint64 now_us)
{
  Rung *rung = &lifetime->rungs[i];

  if (rung->state == STATE_SILENT)
    {
      if (now_us >= rung->until_us)
        ask (lifetime, rung, i + 1, now_us);
      return;
    }
  if (rung->state > STATE_SILENT && rung->state != STATE_ASKING)
    return;

  switch (rung->query.state)
    {
    case CLAW_STUN_QUERY_ANSWERED:
      step_answered (lifetime, i);
      break;
    case CLAW_STUN_QUERY_REFUSED:
      rung->state = STATE_FAILED;
      break;
    case CLAW_STUN_QUERY_SILENT:
      rung->state = rung->state == STATE_ASKING ? STATE_LOST : STATE_FAILED;
      break;
    case CLAW_STUN_QUERY_IDLE:
    case CLAW_STUN_QUERY_PENDING:
      break;
    }
}

/* The first rung is the control: it never lives only where the server does not do this. */
static ClawNatLifetimeState
control_state (const ClawNatLifetime *lifetime)
{
  const Rung *control = &lifetime->rungs[0];

  if (control->state == STATE_LOST)
    return CLAW_NAT_LIFETIME_UNSUPPORTED;
  if (control->state != STATE_FAILED)
    return CLAW_NAT_LIFETIME_MEASURING;
  return control->port != 0 ? CLAW_NAT_LIFETIME_UNSUPPORTED : CLAW_NAT_LIFETIME_NO_ANSWER;
}

static void
conclude (ClawNatLifetime *lifetime)
{
  ClawNatLifetimeResult *result = &lifetime->result;
  gboolean is_open = FALSE;

  result->state = control_state (lifetime);
  if (result->state != CLAW_NAT_LIFETIME_MEASURING)
    return;
  for (unsigned i = 1; i < CLAW_NAT_LIFETIME_RUNGS && result->lost_s == 0 && !is_open; i++)
    {
      State state = lifetime->rungs[i].state;
      if (state == STATE_ALIVE)
        result->alive_s = claw_nat_lifetime_rungs_s[i];
      else if (state == STATE_LOST)
        result->lost_s = claw_nat_lifetime_rungs_s[i];
      else
        is_open = state != STATE_FAILED;
    }
  if (!is_open && lifetime->rungs[0].state == STATE_ALIVE)
    result->state = CLAW_NAT_LIFETIME_MEASURED;
}

static void
step (ClawNatLifetime *lifetime, gint64 now_us)
{
  for (unsigned i = 0; i < CLAW_NAT_LIFETIME_RUNGS; i++)
    step_rung (lifetime, i, now_us);
  conclude (lifetime);
}

size_t
claw_nat_lifetime_send (ClawNatLifetime *lifetime,
                        gint64 now_us,
                        unsigned *socket,
                        ClawAddress *to,
                        uint8_t *buffer,
                        size_t size)
{
  g_return_val_if_fail (lifetime != NULL, 0);
  g_return_val_if_fail (socket != NULL && to != NULL && buffer != NULL, 0);

  step (lifetime, now_us);
  for (unsigned i = 0;
       i < CLAW_NAT_LIFETIME_RUNGS && lifetime->result.state == CLAW_NAT_LIFETIME_MEASURING; i++)
    {
      ClawStunQuery *query = &lifetime->rungs[i].query;
      size_t length = claw_stun_query_send (query, now_us, buffer, size);
      if (length > 0)
        {
          *socket = query->socket;
          *to = query->to;
          return length;
        }
    }
  step (lifetime, now_us);
  return 0;
}

void
claw_nat_lifetime_receive (ClawNatLifetime *lifetime,
                           unsigned socket,
                           const ClawAddress *from,
                           const uint8_t *data,
                           size_t length,
                           gint64 now_us)
{
  ClawStunMessage message;

  g_return_if_fail (lifetime != NULL);
  g_return_if_fail (socket < CLAW_NAT_LIFETIME_SOCKETS);
  g_return_if_fail (from != NULL);

  if (!claw_stun_read (data, length, &message))
    return;
  for (unsigned i = 0; i < CLAW_NAT_LIFETIME_RUNGS; i++)
    if (claw_stun_query_receive (&lifetime->rungs[i].query, socket, from, &message, now_us))
      break;
  step (lifetime, now_us);
}

gint64
claw_nat_lifetime_get_deadline (const ClawNatLifetime *lifetime)
{
  gint64 deadline_us = G_MAXINT64;

  g_return_val_if_fail (lifetime != NULL, G_MAXINT64);

  if (lifetime->result.state != CLAW_NAT_LIFETIME_MEASURING)
    return G_MAXINT64;
  for (unsigned i = 0; i < CLAW_NAT_LIFETIME_RUNGS; i++)
    {
      const Rung *rung = &lifetime->rungs[i];
      gint64 rung_us = rung->state == STATE_SILENT ? rung->until_us
                                                   : claw_stun_query_get_deadline (&rung->query);
      deadline_us = MIN (deadline_us, rung_us);
    }
  return deadline_us;
}

void
claw_nat_lifetime_get_result (const ClawNatLifetime *lifetime, ClawNatLifetimeResult *result)
{
  g_return_if_fail (lifetime != NULL);
  g_return_if_fail (result != NULL);

  *result = lifetime->result;
}
