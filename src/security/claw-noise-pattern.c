/* claw-noise-pattern.c: see claw-noise-pattern.h. */
#include "claw-noise-pattern.h"

#include <string.h>

#define PREFIX "Noise_"
#define SUFFIX "_25519_AESGCM_SHA256"

/* clang-format off */
static const ClawNoisePattern patterns[] = {
  /* One-way patterns, section 7.4. */
  { "N", "<- s", { "-> e, es" } },
  { "K", "-> s <- s", { "-> e, es, ss" } },
  { "X", "<- s", { "-> e, es, s, ss" } },
  /* Interactive patterns, section 7.5. */
  { "NN", "", { "-> e", "<- e, ee" } },
  { "NK", "<- s", { "-> e, es", "<- e, ee" } },
  { "NX", "", { "-> e", "<- e, ee, s, es" } },
  { "XN", "", { "-> e", "<- e, ee", "-> s, se" } },
  { "XK", "<- s", { "-> e, es", "<- e, ee", "-> s, se" } },
  { "XX", "", { "-> e", "<- e, ee, s, es", "-> s, se" } },
  { "KN", "-> s", { "-> e", "<- e, ee, se" } },
  { "KK", "-> s <- s", { "-> e, es, ss", "<- e, ee, se" } },
  { "KX", "-> s", { "-> e", "<- e, ee, se, s, es" } },
  { "IN", "", { "-> e, s", "<- e, ee, se" } },
  { "IK", "<- s", { "-> e, es, s, ss", "<- e, ee, se" } },
  { "IX", "", { "-> e, s", "<- e, ee, se, s, es" } },
  /* Deferred patterns, section 18.1. */
  { "NK1", "<- s", { "-> e", "<- e, ee, es" } },
  { "NX1", "", { "-> e", "<- e, ee, s", "-> es" } },
  { "X1N", "", { "-> e", "<- e, ee", "-> s", "<- se" } },
  { "X1K", "<- s", { "-> e, es", "<- e, ee", "-> s", "<- se" } },
  { "XK1", "<- s", { "-> e", "<- e, ee, es", "-> s, se" } },
  { "X1K1", "<- s", { "-> e", "<- e, ee, es", "-> s", "<- se" } },
  { "X1X", "", { "-> e", "<- e, ee, s, es", "-> s", "<- se" } },
  { "XX1", "", { "-> e", "<- e, ee, s", "-> es, s, se" } },
  { "X1X1", "", { "-> e", "<- e, ee, s", "-> es, s", "<- se" } },
  { "K1N", "-> s", { "-> e", "<- e, ee", "-> se" } },
  { "K1K", "-> s <- s", { "-> e, es", "<- e, ee", "-> se" } },
  { "KK1", "-> s <- s", { "-> e", "<- e, ee, se, es" } },
  { "K1K1", "-> s <- s", { "-> e", "<- e, ee, es", "-> se" } },
  { "K1X", "-> s", { "-> e", "<- e, ee, s, es", "-> se" } },
  { "KX1", "-> s", { "-> e", "<- e, ee, se, s", "-> es" } },
  { "K1X1", "-> s", { "-> e", "<- e, ee, s", "-> se, es" } },
  { "I1N", "", { "-> e, s", "<- e, ee", "-> se" } },
  { "I1K", "<- s", { "-> e, es, s", "<- e, ee", "-> se" } },
  { "IK1", "<- s", { "-> e, s", "<- e, ee, se, es" } },
  { "I1K1", "<- s", { "-> e, s", "<- e, ee, es", "-> se" } },
  { "I1X", "", { "-> e, s", "<- e, ee, s, es", "-> se" } },
  { "IX1", "", { "-> e, s", "<- e, ee, se, s", "-> es" } },
  { "I1X1", "", { "-> e, s", "<- e, ee, s", "-> se, es" } },
};
/* clang-format on */

unsigned
claw_noise_pattern_count_messages (const ClawNoisePattern *pattern)
{
  unsigned n = 0;

  while (n < CLAW_NOISE_MESSAGES_MAX && pattern->messages[n] != NULL)
    n++;
  return n;
}

static const ClawNoisePattern *
find_base (const char *name, size_t length)
{
  for (size_t i = 0; i < G_N_ELEMENTS (patterns); i++)
    if (strlen (patterns[i].name) == length && strncmp (patterns[i].name, name, length) == 0)
      return &patterns[i];
  return NULL;
}

/* Reads "psk0+psk2" up to @end; the numbers ascend, section 8 and 9.4. */
static gboolean
read_modifiers (const char *text, const char *end, unsigned n_messages, unsigned *psks)
{
  *psks = 0;
  while (text < end)
    {
      if (end - text < 4 || strncmp (text, "psk", 3) != 0)
        return FALSE;
      unsigned number = (unsigned) (text[3] - '0');
      if (number > n_messages || *psks >> number != 0)
        return FALSE;

      *psks |= 1u << number;
      text += 4;
      if (text == end)
        return TRUE;
      if (*text++ != '+')
        return FALSE;
    }
  return *psks == 0;
}

const ClawNoisePattern *
claw_noise_pattern_find (const char *protocol, unsigned *psks)
{
  g_return_val_if_fail (protocol != NULL && psks != NULL, NULL);

  if (!g_str_has_prefix (protocol, PREFIX) || !g_str_has_suffix (protocol, SUFFIX))
    return NULL;
  if (strlen (protocol) < strlen (PREFIX) + strlen (SUFFIX))
    return NULL;

  const char *base = protocol + strlen (PREFIX);
  const char *end = protocol + strlen (protocol) - strlen (SUFFIX);
  const char *modifiers = base;
  while (modifiers < end && (g_ascii_isupper (*modifiers) || g_ascii_isdigit (*modifiers)))
    modifiers++;

  const ClawNoisePattern *pattern = find_base (base, (size_t) (modifiers - base));
  if (pattern == NULL
      || !read_modifiers (modifiers, end, claw_noise_pattern_count_messages (pattern), psks))
    return NULL;
  return pattern;
}
