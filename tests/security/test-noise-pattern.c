/* test-noise-pattern.c: taking protocol names apart. */
#include "claw-noise-pattern.h"

/* The one that ClawChat uses. */
static void
test_own (void)
{
  unsigned psks;
  const ClawNoisePattern *pattern = claw_noise_pattern_find ("Noise_IKpsk1_25519_AESGCM_SHA256",
                                                             &psks);

  g_assert_nonnull (pattern);
  g_assert_cmpuint (psks, ==, 1 << 1);
  g_assert_cmpstr (pattern->premessages, ==, "<- s");
  g_assert_cmpstr (pattern->messages[0], ==, "-> e, es, s, ss");
  g_assert_cmpstr (pattern->messages[1], ==, "<- e, ee, se");
  g_assert_cmpuint (claw_noise_pattern_count_messages (pattern), ==, 2);
}

/* Names with and without modifiers. */
static void
test_known (void)
{
  static const struct
  {
    const char *protocol;
    unsigned psks;
  } names[] = {
    { "Noise_N_25519_AESGCM_SHA256", 0 },
    { "Noise_XX_25519_AESGCM_SHA256", 0 },
    { "Noise_X1K1_25519_AESGCM_SHA256", 0 },
    { "Noise_XXpsk0+psk1+psk2+psk3_25519_AESGCM_SHA256", 15 },
    { "Noise_NNpsk0+psk2_25519_AESGCM_SHA256", 5 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      unsigned psks = 99;

      g_assert_nonnull (claw_noise_pattern_find (names[i].protocol, &psks));
      g_assert_cmpuint (psks, ==, names[i].psks);
    }
}

/* Names that are cut, mixed up, or say what is not supported. */
static void
test_unknown (void)
{
  static const char *const names[] = {
    "",
    "Noise_",
    "Noise_25519_AESGCM_SHA256",
    "Noise__25519_AESGCM_SHA256",
    "Noise_IK_25519_ChaChaPoly_SHA256",
    "Noise_IK_448_AESGCM_SHA256",
    "Noise_ZZ_25519_AESGCM_SHA256",
    "Noise_IKpsk_25519_AESGCM_SHA256",
    "Noise_IKpsk3_25519_AESGCM_SHA256",
    "Noise_IKpsk1+_25519_AESGCM_SHA256",
    "Noise_IKpsk1+psk1_25519_AESGCM_SHA256",
    "Noise_IKpsk2+psk1_25519_AESGCM_SHA256",
    "Noise_IKpsk1psk2_25519_AESGCM_SHA256",
    "Noise_IKfallback_25519_AESGCM_SHA256",
    "NoisePSK_IK_25519_AESGCM_SHA256",
    "Noise_IKpsk1_25519_AESGCM_SHA256 ",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      unsigned psks;

      g_test_message ("%s", names[i]);
      g_assert_null (claw_noise_pattern_find (names[i], &psks));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/noise-pattern/own/tokens", test_own);
  g_test_add_func ("/noise-pattern/known/found", test_known);
  g_test_add_func ("/noise-pattern/unknown/refused", test_unknown);
  return g_test_run ();
}
