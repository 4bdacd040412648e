/* claw-source.c: see claw-source.h. */
#include "claw-source.h"

void
claw_source_clear (GSource **source)
{
  if (!*source)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}
