/* fuzz-pairings.c: any bytes as the server's list of pairings; what could be read can be written,
 * and is then the same. */
#include "claw-pairings.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *path = fuzz_file_make (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawPairings) pairings = claw_pairings_load (path, &error);

  g_assert_true ((pairings == NULL) == (error != NULL));
  if (pairings != NULL)
    {
      g_assert_true (claw_pairings_save (pairings, &error));
      g_assert_no_error (error);
      g_autoptr (ClawPairings) again = claw_pairings_load (path, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (claw_pairings_get_count (again), ==, claw_pairings_get_count (pairings));
    }
  g_unlink (path);
  return 0;
}
