/* claw-server-journal.h: what the server's log tells of its sessions, of strangers, of the router
 * and of the clock, and how often that was.
 *
 * Sessions are numbered from 1 in the order in which they were established. Time is an argument.
 */
#pragma once

#include "claw-endpoint.h"

/* The wall clock moved by more than this against the time that has passed: it was set. */
#define CLAW_SERVER_JOURNAL_JUMP_US (2 * G_USEC_PER_SEC)
/* Near misses are told of once in this time, so that a stranger cannot fill the log. */
#define CLAW_SERVER_JOURNAL_NEAR_MISSES_US (60 * G_USEC_PER_SEC)

typedef struct ClawServerJournal ClawServerJournal;

ClawServerJournal *claw_server_journal_new (gint64 unix_us, gint64 now_us);
/* Sessions that are still there end with it. */
void claw_server_journal_free (ClawServerJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawServerJournal, claw_server_journal_free)

/* @connection is established and is @member's. */
void
claw_server_journal_begun (ClawServerJournal *journal, ClawConnection *connection, uint32_t member);
void claw_server_journal_rekeyed (ClawServerJournal *journal, const ClawConnection *connection);
/* CLAW_ENDPOINT_CLOSED, also of a session that was never begun here, of which nothing is told. */
void claw_server_journal_ended (ClawServerJournal *journal, const ClawEndpointEvent *event);
/* To be called now and then. */
void claw_server_journal_look (ClawServerJournal *journal,
                               const ClawEndpointStats *stats,
                               gint64 unix_us,
                               gint64 now_us);
/* @mapped: NONE while the router passes nothing on. @reason: (nullable): why. */
void claw_server_journal_mapping (ClawServerJournal *journal,
                                  const ClawAddress *mapped,
                                  const char *reason);

/* A word for programs. */
const char *claw_server_journal_reason (ClawCloseReason reason);
/* Sessions that have ended so. */
uint64_t claw_server_journal_get_ended (const ClawServerJournal *journal, ClawCloseReason reason);
/* Datagrams that got lost in those that have ended. */
uint64_t claw_server_journal_get_lost (const ClawServerJournal *journal);
