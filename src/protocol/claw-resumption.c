/* claw-resumption.c: see claw-resumption.h. */
#include "claw-resumption.h"

void
claw_resumption_clear (ClawResumption *resumption)
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    claw_key_clear (&resumption->keys[i]);
}

gboolean
claw_resumption_has (const ClawResumption *resumption, const ClawKey *secret)
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    if (claw_key_equal (&resumption->keys[i], secret))
      return TRUE;
  return FALSE;
}

static void
age (ClawResumption *resumption)
{
  claw_key_move (&resumption->keys[CLAW_RESUMPTION_PREVIOUS],
                 &resumption->keys[CLAW_RESUMPTION_NEWEST]);
}

static void
exchange (ClawResumption *resumption)
{
  g_auto (ClawKey) kept = { 0 };

  claw_key_move (&kept, &resumption->keys[CLAW_RESUMPTION_NEWEST]);
  claw_key_move (&resumption->keys[CLAW_RESUMPTION_NEWEST],
                 &resumption->keys[CLAW_RESUMPTION_PREVIOUS]);
  claw_key_move (&resumption->keys[CLAW_RESUMPTION_PREVIOUS], &kept);
}

void
claw_resumption_on_established (ClawResumption *resumption, uint64_t used, const ClawKey *secret)
{
  if (used == CLAW_RESUMPTION_UNPROVEN)
    {
      /* That the responder took it is the proof, though it may not have saved it yet: what opened
       * that session stays. */
      age (resumption);
      claw_key_move (&resumption->keys[CLAW_RESUMPTION_NEWEST],
                     &resumption->keys[CLAW_RESUMPTION_UNPROVEN]);
    }
  else if (used == CLAW_RESUMPTION_PREVIOUS)
    exchange (resumption);
  claw_key_copy (&resumption->keys[CLAW_RESUMPTION_UNPROVEN], secret);
}

void
claw_resumption_on_proven (ClawResumption *resumption, uint64_t used)
{
  if (used == CLAW_RESUMPTION_FILE)
    claw_key_move (&resumption->keys[CLAW_RESUMPTION_PREVIOUS],
                   &resumption->keys[CLAW_RESUMPTION_FILE]);
  else
    age (resumption);
  claw_key_move (&resumption->keys[CLAW_RESUMPTION_NEWEST],
                 &resumption->keys[CLAW_RESUMPTION_UNPROVEN]);
  claw_key_clear (&resumption->keys[CLAW_RESUMPTION_FILE]);
}

void
claw_resumption_on_rotated (ClawResumption *resumption, const ClawKey *secret)
{
  age (resumption);
  claw_key_copy (&resumption->keys[CLAW_RESUMPTION_NEWEST], secret);
  claw_key_clear (&resumption->keys[CLAW_RESUMPTION_FILE]);
}
