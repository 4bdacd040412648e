/* test-fold.c: texts found in others. */
#include "claw-fold.h"

#include <string.h>

static gboolean
matches (const char *wanted, const char *text)
{
  g_autoptr (ClawFold) fold = claw_fold_new (wanted);

  return claw_fold_matches (fold, text, strlen (text));
}

/* Case, width and the encoding of accents make no difference, accents do. */
static void
test_same (void)
{
  g_assert_true (matches ("ÉTÉ", "un e\u0301te\u0301"));
  g_assert_true (matches ("anna", "Ａｎｎａ"));
  g_assert_true (matches ("q\u0323\u0307", "q\u0307\u0323"));
  g_assert_false (matches ("ete", "été"));
  g_assert_false (matches ("", "été"));
}

/* Of more accents on one letter than any language has, the first thirty count: to put as many in
 * order as a message has room for would take seconds. What stands behind them is found. */
static void
test_endless_accents (void)
{
  /* The last one is two of them. */
  static const char *const accents[][2] = { { "\u0301", "\u0316" }, { "\u0f73", "\u0f73" } };

  for (unsigned kind = 0; kind < G_N_ELEMENTS (accents); kind++)
    {
      g_autoptr (GString) text = g_string_new ("a");

      while (text->len < 60000)
        g_string_append (text, accents[kind][text->len < 30000 ? 0 : 1]);
      g_string_append (text, "été");
      g_assert_true (matches ("ÉTÉ", text->str));
      g_assert_false (matches ("winter", text->str));
    }
}

static char *
letter_with (unsigned accents)
{
  g_autoptr (GString) text = g_string_new ("a");

  for (unsigned i = 0; i < accents; i++)
    g_string_append (text, "\u0316");
  g_string_append_c (text, 'b');
  return g_strdup (text->str);
}

static void
test_counted_accents (void)
{
  g_autofree char *some = letter_with (29), *most = letter_with (30), *more = letter_with (31);

  g_assert_true (matches (most, more));
  g_assert_true (matches (more, most));
  g_assert_false (matches (some, most));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fold/same/found", test_same);
  g_test_add_func ("/fold/accents/endless", test_endless_accents);
  g_test_add_func ("/fold/accents/counted", test_counted_accents);
  return g_test_run ();
}
