/* make-sec.c: writes a .sec file that ended a while ago, for the tests of the window.
 *
 *   make-sec FILE PASSPHRASE MINUTES
 *
 * MINUTES: since when the file is over. Nobody listens where it says that the server is.
 */
#include "claw-file.h"
#include "claw-sec-file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main (int argc, char **argv)
{
  if (argc != 4)
    return 64;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_new (argv[2], &error);
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  claw_key_generate (&file->shared_secret);
  memset (file->server_public_key, 9, sizeof file->server_public_key);
  file->server_id = g_strdup ("vault");
  file->server_name = g_strdup ("Vault");
  file->valid_until_s = g_get_real_time () / G_USEC_PER_SEC - 60 * atoi (argv[3]);
  file->timestamp_s = file->valid_until_s - 660;
  if (!claw_address_parse_ip ("127.0.0.1", 9, &file->server))
    return 70;
  g_autofree char *text = key ? claw_sec_file_seal (file, key, &error) : NULL;
  if (!text || !claw_file_write (argv[1], text, strlen (text), &error))
    {
      fprintf (stderr, "make-sec: %s\n", error->message);
      return 74;
    }
  return 0;
}
