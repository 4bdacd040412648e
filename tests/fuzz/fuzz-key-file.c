/* fuzz-key-file.c: any bytes as a file with a secret. */
#include "claw-key-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (ClawKey) key = { 0 };
  ClawKeyFileResult result = claw_key_file_parse (&key, (const char *) data, size);

  g_assert_true (claw_key_is_set (&key) == (result == CLAW_KEY_FILE_GOOD));
  return 0;
}
