/* saved-chats-fixture.h: several chats at a time, with small servers in the same process.
 *
 * Nothing sleeps: the main context runs until what is expected has happened; GLib's test timeout
 * ends what never does.
 */
#pragma once

#include "claw-saved-chats.h"
#include "claw-test-chat.h"
#include "../support/test-support.h"

#define N_SERVERS 2

typedef struct
{
  ClawTestChat peers[N_SERVERS];
  ClawKey store_key; /* empty: none */
  char *directory;
  char *chats_directory;
  ClawSavedChats *chats; /* (nullable): between end_chats () and make_chats () */
  unsigned n_messages;
  gboolean is_done;
  ClawSavedChat *opened; /* (nullable): of the last file */
  GError *error;         /* (nullable): likewise */
} Fixture;

/* With no chat yet, and a key. */
void fixture_init (Fixture *fixture);
/* Forgets all chats, so that nothing may be left on the disk. */
void fixture_clear (Fixture *fixture);
/* As when the program starts on what is in the chats' directory. */
void make_chats (Fixture *fixture);
/* As when it ends; no chat may be used any more. */
void end_chats (Fixture *fixture);
/* make_chats () with one chat, in the directory @id. Returns: (transfer none): it */
ClawSavedChat *restart (Fixture *fixture, const char *id);
/* For the signal "message" of the chats or of one, swapped: counts in n_messages. */
void on_message (Fixture *fixture);

/* Opens the file of the server @i and waits for what comes of it, which is in opened and error. */
void open_file (Fixture *fixture, unsigned i, ClawBootstrapKey *key);
/* Opens a fresh file, since each is good once, which the server @i accepts, and waits for the
 * session. Returns: (transfer none) */
ClawSavedChat *connect_to (Fixture *fixture, unsigned i);
/* Takes the pairing of the chat @id from the disk, as when the operator has ended it. */
void remove_pairing (Fixture *fixture, const char *id);

/* Returns: (transfer none): of the list that the user sees. */
ClawSavedChat *get_chat (Fixture *fixture, unsigned position);
unsigned count_chats (Fixture *fixture);
/* How many chats have a directory on the disk. */
unsigned count_directories (const Fixture *fixture);
