/* test-send-stream.c: the sending half of a stream. */
#include "claw-send-stream.h"

#include <string.h>

/* Sends at most @max bytes. Returns: how many; the offset is added to @log. */
static size_t
send (ClawSendStream *stream, size_t max, GString *log)
{
  uint8_t data[4096];
  uint64_t offset;
  size_t length;

  if (!claw_send_stream_peek (stream, MIN (max, sizeof data), &offset, &length))
    return 0;
  claw_send_stream_take (stream, offset, data, length);
  for (size_t i = 0; i < length; i++)
    g_assert_cmpuint (data[i], ==, (uint8_t) (offset + i));
  if (log != NULL)
    g_string_append_printf (log, "%u+%u ", (unsigned) offset, (unsigned) length);
  return length;
}

/* Bytes whose value is their offset. */
static size_t
write_bytes (ClawSendStream *stream, size_t length)
{
  g_autofree uint8_t *data = g_malloc (length);

  for (size_t i = 0; i < length; i++)
    data[i] = (uint8_t) (stream->written + i);
  return claw_send_stream_write (stream, data, length, CLAW_STREAM_WINDOW);
}

/* Lost parts go first, acknowledged ones never again, and an empty stream holds no memory. */
static void
test_loss (void)
{
  g_autoptr (GString) log = g_string_new (NULL);
  ClawSendStream stream;

  claw_send_stream_init (&stream);
  g_assert_cmpuint (write_bytes (&stream, 1000), ==, 1000);
  for (unsigned i = 0; i < 4; i++)
    send (&stream, 100, log);
  claw_send_stream_on_acknowledged (&stream, 100, 100);
  claw_send_stream_on_lost (&stream, 0, 400);
  g_assert_cmpuint (stream.acknowledged, ==, 0);
  send (&stream, 60, log);
  send (&stream, 60, log);
  send (&stream, 1000, log);
  send (&stream, 1000, log);
  g_assert_cmpstr (log->str, ==, "0+100 100+100 200+100 300+100 0+60 60+40 200+200 400+600 ");
  g_assert_cmpuint (send (&stream, 1000, log), ==, 0);
  g_assert_cmpuint (stream.sent, ==, 1000);

  claw_send_stream_on_acknowledged (&stream, 0, 100);
  g_assert_cmpuint (stream.acknowledged, ==, 200);
  claw_send_stream_on_lost (&stream, 0, 100);
  g_assert_cmpuint (send (&stream, 1000, log), ==, 0);
  claw_send_stream_on_acknowledged (&stream, 150, 850);
  g_assert_cmpuint (stream.acknowledged, ==, 1000);
  g_assert_null (stream.ring.bytes);
  g_assert_null (stream.acked.items);
  claw_send_stream_clear (&stream);
}

/* An ACK that comes after the part was called lost takes it back. */
static void
test_late_ack (void)
{
  ClawSendStream stream;

  claw_send_stream_init (&stream);
  write_bytes (&stream, 300);
  send (&stream, 300, NULL);
  claw_send_stream_on_lost (&stream, 100, 200);
  claw_send_stream_on_acknowledged (&stream, 100, 200);
  g_assert_cmpuint (send (&stream, 300, NULL), ==, 0);
  claw_send_stream_clear (&stream);
}

/* The peer's limit holds until it is raised; an old limit does not lower it. */
static void
test_limit (void)
{
  ClawSendStream stream;
  size_t total = 0, length;

  claw_send_stream_init (&stream);
  write_bytes (&stream, CLAW_STREAM_WINDOW);
  while ((length = send (&stream, 4096, NULL)) > 0)
    total += length;
  claw_send_stream_on_acknowledged (&stream, 0, CLAW_STREAM_WINDOW);
  write_bytes (&stream, 1000);
  g_assert_cmpuint (total, ==, CLAW_STREAM_WINDOW);
  g_assert_cmpuint (send (&stream, 4096, NULL), ==, 0);
  claw_send_stream_raise_limit (&stream, CLAW_STREAM_WINDOW + 10);
  claw_send_stream_raise_limit (&stream, 10);
  g_assert_cmpuint (send (&stream, 4096, NULL), ==, 10);
  claw_send_stream_clear (&stream);
}

/* One byte more than the buffer is not taken. */
static void
test_buffer (void)
{
  ClawSendStream stream;

  claw_send_stream_init (&stream);
  g_assert_cmpuint (write_bytes (&stream, CLAW_STREAM_WINDOW + 1), ==, CLAW_STREAM_WINDOW);
  g_assert_cmpuint (write_bytes (&stream, 1), ==, 0);
  send (&stream, 10, NULL);
  claw_send_stream_on_acknowledged (&stream, 0, 10);
  g_assert_cmpuint (write_bytes (&stream, 100), ==, 10);
  /* A buffer that may be smaller now, or larger. */
  g_assert_cmpuint (claw_send_stream_write (&stream, "abc", 3, 10), ==, 0);
  g_assert_cmpuint (claw_send_stream_write (&stream, "abc", 3, CLAW_STREAM_WINDOW + 2), ==, 2);
  g_assert_cmpuint (claw_send_stream_get_buffered (&stream), ==, CLAW_STREAM_WINDOW + 2);
  claw_send_stream_clear (&stream);
}

/* ACKs of every other byte are more than is remembered: what is forgotten is sent again, and all
 * ends well. */
static void
test_many_gaps (void)
{
  ClawSendStream stream;
  const size_t size = 4 * CLAW_SEND_STREAM_RANGES_MAX + 10;

  claw_send_stream_init (&stream);
  write_bytes (&stream, size);
  while (send (&stream, 1, NULL) > 0)
    ;
  for (uint64_t offset = 1; offset < size; offset += 2)
    {
      claw_send_stream_on_acknowledged (&stream, offset, 1);
      g_assert_cmpuint (stream.acked.n, <=, CLAW_SEND_STREAM_RANGES_MAX);
      g_assert_cmpuint (stream.resend.n, <=, CLAW_SEND_STREAM_RANGES_MAX);
    }
  g_assert_cmpuint (stream.acked.n, ==, CLAW_SEND_STREAM_RANGES_MAX);
  claw_send_stream_on_lost (&stream, 0, size);
  g_assert_cmpuint (stream.resend.n, <=, CLAW_SEND_STREAM_RANGES_MAX);
  while (stream.acknowledged < size)
    {
      uint64_t offset;
      size_t length;
      uint8_t data[4096];

      g_assert_true (claw_send_stream_peek (&stream, sizeof data, &offset, &length));
      claw_send_stream_take (&stream, offset, data, length);
      claw_send_stream_on_acknowledged (&stream, offset, length);
    }
  g_assert_null (stream.ring.bytes);
  claw_send_stream_clear (&stream);
}

/* Room for a lot is kept while more may come, and given back only when all was acknowledged. */
static void
test_trim (void)
{
  ClawSendStream stream;

  claw_send_stream_init (&stream);
  g_assert_cmpuint (write_bytes (&stream, 40000), ==, 40000);
  while (send (&stream, 40000, NULL) > 0)
    ;
  claw_send_stream_on_acknowledged (&stream, 0, 39999);
  claw_send_stream_trim (&stream);
  g_assert_nonnull (stream.ring.bytes);
  g_assert_false (claw_send_stream_keeps_memory (&stream));
  claw_send_stream_on_acknowledged (&stream, 39999, 1);
  g_assert_true (claw_send_stream_keeps_memory (&stream));
  claw_send_stream_trim (&stream);
  g_assert_null (stream.ring.bytes);
  claw_send_stream_clear (&stream);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/send-stream/loss/first", test_loss);
  g_test_add_func ("/send-stream/loss/late-ack", test_late_ack);
  g_test_add_func ("/send-stream/limit/peer", test_limit);
  g_test_add_func ("/send-stream/limit/buffer", test_buffer);
  g_test_add_func ("/send-stream/limit/many-gaps", test_many_gaps);
  g_test_add_func ("/send-stream/trim/when-empty", test_trim);
  return g_test_run ();
}
