/* fuzz-endpoint.c: any bytes as datagrams to a responder, from a stranger and from a peer that
 * holds the keys.
 *
 * The first byte chooses: even, the rest is one datagram of a stranger, who must be met with
 * silence; odd, the rest is records' plaintext under the keys of a session, each with a length byte
 * ahead, and time passes in between.
 */
#include "claw-connection-private.h"
#include "pair.h"

#include <string.h>

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

static void
play_peer (const uint8_t *data, size_t size)
{
  g_autoptr (Pair) pair = pair_new (1);
  uint8_t datagram[CLAW_CONNECTION_DATAGRAM_MAX];
  ClawReader reader;

  pair_establish (pair);
  pair_write (pair, PAIR_SERVER, "something on its way", 20);
  claw_reader_init (&reader, data, size);
  while (reader.left > 0 && pair->sides[PAIR_CLIENT].connection != NULL)
    {
      ClawConnection *client = pair->sides[PAIR_CLIENT].connection;
      size_t length = claw_reader_u8 (&reader);
      unsigned jump = claw_reader_u8 (&reader) % 60;

      if (reader.failed)
        break;
      client->next_counter += (UINT64_C (1) << jump) - 1;
      length = MIN (length, reader.left);
      memcpy (datagram + CLAW_RECORD_HEADER_SIZE, claw_reader_bytes (&reader, length), length);
      length = claw_key_slots_seal (&client->keys, client->next_counter++, datagram, length);
      pair_inject (pair, PAIR_SERVER, &pair->sides[PAIR_CLIENT].address, datagram, length);
      pair_run (pair, 10 * 1000);
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
    play_peer (data + 1, size - 1);
  return 0;
}
