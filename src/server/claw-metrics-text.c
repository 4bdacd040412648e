/* claw-metrics-text.c: see claw-metrics-text.h. */
#include "claw-metrics-text.h"

static const char *
type_name (ClawMetricsType type)
{
  switch (type)
    {
    case CLAW_METRICS_COUNTER:
      return "counter";
    case CLAW_METRICS_GAUGE:
      return "gauge";
    }
  return "untyped";
}

/* In a label's value quotes are escaped as well. */
static void
append_escaped (GString *text, const char *value, gboolean is_label)
{
  for (; *value != '\0'; value++)
    if (*value == '\n')
      g_string_append (text, "\\n");
    else if (*value == '\\' || (*value == '"' && is_label))
      g_string_append_printf (text, "\\%c", *value);
    else
      g_string_append_c (text, *value);
}

void
claw_metrics_text_family (GString *text, const char *name, ClawMetricsType type, const char *help)
{
  g_return_if_fail (text != NULL && name != NULL && help != NULL);
  g_return_if_fail ((type == CLAW_METRICS_COUNTER) == g_str_has_suffix (name, "_total"));

  g_string_append_printf (text, "# HELP %s ", name);
  append_escaped (text, help, FALSE);
  g_string_append_printf (text, "\n# TYPE %s %s\n", name, type_name (type));
}

void
claw_metrics_text_sample (
    GString *text, const char *name, const char *label, const char *label_value, uint64_t value)
{
  g_return_if_fail (text != NULL && name != NULL);

  g_string_append (text, name);
  if (label != NULL)
    {
      g_string_append_printf (text, "{%s=\"", label);
      append_escaped (text, label_value != NULL ? label_value : "", TRUE);
      g_string_append (text, "\"}");
    }
  g_string_append_printf (text, " %" G_GUINT64_FORMAT "\n", value);
}

void
claw_metrics_text_single (
    GString *text, const char *name, ClawMetricsType type, const char *help, uint64_t value)
{
  claw_metrics_text_family (text, name, type, help);
  claw_metrics_text_sample (text, name, NULL, NULL, value);
}
