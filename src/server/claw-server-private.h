/* claw-server-private.h: the server's parts, shared by the files that are its inside only. */
#pragma once

#include "claw-control.h"
#include "claw-erasure.h"
#include "claw-issuer.h"
#include "claw-pairings.h"
#include "claw-pump.h"
#include "claw-reach-watch.h"
#include "claw-room.h"
#include "claw-server-journal.h"
#include "claw-server-metrics.h"
#include "claw-server-ports.h"
#include "claw-server-setup.h"
#include "claw-server.h"

struct ClawServer
{
  const ClawServerConfig *config;
  int lock;
  ClawBootstrapKey *bootstrap_key;
  ClawIdentity identity;
  ClawServerPorts *ports;
  ClawUdpSocket *probe_socket; /* (nullable) */
  unsigned probe_number;       /* in the pump */
  ClawAddress listening;       /* at the present port, which is 0 while none is open */
  ClawEndpoint *endpoint;
  ClawPump *pump;
  ClawReachWatch *reach;
  char *told_reach;     /* (nullable): what the log says of it last */
  char *told_addresses; /* of the newest .sec file */
  gint64 outdated_us;   /* when a file was replaced early, monotonic */
  ClawIssuer *issuer;
  ClawPairings *pairings;
  ClawErasure *erasure;
  ClawRoom *room;
  ClawServerJournal *journal;
  ClawServerMetrics *metrics; /* (nullable): writes them to a file */
  ClawControl *control;
  uint64_t last_psk_id;
  gint64 started_us; /* monotonic */
  gint64 saved_us;   /* monotonic */
  unsigned operators;
  gboolean announces_file; /* the next .sec is worth a word to the operators */
  guint timer_source;      /* maintenance */
  guint reach_source;
  guint ports_source; /* the next rotation, when it is near */
  guint save_source;
  guint turn_source;
  guint slow_source;                    /* while somebody is behind */
  void (*changed) (gpointer user_data); /* (nullable) */
  gpointer changed_data;
  guint changed_source;
};

/* claw-server.c */
gint64 claw_server_now_s (void); /* Unix */
uint64_t claw_server_new_psk_id (ClawServer *server);
/* Lets a pairing's client in with its newest and with its previous secret. */
void claw_server_accept_pairing (ClawServer *server, ClawPairing *pairing);
/* Saves the pairings and finishes what is to be erased: at once, or soon, so that many
 * reconnections cost one write. */
gboolean claw_server_save (ClawServer *server, GError **error);
void claw_server_save_soon (ClawServer *server);
/* Runs maintenance at once, e.g. because a file was used. */
void claw_server_maintain (ClawServer *server);
/* Has the ports rotate in time; to be called when there are ports again. */
void claw_server_await_rotation (ClawServer *server);
/* Lets the room pass on what other calls have left in it, in a turn of its own. */
void claw_server_turn_soon (ClawServer *server);
/* Forgets a pairing and ends its session. */
void claw_server_forget (ClawServer *server, ClawPairing *pairing, ClawCloseCode code);
void claw_server_update_status (ClawServer *server);
/* Something that claw_server_watch () is about is different now. */
void claw_server_note_change (ClawServer *server);

/* claw-server-doors.c */
/* Makes what sockets will be attached to. */
gboolean claw_server_doors_begin (ClawServer *server, GError **error);
/* Opens the sockets, unless they are open. */
gboolean claw_server_doors_open (ClawServer *server, GError **error);
/* Opens them if somebody may come, closes them if nobody may. Not from within a turn of the pump.
 */
gboolean claw_server_doors_update (ClawServer *server, GError **error);

/* claw-server-probe-port.c */
void claw_server_probe_port_open (ClawServer *server);
void claw_server_probe_port_close (ClawServer *server);

/* claw-server-reach.c */
/* Begins to watch how the server can be reached. */
void claw_server_begin_reach (ClawServer *server);
/* A ClawPumpFilter: takes what STUN servers answer. */
gboolean
claw_server_take_stun (const ClawRoute *from, const uint8_t *data, size_t length, gpointer server);
/* Fills in the addresses of a .sec file. */
void claw_server_fill_addresses (ClawServer *server, ClawSecFile *file);
/* The same as they are now, without opening anything; none when no port is open. */
void claw_server_get_addresses (ClawServer *server, ClawSecFile *file);
/* The port is another one: the next file is to name it. */
void claw_server_outdate_file (ClawServer *server);
/* Who can come in, in words for the window that hosts it. Returns: (transfer full) (nullable): NULL
 * while no port is open. */
char *claw_server_describe_hosted_reach (ClawServer *server);
/* Adds the members of the status reply that tell of it. */
void claw_server_add_reach (ClawServer *server, JsonBuilder *builder);

/* claw-server-files.c: the results of the commands about .sec files. */
JsonNode *
claw_server_files_make (ClawServer *server, const ClawControlFileWish *request, GError **error);
JsonNode *claw_server_files_list (ClawServer *server);
JsonNode *claw_server_files_withdraw (ClawServer *server, const char *which, GError **error);

/* claw-server-sessions.c */
void claw_server_sessions_event (const ClawEndpointEvent *event, gpointer server);

/* claw-server-compromise.c */
typedef struct
{
  unsigned told, away; /* clients */
} ClawServerCompromised;
/* A client says so. */
void claw_server_compromise_told (ClawServer *server, ClawConnection *connection);
/* The operator says so. Returns: FALSE when something is left on the disk, which does not stop the
 * rest. @origin: (nullable): needs no event about it. */
gboolean claw_server_compromise_member (ClawServer *server,
                                        ClawPairing *pairing,
                                        const ClawControlPeer *origin,
                                        ClawServerCompromised *result,
                                        GError **error);
/* Ends a pairing for good, and its session. Returns: FALSE when a stop of the server now would
 * bring it back; it goes on trying. */
gboolean claw_server_revoke (ClawServer *server, ClawPairing *pairing, GError **error);
/* All pairings, the server's key, the secret of the ports, and unused .sec files. */
gboolean claw_server_compromise_all (ClawServer *server,
                                     const ClawControlPeer *origin,
                                     ClawServerCompromised *result,
                                     GError **error);
/* Erases what could not be erased before, saves the new keys and pairings where all are, and
 * removes the note. Pairings must be saved already where only some are to go. */
gboolean claw_server_compromise_settle (ClawServer *server, GError **error);
/* CLOSED with CLAW_CLOSE_COMPROMISED. */
void claw_server_compromise_ended (ClawServer *server, const ClawEndpointEvent *event);
void
claw_server_compromise_announce_file (ClawServer *server, const char *path, gint64 valid_until_s);
/* At the start, before any key is read, and after the pairings were. */
gboolean claw_server_compromise_resume (ClawServer *server, GError **error);
gboolean claw_server_compromise_finish_resume (ClawServer *server, GError **error);

/* claw-server-safety.c */
/* What the operator compares with a member, claw-safety-number.h. Returns: (transfer full): the
 * reply; NULL with CLAW_CONTROL_ERROR_NOT_FOUND. */
JsonNode *claw_server_safety_number (ClawServer *server, uint32_t member, GError **error);

/* claw-server-commands.c */
extern const ClawControlHandler claw_server_commands_handler;
