/* claw-source.h: sources of main contexts other than the program's own, which
 * g_clear_handle_id () and g_source_remove () do not find.
 */
#pragma once

#include <glib.h>

/* Ends *@source and lets go of it, so that it is NULL afterwards; NULL does nothing. The callback
 * may do so itself. */
void claw_source_clear (GSource **source);
