/* test-frame.c: frames by their bytes, both ways, and what is no frame. */
#include "claw-frame.h"

#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"

static gboolean
read_one (const char *bytes, size_t length, ClawFrame *frame, gboolean *at_end)
{
  ClawReader reader;

  claw_reader_init (&reader, bytes, length);
  gboolean is_frame = claw_frame_read (&reader, frame);
  *at_end = claw_reader_at_end (&reader);
  return is_frame;
}

/* Each type has the bytes that PROTOCOL.md gives it. */
static void
test_bytes (void)
{
  static const struct
  {
    const char *bytes;
    size_t length;
    ClawFrameType type;
    gboolean is_ack_eliciting;
  } table[] = {
    { "\x00", 1, CLAW_FRAME_PADDING, FALSE },
    { "\x00\x00\x00", 3, CLAW_FRAME_PADDING, FALSE },
    { "\x01", 1, CLAW_FRAME_PING, TRUE },
    { "\x02\x05\x00\x00\x05", 5, CLAW_FRAME_ACK, FALSE },
    { "\x02\x0a\x01\x01\x00\x02\x03", 7, CLAW_FRAME_ACK, FALSE },
    { "\x03"
      "12345678",
      9, CLAW_FRAME_PATH_CHALLENGE, TRUE },
    { "\x04"
      "12345678",
      9, CLAW_FRAME_PATH_RESPONSE, TRUE },
    { "\x05\x0f\x40\x40\x03"
      "abc",
      8, CLAW_FRAME_STREAM, TRUE },
    { "\x05\x00\x00\x00", 4, CLAW_FRAME_STREAM, TRUE },
    { "\x06\x02\x80\x04\x00\x00", 6, CLAW_FRAME_MAX_STREAM_DATA, TRUE },
    { "\x07\x08", 2, CLAW_FRAME_CLOSE, FALSE },
    { "\x08\x05\x00\x00\x05\x01\x02\x40\x40", 9, CLAW_FRAME_ACK_ECN, FALSE },
    { "\x09\x03"
      "abc",
      5, CLAW_FRAME_DATAGRAM, TRUE },
    { "\x0a\x01" KEY, 34, CLAW_FRAME_REKEY, TRUE },
    { "\x0b\x40\x50\x05\xc0\x01" KEY, 38, CLAW_FRAME_PORT, TRUE },
    { "\x0c"
      "12345678\x01",
      10, CLAW_FRAME_PROBE, FALSE },
    { "\x0d"
      "12345678\x04\xc0\x00\x02\x01\x9c\x40\xc0\x01",
      18, CLAW_FRAME_REPORT, FALSE },
    { "\x0d"
      "12345678\x06"
      "0123456789abcdef\x9c\x40\x00\x00",
      30, CLAW_FRAME_REPORT, FALSE },
    { "\x0e\x40\x6e", 3, CLAW_FRAME_QUIET, TRUE },
    { "\x0f\x00", 2, CLAW_FRAME_COMPROMISED, FALSE },
    { "\x0f\x01", 2, CLAW_FRAME_COMPROMISED, FALSE },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawFrame frame;
      gboolean at_end;

      g_assert_true (read_one (table[i].bytes, table[i].length, &frame, &at_end));
      g_assert_true (at_end);
      g_assert_cmpint (frame.type, ==, table[i].type);
      g_assert_cmpint (claw_frame_is_ack_eliciting (frame.type), ==, table[i].is_ack_eliciting);
      /* Cut anywhere, it is no frame any more; a run of padding is only shorter. */
      for (size_t cut = 0; cut < table[i].length; cut++)
        g_assert_cmpint (read_one (table[i].bytes, cut, &frame, &at_end), ==,
                         cut > 0 && table[i].type == CLAW_FRAME_PADDING);
    }
}

/* What no peer of ours sends breaks the protocol. */
static void
test_malformed (void)
{
  static const struct
  {
    const char *bytes;
    size_t length;
    const char *what;
  } table[] = {
    { "\x10", 1, "unknown type" },
    { "\x0f\x02", 2, "unknown kind" },
    { "\x09\x03"
      "ab",
      4, "length beyond the record" },
    { "\x0b\x01\x05\x00\x00" KEY, 37, "port 0" },
    { "\x0c"
      "12345678\x02",
      10, "unknown flag" },
    { "\x0d"
      "12345678\x05\xc0\x00\x02\x01\x9c\x40\xc0\x01",
      18, "unknown family" },
    { "\xff", 1, "unknown type" },
    { "\x02\x05\x00\x00\x06", 5, "first range below zero" },
    { "\x02\x0a\x00\x01\x00\x09\x00", 7, "gap below zero" },
    { "\x02\x0a\x00\x01\x00\x02\x07", 7, "second range below zero" },
    { "\x02\x0a\x00\x40\x40\x00", 6, "too many ranges" },
    { "\x05\x10\x00\x00", 4, "stream 16" },
    { "\x05\x00\xff\xff\xff\xff\xff\xff\xff\xff\x01"
      "a",
      12, "end beyond 2^62" },
    { "\x05\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11, "length beyond the record" },
    { "\x06\x10\x00", 3, "stream 16" },
    { "\x07\x09", 2, "unknown code" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (table); i++)
    {
      ClawFrame frame;
      gboolean at_end;

      g_test_message ("%s", table[i].what);
      g_assert_false (read_one (table[i].bytes, table[i].length, &frame, &at_end));
    }
}

/* What is written is read again. */
static void
test_round_trip (void)
{
  uint8_t buffer[256];
  ClawWriter writer;
  ClawReader reader;
  ClawFrame frame;

  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_frame_write_ping (&writer);
  claw_frame_write_path (&writer, CLAW_FRAME_PATH_RESPONSE, (const uint8_t *) "abcdefgh");
  memcpy (claw_frame_write_stream (&writer, 3, 1000000, 5), "hello", 5);
  claw_frame_write_max_stream_data (&writer, 15, CLAW_VARINT_MAX);
  claw_frame_write_close (&writer, CLAW_CLOSE_CODE_SHUTDOWN);
  g_assert_false (writer.failed);

  claw_reader_init (&reader, buffer, writer.used);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpint (frame.type, ==, CLAW_FRAME_PING);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpint (frame.type, ==, CLAW_FRAME_PATH_RESPONSE);
  g_assert_cmpmem (frame.challenge, 8, "abcdefgh", 8);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpuint (frame.stream.id, ==, 3);
  g_assert_cmpuint (frame.stream.offset, ==, 1000000);
  g_assert_cmpmem (frame.stream.data, frame.stream.length, "hello", 5);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpuint (frame.max_stream_data.id, ==, 15);
  g_assert_cmpuint (frame.max_stream_data.limit, ==, CLAW_VARINT_MAX);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpint (frame.close, ==, CLAW_CLOSE_CODE_SHUTDOWN);
  g_assert_true (claw_reader_at_end (&reader));
}

/* Frames about keys, ports and paths too. */
static void
test_round_trip_session (void)
{
  ClawFrameReport report = { .token = "question", .other_port = 50001 };
  const ClawFramePort port
      = { .slot = 472222, .interval_s = 3600, .port = 50000, .secret = (const uint8_t *) KEY };
  uint8_t buffer[256];
  ClawWriter writer;
  ClawReader reader;
  ClawFrame frame;

  g_assert_true (claw_address_parse ("[2001:db8::7]:40000", &report.seen));
  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_frame_write_datagram (&writer, "typing", 6);
  claw_frame_write_rekey (&writer, 7, (const uint8_t *) KEY);
  claw_frame_write_port (&writer, &port);
  claw_frame_write_probe (&writer, (const uint8_t *) "question", TRUE);
  claw_frame_write_report (&writer, &report);
  claw_frame_write_quiet (&writer, 110);
  claw_frame_write_compromised (&writer, CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT);
  g_assert_false (writer.failed);

  claw_reader_init (&reader, buffer, writer.used);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpmem (frame.datagram.data, frame.datagram.length, "typing", 6);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpuint (frame.rekey.epoch, ==, 7);
  g_assert_cmpmem (frame.rekey.public_key, 32, KEY, 32);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpuint (frame.port.slot, ==, port.slot);
  g_assert_cmpuint (frame.port.interval_s, ==, port.interval_s);
  g_assert_cmpuint (frame.port.port, ==, port.port);
  g_assert_cmpmem (frame.port.secret, 32, KEY, 32);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpmem (frame.probe.token, 8, "question", 8);
  g_assert_true (frame.probe.from_other);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpmem (frame.report.token, 8, "question", 8);
  g_assert_true (claw_address_equal (&frame.report.seen, &report.seen));
  g_assert_cmpuint (frame.report.other_port, ==, report.other_port);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpuint (frame.quiet_s, ==, 110);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpint (frame.type, ==, CLAW_FRAME_COMPROMISED);
  g_assert_cmpint (frame.compromised, ==, CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT);
  g_assert_true (claw_reader_at_end (&reader));
}

/* No frame is longer than its header says. */
static void
test_sizes (void)
{
  ClawFrameReport report = { .seen.family = CLAW_ADDRESS_IPV6 };
  const ClawFramePort port = { .slot = CLAW_VARINT_MAX,
                               .interval_s = CLAW_VARINT_MAX,
                               .port = 1,
                               .secret = (const uint8_t *) KEY };
  uint8_t buffer[256];
  ClawWriter writer;

  claw_writer_init (&writer, buffer, CLAW_FRAME_REKEY_SIZE);
  claw_frame_write_rekey (&writer, CLAW_VARINT_MAX, (const uint8_t *) KEY);
  g_assert_false (writer.failed);
  claw_writer_init (&writer, buffer, CLAW_FRAME_PORT_SIZE);
  claw_frame_write_port (&writer, &port);
  g_assert_false (writer.failed);
  claw_writer_init (&writer, buffer, CLAW_FRAME_PROBE_SIZE);
  claw_frame_write_probe (&writer, report.token, FALSE);
  g_assert_false (writer.failed);
  claw_writer_init (&writer, buffer, CLAW_FRAME_REPORT_SIZE);
  claw_frame_write_report (&writer, &report);
  g_assert_false (writer.failed);
  claw_writer_init (&writer, buffer, CLAW_FRAME_COMPROMISED_SIZE);
  claw_frame_write_compromised (&writer, CLAW_FRAME_COMPROMISED_SIGNAL);
  g_assert_false (writer.failed);
}

/* As many of the newest ranges as there is room for, never a torn frame; the delay in steps of 8
 * µs. */
static void
test_ack (void)
{
  const ClawEcnCounts counts = { .ect0 = 1000, .ect1 = 0, .ce = 70 };
  ClawRanges ranges;
  uint8_t buffer[1200];

  claw_ranges_init (&ranges, CLAW_FRAME_ACK_RANGES_MAX + 1);
  for (uint64_t i = 0; i <= CLAW_FRAME_ACK_RANGES_MAX; i++)
    g_assert_true (claw_ranges_add (&ranges, 1000 * i, 1000 * i + 1 + i));

  for (size_t size = 24; size < sizeof buffer; size++)
    {
      ClawWriter writer;
      ClawReader reader;
      ClawFrame frame;

      claw_writer_init (&writer, buffer, size);
      claw_frame_write_ack (&writer, &ranges, 12345, size % 2 == 0 ? &counts : NULL);
      g_assert_false (writer.failed);
      claw_reader_init (&reader, buffer, writer.used);
      g_assert_true (claw_frame_read (&reader, &frame));
      g_assert_true (claw_reader_at_end (&reader));
      g_assert_cmpint (frame.ack.delay_us, ==, 12344);
      g_assert_cmpint (frame.ack.has_counts, ==, size % 2 == 0);
      g_assert_cmpuint (frame.ack.counts.ce, ==, size % 2 == 0 ? counts.ce : 0);
      for (unsigned i = 0; i < frame.ack.n_ranges; i++)
        {
          g_assert_cmpuint (frame.ack.ranges[i].start, ==, ranges.items[ranges.n - 1 - i].start);
          g_assert_cmpuint (frame.ack.ranges[i].end, ==, ranges.items[ranges.n - 1 - i].end);
        }
      if (size == sizeof buffer - 1)
        g_assert_cmpuint (frame.ack.n_ranges, ==, CLAW_FRAME_ACK_RANGES_MAX);
    }
  claw_ranges_clear (&ranges);
}

/* A delay of any size does not overflow. */
static void
test_ack_delay (void)
{
  ClawFrame frame;
  gboolean at_end;

  g_assert_true (
      read_one ("\x02\x05\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00", 12, &frame, &at_end));
  g_assert_cmpint (frame.ack.delay_us, >, 0);
  g_assert_cmpint (frame.ack.delay_us, <=, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/frame/read/bytes", test_bytes);
  g_test_add_func ("/frame/read/malformed", test_malformed);
  g_test_add_func ("/frame/read/ack-delay", test_ack_delay);
  g_test_add_func ("/frame/write/round-trip", test_round_trip);
  g_test_add_func ("/frame/write/round-trip-session", test_round_trip_session);
  g_test_add_func ("/frame/write/sizes", test_sizes);
  g_test_add_func ("/frame/write/ack-room", test_ack);
  return g_test_run ();
}
