/* claw-server-journal.c: see claw-server-journal.h. */
#include "config.h"

#include "claw-server-journal.h"

#include "claw-events.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  uint64_t number;
  uint32_t member;
} Session;

struct ClawServerJournal
{
  GHashTable *sessions; /* of Session, by connection */
  uint64_t last_number;
  uint64_t ended[CLAW_CLOSE_COMPROMISED + 1];
  uint64_t lost;
  uint64_t told_near_misses;
  gint64 told_us;       /* when that was, monotonic; 0: never */
  gint64 clock_us;      /* the wall clock less the monotonic one */
  uint16_t mapped_port; /* 0: none */
};

ClawServerJournal *
claw_server_journal_new (gint64 unix_us, gint64 now_us)
{
  ClawServerJournal *journal = g_new0 (ClawServerJournal, 1);

  journal->sessions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  journal->clock_us = unix_us - now_us;
  return journal;
}

static void
tell_ended (const Session *session, const ClawAddress *peer, const char *reason, const char *text)
{
  claw_event (
      CLAW_EVENT_SESSION_ENDED,
      &(ClawEventFields){
          .member = session->member, .session = session->number, .peer = peer, .reason = reason },
      _ ("Member %u is disconnected: %s"), session->member, text);
}

void
claw_server_journal_free (ClawServerJournal *journal)
{
  GHashTableIter iter;
  gpointer session;

  if (journal == NULL)
    return;
  g_hash_table_iter_init (&iter, journal->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session))
    tell_ended (session, NULL, "stopped", _ ("the server stops"));
  g_hash_table_unref (journal->sessions);
  g_free (journal);
}

void
claw_server_journal_begun (ClawServerJournal *journal, ClawConnection *connection, uint32_t member)
{
  Session *session = g_new (Session, 1);

  *session = (Session){ .number = ++journal->last_number, .member = member };
  g_hash_table_insert (journal->sessions, connection, session);
  claw_event (CLAW_EVENT_SESSION_BEGUN,
              &(ClawEventFields){ .member = member,
                                  .session = session->number,
                                  .peer = claw_connection_get_peer_address (connection) },
              _ ("Member %u is connected"), member);
}

void
claw_server_journal_rekeyed (ClawServerJournal *journal, const ClawConnection *connection)
{
  const Session *session = g_hash_table_lookup (journal->sessions, connection);

  if (session == NULL)
    return;
  claw_event (CLAW_EVENT_KEYS_ROTATED,
              &(ClawEventFields){ .member = session->member, .session = session->number },
              _ ("Changed the keys of the session of member %u"), session->member);
}

const char *
claw_server_journal_reason (ClawCloseReason reason)
{
  static const char *const words[] = {
    [CLAW_CLOSE_LOCAL] = "server",      [CLAW_CLOSE_PEER] = "client",
    [CLAW_CLOSE_NO_ANSWER] = "unheard", [CLAW_CLOSE_LOST] = "lost",
    [CLAW_CLOSE_PROTOCOL] = "protocol", [CLAW_CLOSE_COMPROMISED] = "compromised",
  };

  g_return_val_if_fail ((unsigned) reason < G_N_ELEMENTS (words), NULL);

  return words[reason];
}

static const char *
reason_text (ClawCloseReason reason)
{
  switch (reason)
    {
    case CLAW_CLOSE_LOCAL:
      return _ ("closed by the server");
    case CLAW_CLOSE_PEER:
      return _ ("closed by the client");
    case CLAW_CLOSE_NO_ANSWER:
    case CLAW_CLOSE_LOST:
      return _ ("lost");
    case CLAW_CLOSE_COMPROMISED:
      return _ ("its keys are compromised");
    case CLAW_CLOSE_PROTOCOL:
      return _ ("the client broke the protocol");
    }
  return "";
}

void
claw_server_journal_ended (ClawServerJournal *journal, const ClawEndpointEvent *event)
{
  const Session *session = g_hash_table_lookup (journal->sessions, event->connection);
  ClawConnectionStats stats;

  if (session == NULL)
    return;
  claw_connection_get_stats (event->connection, &stats);
  journal->lost += stats.datagrams_lost;
  journal->ended[event->reason]++;
  tell_ended (session, claw_connection_get_peer_address (event->connection),
              claw_server_journal_reason (event->reason), reason_text (event->reason));
  g_hash_table_remove (journal->sessions, event->connection);
}

static void
look_at_near_misses (ClawServerJournal *journal, const ClawEndpointStats *stats, gint64 now_us)
{
  uint64_t n = stats->near_misses - journal->told_near_misses;

  if (n == 0
      || (journal->told_us != 0 && now_us - journal->told_us < CLAW_SERVER_JOURNAL_NEAR_MISSES_US))
    return;
  journal->told_near_misses = stats->near_misses;
  journal->told_us = now_us;
  claw_event (CLAW_EVENT_HANDSHAKES_REFUSED,
              &(ClawEventFields){ .peer = &stats->last_near_miss_from,
                                  .reason = stats->last_near_miss,
                                  .count = n },
              _ ("Refused %llu handshakes that came close; the last one: %s"),
              (unsigned long long) n, stats->last_near_miss);
}

static void
look_at_clock (ClawServerJournal *journal, gint64 unix_us, gint64 now_us)
{
  gint64 jump_us = unix_us - now_us - journal->clock_us;
  gint64 jump_s = (ABS (jump_us) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;

  /* What a time service corrects little by little is not to add up. */
  journal->clock_us = unix_us - now_us;
  if (ABS (jump_us) < CLAW_SERVER_JOURNAL_JUMP_US)
    return;
  claw_event (
      CLAW_EVENT_CLOCK_JUMPED,
      &(ClawEventFields){ .reason = jump_us > 0 ? "forward" : "back", .count = (uint64_t) jump_s },
      jump_us > 0 ? _ ("The clock went forward by %lld s: it was set, or the machine was asleep")
                  : _ ("The clock went back by %lld s: it was set"),
      (long long) jump_s);
}

void
claw_server_journal_look (ClawServerJournal *journal,
                          const ClawEndpointStats *stats,
                          gint64 unix_us,
                          gint64 now_us)
{
  look_at_near_misses (journal, stats, now_us);
  look_at_clock (journal, unix_us, now_us);
}

void
claw_server_journal_mapping (ClawServerJournal *journal,
                             const ClawAddress *mapped,
                             const char *reason)
{
  uint16_t port = mapped->family != CLAW_ADDRESS_NONE ? mapped->port : 0;
  uint16_t before = journal->mapped_port;

  if (port == before)
    return;
  journal->mapped_port = port;
  if (port != 0)
    claw_event (CLAW_EVENT_MAPPING_GAINED, &(ClawEventFields){ .port = port },
                _ ("The router passes UDP port %u on to this machine"), port);
  else
    claw_event (CLAW_EVENT_MAPPING_LOST, &(ClawEventFields){ .port = before, .reason = reason },
                _ ("The router does not pass UDP port %u on any more"), before);
}

uint64_t
claw_server_journal_get_ended (const ClawServerJournal *journal, ClawCloseReason reason)
{
  g_return_val_if_fail ((unsigned) reason < G_N_ELEMENTS (journal->ended), 0);

  return journal->ended[reason];
}

uint64_t
claw_server_journal_get_lost (const ClawServerJournal *journal)
{
  return journal->lost;
}
