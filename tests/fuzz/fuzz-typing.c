/* fuzz-typing.c: any bytes as the datagram that tells who is typing. */
#include "claw-typing.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t again[CLAW_TYPING_SIZE_MAX];
  ClawTyping typing;
  g_autofree char *name = NULL;

  if (!claw_typing_read (&typing, data, size))
    return 0;
  g_assert_cmpuint (typing.name_length, <=, CLAW_MESSAGE_NAME_MAX);
  if (memchr (typing.name, '\0', typing.name_length) != NULL)
    return 0;
  name = g_strndup (typing.name, typing.name_length);
  g_assert_cmpmem (again, claw_typing_write (again, typing.is_typing, name), data, size);
  return 0;
}
