/* server-fixture.h: a whole server and its clients on 127.0.0.1, all in one thread's main context.
 *
 * Nothing sleeps: the context is run until what is waited for has happened. No hour ends by itself
 * either: the wall clock of such a program, g_get_real_time (), is half an hour away from it.
 */
#pragma once

#include "claw-server-private.h"
#include "../support/test-support.h"

typedef struct
{
  char *directory, *control;
  ClawServerConfig *config;
  ClawServer *server;
} Fixture;

typedef struct
{
  ClawIdentity identity;
  ClawEndpoint *endpoint;
  ClawUdpSocket *socket;
  ClawPump *pump;
  ClawChat *chat;
  ClawConnection *connection; /* once ESTABLISHED */
  ClawKey resumption, previous;
  char *name; /* of the WELCOME */
  GString *log;
  gboolean closed;
  gboolean told;         /* that its keys are compromised */
  gboolean stays_silent; /* then */
  gboolean peer_knows;
  gboolean probed;
  ClawCloseReason reason;
  ClawCloseCode code;
} Client;

/* Fixture: a server with directories of its own. */
void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);
/* A stopped server again. */
void start (Fixture *fixture);
void restart (Fixture *fixture);
/* On the wall clock only; no timer hears of it. */
void let_hours_pass (unsigned hours);
/* Opens the server's unused file. */
ClawSecFile *open_current (Fixture *fixture);

/* A client with the key pair of @like (nullable), or a new one. */
Client *client_new (const Client *like, const char *name);
void client_free (Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)
/* For a pump of a client that is made anew. */
void on_client_event (const ClawEndpointEvent *event, gpointer data);
/* Knocks with @psk; does not wait. */
void knock (Fixture *fixture, Client *client, const ClawKey *psk);
/* Knocks and waits for the WELCOME. */
void join (Fixture *fixture, Client *client, const ClawKey *psk);
/* A new client that joins by the unused file. */
Client *pair (Fixture *fixture, const Client *like, const char *name);
void say (Client *client, const char *text);
