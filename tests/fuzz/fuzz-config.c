/* fuzz-config.c: any bytes as server.yaml and as client.yaml; they are read, or all faults are told
 * with their places. */
#include "claw-client-config.h"
#include "claw-config.h"
#include "claw-server-config.h"
#include "fuzz-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *path = fuzz_file_make (data, size);
  g_autoptr (GError) server_error = NULL;
  g_autoptr (GError) client_error = NULL;
  g_autoptr (ClawServerConfig) server = claw_server_config_load (path, &server_error);
  g_autoptr (ClawClientConfig) client = claw_client_config_load (path, &client_error);

  g_assert_true ((server == NULL) == (server_error != NULL));
  g_assert_true ((client == NULL) == (client_error != NULL));
  if (server_error != NULL)
    g_assert_true (g_utf8_validate (server_error->message, -1, NULL));
  g_unlink (path);
  return 0;
}
