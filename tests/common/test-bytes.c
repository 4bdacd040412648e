/* test-bytes.c: the bounded reader and writer. */
#include "claw-bytes.h"

#include <string.h>

/* What one side writes the other reads, integers in network order. */
static void
test_round_trip (void)
{
  static const uint8_t expected[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                      0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 'h',  'i' };
  uint8_t buffer[sizeof expected];
  char text[2];
  ClawWriter writer;
  ClawReader reader;

  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_writer_u8 (&writer, 0x01);
  claw_writer_u16 (&writer, 0x0203);
  claw_writer_u32 (&writer, 0x04050607);
  claw_writer_u64 (&writer, G_GUINT64_CONSTANT (0x08090a0b0c0d0e0f));
  g_assert_cmpuint (claw_writer_left (&writer), ==, 2);
  claw_writer_bytes (&writer, "hi", 2);
  g_assert_false (writer.failed);
  g_assert_cmpmem (buffer, writer.used, expected, sizeof expected);

  claw_reader_init (&reader, buffer, sizeof buffer);
  g_assert_cmphex (claw_reader_u8 (&reader), ==, 0x01);
  g_assert_cmphex (claw_reader_u16 (&reader), ==, 0x0203);
  g_assert_cmphex (claw_reader_u32 (&reader), ==, 0x04050607);
  g_assert_cmphex (claw_reader_u64 (&reader), ==, G_GUINT64_CONSTANT (0x08090a0b0c0d0e0f));
  g_assert_false (claw_reader_at_end (&reader));
  g_assert_true (claw_reader_copy (&reader, text, sizeof text));
  g_assert_cmpmem (text, sizeof text, "hi", 2);
  g_assert_true (claw_reader_at_end (&reader));
}

/* The examples of RFC 9000 appendix A.1, and the edges between the lengths, both ways. */
static void
test_varint (void)
{
  static const struct
  {
    uint64_t value;
    const char *bytes;
    size_t length;
  } table[] = {
    { 0, "\x00", 1 },
    { 37, "\x25", 1 },
    { 63, "\x3f", 1 },
    { 64, "\x40\x40", 2 },
    { 15293, "\x7b\xbd", 2 },
    { 16383, "\x7f\xff", 2 },
    { 16384, "\x80\x00\x40\x00", 4 },
    { 494878333, "\x9d\x7f\x3e\x7d", 4 },
    { 1073741823, "\xbf\xff\xff\xff", 4 },
    { 1073741824, "\xc0\x00\x00\x00\x40\x00\x00\x00", 8 },
    { G_GUINT64_CONSTANT (151288809941952652), "\xc2\x19\x7c\x5e\xff\x14\xe8\x8c", 8 },
    { CLAW_VARINT_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff", 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      uint8_t buffer[8];
      ClawWriter writer;
      ClawReader reader;

      claw_writer_init (&writer, buffer, sizeof buffer);
      claw_writer_varint (&writer, table[i].value);
      g_assert_cmpmem (buffer, writer.used, table[i].bytes, table[i].length);
      g_assert_cmpuint (claw_varint_size (table[i].value), ==, table[i].length);

      claw_reader_init (&reader, table[i].bytes, table[i].length);
      g_assert_cmpuint (claw_reader_varint (&reader), ==, table[i].value);
      g_assert_true (claw_reader_at_end (&reader));

      claw_reader_init (&reader, table[i].bytes, table[i].length - 1);
      g_assert_cmpuint (claw_reader_varint (&reader), ==, 0);
      g_assert_true (reader.failed);
    }
}

/* A longer form than needed is the same number: RFC 9000 allows it. */
static void
test_varint_long_form (void)
{
  ClawReader reader;

  claw_reader_init (&reader, "\x40\x25", 2);
  g_assert_cmpuint (claw_reader_varint (&reader), ==, 37);
  g_assert_true (claw_reader_at_end (&reader));
}

/* One more than 62 bits hold is not written, nor is anything after it. */
static void
test_varint_too_large (void)
{
  uint8_t buffer[16];
  ClawWriter writer;

  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_writer_varint (&writer, CLAW_VARINT_MAX + 1);
  claw_writer_u8 (&writer, 1);
  g_assert_true (writer.failed);
  g_assert_cmpuint (writer.used, ==, 0);
  g_assert_cmpuint (claw_writer_left (&writer), ==, 0);
}

/* The first step over the end fails for good, although a smaller step would still fit. */
static void
test_reader_sticky (void)
{
  const uint8_t input[3] = { 1, 2, 3 };
  uint8_t copy[4] = { 9, 9, 9, 9 };
  ClawReader reader;

  claw_reader_init (&reader, input, sizeof input);
  g_assert_cmpuint (claw_reader_u32 (&reader), ==, 0);
  g_assert_true (reader.failed);
  g_assert_cmpuint (reader.left, ==, 0);
  g_assert_cmpuint (claw_reader_u8 (&reader), ==, 0);
  g_assert_null (claw_reader_bytes (&reader, 0));
  g_assert_false (claw_reader_copy (&reader, copy, sizeof copy));
  g_assert_cmpmem (copy, sizeof copy, "\0\0\0\0", 4);
  g_assert_false (claw_reader_at_end (&reader));
}

/* Lengths near SIZE_MAX do not wrap around. */
static void
test_huge_lengths (void)
{
  uint8_t buffer[4] = { 0 };
  ClawReader reader;
  ClawWriter writer;

  claw_reader_init (&reader, buffer, sizeof buffer);
  claw_reader_u8 (&reader);
  g_assert_null (claw_reader_bytes (&reader, SIZE_MAX));
  g_assert_true (reader.failed);

  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_writer_u8 (&writer, 1);
  g_assert_null (claw_writer_reserve (&writer, SIZE_MAX));
  g_assert_true (writer.failed);
}

/* An empty input is at its end at once, and reading nothing from it is no failure. */
static void
test_empty (void)
{
  ClawReader reader;

  claw_reader_init (&reader, NULL, 0);
  g_assert_true (claw_reader_at_end (&reader));
  g_assert_nonnull (claw_reader_bytes (&reader, 0));
  g_assert_true (claw_reader_at_end (&reader));
  claw_reader_varint (&reader);
  g_assert_true (reader.failed);
}

/* A writer that is full neither writes a part nor anything behind its end. */
static void
test_writer_full (void)
{
  uint8_t buffer[4] = { 0xaa, 0xaa, 0xaa, 0xaa };
  ClawWriter writer;

  claw_writer_init (&writer, buffer, 3);
  claw_writer_u16 (&writer, 0x0102);
  claw_writer_u16 (&writer, 0x0304);
  g_assert_true (writer.failed);
  g_assert_cmpuint (writer.used, ==, 2);
  g_assert_cmpmem (buffer, 4, "\x01\x02\xaa\xaa", 4);
  g_assert_null (claw_writer_reserve (&writer, 1));
}

/* Reserved bytes lie between what was written before and after. */
static void
test_writer_reserve (void)
{
  uint8_t buffer[4];
  ClawWriter writer;

  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_writer_u8 (&writer, 1);
  uint8_t *reserved = claw_writer_reserve (&writer, 2);
  claw_writer_u8 (&writer, 4);
  g_assert_true (reserved == buffer + 1);
  memcpy (reserved, "\x02\x03", 2);
  g_assert_cmpmem (buffer, writer.used, "\x01\x02\x03\x04", 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bytes/integers/round-trip", test_round_trip);
  g_test_add_func ("/bytes/varint/table", test_varint);
  g_test_add_func ("/bytes/varint/long-form", test_varint_long_form);
  g_test_add_func ("/bytes/varint/too-large", test_varint_too_large);
  g_test_add_func ("/bytes/reader/sticky", test_reader_sticky);
  g_test_add_func ("/bytes/huge-lengths/refused", test_huge_lengths);
  g_test_add_func ("/bytes/reader/empty", test_empty);
  g_test_add_func ("/bytes/writer/full", test_writer_full);
  g_test_add_func ("/bytes/writer/reserve", test_writer_reserve);
  return g_test_run ();
}
