/* claw-server-setup.c: the first steps of a server, each with an error that says what to do. */
#include "config.h"

#include "claw-server-setup.h"

#include "claw-events.h"
#include "claw-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* clang-format off */
G_DEFINE_QUARK (claw-server-setup-error-quark, claw_server_setup_error)
/* clang-format on */

int
claw_server_setup_lock (const char *state_directory, GError **error)
{
  g_autofree char *path = g_build_filename (state_directory, "lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), _ ("Could not open %s: %s"),
                   path, g_strerror (saved));
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  close (fd);
  g_set_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_LOCKED,
               _ ("Another server uses the state directory %s. Stop it, or give this one "
                  "directories of its own with --state-dir and --security-dir"),
               state_directory);
  return -1;
}

static ClawBootstrapKey *
make_bootstrap_key (const char *path, GError **error)
{
  g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_generate ();

  if (!claw_bootstrap_key_save (key, path, error))
    return NULL;
  claw_event (
      CLAW_EVENT_KEY_MADE, NULL,
      _ ("Made the bootstrap key, which opens this server's .sec files: %s. Bring it once to "
         "each desktop over a trusted channel (a USB stick, scp) and choose it there when the "
         "key is asked for, or give it with --bootstrap-key-file"),
      path);
  return g_steal_pointer (&key);
}

/* The one that this server made is random and a file of its own: anything else at its place would
 * quietly lock out everybody who has the key. */
static ClawBootstrapKey *
load_own_key (const char *path, GError **error)
{
  g_autoptr (ClawBootstrapKey) key = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE,
                   _ ("%s is a symbolic link. Put the key itself there, or name its file with "
                      "--bootstrap-key-file"),
                   path);
      return NULL;
    }
  key = claw_bootstrap_key_find (path, error);
  if (key == NULL || !claw_bootstrap_key_is_passphrase (key))
    return g_steal_pointer (&key);
  g_set_error (
      error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE,
      _ ("%s does not hold the key that this server made, 44 characters ending in “=”. Put "
         "a copy back, name a passphrase's file with --bootstrap-key-file, or delete it "
         "to have a new key made"),
      path);
  return NULL;
}

ClawBootstrapKey *
claw_server_setup_bootstrap_key (const char *path, const char *security_directory, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *own = g_build_filename (security_directory, "bootstrap.key", NULL);
  ClawBootstrapKey *key = claw_bootstrap_key_find (path, &problem);

  if (key != NULL)
    return key;
  if (!g_error_matches (problem, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  /* A dangling link is there too: reading it then fails instead of being replaced. */
  if (!g_file_test (own, G_FILE_TEST_EXISTS) && !g_file_test (own, G_FILE_TEST_IS_SYMLINK))
    return make_bootstrap_key (own, error);
  return load_own_key (own, error);
}

static ClawUdpSocket *
bind_configured (const ClawServerConfig *config, ClawAddress *address, GError **error)
{
  g_autoptr (GError) problem = NULL;
  ClawUdpSocket *socket;

  address->port = (uint16_t) config->port;
  socket = claw_udp_socket_new (address, &problem);
  if (socket != NULL)
    return socket;
  g_set_error (
      error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_PORT,
      _ ("Could not listen on %s, UDP port %d: %s. Choose another one with --ip and --port "
         "or in the configuration (server.ip, server.port)"),
      config->ip, config->port, problem->message);
  return NULL;
}

gboolean
claw_server_setup_listen_address (const ClawServerConfig *config,
                                  ClawAddress *address,
                                  GError **error)
{
  if (claw_address_parse_ip (config->ip, 0, address))
    return TRUE;
  g_set_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_ADDRESS,
               _ ("“%s” is not an IP address to listen on"), config->ip);
  return FALSE;
}

ClawUdpSocket *
claw_server_setup_socket (const ClawServerConfig *config, GError **error)
{
  g_autoptr (GError) problem = NULL;
  ClawUdpSocket *socket;
  ClawAddress address;

  if (!claw_server_setup_listen_address (config, &address, error))
    return NULL;
  if (config->port != 0)
    return bind_configured (config, &address, error);
  socket = claw_udp_socket_new (&address, &problem);
  if (socket == NULL)
    g_set_error (error, CLAW_SERVER_SETUP_ERROR, CLAW_SERVER_SETUP_ERROR_PORT,
                 _ ("Could not listen on %s: %s. Choose an address of this machine with --ip or "
                    "in the configuration (server.ip)"),
                 config->ip, problem->message);
  return socket;
}
