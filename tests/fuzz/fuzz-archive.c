/* fuzz-archive.c: any bytes as a row of an archive, and as the file that says where the key is. */
#include "claw-archived-message.h"
#include "claw-keyring-file.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What could be read can be written again, and is then the same. */
static void
check_message (const uint8_t *data, size_t size)
{
  g_autoptr (ClawArchivedMessage) archived = claw_archived_message_read (1, data, size);
  if (!archived)
    return;
  g_autoptr (GByteArray) bytes = claw_archived_message_write (archived);
  g_autoptr (ClawArchivedMessage) again = claw_archived_message_read (1, bytes->data, bytes->len);
  g_assert_nonnull (again);
  g_assert_cmpstr (claw_message_get_text (again->message, NULL), ==,
                   claw_message_get_text (archived->message, NULL));
  g_assert_cmpint (again->state, ==, archived->state);
}

static void
check_file (const uint8_t *data, size_t size)
{
  uint8_t bytes[CLAW_KEYRING_FILE_SIZE_MAX];
  ClawKeyringFile file;
  if (!claw_keyring_file_read (&file, data, size))
    return;
  g_assert_cmpmem (bytes, claw_keyring_file_write (&file, bytes), data, size);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  check_message (data, size);
  check_file (data, size);
  return 0;
}
