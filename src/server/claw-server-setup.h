/* claw-server-setup.h: what a server needs from its machine before it can begin: a lock, keys, a
 * port. */
#pragma once

#include "claw-bootstrap-key.h"
#include "claw-server-config.h"
#include "claw-udp-socket.h"

#define CLAW_SERVER_SETUP_ERROR (claw_server_setup_error_quark ())
typedef enum
{
  CLAW_SERVER_SETUP_ERROR_LOCKED,  /* another server uses the state directory */
  CLAW_SERVER_SETUP_ERROR_ADDRESS, /* an address of the configuration is none */
  CLAW_SERVER_SETUP_ERROR_PORT,    /* the configured port cannot be had */
} ClawServerSetupError;
GQuark claw_server_setup_error_quark (void);

/* Locks @state_directory until the descriptor is closed. Returns: -1 with an error. */
int claw_server_setup_lock (const char *state_directory, GError **error);
/* --bootstrap-key-file, environment or credential; else <security_directory>/bootstrap.key, made at
 * first use. */
ClawBootstrapKey *
claw_server_setup_bootstrap_key (const char *path, const char *security_directory, GError **error);
/* The configured address, with port 0. */
gboolean claw_server_setup_listen_address (const ClawServerConfig *config,
                                           ClawAddress *address,
                                           GError **error);
/* Binds to the configured port, else to a random one. */
ClawUdpSocket *claw_server_setup_socket (const ClawServerConfig *config, GError **error);
