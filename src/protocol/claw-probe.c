/* claw-probe.c: see claw-probe.h. */
#include "claw-probe.h"

#include <sodium.h>
#include <string.h>

void
claw_probe_init (ClawProbe *probe)
{
  *probe = (ClawProbe){ .next_us = G_MAXINT64 };
}

void
claw_probe_clear (ClawProbe *probe)
{
  g_clear_pointer (&probe->answers, g_array_unref);
}

/* Questions */

static void
set_state (ClawProbe *probe, ClawProbeState state)
{
  probe->state = state;
  probe->n_sent = 0;
  /* At once. */
  probe->next_us = state == CLAW_PROBE_IDLE ? G_MAXINT64 : 0;
  randombytes_buf (probe->token, sizeof probe->token);
}

void
claw_probe_start (ClawProbe *probe)
{
  probe->result = (ClawProbeResult){ 0 };
  set_state (probe, CLAW_PROBE_ASKING);
}

void
claw_probe_stop (ClawProbe *probe)
{
  set_state (probe, CLAW_PROBE_IDLE);
}

/* The question at hand is answered, or never will be. Returns: TRUE when it was the last. */
static gboolean
go_on (ClawProbe *probe)
{
  switch (probe->state)
    {
    case CLAW_PROBE_IDLE:
      return FALSE;
    case CLAW_PROBE_ASKING:
      set_state (probe, probe->result.other_port != 0 ? CLAW_PROBE_LISTENING : CLAW_PROBE_IDLE);
      break;
    case CLAW_PROBE_LISTENING:
      set_state (probe, CLAW_PROBE_ASKING_OTHER);
      break;
    case CLAW_PROBE_ASKING_OTHER:
      set_state (probe, CLAW_PROBE_IDLE);
      break;
    }
  return probe->state == CLAW_PROBE_IDLE;
}

gboolean
claw_probe_wants_send (const ClawProbe *probe, gint64 now_us)
{
  return probe->next_us <= now_us && probe->n_sent < CLAW_PROBE_TRIES_MAX;
}

void
claw_probe_write (ClawProbe *probe,
                  const ClawRoute *current,
                  gint64 wait_us,
                  gint64 now_us,
                  ClawWriter *writer,
                  ClawRoute *to)
{
  *to = *current;
  to->ecn = CLAW_ECN_NONE;
  if (probe->state == CLAW_PROBE_ASKING_OTHER)
    to->peer.port = probe->result.other_port;
  claw_frame_write_probe (writer, probe->token, probe->state == CLAW_PROBE_LISTENING);
  probe->next_us = now_us + (MAX (wait_us, CLAW_PROBE_WAIT_MIN_US) << probe->n_sent);
  probe->n_sent++;
}

gboolean
claw_probe_on_report (ClawProbe *probe,
                      const ClawFrameReport *report,
                      const ClawRoute *from,
                      const ClawRoute *current)
{
  if (probe->n_sent == 0 || sodium_memcmp (report->token, probe->token, sizeof probe->token) != 0)
    return FALSE;
  switch (probe->state)
    {
    case CLAW_PROBE_IDLE:
      return FALSE;
    case CLAW_PROBE_ASKING:
      probe->result.seen = report->seen;
      probe->result.other_port = report->other_port;
      break;
    case CLAW_PROBE_LISTENING:
      /* One from where we have always sent to tells nothing. */
      if (claw_route_equal (from, current))
        return FALSE;
      probe->result.is_open = TRUE;
      break;
    case CLAW_PROBE_ASKING_OTHER:
      probe->result.seen_by_other = report->seen;
      break;
    }
  return go_on (probe);
}

gboolean
claw_probe_wake (ClawProbe *probe, gint64 now_us)
{
  if (probe->next_us > now_us || claw_probe_wants_send (probe, now_us))
    return FALSE;
  return go_on (probe);
}

gint64
claw_probe_get_deadline (const ClawProbe *probe)
{
  return probe->next_us;
}

/* Answers */

void
claw_probe_on_record (ClawProbe *probe, size_t size)
{
  probe->credit = size;
}

void
claw_probe_on_probe (ClawProbe *probe,
                     const uint8_t token[CLAW_FRAME_CHALLENGE_SIZE],
                     gboolean from_other,
                     const ClawRoute *from,
                     const ClawProbeSocket *other)
{
  gboolean has_other = other->port != 0 && other->number != from->socket;
  ClawProbeAnswer answer = { .to = *from, .report.seen = from->peer };

  if (probe->credit < CLAW_PROBE_DATAGRAM_SIZE || (from_other && !has_other)
      || (probe->answers != NULL && probe->answers->len == CLAW_PROBE_ANSWERS_MAX))
    return;
  probe->credit = 0;
  memcpy (answer.report.token, token, sizeof answer.report.token);
  answer.report.other_port = has_other ? other->port : 0;
  answer.to.ecn = CLAW_ECN_NONE;
  if (from_other)
    answer.to.socket = other->number;
  if (probe->answers == NULL)
    probe->answers = g_array_new (FALSE, FALSE, sizeof answer);
  g_array_append_val (probe->answers, answer);
}

gboolean
claw_probe_next_answer (ClawProbe *probe, ClawProbeAnswer *answer)
{
  if (probe->answers == NULL)
    return FALSE;
  *answer = g_array_index (probe->answers, ClawProbeAnswer, 0);
  g_array_remove_index (probe->answers, 0);
  if (probe->answers->len == 0)
    g_clear_pointer (&probe->answers, g_array_unref);
  return TRUE;
}
