/* fuzz-stun.c: any bytes as a datagram from a STUN server; what can be read can be written again.
 */
#include "claw-nat-prober.h"
#include "claw-stun.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_message (const ClawStunMessage *message)
{
  ClawStunMessage expected = *message, again;
  uint8_t buffer[CLAW_STUN_SIZE_MAX];

  /* Neither is written. */
  expected.n_not_understood = 0;
  memset (expected.not_understood, 0, sizeof expected.not_understood);
  size_t length = claw_stun_write (&expected, buffer, sizeof buffer);
  g_assert_cmpuint (length, >, 0);
  g_assert_true (claw_stun_read (buffer, length, &again));
  g_assert_cmpmem (&again, sizeof again, &expected, sizeof expected);
}

/* The same bytes as answers to a check, with the right id in each. */
static void
answer_check (const uint8_t *data, size_t size)
{
  ClawAddress server, local, to;
  uint8_t request[CLAW_STUN_SIZE_MAX];
  g_autofree uint8_t *answer = g_memdup2 (data, size);
  unsigned socket;
  gint64 now_us = 0;

  g_assert_true (claw_address_parse ("198.51.100.1:3478", &server));
  g_assert_true (claw_address_parse ("192.168.1.2:50000", &local));
  g_autoptr (ClawNatProber) prober = claw_nat_prober_new (&server, 1, &local, now_us);
  while (!claw_nat_prober_is_done (prober) && now_us < 20 * G_USEC_PER_SEC)
    {
      while (claw_nat_prober_send (prober, now_us, &socket, &to, request, sizeof request) > 0)
        {
          memcpy (answer + 8, request + 8, CLAW_STUN_ID_SIZE);
          claw_nat_prober_receive (prober, socket, &to, answer, size, now_us);
        }
      now_us = MIN (claw_nat_prober_get_deadline (prober), 30 * G_USEC_PER_SEC);
    }
  g_assert_true (claw_nat_prober_is_done (prober));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  ClawStunMessage message;

  if (claw_stun_read (data, size, &message))
    check_message (&message);
  if (size >= 20)
    answer_check (data, size);
  return 0;
}
