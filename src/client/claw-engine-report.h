/* claw-engine-report.h: what an engine reports of its session, in words. Private to src/client. */
#pragma once

#include "claw-engine.h"

/* Appends lines for /status, translated: path, round trip, counters, the age of the keys, and the
 * NATs in between; nothing of what is not known. @now_us: monotonic. */
void claw_engine_report_describe (const ClawEngineReport *report, gint64 now_us, GString *text);
