/* fuzz-saved-pairing.c: any bytes as a saved pairing, and as the content of one that was sealed
 * with the right key. */
#include "claw-saved-pairing.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What could be read can be written again, and is then the same. */
static void
check_again (const ClawSavedPairing *pairing, const ClawKey *key)
{
  uint8_t sealed[CLAW_SAVED_PAIRING_SIZE_MAX];
  g_autoptr (GError) error = NULL;
  size_t length = claw_saved_pairing_seal (pairing, key, sealed);
  g_autoptr (ClawSavedPairing) again = claw_saved_pairing_open (sealed, length, key, "again",
                                                                &error);

  g_assert_no_error (error);
  g_assert_cmpstr (again->server_id, ==, pairing->server_id);
  g_assert_cmpstr (again->server_name, ==, pairing->server_name);
  g_assert_cmpuint (again->n_addresses, ==, pairing->n_addresses);
  g_assert_cmpuint (again->ports.slot, ==, pairing->ports.slot);
  g_assert_cmpint (again->connected_us, ==, pairing->connected_us);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static ClawKey key;
  g_autoptr (GError) error = NULL;

  if (!claw_key_is_set (&key))
    claw_key_generate (&key);
  g_autoptr (ClawSavedPairing) sealed = claw_saved_pairing_open (data, size, &key, "x", &error);
  g_assert_true ((sealed == NULL) == (error != NULL));
  g_autoptr (ClawSavedPairing) pairing = claw_saved_pairing_parse (data, size);
  if (pairing != NULL)
    check_again (pairing, &key);
  return 0;
}
