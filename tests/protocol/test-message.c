/* test-message.c: what may be a message, and what may be a name. */
#include "claw-message.h"

#include <string.h>

#define HOUR_US (INT64_C (3600) * G_USEC_PER_SEC)

static const uint8_t some_id[CLAW_MESSAGE_ID_SIZE] = "0123456789abcde";

static void
assert_refused (const char *text, gssize length, ClawMessageError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (claw_message_new (text, length, 0, &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, (int) code);
}

/* A message of our own has an id of its own, no sender, and the text it was given. */
static void
test_new (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) a = claw_message_new ("Grüße, 世界 👋", -1, HOUR_US, &error);
  g_autoptr (ClawMessage) b = claw_message_new ("abcdef", 3, HOUR_US, &error);
  size_t length;

  g_assert_no_error (error);
  g_assert_cmpstr (claw_message_get_text (a, &length), ==, "Grüße, 世界 👋");
  g_assert_cmpuint (length, ==, strlen ("Grüße, 世界 👋"));
  g_assert_cmpstr (claw_message_get_text (b, NULL), ==, "abc");
  g_assert_null (claw_message_get_sender (a));
  g_assert_cmpint (claw_message_get_time_us (a), ==, HOUR_US);
  g_assert_cmpint (memcmp (claw_message_get_id (a), claw_message_get_id (b), CLAW_MESSAGE_ID_SIZE),
                   !=, 0);
}

/* The text may have just the maximum of bytes, and the error says by how much more is too much. */
static void
test_length (void)
{
  g_autofree char *text = g_strnfill (CLAW_MESSAGE_TEXT_MAX + 7, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, CLAW_MESSAGE_TEXT_MAX, 0, &error);
  g_autoptr (ClawMessage) one = claw_message_new (text, 1, 0, NULL);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  g_assert_nonnull (one);
  assert_refused (text, 0, CLAW_MESSAGE_ERROR_EMPTY);
  assert_refused ("", -1, CLAW_MESSAGE_ERROR_EMPTY);
  assert_refused (text, CLAW_MESSAGE_TEXT_MAX + 1, CLAW_MESSAGE_ERROR_TOO_LONG);
  g_assert_null (claw_message_new (text, -1, 0, &error));
  g_assert_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG);
  g_assert_nonnull (strstr (error->message, "7 bytes too long"));
}

/* Only whole, valid UTF-8 without a NUL is text. */
static void
test_encoding (void)
{
  assert_refused ("\xff", -1, CLAW_MESSAGE_ERROR_NOT_UTF8);
  assert_refused ("caf\xc3", -1, CLAW_MESSAGE_ERROR_NOT_UTF8);
  assert_refused ("\xed\xa0\x80", -1, CLAW_MESSAGE_ERROR_NOT_UTF8); /* a surrogate */
  assert_refused ("\xc0\x80", -1, CLAW_MESSAGE_ERROR_NOT_UTF8);     /* an overlong NUL */
  assert_refused ("a\0b", 3, CLAW_MESSAGE_ERROR_NOT_UTF8);
}

/* What came from elsewhere keeps its id; its name is made fit and its time brought into range. */
static void
test_full (void)
{
  g_autoptr (ClawMessage) message = claw_message_new_full (some_id, " An\x1b[31mna ", -5, "hi", -1,
                                                           NULL);
  g_autoptr (ClawMessage) late = claw_message_new_full (some_id, "\n", G_MAXINT64, "hi", -1, NULL);
  g_autoptr (GDateTime) date = NULL;

  g_assert_cmpmem (claw_message_get_id (message), CLAW_MESSAGE_ID_SIZE, some_id, sizeof some_id);
  g_assert_cmpstr (claw_message_get_sender (message), ==, "An[31mna");
  g_assert_cmpint (claw_message_get_time_us (message), ==, 0);
  g_assert_null (claw_message_get_sender (late));
  date = g_date_time_new_from_unix_utc (claw_message_get_time_us (late) / G_USEC_PER_SEC);
  g_assert_nonnull (date);
  g_assert_cmpint (g_date_time_get_year (date), ==, 9999);
}

/* An answer holds a copy of what it answers, made fit; others hold none. */
static void
test_reply (void)
{
  g_autofree char *longest = g_strnfill (CLAW_MESSAGE_TEXT_MAX, 'x');
  ClawMessageReply to = { .id = "fedcba987654321", .sender = "B\nen", .excerpt = longest };
  ClawMessageReply bare = { .id = "fedcba987654321", .sender = NULL, .excerpt = "\n\u202e" };
  g_autoptr (ClawMessage) message = claw_message_new_reply (&to, "yes", -1, 0, NULL);
  g_autoptr (ClawMessage) odd = claw_message_new_reply (&bare, "yes", -1, 0, NULL);
  g_autoptr (ClawMessage) plain = claw_message_new ("hi", -1, 0, NULL);
  const ClawMessageReply *reply = claw_message_get_reply (message);

  g_assert_null (claw_message_get_reply (plain));
  g_assert_cmpmem (reply->id, sizeof reply->id, to.id, sizeof to.id);
  g_assert_cmpstr (reply->sender, ==, "B en");
  g_assert_cmpuint (strlen (reply->excerpt), ==, CLAW_MESSAGE_EXCERPT_MAX);
  g_assert_null (claw_message_get_reply (odd)->sender);
  g_assert_cmpstr (claw_message_get_reply (odd)->excerpt, ==, "");
}

/* An excerpt is one line that shows itself as it is, keeps what joins emoji, and is cut between
 * characters. */
static void
test_excerpt (void)
{
  g_autofree char *line = claw_excerpt_sanitise (" two\nlines \u202e\x1b ", -1);
  g_autofree char *family = claw_excerpt_sanitise ("\U0001f468\u200d\U0001f469", -1);
  g_autofree char *nothing = claw_excerpt_sanitise ("\u200d\n", -1);
  g_autoptr (GString) given = g_string_new ("a");
  g_autofree char *cut = NULL;

  g_assert_cmpstr (line, ==, "two lines");
  g_assert_cmpstr (family, ==, "\U0001f468\u200d\U0001f469");
  g_assert_null (nothing);
  for (unsigned i = 0; i < CLAW_MESSAGE_EXCERPT_MAX; i++)
    g_string_append (given, "\u00e9");
  cut = claw_excerpt_sanitise (given->str, -1);
  g_assert_cmpuint (strlen (cut), ==, CLAW_MESSAGE_EXCERPT_MAX - 1);
  g_assert_true (g_utf8_validate (cut, -1, NULL));
}

/* The id that others see depends on the message and on its author. */
static void
test_share_id (void)
{
  static const uint8_t keys[2][CLAW_PUBLIC_KEY_SIZE] = { { 1 }, { 2 } };
  uint8_t ids[3][CLAW_MESSAGE_ID_SIZE];

  claw_message_share_id (some_id, keys[0], ids[0]);
  claw_message_share_id (some_id, keys[0], ids[1]);
  claw_message_share_id (some_id, keys[1], ids[2]);
  g_assert_cmpmem (ids[0], sizeof ids[0], ids[1], sizeof ids[1]);
  g_assert_cmpint (memcmp (ids[0], ids[2], sizeof ids[0]), !=, 0);
  g_assert_cmpint (memcmp (ids[0], some_id, sizeof ids[0]), !=, 0);
}

static const struct
{
  const char *given;
  const char *expected;
} names[] = {
  { "Anna", "Anna" },
  { "  Anna\tBauer\n", "Anna Bauer" },
  { "", NULL },
  { "   \r\n ", NULL },
  { "a\u202eb\u2066c\u200bd\ufeff", "abcd" },
  { "a\u2028b\u2029c\u00a0d", "a b c d" },
  { "\x07\x1b\x7f", NULL },
  { "e\u0301", "\u00e9" },
  { "\u3164\u115f\u2800", NULL },
  { "\u0301", NULL },
  { "\u200d\u202e", NULL },
  { "x\xff", "x\ufffd" },
  { "\u5f20\u4e09", "\u5f20\u4e09" },
};

/* A name has nothing in it that could reorder, hide or break the line that it is shown in. */
static void
test_names (void)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = claw_name_sanitise (names[i].given, -1);

      g_assert_cmpstr (name, ==, names[i].expected);
    }
  g_assert_null (claw_name_sanitise (NULL, 0));
}

/* A long name is cut between characters, also when composing made it longer. */
static void
test_long_names (void)
{
  g_autoptr (GString) given = g_string_new ("a");
  g_autofree char *fits = g_strnfill (CLAW_MESSAGE_NAME_MAX, 'n');
  g_autofree char *over = g_strnfill (CLAW_MESSAGE_NAME_MAX + 1, 'n');
  g_autofree char *kept = claw_name_sanitise (fits, -1);
  g_autofree char *cut = claw_name_sanitise (over, -1);
  g_autofree char *name = NULL;

  g_assert_cmpstr (kept, ==, fits);
  g_assert_cmpstr (cut, ==, fits);
  for (unsigned i = 0; i < 40; i++)
    g_string_append (given, "\u00e9");
  name = claw_name_sanitise (given->str, -1);
  g_assert_cmpuint (strlen (name), ==, 1 + 2 * 31);
  g_assert_true (g_utf8_validate (name, -1, NULL));
}

/* Of a name as long as a frame may be only the beginning is looked at: to put as many accents in
 * order as there may be would take a second. */
static void
test_endless_names (void)
{
  g_autoptr (GString) accents = g_string_new ("a");
  g_autoptr (GString) hidden = g_string_new (NULL);
  g_autofree char *name = NULL;

  for (unsigned i = 0; i < 32000; i++)
    g_string_append (accents, i < 16000 ? "\u0301" : "\u0316");
  name = claw_name_sanitise (accents->str, (gssize) accents->len);
  g_assert_nonnull (name);

  for (unsigned i = 0; i < 4 * CLAW_MESSAGE_NAME_MAX; i++)
    g_string_append_c (hidden, '\a');
  g_string_append (hidden, "anna");
  g_assert_null (claw_name_sanitise (hidden->str, -1));
  g_assert_null (claw_name_sanitise (hidden->str, (gssize) hidden->len));
}

/* Any bytes give a name that stays as it is when it is made fit once more. */
static void
test_any_names (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (11);

  for (unsigned round = 0; round < 20000; round++)
    {
      g_autoptr (GString) given = g_string_new (NULL);
      g_autofree char *name = NULL;
      g_autofree char *again = NULL;
      int n = g_rand_int_range (random, 1, 40);

      for (int i = 0; i < n; i++)
        {
          gunichar character = (gunichar) g_rand_int_range (random, 1, 0x3200);

          if (round % 2 == 0)
            g_string_append_c (given, (char) g_rand_int_range (random, 0, 256));
          else
            g_string_append_unichar (given, character);
        }
      name = claw_name_sanitise (given->str, (gssize) given->len);
      if (name == NULL)
        continue;
      g_assert_true (g_utf8_validate (name, -1, NULL));
      g_assert_cmpuint (strlen (name), <=, CLAW_MESSAGE_NAME_MAX);
      again = claw_name_sanitise (name, -1);
      g_assert_cmpstr (again, ==, name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/new/has-what-was-given", test_new);
  g_test_add_func ("/message/length/limits", test_length);
  g_test_add_func ("/message/encoding/refused", test_encoding);
  g_test_add_func ("/message/from-elsewhere/made-fit", test_full);
  g_test_add_func ("/message/reply/made-fit", test_reply);
  g_test_add_func ("/message/excerpt/one-line", test_excerpt);
  g_test_add_func ("/message/share-id/depends-on-both", test_share_id);
  g_test_add_func ("/message/name/table", test_names);
  g_test_add_func ("/message/name/cut", test_long_names);
  g_test_add_func ("/message/name/endless", test_endless_names);
  g_test_add_func ("/message/name/any-bytes", test_any_names);
  return g_test_run ();
}
