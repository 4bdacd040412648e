/* claw-test-server.h: a small server inside a test: one endpoint on loopback, one client, one chat.
 */
#pragma once

#include "claw-chat.h"
#include "claw-pump.h"
#include "claw-sec-file.h"

typedef struct
{
  ClawIdentity identity;
  ClawKey file_psk;
  ClawKey resumption; /* of the last session */
  ClawUdpSocket *socket;
  ClawUdpSocket *other_socket; /* (nullable) */
  ClawEndpoint *endpoint;
  ClawPump *pump;
  ClawConnection *connection; /* (nullable): ESTABLISHED */
  ClawChat *chat;
  uint8_t client_key[CLAW_PUBLIC_KEY_SIZE];
  uint64_t psk_id; /* that the last session was made with */
  char *hello;     /* the client's, NUL-terminated */
  size_t hello_length;
  gboolean elsewhere; /* the .sec names an address that the kernel refuses to send to */
  unsigned sessions;
  unsigned byes;
  unsigned told;       /* that the keys are compromised */
  GPtrArray *received; /* of char *: texts, in order */
  GPtrArray *asked;    /* of char *: names that were asked for inside sessions */
  const char *name;    /* (nullable): how the client is called, whatever it asks for */
} ClawTestServer;

#define CLAW_TEST_SERVER_FILE_PSK 1
#define CLAW_TEST_SERVER_PAIRING_PSK 2

void claw_test_server_init (ClawTestServer *server);
void claw_test_server_clear (ClawTestServer *server);
/* Lets in who holds the file's secret, or the last session's resumption secret. */
void claw_test_server_accept_file (ClawTestServer *server);
void claw_test_server_accept_pairing (ClawTestServer *server);
void claw_test_server_refuse_all (ClawTestServer *server);
/* Opens another port, from which questions about NATs are answered. */
void claw_test_server_open_other (ClawTestServer *server);
void claw_test_server_close (ClawTestServer *server, ClawCloseCode code);
void claw_test_server_send (ClawTestServer *server, const char *sender, const char *text);
/* Leaves the port without a word to anybody and listens on another, as after a restart: sessions
 * are gone. Returns: FALSE when the port is taken. */
gboolean claw_test_server_restart (ClawTestServer *server, uint16_t port);
/* Writes a .sec for this server. */
void claw_test_server_write_file (ClawTestServer *server,
                                  const char *path,
                                  const ClawBootstrapKey *key,
                                  gint64 valid_until_s);
