/* client-fixture.h: a client and a small server in the same process, over loopback.
 *
 * Nothing sleeps: the main context runs until what is expected has happened; GLib's test timeout
 * ends what never does.
 */
#pragma once

#include "claw-client.h"
#include "claw-test-chat.h"
#include "../support/test-support.h"

typedef struct
{
  ClawTestChat chat;
  char *data_directory;
  ClawClient *client; /* (nullable): when a test has let go of it */
  gboolean opened;
  GError *open_error;
  GPtrArray *received; /* of char *: "sender: text" */
  unsigned welcomes;
  unsigned sent;
  unsigned delivered;
  unsigned cancelled;
} Fixture;

void fixture_init (Fixture *fixture, int timeout_s);
/* Also makes sure that the client left nothing but what it is to keep. */
void fixture_clear (Fixture *fixture);
/* Ends the client and begins anew on the same data directory, as a program that is started again.
 */
void restart_client (Fixture *fixture, int timeout_s);

/* These wait until it has come to something, which is in open_error. */
void open_file (Fixture *fixture, ClawClientOpenFlags flags);
void resume (Fixture *fixture);
/* For claw_client_open_async (): it is opened then. @user_data: the fixture */
void on_opened (GObject *object, GAsyncResult *result, gpointer user_data);
/* Opens the file, which the server accepts from now on, and waits for the session. */
void connect_client (Fixture *fixture);
void wait_for_state (Fixture *fixture, ClawClientState state);
void send_text (Fixture *fixture, const char *text);
/* Returns: (transfer full) (nullable): the only file of a pairing. */
char *find_pairing_file (const Fixture *fixture);
