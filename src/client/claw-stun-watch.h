/* claw-stun-watch.h: learns from the user's STUN servers which NATs are in between. Private to
 * src/client.
 *
 * Beside claw-nat-watch.h, which asks the server that we are connected with: a STUN server has more
 * addresses to ask from, so that its verdict says more. Nobody is asked but those that the user has
 * named; nothing waits for the answer, and the session is not guided by it. Lives in one thread,
 * whose thread-default GMainContext drives it.
 */
#pragma once

#include "claw-nat-verdict.h"

typedef enum
{
  CLAW_STUN_WATCH_NOT_ASKED, /* there are no servers, or it was not wanted */
  CLAW_STUN_WATCH_ASKED,
  CLAW_STUN_WATCH_ANSWERED,    /* there is a verdict, which may be that nobody answers */
  CLAW_STUN_WATCH_NOT_FOUND,   /* no server has an address */
  CLAW_STUN_WATCH_UNREACHABLE, /* there is no way to their addresses from here */
} ClawStunWatchState;

typedef struct ClawStunWatch ClawStunWatch;

/* @done: called when there is something new, not from within the calls below. */
ClawStunWatch *claw_stun_watch_new (void (*done) (gpointer user_data), gpointer user_data);
/* Waits until what is under way has ended, which it does at once. */
void claw_stun_watch_free (ClawStunWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawStunWatch, claw_stun_watch_free)

/* What the former ones said is forgotten. @servers: "host" or "host:port". Returns: FALSE when they
 * are the same. */
gboolean claw_stun_watch_set_servers (ClawStunWatch *watch, const char *const *servers);
/* Asks anew. @family: of which the verdict is wanted, if a server has such an address. */
void claw_stun_watch_ask (ClawStunWatch *watch, ClawAddressFamily family);
/* Ends what is under way and forgets what was said. */
void claw_stun_watch_forget (ClawStunWatch *watch);
/* @verdict: set when ANSWERED; while asked anew the last one counts. */
ClawStunWatchState claw_stun_watch_get_state (const ClawStunWatch *watch, ClawNatVerdict *verdict);
