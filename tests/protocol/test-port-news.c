/* test-port-news.c: what is told of ports, until it is heard. */
#include "claw-port-news.h"

#include <string.h>

typedef struct
{
  ClawKey secret;
  ClawPortNews telling, hearing;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  claw_key_generate (&fixture->secret);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_key_clear (&fixture->secret);
  claw_port_news_clear (&fixture->telling);
  claw_port_news_clear (&fixture->hearing);
}

/* Writes the news and hears it in the record of @counter. Returns: its number. */
static uint8_t
carry (Fixture *fixture, uint64_t counter, gboolean *is_right)
{
  uint8_t buffer[CLAW_FRAME_PORT_SIZE];
  ClawWriter writer;
  ClawReader reader;
  ClawFrame frame;

  claw_writer_init (&writer, buffer, sizeof buffer);
  uint8_t number = claw_port_news_write (&fixture->telling, &writer);
  g_assert_false (writer.failed);
  claw_reader_init (&reader, buffer, writer.used);
  g_assert_true (claw_frame_read (&reader, &frame));
  g_assert_cmpint (frame.type, ==, CLAW_FRAME_PORT);
  *is_right = claw_port_news_hear (&fixture->hearing, &frame.port, counter);
  return number;
}

/* What was told is heard, whole. */
static void
test_told (Fixture *fixture, gconstpointer data)
{
  const ClawPortNotice *heard = &fixture->hearing.notice;
  gboolean is_right;

  g_assert_false (fixture->telling.must_tell);
  claw_port_news_tell (&fixture->telling, G_GUINT64_CONSTANT (1) << 40,
                       CLAW_CONNECTION_PORT_INTERVAL_MAX_S, 65535, &fixture->secret);
  g_assert_true (fixture->telling.must_tell);
  g_assert_cmpuint (carry (fixture, 3, &is_right), ==, 1);
  g_assert_true (is_right);
  g_assert_false (fixture->telling.must_tell);
  g_assert_true (fixture->hearing.has_heard);
  g_assert_cmpuint (heard->slot, ==, G_GUINT64_CONSTANT (1) << 40);
  g_assert_cmpuint (heard->interval_s, ==, CLAW_CONNECTION_PORT_INTERVAL_MAX_S);
  g_assert_cmpuint (heard->port, ==, 65535);
  g_assert_true (claw_key_equal (&heard->secret, &fixture->secret));
}

/* A fixed port comes without a secret, and takes the place of a schedule that was heard before. */
static void
test_fixed (Fixture *fixture, gconstpointer data)
{
  gboolean is_right;

  claw_port_news_tell (&fixture->telling, 5, 10, 50000, &fixture->secret);
  carry (fixture, 1, &is_right);
  claw_port_news_tell (&fixture->telling, 0, 0, 50001, NULL);
  carry (fixture, 2, &is_right);
  g_assert_true (is_right);
  g_assert_cmpuint (fixture->hearing.notice.interval_s, ==, 0);
  g_assert_cmpuint (fixture->hearing.notice.port, ==, 50001);
  g_assert_false (claw_key_is_set (&fixture->hearing.notice.secret));
}

/* The newest is told again when it got lost, older news is not, and nothing is after the
 * acknowledgement, which also lets go of the secret. */
static void
test_lost (Fixture *fixture, gconstpointer data)
{
  gboolean is_right;

  claw_port_news_tell (&fixture->telling, 5, 10, 50000, &fixture->secret);
  uint8_t first = carry (fixture, 1, &is_right);
  claw_port_news_tell (&fixture->telling, 6, 10, 50001, &fixture->secret);
  uint8_t second = carry (fixture, 2, &is_right);
  claw_port_news_on_lost (&fixture->telling, 0);
  claw_port_news_on_lost (&fixture->telling, first);
  claw_port_news_on_acknowledged (&fixture->telling, first);
  g_assert_false (fixture->telling.must_tell);
  claw_port_news_on_lost (&fixture->telling, second);
  g_assert_true (fixture->telling.must_tell);
  g_assert_cmpuint (carry (fixture, 3, &is_right), ==, second);
  claw_port_news_on_acknowledged (&fixture->telling, second);
  claw_port_news_on_lost (&fixture->telling, second);
  g_assert_false (fixture->telling.must_tell);
  g_assert_false (claw_key_is_set (&fixture->telling.notice.secret));
}

/* Numbers go round without ever being 0, which stands for nothing. */
static void
test_numbers (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 600; i++)
    {
      claw_port_news_tell (&fixture->telling, i, 10, 50000, &fixture->secret);
      g_assert_cmpuint (fixture->telling.number, !=, 0);
    }
}

/* News in an older record is late, whatever its slot, as a clock may have been set back. */
static void
test_late (Fixture *fixture, gconstpointer data)
{
  gboolean is_right;

  claw_port_news_tell (&fixture->telling, 5, 10, 50005, &fixture->secret);
  carry (fixture, 8, &is_right);
  claw_port_news_tell (&fixture->telling, 6, 10, 50006, &fixture->secret);
  carry (fixture, 7, &is_right);
  g_assert_true (is_right);
  g_assert_cmpuint (fixture->hearing.notice.port, ==, 50005);
  claw_port_news_tell (&fixture->telling, 4, 10, 50004, &fixture->secret);
  carry (fixture, 9, &is_right);
  g_assert_cmpuint (fixture->hearing.notice.port, ==, 50004);
}

/* An interval beyond a day cannot be. */
static void
test_interval (Fixture *fixture, gconstpointer data)
{
  gboolean is_right;

  claw_port_news_tell (&fixture->telling, 5, CLAW_CONNECTION_PORT_INTERVAL_MAX_S + 1, 50005,
                       &fixture->secret);
  carry (fixture, 1, &is_right);
  g_assert_false (is_right);
  g_assert_false (fixture->hearing.has_heard);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("/port-news/told/whole", test_told);
  add ("/port-news/told/fixed", test_fixed);
  add ("/port-news/told/lost", test_lost);
  add ("/port-news/told/numbers", test_numbers);
  add ("/port-news/heard/late", test_late);
  add ("/port-news/heard/interval", test_interval);
  return g_test_run ();
}
