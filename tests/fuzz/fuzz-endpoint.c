/* fuzz-endpoint.c: any bytes as datagrams to a responder, from a stranger and from a peer that
 * holds the keys.
 *
 * The first byte chooses: even, the rest is one datagram of a stranger, who must be met with
 * silence; odd, the rest is records' plaintext under the keys of a session, to the responder or
 * (with the next bit) to the initiator. Each has two bytes ahead: its length, and what befalls it:
 * how far the counter jumps, and one of Fate.
 */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

#define JUMPS 60

typedef enum
{
  NO_FATE,
  ELSEWHERE, /* it comes from another address */
  DAMAGED,
  REPEATED,
  LATE, /* the session sleeps before it comes */
} Fate;

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
play_stranger (const uint8_t *data, size_t size)
{
  g_autoptr (Pair) pair = pair_new (1);

  pair_accept (pair, PAIR_PSK_ID, CLAW_PSK_ONCE, &pair->psk, NULL);
  pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, data, size);
  pair_run (pair, G_USEC_PER_SEC);
  g_assert_cmpuint (pair->sides[PAIR_SERVER].n_sent, ==, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (pair->sides[PAIR_SERVER].events); i++)
    g_assert_cmpuint (pair->sides[PAIR_SERVER].events[i], ==, 0);
}

/* Seals what @reader holds next as a record of @from. Returns: its length, 0 at the end. */
static size_t
next_record (ClawConnection *from, ClawReader *reader, uint8_t *datagram, Fate *fate)
{
  size_t length = claw_reader_u8 (reader);
  unsigned how = claw_reader_u8 (reader);

  if (reader->failed)
    return 0;
  *fate = how / JUMPS;
  from->next_counter += (UINT64_C (1) << (how % JUMPS)) - 1;
  length = MIN (length, reader->left);
  memcpy (datagram + CLAW_RECORD_HEADER_SIZE, claw_reader_bytes (reader, length), length);
  length = claw_key_slots_seal (&from->keys, from->next_counter++, datagram, length);
  if (*fate == DAMAGED)
    datagram[length - 1] ^= 1;
  return length;
}

static void
deliver (Pair *pair, unsigned to, const uint8_t *datagram, size_t length, Fate fate)
{
  ClawAddress from = pair->sides[!to].address;

  if (fate == ELSEWHERE)
    from.port++;
  if (fate == LATE)
    pair_run (pair, 5 * G_USEC_PER_SEC);
  pair_inject (pair, to, &from, datagram, length);
  if (fate == REPEATED)
    pair_inject (pair, to, &from, datagram, length);
  pair_run (pair, 10 * 1000);
}

static void
play_peer (const uint8_t *data, size_t size, unsigned to)
{
  g_autoptr (Pair) pair = pair_new (1);
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];
  ClawReader reader;
  Fate fate;

  pair_establish (pair);
  pair_write (pair, to, "something on its way", 20);
  claw_reader_init (&reader, data, size);
  while (reader.left > 0 && pair->sides[!to].connection != NULL)
    {
      size_t length = next_record (pair->sides[!to].connection, &reader, datagram, &fate);

      if (length == 0)
        break;
      deliver (pair, to, datagram, length, fate);
    }
  pair_run (pair, 100 * G_USEC_PER_SEC);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  if (data[0] % 2 == 0)
    play_stranger (data + 1, size - 1);
  else
    play_peer (data + 1, size - 1, data[0] & 2 ? PAIR_CLIENT : PAIR_SERVER);
  return 0;
}
