/* claw-bytes.c: the bounded reader and writer.
 *
 * All steps go through one function each, take () and claw_writer_reserve (), so that there is one
 * place to get the bounds right. Integers are in network order.
 */
#include "claw-bytes.h"

#include <string.h>

/* Returns: @length bytes of the input, or NULL and the reader has failed for good. */
static const uint8_t *
take (ClawReader *reader, size_t length)
{
  if (reader->failed || length > reader->left)
    {
      reader->failed = TRUE;
      reader->left = 0;
      return NULL;
    }

  const uint8_t *start = reader->data;
  reader->data += length;
  reader->left -= length;
  return start;
}

static uint64_t
read_integer (ClawReader *reader, size_t size)
{
  const uint8_t *bytes = take (reader, size);
  uint64_t value = 0;

  if (bytes == NULL)
    return 0;

  for (size_t i = 0; i < size; i++)
    value = value << 8 | bytes[i];
  return value;
}

static void
write_integer (ClawWriter *writer, size_t size, uint64_t value)
{
  uint8_t *bytes = claw_writer_reserve (writer, size);

  if (bytes == NULL)
    return;

  for (size_t i = size; i > 0; i--, value >>= 8)
    bytes[i - 1] = (uint8_t) (value & 0xff);
}

void
claw_reader_init (ClawReader *reader, const void *data, size_t length)
{
  g_return_if_fail (reader != NULL);
  g_return_if_fail (data != NULL || length == 0);

  /* Never NULL, so that reading zero bytes of an empty input does not look like a failure. */
  reader->data = data != NULL ? data : (const uint8_t *) "";
  reader->left = length;
  reader->failed = FALSE;
}

uint8_t
claw_reader_u8 (ClawReader *reader)
{
  return (uint8_t) read_integer (reader, 1);
}

uint16_t
claw_reader_u16 (ClawReader *reader)
{
  return (uint16_t) read_integer (reader, 2);
}

uint32_t
claw_reader_u32 (ClawReader *reader)
{
  return (uint32_t) read_integer (reader, 4);
}

uint64_t
claw_reader_u64 (ClawReader *reader)
{
  return read_integer (reader, 8);
}

uint64_t
claw_reader_varint (ClawReader *reader)
{
  /* The two highest bits of the first byte are the logarithm of the length. */
  size_t size = reader->left > 0 ? (size_t) 1 << (reader->data[0] >> 6) : 1;
  uint64_t value = read_integer (reader, size);

  return value & ((UINT64_C (1) << (8 * size - 2)) - 1);
}

const uint8_t *
claw_reader_bytes (ClawReader *reader, size_t length)
{
  return take (reader, length);
}

gboolean
claw_reader_copy (ClawReader *reader, void *destination, size_t length)
{
  const uint8_t *bytes = take (reader, length);

  if (length == 0)
    return bytes != NULL;

  if (bytes == NULL)
    {
      memset (destination, 0, length);
      return FALSE;
    }

  memcpy (destination, bytes, length);
  return TRUE;
}

gboolean
claw_reader_at_end (const ClawReader *reader)
{
  return !reader->failed && reader->left == 0;
}

void
claw_writer_init (ClawWriter *writer, void *data, size_t size)
{
  g_return_if_fail (writer != NULL);
  g_return_if_fail (data != NULL || size == 0);

  writer->data = data;
  writer->size = size;
  writer->used = 0;
  writer->failed = FALSE;
}

void
claw_writer_u8 (ClawWriter *writer, uint8_t value)
{
  write_integer (writer, 1, value);
}

void
claw_writer_u16 (ClawWriter *writer, uint16_t value)
{
  write_integer (writer, 2, value);
}

void
claw_writer_u32 (ClawWriter *writer, uint32_t value)
{
  write_integer (writer, 4, value);
}

void
claw_writer_u64 (ClawWriter *writer, uint64_t value)
{
  write_integer (writer, 8, value);
}

void
claw_writer_varint (ClawWriter *writer, uint64_t value)
{
  if (value > CLAW_VARINT_MAX)
    {
      writer->failed = TRUE;
      return;
    }

  size_t size = claw_varint_size (value);
  uint64_t log2_size = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
  write_integer (writer, size, value | log2_size << (8 * size - 2));
}

void
claw_writer_bytes (ClawWriter *writer, const void *data, size_t length)
{
  if (length == 0)
    return;

  uint8_t *destination = claw_writer_reserve (writer, length);
  if (destination != NULL)
    memcpy (destination, data, length);
}

uint8_t *
claw_writer_reserve (ClawWriter *writer, size_t length)
{
  if (length > claw_writer_left (writer))
    writer->failed = TRUE;
  if (writer->failed || writer->data == NULL)
    return NULL;

  uint8_t *start = writer->data + writer->used;
  writer->used += length;
  return start;
}

size_t
claw_writer_left (const ClawWriter *writer)
{
  return writer->failed ? 0 : writer->size - writer->used;
}

size_t
claw_varint_size (uint64_t value)
{
  if (value < UINT64_C (1) << 6)
    return 1;
  if (value < UINT64_C (1) << 14)
    return 2;
  if (value < UINT64_C (1) << 30)
    return 4;
  return 8;
}
