/* fuzz-control.c: any bytes as a line of a control client. */
#include "claw-control-request.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (ClawControlRequest) request = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean good = claw_control_request_parse ((const char *) data, size, &request, &error);

  g_assert_true (good == (error == NULL));
  if (good && request.command == CLAW_CONTROL_SEND)
    g_assert_true (g_utf8_validate (request.text, -1, NULL));
  return 0;
}
