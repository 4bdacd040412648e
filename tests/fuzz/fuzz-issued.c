/* fuzz-issued.c: any bytes as the record of a .sec file; what could be read can be written, and is
 * then the same. */
#include "claw-issued.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static char *directory;
  g_autoptr (GError) error = NULL;

  claw_secret_init ();
  if (directory == NULL)
    directory = g_dir_make_tmp ("clawchat-fuzz-XXXXXX", NULL);
  const char *path = fuzz_file_make (data, size);
  g_autoptr (ClawIssued) issued = claw_issued_load (path, "/security", &error);

  g_assert_true ((issued == NULL) == (error != NULL));
  if (issued != NULL)
    {
      g_autofree char *record = claw_issued_get_record_path (issued, directory);

      g_assert_true (claw_issued_save (issued, directory, &error));
      g_assert_no_error (error);
      g_autoptr (ClawIssued) again = claw_issued_load (record, "/security", &error);
      g_assert_no_error (error);
      g_assert_cmpstr (again->id, ==, issued->id);
      g_assert_cmpstr (again->path, ==, issued->path);
      g_assert_cmpuint (again->n_ports, ==, issued->n_ports);
      g_unlink (record);
    }
  g_unlink (path);
  return 0;
}
