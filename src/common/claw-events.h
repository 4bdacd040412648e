/* claw-events.h: what a server's log is made of: every event that an admin may want to find, count
 * or be woken by, with a name and a number that stay the same while texts change.
 *
 * One table holds them all; data/systemd/clawchat-server.catalog is made of it
 * (`tests/common/test-events --catalog` prints it). In the journal an event has the fields
 *
 *   CLAWCHAT_EVENT  the event's name       MESSAGE_ID    its number, 128 bits in hex
 *   MEMBER          the member's number    SESSION       the session's, counted since the start
 *   PEER            its address            PORT          a UDP port
 *   SEC_FILE        a path                 VALID_UNTIL   of that file, Unix seconds
 *   REASON          in English, for programs             COUNT         how many
 *   SUPPRESSED      how many of the same kind were not logged before, being too many
 *
 * as far as they apply; elsewhere its line of text is written alone. The address of a peer is in
 * nothing but the field PEER and the end of the line that is made of it here, so that there is one
 * place that leaves it out. Nothing secret is ever a field or part of a text.
 */
#pragma once

#include "claw-address.h"

#include <glib.h>
#include <stdint.h>

typedef enum
{
  /* The program */
  CLAW_EVENT_STARTED,
  CLAW_EVENT_START_FAILED,
  CLAW_EVENT_READY,
  CLAW_EVENT_STOPPING,
  CLAW_EVENT_STOPPED,
  CLAW_EVENT_RELOADED,
  CLAW_EVENT_RELOAD_REFUSED,
  CLAW_EVENT_RESTART_NEEDED,
  CLAW_EVENT_UNPROTECTED,
  CLAW_EVENT_DISK_ERROR,
  CLAW_EVENT_CLOCK_JUMPED,
  CLAW_EVENT_CONTROL_REFUSED,
  CLAW_EVENT_METRICS_NOT_WRITTEN,
  /* Files and pairings */
  CLAW_EVENT_KEY_MADE,
  CLAW_EVENT_FILE_MADE,
  CLAW_EVENT_FILE_KEPT,
  CLAW_EVENT_FILE_USED,
  CLAW_EVENT_FILE_EXPIRED,
  CLAW_EVENT_PAIRED,
  CLAW_EVENT_PAIRING_REFUSED,
  CLAW_EVENT_PAIRING_EXPIRED,
  CLAW_EVENT_PAIRING_REVOKED,
  CLAW_EVENT_COMPROMISED,
  CLAW_EVENT_COMPROMISE_ENDED,
  /* Sessions */
  CLAW_EVENT_SESSION_BEGUN,
  CLAW_EVENT_SESSION_ENDED,
  CLAW_EVENT_SESSION_REFUSED,
  CLAW_EVENT_HANDSHAKES_REFUSED,
  CLAW_EVENT_KEYS_ROTATED,
  CLAW_EVENT_MEMBER_SLOWED,
  CLAW_EVENT_MEMBER_DISCONNECTED,
  /* The network */
  CLAW_EVENT_PORT_OPENED,
  CLAW_EVENT_PORT_ROTATED,
  CLAW_EVENT_PORT_UNAVAILABLE,
  CLAW_EVENT_PORTS_CLOSED,
  CLAW_EVENT_REACH_CHANGED,
  CLAW_EVENT_MAPPING_GAINED,
  CLAW_EVENT_MAPPING_LOST,
  CLAW_EVENT_N,
} ClawEvent;

typedef struct
{
  const char *name;       /* words joined by hyphens */
  const char *message_id; /* 32 hexadecimal digits */
  GLogLevelFlags level;
  unsigned per_minute; /* more than so many are counted, not logged; 0: no limit */
  const char *subject; /* of the catalogue's entry */
  const char *help; /* what it means and what to do; fields as @FIELD@, lines of ≤ 84 characters */
} ClawEventInfo;

/* What an event is about; 0 or NULL where it does not apply. Nothing is kept. */
typedef struct
{
  uint32_t member;
  uint64_t session;
  const ClawAddress *peer;
  uint16_t port;
  const char *sec_file;
  gint64 valid_until_s;
  const char *reason;
  uint64_t count;
} ClawEventFields;

/* Returns: (transfer none) */
const ClawEventInfo *claw_event_get_info (ClawEvent event);
/* Counts and logs @event, from any thread. @fields: (nullable). The text is for people and
 * translated, without a peer's address. */
void claw_event (ClawEvent event, const ClawEventFields *fields, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* How often it happened since the program began, also when it was not logged. */
uint64_t claw_event_get_count (ClawEvent event);
/* Whether addresses of peers may be logged, which they may at first. */
void claw_events_set_peer_addresses (gboolean may_log);

/* A limit of so many a minute, for one kind of event. */
typedef struct
{
  gint64 since_us; /* 0: nothing was logged yet */
  unsigned taken;
  uint64_t suppressed;
} ClawEventLimit;

/* @now_us: monotonic. @per_minute: 0 for no limit. Returns: whether one may be logged now;
 * @suppressed: is set to how many before it were not. */
gboolean claw_event_limit_take (ClawEventLimit *limit,
                                unsigned per_minute,
                                gint64 now_us,
                                uint64_t *suppressed);
