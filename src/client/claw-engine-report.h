/* claw-engine-report.h: what an engine reports of its session, in words. Private to src/client. */
#pragma once

#include "claw-client-details.h"
#include "claw-engine.h"

/* Appends to @details, translated: path, addresses, round trip, counters, the age of the keys, and
 * the NATs in between; nothing of what is not known. @now_us: monotonic. @now_s: Unix. */
void claw_engine_report_list (const ClawEngineReport *report,
                              gint64 now_us,
                              gint64 now_s,
                              GPtrArray *details);
