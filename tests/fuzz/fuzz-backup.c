/* fuzz-backup.c: any bytes as a backup: its header, and, since no fuzzer finds a passphrase, as
 * what is inside. What could be read holds nothing but a server's files. */
#include "claw-backup.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;

  claw_secret_init ();
  g_assert_true (claw_backup_probe (data, size, &error) == (error == NULL));
  g_clear_error (&error);
  g_autoptr (ClawBackup) backup = claw_backup_parse (data, size, &error);
  g_assert_true ((backup == NULL) == (error != NULL));
  for (unsigned at = 0; backup != NULL && at < claw_backup_get_count (backup); at++)
    {
      const ClawBackupEntry *entry = claw_backup_get (backup, at);

      g_assert_true (claw_backup_is_name (entry->name));
      g_assert_true (claw_backup_find (backup, entry->name) == entry);
      g_assert_cmpuint (entry->length, <, size);
    }
  return 0;
}
