/* fuzz-frame.c: any bytes as the plaintext of a record; what can be read can be written again. */
#include "claw-frame.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_ack (const ClawFrameAck *ack)
{
  ClawRanges ranges;
  uint8_t buffer[2048];
  ClawWriter writer;
  ClawReader reader;
  ClawFrame again;

  claw_ranges_init (&ranges, CLAW_FRAME_ACK_RANGES_MAX);
  for (unsigned i = 0; i < ack->n_ranges; i++)
    {
      g_assert_cmpuint (ack->ranges[i].start, <, ack->ranges[i].end);
      g_assert_true (claw_ranges_add (&ranges, ack->ranges[i].start, ack->ranges[i].end));
    }
  claw_writer_init (&writer, buffer, sizeof buffer);
  claw_frame_write_ack (&writer, &ranges, ack->delay_us, ack->has_counts ? &ack->counts : NULL);
  claw_reader_init (&reader, buffer, writer.used);
  g_assert_true (claw_frame_read (&reader, &again));
  g_assert_cmpuint (again.ack.n_ranges, ==, ack->n_ranges);
  g_assert_cmpint (again.ack.delay_us, ==, ack->delay_us);
  g_assert_cmpuint (again.ack.counts.ce, ==, ack->counts.ce);
  claw_ranges_clear (&ranges);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  ClawReader reader;
  ClawFrame frame;

  claw_reader_init (&reader, data, size);
  while (reader.left > 0 && claw_frame_read (&reader, &frame))
    {
      if (frame.type == CLAW_FRAME_ACK || frame.type == CLAW_FRAME_ACK_ECN)
        check_ack (&frame.ack);
      if (frame.type == CLAW_FRAME_STREAM)
        {
          g_assert_true (frame.stream.data >= data);
          g_assert_true (frame.stream.data + frame.stream.length <= data + size);
        }
    }
  return 0;
}
