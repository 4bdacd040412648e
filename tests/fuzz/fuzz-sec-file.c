/* fuzz-sec-file.c: any bytes as a .sec file, and as the content of one that was sealed with the
 * right key. */
#include "claw-sec-envelope.h"
#include "claw-sec-file.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
try_open (const char *text, size_t length, const ClawBootstrapKey *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSecFile) file = claw_sec_file_open (text, length, key, &error);

  g_assert_true ((file == NULL) == (error != NULL));
  if (file == NULL)
    return;

  /* What could be read can be written again. */
  g_autofree char *again = claw_sec_file_seal (file, key, &error);
  g_assert_no_error (error);
  g_assert_nonnull (again);
  claw_sec_file_check_time (file, 1700000000, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static ClawBootstrapKey *key;
  g_autofree char *text = g_memdup2 (data, size);
  gboolean needs_passphrase;

  if (key == NULL)
    key = claw_bootstrap_key_generate ();
  if (size == 0)
    return 0;

  /* A random key never runs Argon2id, so a file that asks for it costs nothing here. */
  claw_sec_file_probe (text, size, &needs_passphrase, NULL);
  try_open (text, size, key);
  if (size <= CLAW_SEC_ENVELOPE_PLAINTEXT_MAX)
    {
      g_autofree char *sealed = claw_sec_envelope_seal (text, size, key, NULL);
      try_open (sealed, strlen (sealed), key);
    }
  return 0;
}
