/* claw-typing.c: see claw-typing.h. */
#include "claw-typing.h"

#include "claw-bytes.h"

#include <string.h>

size_t
claw_typing_write (uint8_t bytes[CLAW_TYPING_SIZE_MAX], gboolean is_typing, const char *name)
{
  size_t length = strlen (name);
  ClawWriter writer;

  g_assert (length <= CLAW_MESSAGE_NAME_MAX);
  claw_writer_init (&writer, bytes, CLAW_TYPING_SIZE_MAX);
  claw_writer_u8 (&writer, CLAW_TYPING_KIND);
  claw_writer_u8 (&writer, is_typing ? 1 : 0);
  claw_writer_bytes (&writer, name, length);
  return writer.used;
}

gboolean
claw_typing_read (ClawTyping *typing, const uint8_t *bytes, size_t length)
{
  ClawReader reader;
  uint8_t kind;
  uint8_t state;

  claw_reader_init (&reader, bytes, length);
  kind = claw_reader_u8 (&reader);
  state = claw_reader_u8 (&reader);
  if (reader.failed || kind != CLAW_TYPING_KIND || state > 1 || reader.left > CLAW_MESSAGE_NAME_MAX)
    return FALSE;
  typing->is_typing = state == 1;
  typing->name_length = reader.left;
  typing->name = (const char *) claw_reader_bytes (&reader, reader.left);
  return TRUE;
}

gboolean
claw_typing_gate_pass (ClawTypingGate *gate, gboolean is_typing, gint64 now_us)
{
  if (!is_typing)
    {
      gboolean passes = gate->is_typing;

      gate->is_typing = FALSE;
      return passes;
    }
  if (gate->began_us != 0 && now_us >= gate->began_us
      && now_us - gate->began_us < CLAW_TYPING_GATE_US)
    return FALSE;
  gate->is_typing = TRUE;
  gate->began_us = now_us;
  return TRUE;
}
