/* claw-wake.h: notices that the machine was asleep.
 *
 * CLOCK_MONOTONIC, by which all our timers run, stands still while a machine sleeps, and
 * CLOCK_BOOTTIME does not: their difference jumps by the time asleep. Unlike logind's signal this
 * can be seen inside a sandbox. To look at the right moment without waking up for it, a timer of
 * the kernel's that is cancelled when the wall clock jumps (TFD_TIMER_CANCEL_ON_SET), which waking
 * up makes it do, is watched; where there is none, callers look when they are awake anyway.
 */
#pragma once

#include <glib.h>

/* What is shorter may be the two clocks read apart. */
#define CLAW_WAKE_SHORTEST_US G_USEC_PER_SEC
/* After this the server is taken to have given us up, as we would have (CLAW_CONNECTION_LOST_US).
 */
#define CLAW_WAKE_LONG_US (15 * G_USEC_PER_SEC)

typedef enum
{
  CLAW_WAKE_NOTHING,
  CLAW_WAKE_SHORT, /* a session may have survived: ask at once */
  CLAW_WAKE_LONG,  /* begin a new one */
} ClawWakeKind;

/* The decision by itself. @asleep_us: boot time minus monotonic time as seen last, moved on.
 * Returns: what happened since then. */
ClawWakeKind claw_wake_compare (gint64 *asleep_us, gint64 boottime_us, gint64 monotonic_us);

typedef struct ClawWake ClawWake;
typedef void (*ClawWakeCallback) (ClawWakeKind kind, gpointer user_data);

/* Calls @callback (never with NOTHING) in the context that is thread-default now. */
ClawWake *claw_wake_new (ClawWakeCallback callback, gpointer user_data);
void claw_wake_free (ClawWake *wake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawWake, claw_wake_free)
/* To be called from timers that there are anyway; may call back. */
void claw_wake_check (ClawWake *wake);
