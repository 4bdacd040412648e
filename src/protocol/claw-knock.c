/* claw-knock.c: see claw-knock.h. */
#include "claw-knock.h"

#include <string.h>

#define JITTER 0.1

typedef struct
{
  ClawInitiation *initiation; /* NULL: there is none */
  uint32_t index;
  gint64 sent_at_us;
} Outstanding;

struct ClawKnock
{
  uint8_t server_key[CLAW_PUBLIC_KEY_SIZE];
  ClawKey psks[CLAW_ENDPOINT_PSKS_MAX];
  ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX];
  unsigned n_addresses;
  gint64 unix_offset_us; /* wall clock minus monotonic */
  gint64 give_up_us;
  gint64 next_round_us;
  unsigned rounds;
  Outstanding outstanding[CLAW_KNOCK_ROUNDS_MAX][CLAW_ENDPOINT_PSKS_MAX];
  uint8_t datagrams[CLAW_ENDPOINT_PSKS_MAX][CLAW_HANDSHAKE_INITIATION_SIZE]; /* of this round */
  unsigned unsent; /* of psks × addresses */
};

void
claw_knock_answer_clear (ClawKnockAnswer *answer)
{
  claw_handshake_keys_clear (&answer->keys);
}

ClawKnock *
claw_knock_new (const ClawConnectRequest *request)
{
  ClawKnock *knock = g_new0 (ClawKnock, 1);

  memcpy (knock->server_key, request->server_key, sizeof knock->server_key);
  for (unsigned i = 0; i < CLAW_ENDPOINT_PSKS_MAX; i++)
    if (request->psks[i] != NULL && claw_key_is_set (request->psks[i]))
      claw_key_copy (&knock->psks[i], request->psks[i]);
  knock->n_addresses = MIN (request->n_addresses, CLAW_ENDPOINT_ADDRESSES_MAX);
  for (unsigned i = 0; i < knock->n_addresses; i++)
    knock->addresses[i] = request->addresses[i];
  knock->unix_offset_us = (gint64) request->unix_us - request->now_us;
  knock->give_up_us = request->give_up_us;
  knock->next_round_us = request->now_us;
  return knock;
}

void
claw_knock_free (ClawKnock *knock)
{
  if (knock == NULL)
    return;
  for (unsigned round = 0; round < CLAW_KNOCK_ROUNDS_MAX; round++)
    for (unsigned psk = 0; psk < CLAW_ENDPOINT_PSKS_MAX; psk++)
      claw_initiation_free (knock->outstanding[round][psk].initiation);
  for (unsigned psk = 0; psk < CLAW_ENDPOINT_PSKS_MAX; psk++)
    claw_key_clear (&knock->psks[psk]);
  g_free (knock);
}

static uint64_t
next_timestamp (const ClawKnock *knock, const ClawKnockSelf *self, gint64 now_us)
{
  gint64 unix_us = MAX (now_us + knock->unix_offset_us, 0);

  *self->last_timestamp_us = claw_handshake_next_timestamp ((uint64_t) unix_us,
                                                            *self->last_timestamp_us);
  return *self->last_timestamp_us;
}

static gint64
get_pause_us (unsigned rounds)
{
  return (gint64) G_USEC_PER_SEC << MIN (rounds - 1, 2);
}

gboolean
claw_knock_start_round (ClawKnock *knock,
                        const ClawKnockSelf *self,
                        const uint32_t indexes[CLAW_ENDPOINT_PSKS_MAX],
                        gint64 now_us)
{
  Outstanding *row = knock->outstanding[knock->rounds % CLAW_KNOCK_ROUNDS_MAX];

  for (unsigned psk = 0; psk < CLAW_ENDPOINT_PSKS_MAX; psk++)
    {
      if (!claw_key_is_set (&knock->psks[psk]))
        continue;
      claw_initiation_free (row[psk].initiation);
      row[psk].index = indexes[psk];
      row[psk].sent_at_us = now_us;
      row[psk].initiation = claw_initiation_new (self->identity, knock->server_key,
                                                 &knock->psks[psk], indexes[psk],
                                                 next_timestamp (knock, self, now_us), self->hello,
                                                 self->hello_length, knock->datagrams[psk]);
      if (row[psk].initiation == NULL)
        return FALSE;
    }
  knock->unsent = CLAW_ENDPOINT_PSKS_MAX * knock->n_addresses;
  knock->rounds++;
  double factor = 1 + g_rand_double_range (self->jitter, -JITTER, JITTER);
  knock->next_round_us = now_us + (gint64) ((double) get_pause_us (knock->rounds) * factor);
  return TRUE;
}

size_t
claw_knock_send (ClawKnock *knock, ClawAddress *to, uint8_t *buffer, gint64 now_us)
{
  while (knock->unsent > 0)
    {
      /* All addresses get the likeliest psk before any gets the next. */
      unsigned done = CLAW_ENDPOINT_PSKS_MAX * knock->n_addresses - knock->unsent--;
      unsigned psk = done / knock->n_addresses;

      if (!claw_key_is_set (&knock->psks[psk]))
        continue;
      *to = knock->addresses[done % knock->n_addresses];
      memcpy (buffer, knock->datagrams[psk], CLAW_HANDSHAKE_INITIATION_SIZE);
      knock->outstanding[(knock->rounds - 1) % CLAW_KNOCK_ROUNDS_MAX][psk].sent_at_us = now_us;
      return CLAW_HANDSHAKE_INITIATION_SIZE;
    }
  return 0;
}

gboolean
claw_knock_finish (ClawKnock *knock,
                   uint32_t receiver_index,
                   const uint8_t *datagram,
                   size_t length,
                   gint64 now_us,
                   ClawKnockAnswer *answer)
{
  for (unsigned i = 0; i < CLAW_KNOCK_OUTSTANDING_MAX; i++)
    {
      unsigned psk = i % CLAW_ENDPOINT_PSKS_MAX;
      Outstanding *one = &knock->outstanding[i / CLAW_ENDPOINT_PSKS_MAX][psk];

      if (one->initiation == NULL || one->index != receiver_index)
        continue;
      if (!claw_initiation_finish (one->initiation, datagram, length, &answer->keys, answer->hello,
                                   &answer->hello_length))
        return FALSE;
      answer->psk = psk;
      answer->rtt_us = now_us - one->sent_at_us;
      return TRUE;
    }
  return FALSE;
}

gint64
claw_knock_get_deadline (const ClawKnock *knock)
{
  return MIN (knock->next_round_us, knock->give_up_us);
}

gboolean
claw_knock_is_over (const ClawKnock *knock, gint64 now_us)
{
  return now_us >= knock->give_up_us;
}

gboolean
claw_knock_is_round_due (const ClawKnock *knock, gint64 now_us)
{
  return now_us >= knock->next_round_us;
}

unsigned
claw_knock_get_indexes (const ClawKnock *knock, uint32_t indexes[CLAW_KNOCK_OUTSTANDING_MAX])
{
  unsigned n = 0;

  for (unsigned i = 0; i < CLAW_KNOCK_OUTSTANDING_MAX; i++)
    {
      const Outstanding *one
          = &knock->outstanding[i / CLAW_ENDPOINT_PSKS_MAX][i % CLAW_ENDPOINT_PSKS_MAX];

      if (one->initiation != NULL)
        indexes[n++] = one->index;
    }
  return n;
}

const uint8_t *
claw_knock_get_server_key (const ClawKnock *knock)
{
  return knock->server_key;
}
