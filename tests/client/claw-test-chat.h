/* claw-test-chat.h: what a chat with a test server begins with: the server, a directory for the
 * client, and a .sec in it that leads to the server. */
#pragma once

#include "claw-test-server.h"

typedef struct
{
  ClawTestServer server;
  ClawBootstrapKey *key; /* of the .sec */
  char *directory;
  char *sec;
} ClawTestChat;

/* The .sec is good for ten minutes; that the server lets it in is left to the test. */
void claw_test_chat_init (ClawTestChat *chat);
/* Removes the directory with all that is in it. */
void claw_test_chat_clear (ClawTestChat *chat);
/* Writes the .sec anew. @valid_s: for so many seconds from now; below 0: it is over. */
void claw_test_chat_write_file (ClawTestChat *chat, gint64 valid_s);
/* Writes another .sec, since each is good once. As at first the server lets nobody in. */
void claw_test_chat_renew_file (ClawTestChat *chat);
