/* room-fixture.h: one room, several members, a perfect network inside of one thread, and a clock
 * that the test turns.
 *
 * The server's endpoint and one endpoint per client hand each other datagrams directly.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-room.h"

#define CLIENTS 4
#define START_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define STEP_US (5 * 1000)

typedef struct
{
  ClawIdentity identity;
  ClawKey psk;
  ClawEndpoint *endpoint;
  ClawConnection *connection; /* the client's side */
  ClawConnection *session;    /* the server's side */
  ClawChat *chat;
  GString *log;      /* what it was told, a line each */
  ClawMessage *last; /* (nullable): that came */
  gboolean deaf;     /* reads nothing, answers nothing */
  ClawCloseCode closed_with;
  gboolean closed;
} Client;

typedef struct
{
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawRoom *room;
  GString *operators; /* what they were told */
  unsigned limits[CLAW_ROOM_LIMIT_NOT_KEPT + 1];
  Client clients[CLIENTS];
  gint64 now_us;
} Fixture;

void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);
/* Lets @steps times a few milliseconds pass, in which everything arrives. */
void run (Fixture *fixture, unsigned steps);
/* Makes client @at knock under @name, which its endpoint says in every handshake. */
void connect_client (Fixture *fixture, unsigned at, const char *name);
/* Anna, ben, cleo and dan, as many of them as @count; what they were told of it is forgotten. */
void add_members (Fixture *fixture, unsigned count);
void say (Fixture *fixture, unsigned at, const char *text);

/* What client @at was told. */
void assert_log (Fixture *fixture, unsigned at, const char *expected);
unsigned count_lines (Fixture *fixture, unsigned at, const char *prefix);
