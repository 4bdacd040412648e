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

/* A text of as many accents as a message has room for is looked through as quickly as others; what
 * stands behind them is found. */
static void
test_endless_accents (void)
{
  /* The last one is two of them. */
  static const char *const accents[][2] = { { "\u0301", "\u0316" }, { "\u0f73", "\u0f73" } };

  for (unsigned kind = 0; kind < G_N_ELEMENTS (accents); kind++)
    {
      g_autoptr (GString) text = g_string_new ("a");
      gint64 start_us;

      while (text->len < 60000)
        g_string_append (text, accents[kind][text->len < 30000 ? 0 : 1]);
      g_string_append (text, "été");
      start_us = g_get_monotonic_time ();
      g_assert_true (matches ("ÉTÉ", text->str));
      g_assert_false (matches ("winter", text->str));
      g_assert_cmpint (g_get_monotonic_time () - start_us, <, G_USEC_PER_SEC / 2);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fold/same/found", test_same);
  g_test_add_func ("/fold/accents/endless", test_endless_accents);
  return g_test_run ();
}
