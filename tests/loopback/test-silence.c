/* test-silence.c: a stranger's datagram gets no answer, from a real server on a real socket.
 *
 * Every kind of wrong datagram is sent to a clawchat-server process. Afterwards a right handshake
 * is sent on the same socket: it is answered, so all that came before has been read by then, and
 * had anything else been answered, it would be here too. That makes the silence provable without
 * waiting for a time-out.
 */
#include "claw-handshake.h"
#include "claw-record.h"
#include "claw-sec-file.h"
#include "../support/test-support.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>

typedef struct
{
  char *directory;
  GSubprocess *server;
  GSocket *socket;
  ClawSecFile *file;
  ClawIdentity identity;
  uint64_t timestamp_us;
} Fixture;

/* The only wait of this test: until the server has written its .sec file. */
static char *
wait_for_sec (const char *directory)
{
  for (unsigned i = 0; i < 1200; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (name, ".sec"))
          return g_build_filename (directory, name, NULL);
      g_usleep (50 * 1000);
    }
  g_assert_not_reached ();
}

static void
connect_socket (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (
      "127.0.0.1", fixture->file->server.port);

  fixture->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_UDP, &error);
  g_assert_no_error (error);
  g_socket_connect (fixture->socket, address, NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *security = NULL, *state = NULL, *control = NULL, *sec = NULL, *key_path = NULL;
  g_autoptr (ClawBootstrapKey) key = NULL;

  fixture->directory = g_dir_make_tmp ("clawchat-silence-XXXXXX", &error);
  g_assert_no_error (error);
  security = g_build_filename (fixture->directory, "security", NULL);
  state = g_build_filename (fixture->directory, "state", NULL);
  control = g_build_filename (fixture->directory, "control.sock", NULL);
  fixture->server = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, g_getenv ("CLAWCHAT_SERVER"),
                                      "--headless", "--ip", "127.0.0.1", "--security-dir", security,
                                      "--state-dir", state, "--control-socket", control, NULL);
  g_assert_no_error (error);
  sec = wait_for_sec (security);
  key_path = g_build_filename (security, "bootstrap.key", NULL);
  key = claw_bootstrap_key_find (key_path, &error);
  g_assert_no_error (error);
  fixture->file = claw_sec_file_load (sec, key, &error);
  g_assert_no_error (error);
  claw_identity_generate (&fixture->identity);
  fixture->timestamp_us = (uint64_t) g_get_real_time ();
  connect_socket (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (fixture->server, SIGTERM);
  g_subprocess_wait (fixture->server, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (fixture->server));
  g_assert_cmpint (g_subprocess_get_exit_status (fixture->server), ==, 0);
  g_object_unref (fixture->server);
  g_object_unref (fixture->socket);
  claw_sec_file_free (fixture->file);
  claw_identity_clear (&fixture->identity);
  remove_tree (fixture->directory);
  g_free (fixture->directory);
}

static void
send_datagram (Fixture *fixture, const void *data, size_t length)
{
  g_autoptr (GError) error = NULL;

  g_socket_send (fixture->socket, data, length, NULL, &error);
  g_assert_no_error (error);
}

static ClawInitiation *
initiate (Fixture *fixture, const ClawKey *psk, uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE])
{
  ClawInitiation *initiation = claw_initiation_new (
      &fixture->identity, fixture->file->server_public_key, psk, 7, ++fixture->timestamp_us,
      "\1stranger", 9, datagram);

  g_assert_nonnull (initiation);
  return initiation;
}

/* Sends a right initiation and takes its answer, which must be the first thing that arrives. */
static void
assert_only_this_is_answered (Fixture *fixture, uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawInitiation) initiation = initiate (fixture, &fixture->file->shared_secret,
                                                    datagram);
  g_auto (ClawHandshakeKeys) keys = { 0 };
  uint8_t answer[2048], hello[CLAW_HANDSHAKE_HELLO_MAX];
  size_t hello_length;
  gssize length;

  send_datagram (fixture, datagram, CLAW_HANDSHAKE_INITIATION_SIZE);
  g_socket_set_timeout (fixture->socket, 10);
  length = g_socket_receive (fixture->socket, (char *) answer, sizeof answer, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (
      claw_initiation_finish (initiation, answer, (size_t) length, &keys, hello, &hello_length));
  g_assert_cmpint (length, <=, CLAW_HANDSHAKE_INITIATION_SIZE);
}

/* Random bytes of every length from 0 to 1500, also typed as each datagram of the protocol. */
static void
test_random_bytes (Fixture *fixture, gconstpointer data)
{
  static const uint8_t types[] = { CLAW_HANDSHAKE_INITIATION, CLAW_HANDSHAKE_RESPONSE,
                                   CLAW_RECORD_TYPE, CLAW_RECORD_TYPE | 1 };
  uint8_t datagram[1500], right[CLAW_HANDSHAKE_INITIATION_SIZE];

  for (size_t length = 0; length <= sizeof datagram; length++)
    {
      randombytes_buf (datagram, sizeof datagram);
      send_datagram (fixture, datagram, length);
      datagram[0] = types[length % G_N_ELEMENTS (types)];
      send_datagram (fixture, datagram, length);
      /* In bursts that the socket's buffer holds, so that each datagram is really looked at. */
      if (length % 50 == 0)
        assert_only_this_is_answered (fixture, right);
    }
  assert_only_this_is_answered (fixture, right);
}

/* A handshake by somebody who knows the server's key, but not the secret of any file. */
static void
test_wrong_psk (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) psk = { 0 };
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];

  claw_key_generate (&psk);
  claw_initiation_free (initiate (fixture, &psk, datagram));
  send_datagram (fixture, datagram, sizeof datagram);
  assert_only_this_is_answered (fixture, datagram);
}

/* A handshake that was answered once, sent again by somebody who saw it. */
static void
test_replayed (Fixture *fixture, gconstpointer data)
{
  uint8_t first[CLAW_HANDSHAKE_INITIATION_SIZE], second[CLAW_HANDSHAKE_INITIATION_SIZE];

  assert_only_this_is_answered (fixture, first);
  for (unsigned i = 0; i < 10; i++)
    send_datagram (fixture, first, sizeof first);
  assert_only_this_is_answered (fixture, second);
}

/* A right handshake cut to every shorter length, and lengthened. */
static void
test_truncated (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE + 1] = { 0 };

  claw_initiation_free (initiate (fixture, &fixture->file->shared_secret, datagram));
  for (size_t length = 0; length < CLAW_HANDSHAKE_INITIATION_SIZE; length++)
    send_datagram (fixture, datagram, length);
  send_datagram (fixture, datagram, sizeof datagram);
  assert_only_this_is_answered (fixture, datagram);
}

/* A right handshake with each of its bytes changed in turn. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];

  claw_initiation_free (initiate (fixture, &fixture->file->shared_secret, datagram));
  for (size_t i = 0; i < sizeof datagram; i++)
    {
      datagram[i] ^= 1;
      send_datagram (fixture, datagram, sizeof datagram);
      datagram[i] ^= 1;
    }
  assert_only_this_is_answered (fixture, datagram);
}

/* Records for sessions that do not exist. */
static void
test_records_with_wrong_index (Fixture *fixture, gconstpointer data)
{
  uint8_t datagram[CLAW_HANDSHAKE_INITIATION_SIZE];

  for (uint32_t index = 0; index < 1000; index++)
    {
      randombytes_buf (datagram, sizeof datagram);
      datagram[0] = CLAW_RECORD_TYPE;
      if (index < 256)
        memset (datagram + 1, (int) index, 4);
      send_datagram (fixture, datagram, sizeof datagram);
      if (index % 100 == 99)
        assert_only_this_is_answered (fixture, datagram);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/silence/random-bytes", test_random_bytes);
  ADD ("/silence/wrong-psk", test_wrong_psk);
  ADD ("/silence/replayed", test_replayed);
  ADD ("/silence/truncated", test_truncated);
  ADD ("/silence/changed", test_changed);
  ADD ("/silence/wrong-index", test_records_with_wrong_index);
  return g_test_run ();
}
