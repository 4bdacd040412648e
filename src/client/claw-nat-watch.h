/* claw-nat-watch.h: learns in the session itself which NATs are between us and the server. Private
 * to src/client.
 *
 * The server is asked once after connecting, and again when this machine's own address towards it
 * has changed; nothing waits for the answer. Where there is no NAT the session may be silent for
 * longer. Nobody but the server we are connected with hears of it, and when it is switched off
 * nothing is sent.
 */
#pragma once

#include "claw-connection.h"
#include "claw-nat-verdict.h"
#include "claw-udp-socket.h"

/* Our own address is looked at this often while there is a session. */
#define CLAW_NAT_WATCH_INTERVAL_US (30 * (gint64) G_USEC_PER_SEC)
/* So long a NAT may remember that we have sent to the server's other port, and then tells nothing
 * new about filtering. RFC 5382 and RFC 4787 give no maximum; Linux has two minutes. */
#define CLAW_NAT_WATCH_MEMORY_US (300 * (gint64) G_USEC_PER_SEC)

typedef struct
{
  gboolean is_enabled;
  ClawConnection *connection; /* (nullable): the one that is watched */
  uint16_t port;              /* of our socket */
  ClawAddress local;          /* towards the server, when it was asked last */
  gint64 looked_us;
  gboolean has_verdict;
  ClawNatVerdict verdict;
  /* What was found out about filtering, while it cannot be asked again. */
  gint64 asked_us; /* 0: never */
  ClawProbeResult asked;
  ClawNatAnswer from_other_port;
} ClawNatWatch;

/* The session is there: asks, when enabled. @socket: that it goes over. */
void claw_nat_watch_begin (ClawNatWatch *watch,
                           ClawConnection *connection,
                           ClawUdpSocket *socket,
                           gint64 now_us);
/* The session is gone; what was learned stays. */
void claw_nat_watch_end (ClawNatWatch *watch);
/* What was learned goes: the session, which may go on, is again as one of which nothing is known.
 * An answer that is on its way is not looked at. */
void claw_nat_watch_switch_off (ClawNatWatch *watch);
/* From a timer that there is anyway, or because the network has changed. @must_look: whatever the
 * time. Returns: TRUE when it asked, so that the pump has something to do. */
gboolean claw_nat_watch_check (ClawNatWatch *watch, gboolean must_look, gint64 now_us);
/* The server's answers are there. */
void claw_nat_watch_on_probed (ClawNatWatch *watch, gint64 now_us);
/* Returns: (nullable) (transfer none) */
const ClawNatVerdict *claw_nat_watch_get_verdict (const ClawNatWatch *watch);

/* What the answers say, in the words of claw-nat-verdict.h. @local, @server: the two ends of the
 * session. */
void claw_nat_watch_observe (const ClawProbeResult *result,
                             const ClawAddress *local,
                             const ClawAddress *server,
                             ClawNatObservations *observations);
