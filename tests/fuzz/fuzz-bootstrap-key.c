/* fuzz-bootstrap-key.c: any bytes as the text of a bootstrap key. */
#include "claw-bootstrap-key.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new (text, &error);

  g_assert_true ((key == NULL) == (error != NULL));
  if (key == NULL)
    return 0;

  /* The text without the white space around it is the same key. */
  const char *stripped = claw_bootstrap_key_peek_text (key);
  g_autoptr (ClawBootstrapKey) again = claw_bootstrap_key_new (stripped, NULL);
  g_assert_nonnull (again);
  g_assert_cmpstr (claw_bootstrap_key_peek_text (again), ==, stripped);
  g_assert_true (claw_bootstrap_key_is_passphrase (key)
                 == claw_bootstrap_key_is_passphrase (again));
  return 0;
}
