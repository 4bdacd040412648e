/* read-sec.c: prints the shared secret of a .sec file in hexadecimal, for the test that looks for
 * it in logs: read-sec FILE BOOTSTRAP-KEY-FILE */
#include "claw-bootstrap-key.h"
#include "claw-sec-file.h"

#include <stdio.h>

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawBootstrapKey) key = NULL;
  g_autoptr (ClawSecFile) file = NULL;

  if (argc != 3)
    return 2;
  key = claw_bootstrap_key_find (argv[2], &error);
  file = key == NULL ? NULL : claw_sec_file_load (argv[1], key, &error);
  if (file == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  for (unsigned i = 0; i < CLAW_KEY_SIZE; i++)
    printf ("%02x", file->shared_secret.bytes[i]);
  return 0;
}
