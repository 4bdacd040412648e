/* claw-rotation.c: see claw-rotation.h. */
#include "claw-rotation.h"

#include "claw-rekey.h"

#include <string.h>

#define WORN_FACTOR 2

static void
set_state (ClawRotation *rotation, ClawRotationState state)
{
  rotation->state = state;
}

void
claw_rotation_init (ClawRotation *rotation, const ClawRotationPolicy *policy, gboolean is_initiator)
{
  *rotation = (ClawRotation){ .policy = policy,
                              .is_initiator = is_initiator,
                              .due_us = G_MAXINT64,
                              .first_record = G_MAXUINT64 };
}

void
claw_rotation_clear (ClawRotation *rotation)
{
  claw_identity_clear (&rotation->ephemeral);
}

static void
choose_due (ClawRotation *rotation, gint64 now_us)
{
  gint64 interval_us = rotation->policy->interval_us;
  gint64 tenth_us = interval_us / CLAW_ROTATION_JITTER;

  rotation->changed_us = now_us;
  rotation->due_us = now_us + interval_us + (rotation->is_initiator ? tenth_us : 0)
                     - (gint64) (g_rand_double (rotation->policy->jitter) * (double) tenth_us);
}

void
claw_rotation_start (ClawRotation *rotation, gint64 now_us)
{
  choose_due (rotation, now_us);
}

void
claw_rotation_request (ClawRotation *rotation)
{
  rotation->is_wanted = TRUE;
}

void
claw_rotation_confirm (ClawRotation *rotation)
{
  rotation->is_saved = TRUE;
}

/* Both public keys are here. */
static ClawRotationNews
derive (ClawRotation *rotation, ClawKeySlots *slots, gint64 now_us)
{
  g_auto (ClawHandshakeKeys) keys = { 0 };

  if (!claw_rekey_derive (&slots->chain, &rotation->ephemeral, rotation->peer_key,
                          rotation->is_initiator, rotation->epoch + 1, &keys))
    return CLAW_ROTATION_BROKEN;
  claw_key_slots_set_next (slots, &keys);
  rotation->epoch++;
  rotation->is_saved = FALSE;
  rotation->is_wanted = FALSE;
  choose_due (rotation, now_us);
  return CLAW_ROTATION_DERIVED;
}

static void
make_key (ClawRotation *rotation)
{
  claw_identity_generate (&rotation->ephemeral);
  memcpy (rotation->own_key, rotation->ephemeral.public_key, sizeof rotation->own_key);
  rotation->must_send = TRUE;
  rotation->is_acknowledged = FALSE;
  rotation->first_record = G_MAXUINT64;
}

static ClawRotationNews
answer (ClawRotation *rotation, ClawKeySlots *slots, gint64 now_us)
{
  make_key (rotation);
  ClawRotationNews news = derive (rotation, slots, now_us);
  if (news != CLAW_ROTATION_BROKEN)
    set_state (rotation, CLAW_ROTATION_ANSWERED);
  return news;
}

static gboolean
is_used_up (const ClawRotation *rotation, const ClawKeySlots *slots)
{
  return slots->sealed >= rotation->policy->records;
}

/* A rotation cuts the grace of the previous key short, which only the number of records is reason
 * enough for. */
static gboolean
may_begin (const ClawRotation *rotation, const ClawKeySlots *slots)
{
  return rotation->state == CLAW_ROTATION_IDLE && rotation->is_saved
         && (!claw_key_slots_has_previous (slots) || is_used_up (rotation, slots));
}

static gboolean
wants_to_begin (const ClawRotation *rotation, const ClawKeySlots *slots, gint64 now_us)
{
  return rotation->is_wanted || rotation->due_us <= now_us || is_used_up (rotation, slots);
}

ClawRotationNews
claw_rotation_step (ClawRotation *rotation, ClawKeySlots *slots, gint64 now_us)
{
  switch (rotation->state)
    {
    case CLAW_ROTATION_IDLE:
      if (!may_begin (rotation, slots) || !wants_to_begin (rotation, slots, now_us))
        break;
      make_key (rotation);
      set_state (rotation, CLAW_ROTATION_BEGUN);
      break;
    case CLAW_ROTATION_ASKED:
      if (rotation->is_saved)
        return answer (rotation, slots, now_us);
      break;
    case CLAW_ROTATION_BEGUN:
    case CLAW_ROTATION_ANSWERED:
    case CLAW_ROTATION_AGREED:
    case CLAW_ROTATION_SWITCHED:
      break;
    }
  return CLAW_ROTATION_NOTHING;
}

static ClawRotationNews
switch_keys (ClawRotation *rotation, ClawKeySlots *slots)
{
  claw_key_slots_promote (slots);
  set_state (rotation, CLAW_ROTATION_SWITCHED);
  return CLAW_ROTATION_SWITCHED_NOW;
}

/* The answer to ours, or the peer's own beginning at the same moment: it makes no difference. */
static ClawRotationNews
agree (ClawRotation *rotation, ClawKeySlots *slots, gint64 now_us)
{
  ClawRotationNews news = derive (rotation, slots, now_us);

  if (news == CLAW_ROTATION_BROKEN)
    return news;
  set_state (rotation, CLAW_ROTATION_AGREED);
  if (rotation->is_acknowledged)
    news |= switch_keys (rotation, slots);
  return news;
}

static ClawRotationNews
take_next_epoch (ClawRotation *rotation, ClawKeySlots *slots, const uint8_t *key, gint64 now_us)
{
  switch (rotation->state)
    {
    case CLAW_ROTATION_IDLE:
      memcpy (rotation->peer_key, key, sizeof rotation->peer_key);
      if (rotation->is_saved)
        return answer (rotation, slots, now_us);
      set_state (rotation, CLAW_ROTATION_ASKED);
      return CLAW_ROTATION_NOTHING;
    case CLAW_ROTATION_ASKED: /* once more, since its record got lost */
      return memcmp (key, rotation->peer_key, sizeof rotation->peer_key) == 0
                 ? CLAW_ROTATION_NOTHING
                 : CLAW_ROTATION_BROKEN;
    case CLAW_ROTATION_BEGUN:
      memcpy (rotation->peer_key, key, sizeof rotation->peer_key);
      return agree (rotation, slots, now_us);
    /* Nobody begins again before it has a record of ours under the keys that it would replace. */
    case CLAW_ROTATION_ANSWERED:
    case CLAW_ROTATION_AGREED:
    case CLAW_ROTATION_SWITCHED:
      break;
    }
  return CLAW_ROTATION_BROKEN;
}

ClawRotationNews
claw_rotation_on_rekey (ClawRotation *rotation,
                        ClawKeySlots *slots,
                        uint64_t epoch,
                        const uint8_t key[CLAW_PUBLIC_KEY_SIZE],
                        gint64 now_us)
{
  if (epoch == 0 || epoch > rotation->epoch + 1)
    return CLAW_ROTATION_BROKEN;
  if (epoch == rotation->epoch + 1)
    return take_next_epoch (rotation, slots, key, now_us);
  /* Repeated: the newest one has to be the same; those before were overtaken on the way. */
  if (epoch == rotation->epoch && memcmp (key, rotation->peer_key, sizeof rotation->peer_key) != 0
      && rotation->state != CLAW_ROTATION_ASKED)
    return CLAW_ROTATION_BROKEN;
  return CLAW_ROTATION_NOTHING;
}

void
claw_rotation_on_opened (ClawRotation *rotation,
                         ClawKeySlots *slots,
                         ClawKeySlotName slot,
                         gint64 probe_timeout_us,
                         gint64 now_us)
{
  gint64 grace_us = CLAMP (CLAW_ROTATION_GRACE_TIMEOUTS * probe_timeout_us,
                           CLAW_ROTATION_GRACE_MIN_US, CLAW_ROTATION_GRACE_MAX_US);

  if (slot == CLAW_KEY_SLOT_NEXT)
    claw_key_slots_promote (slots);
  else if (slot != CLAW_KEY_SLOT_CURRENT || rotation->state != CLAW_ROTATION_SWITCHED)
    return;
  claw_key_slots_start_grace (slots, now_us + grace_us);
  /* Who sends under the new keys has our REKEY. */
  rotation->must_send = FALSE;
  set_state (rotation, CLAW_ROTATION_IDLE);
}

void
claw_rotation_on_sent (ClawRotation *rotation, uint64_t number)
{
  rotation->must_send = FALSE;
  rotation->first_record = MIN (rotation->first_record, number);
}

ClawRotationNews
claw_rotation_on_acknowledged (ClawRotation *rotation, ClawKeySlots *slots, uint64_t number)
{
  /* That of an earlier rotation says nothing of this one's. */
  if (number < rotation->first_record)
    return CLAW_ROTATION_NOTHING;
  rotation->is_acknowledged = TRUE;
  rotation->must_send = FALSE;
  return rotation->state == CLAW_ROTATION_AGREED ? switch_keys (rotation, slots)
                                                 : CLAW_ROTATION_NOTHING;
}

void
claw_rotation_on_lost (ClawRotation *rotation, uint64_t number)
{
  switch (rotation->state)
    {
    case CLAW_ROTATION_BEGUN:
    case CLAW_ROTATION_ANSWERED:
    case CLAW_ROTATION_AGREED:
      if (number >= rotation->first_record && !rotation->is_acknowledged)
        rotation->must_send = TRUE;
      break;
    case CLAW_ROTATION_IDLE:
    case CLAW_ROTATION_ASKED:
    case CLAW_ROTATION_SWITCHED:
      break;
    }
}

gboolean
claw_rotation_wants_frame (const ClawRotation *rotation)
{
  return rotation->must_send;
}

uint64_t
claw_rotation_get_frame_epoch (const ClawRotation *rotation)
{
  return rotation->state == CLAW_ROTATION_BEGUN ? rotation->epoch + 1 : rotation->epoch;
}

gboolean
claw_rotation_is_worn (const ClawRotation *rotation, const ClawKeySlots *slots)
{
  return slots->sealed >= WORN_FACTOR * rotation->policy->records;
}

gint64
claw_rotation_get_deadline (const ClawRotation *rotation, const ClawKeySlots *slots)
{
  return may_begin (rotation, slots) ? rotation->due_us : G_MAXINT64;
}
