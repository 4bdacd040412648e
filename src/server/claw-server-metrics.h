/* claw-server-metrics.h: the server's figures for Prometheus: on demand, and, if configured, in a
 * file for node_exporter's textfile collector.
 *
 * Nobody's address, name or number is in them. Counters begin at 0 when the server starts.
 */
#pragma once

#include "claw-server.h"

#include <json-glib/json-glib.h>

#define CLAW_SERVER_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

typedef struct ClawServerMetrics ClawServerMetrics;

/* Returns: (transfer full): all of them, in Prometheus' text format. */
char *claw_server_metrics_to_text (ClawServer *server);
/* The control socket's command. Returns: (transfer full) */
JsonNode *claw_server_metrics_request (ClawServer *server);
/* Writes the file now and at the interval, as far as that is configured. A write that fails is
 * logged once, and tried again. Returns: (nullable): NULL when no file is configured. */
ClawServerMetrics *claw_server_metrics_start (ClawServer *server);
/* Removes the file, so that nobody takes old figures for new ones. @metrics: (nullable) */
void claw_server_metrics_stop (ClawServerMetrics *metrics);
