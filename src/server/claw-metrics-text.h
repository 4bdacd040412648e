/* claw-metrics-text.h: writes the text format of Prometheus, version 0.0.4.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/. A family's samples follow it at
 * once. Names and the keys of labels are the caller's, and taken as they are; values are escaped.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef enum
{
  CLAW_METRICS_COUNTER, /* only grows while the server runs; its name ends in _total */
  CLAW_METRICS_GAUGE,
} ClawMetricsType;

void
claw_metrics_text_family (GString *text, const char *name, ClawMetricsType type, const char *help);
/* @label, @label_value: (nullable) */
void claw_metrics_text_sample (
    GString *text, const char *name, const char *label, const char *label_value, uint64_t value);
/* A family of one sample. */
void claw_metrics_text_single (
    GString *text, const char *name, ClawMetricsType type, const char *help, uint64_t value);
