/* claw-bytes.h: the one bounded reader and the one bounded writer.
 *
 * Everything that comes from the network or from a file goes through ClawReader, everything that
 * goes onto the wire through ClawWriter. Both fail for good at the first step over the end
 * ("sticky"), so that a parser reads all its fields and asks once at the end.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct
{
  const uint8_t *data; /* next byte to read */
  size_t left;         /* bytes not read yet; 0 once failed */
  gboolean failed;
} ClawReader;

typedef struct
{
  uint8_t *data; /* start of the caller's buffer */
  size_t size;   /* its capacity */
  size_t used;   /* bytes written so far */
  gboolean failed;
} ClawWriter;

/* Largest value of a variable-length integer, RFC 9000 section 16. */
#define CLAW_VARINT_MAX ((UINT64_C (1) << 62) - 1)

void claw_reader_init (ClawReader *reader, const void *data, size_t length);
uint8_t claw_reader_u8 (ClawReader *reader);
uint16_t claw_reader_u16 (ClawReader *reader);
uint32_t claw_reader_u32 (ClawReader *reader);
uint64_t claw_reader_u64 (ClawReader *reader);
/* RFC 9000 section 16. */
uint64_t claw_reader_varint (ClawReader *reader);
/* Returns: (transfer none) (nullable): @length bytes inside the input, or NULL when there are
 * fewer. */
const uint8_t *claw_reader_bytes (ClawReader *reader, size_t length);
/* Copies @length bytes to @destination, which is zeroed on failure. */
gboolean claw_reader_copy (ClawReader *reader, void *destination, size_t length);
/* TRUE when nothing failed and every byte was read. */
gboolean claw_reader_at_end (const ClawReader *reader);

void claw_writer_init (ClawWriter *writer, void *data, size_t size);
void claw_writer_u8 (ClawWriter *writer, uint8_t value);
void claw_writer_u16 (ClawWriter *writer, uint16_t value);
void claw_writer_u32 (ClawWriter *writer, uint32_t value);
void claw_writer_u64 (ClawWriter *writer, uint64_t value);
void claw_writer_varint (ClawWriter *writer, uint64_t value);
void claw_writer_bytes (ClawWriter *writer, const void *data, size_t length);
/* Claims @length bytes for the caller to fill. Returns: (nullable): NULL when they do not fit. */
uint8_t *claw_writer_reserve (ClawWriter *writer, size_t length);
size_t claw_writer_left (const ClawWriter *writer);
/* Bytes that claw_writer_varint () needs for @value: 1, 2, 4 or 8. */
size_t claw_varint_size (uint64_t value);
