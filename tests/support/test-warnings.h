/* test-warnings.h: warnings that a test is about do not end it. */
#pragma once

#include <glib.h>

static gboolean is_warning_expected;
static unsigned n_warnings; /* that were expected, and came */

static inline GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if (!is_warning_expected || !(level & G_LOG_LEVEL_WARNING))
    return g_log_writer_default (level, fields, n_fields, user_data);
  n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

/* To be called once, ahead of the tests. */
static inline void
allow_expected_warnings (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}
