/* test-typing.c: the datagram that says who is typing, and how often it is passed on. */
#include "claw-typing.h"

#include <string.h>

#define SECOND_US ((gint64) G_USEC_PER_SEC)

/* What was written is read, with and without a name, up to the longest name. */
static void
test_round_trip (void)
{
  uint8_t bytes[CLAW_TYPING_SIZE_MAX];
  g_autofree char *longest = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'n');
  const char *names[] = { "", "Anna", longest };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (gboolean is_typing = FALSE; is_typing <= TRUE; is_typing++)
      {
        ClawTyping typing;
        size_t length = claw_typing_write (bytes, is_typing, names[i]);

        g_assert_true (claw_typing_read (&typing, bytes, length));
        g_assert_cmpint (typing.is_typing, ==, is_typing);
        g_assert_cmpmem (typing.name, typing.name_length, names[i], strlen (names[i]));
      }
}

/* Anything else is passed over: too short, of another kind, an unknown state, a name too long. */
static void
test_refused (void)
{
  uint8_t too_long[CLAW_TYPING_SIZE_MAX + 1] = { CLAW_TYPING_KIND, 1 };
  ClawTyping typing;

  g_assert_false (claw_typing_read (&typing, (const uint8_t *) "", 0));
  g_assert_false (claw_typing_read (&typing, (const uint8_t *) "\1", 1));
  g_assert_false (claw_typing_read (&typing, (const uint8_t *) "\2\1", 2));
  g_assert_false (claw_typing_read (&typing, (const uint8_t *) "\1\2", 2));
  g_assert_true (claw_typing_read (&typing, too_long, sizeof too_long - 1));
  g_assert_false (claw_typing_read (&typing, too_long, sizeof too_long));
}

/* A beginning passes once a second, an end once after each. */
static void
test_gate_rate (void)
{
  ClawTypingGate gate = { 0 };

  g_assert_false (claw_typing_gate_pass (&gate, FALSE, SECOND_US));
  g_assert_true (claw_typing_gate_pass (&gate, TRUE, SECOND_US));
  g_assert_false (claw_typing_gate_pass (&gate, TRUE, 2 * SECOND_US - 1));
  g_assert_true (claw_typing_gate_pass (&gate, FALSE, 2 * SECOND_US - 1));
  g_assert_false (claw_typing_gate_pass (&gate, FALSE, 2 * SECOND_US - 1));
  g_assert_false (claw_typing_gate_pass (&gate, TRUE, 2 * SECOND_US - 1));
  g_assert_true (claw_typing_gate_pass (&gate, TRUE, 2 * SECOND_US));
}

/* A clock that was set back does not keep the gate closed. */
static void
test_gate_clock_back (void)
{
  ClawTypingGate gate = { 0 };

  g_assert_true (claw_typing_gate_pass (&gate, TRUE, 1000 * SECOND_US));
  g_assert_true (claw_typing_gate_pass (&gate, TRUE, SECOND_US));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/typing/bytes/round-trip", test_round_trip);
  g_test_add_func ("/typing/bytes/refused", test_refused);
  g_test_add_func ("/typing/gate/rate", test_gate_rate);
  g_test_add_func ("/typing/gate/clock-back", test_gate_clock_back);
  return g_test_run ();
}
