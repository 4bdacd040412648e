/* chat-fixture.h: two chats over a connection that the test makes up.
 *
 * The five functions of claw-connection.h that a chat uses are defined here, so that the linker
 * takes these and the test decides what gets through, what is handed to the network, and when a
 * connection is gone. The chat over real connections is what tests/simulation is about.
 */
#pragma once

#include "claw-chat.h"

struct ClawConnection
{
  ClawConnection *peer;
  GByteArray *waiting; /* written, not read by the peer */
  size_t capacity;     /* of waiting */
  uint64_t written;
  uint64_t sent;
  gboolean holds; /* what is written is not sent */
  gboolean is_server;
};

typedef struct
{
  ClawConnection wires[2]; /* each what its side writes to */
  ClawChat *chats[2];
  GString *logs[2]; /* a line for each event */
} Fixture;

/* With both sides connected. */
void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);
/* Ends the connection and makes another, on which nothing is under way. */
void connect_chats (Fixture *fixture);

/* Logs all events of @side. */
void take_events (Fixture *fixture, unsigned side);
/* Lets @side write and read, and logs its events. */
void pump (Fixture *fixture, unsigned side);
/* Lets both sides run until nothing moves. */
void settle (Fixture *fixture);
/* Fails unless @side has logged just @expected since the last time. */
void assert_log (Fixture *fixture, unsigned side, const char *expected);

/* Lets @side send a message, which its outbox has room for. */
void say (Fixture *fixture, unsigned side, const char *text);
/* Writes a frame past the chat, whatever is in it. @bytes: without the length */
void write_frame (ClawConnection *wire, const void *bytes, size_t length);
