/* test-metrics-text.c: Prometheus' text format to the letter. */
#include "claw-metrics-text.h"

/* A family is its help, its type, and its samples. */
static void
test_family (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  claw_metrics_text_family (text, "x_total", CLAW_METRICS_COUNTER, "What \\ it\nis \"x\".");
  claw_metrics_text_sample (text, "x_total", "reason", "a", 1);
  claw_metrics_text_sample (text, "x_total", "reason", "b", G_MAXUINT64);
  claw_metrics_text_single (text, "y", CLAW_METRICS_GAUGE, "Y.", 0);
  g_assert_cmpstr (text->str, ==,
                   "# HELP x_total What \\\\ it\\nis \"x\".\n"
                   "# TYPE x_total counter\n"
                   "x_total{reason=\"a\"} 1\n"
                   "x_total{reason=\"b\"} 18446744073709551615\n"
                   "# HELP y Y.\n"
                   "# TYPE y gauge\n"
                   "y 0\n");
}

/* No value of a label can end it, or the line. */
static void
test_escape (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  claw_metrics_text_sample (text, "x", "l", "\"} 1\nforged \\", 2);
  g_assert_cmpstr (text->str, ==, "x{l=\"\\\"} 1\\nforged \\\\\"} 2\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics-text/family/format", test_family);
  g_test_add_func ("/metrics-text/label/escaped", test_escape);
  return g_test_run ();
}
