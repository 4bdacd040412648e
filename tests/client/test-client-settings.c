/* test-client-settings.c: what the user changes while there is a session counts at once. */
#include "claw-client-details.h"
#include "claw-client.h"
#include "claw-source.h"
#include "claw-store.h"
#include "claw-stun.h"
#include "claw-test-chat.h"
#include "claw-udp-socket.h"
#include "../support/test-support.h"

#include <string.h>

#define STUN_TITLE "Your network as STUN servers see it"
#define SERVER_TITLE "Your address as the server sees it"

typedef struct
{
  ClawTestChat chat;
  ClawClient *client;
  unsigned welcomes;
  unsigned renames;
  GString *taken; /* "wish: name " each */
} Fixture;

static void
on_welcome (ClawClient *client, Fixture *fixture)
{
  fixture->welcomes++;
}

static void
on_renamed (ClawClient *client, Fixture *fixture)
{
  fixture->renames++;
}

static void
on_name_taken (ClawClient *client, const char *wish, const char *name, Fixture *fixture)
{
  g_string_append_printf (fixture->taken, "%s: %s; ", wish, name);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_test_chat_init (&fixture->chat);
  fixture->taken = g_string_new (NULL);
  fixture->client = claw_client_new (fixture->chat.directory, "anna", 60);
  g_signal_connect (fixture->client, "welcome", G_CALLBACK (on_welcome), fixture);
  g_signal_connect (fixture->client, "renamed", G_CALLBACK (on_renamed), fixture);
  g_signal_connect (fixture->client, "name-taken", G_CALLBACK (on_name_taken), fixture);
}

static void
open_file (Fixture *fixture)
{
  claw_client_open_async (fixture->client, fixture->chat.sec, fixture->chat.key,
                          CLAW_CLIENT_OPEN_DEFAULT, NULL, NULL, NULL);
}

static void
connect_client (Fixture *fixture)
{
  claw_test_server_accept_file (&fixture->chat.server);
  open_file (fixture);
  RUN_UNTIL (fixture->welcomes == 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_client_shutdown (fixture->client);
  g_assert_finalize_object (fixture->client);
  wait_for_end_of_threads ("claw-network");
  claw_test_chat_clear (&fixture->chat);
  g_string_free (fixture->taken, TRUE);
}

/* The server is asked for a new name at once, and what it gives is ours; the same one again, or
 * none, asks for nothing. */
static void
test_name (Fixture *fixture, gconstpointer data)
{
  connect_client (fixture);
  claw_client_set_name (fixture->client, "anna");
  claw_client_set_name (fixture->client, NULL);
  claw_client_set_name (fixture->client, " ada\n");
  RUN_UNTIL (fixture->renames == 1);
  g_assert_cmpstr (claw_client_get_name (fixture->client), ==, "ada");
  g_assert_cmpuint (fixture->chat.server.asked->len, ==, 1);
  g_assert_cmpstr (fixture->chat.server.asked->pdata[0], ==, "ada");
  g_assert_cmpuint (fixture->chat.server.sessions, ==, 1);
  g_assert_cmpstr (fixture->taken->str, ==, "");
}

/* A name that somebody else has is told, with the one that we have instead; once, not with each
 * session, and not for a wish that was given up while the answer was on its way. */
static void
test_name_taken (Fixture *fixture, gconstpointer data)
{
  connect_client (fixture);
  fixture->chat.server.name = "ada (2)";
  claw_client_set_name (fixture->client, "ben");
  claw_client_set_name (fixture->client, "ada");
  RUN_UNTIL (fixture->chat.server.asked->len == 2 && fixture->taken->len > 0);
  g_assert_cmpstr (claw_client_get_name (fixture->client), ==, "ada (2)");
  g_assert_cmpstr (fixture->taken->str, ==, "ada: ada (2); ");

  claw_test_server_accept_pairing (&fixture->chat.server);
  claw_test_server_close (&fixture->chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  RUN_UNTIL (fixture->welcomes == 2);
  g_assert_cmpmem (fixture->chat.server.hello, fixture->chat.server.hello_length, "\001ada", 4);
  g_assert_cmpstr (fixture->taken->str, ==, "ada: ada (2); ");
}

/* While there is no session, the next handshake has the new name, and nothing more is asked. */
static void
test_name_away (Fixture *fixture, gconstpointer data)
{
  connect_client (fixture);
  claw_test_server_close (&fixture->chat.server, CLAW_CLOSE_CODE_SHUTDOWN);
  RUN_UNTIL (claw_client_get_state (fixture->client) == CLAW_CLIENT_RECONNECTING);
  claw_client_set_name (fixture->client, "ada");
  fixture->chat.server.name = "ada";
  claw_test_server_accept_pairing (&fixture->chat.server);
  claw_client_retry_now (fixture->client);
  RUN_UNTIL (fixture->welcomes == 2);
  g_assert_cmpstr (claw_client_get_name (fixture->client), ==, "ada");
  g_assert_cmpstr (fixture->taken->str, ==, "");
}

static void
set_timeout_while_knocking (ClawClient *client)
{
  if (claw_client_get_state (client) == CLAW_CLIENT_KNOCKING)
    claw_client_set_timeout (client, 50);
}

/* The next attempt knocks as long as was said last, and says so when nobody answers. */
static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  claw_client_set_timeout (fixture->client, 2);
  /* A machine that takes as long as the attempt hears of its beginning and of its end in one. */
  g_signal_connect (fixture->client, "notify::state", G_CALLBACK (set_timeout_while_knocking),
                    NULL);
  open_file (fixture);
  RUN_UNTIL (claw_client_get_state (fixture->client) == CLAW_CLIENT_FAILED);
  const GError *error = claw_client_get_error (fixture->client);
  g_assert_error (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NO_ANSWER);
  g_assert_nonnull (strstr (error->message, "2 s"));
}

/* Returns: (transfer full) (nullable): what the details say under @title. */
static char *
find_detail (Fixture *fixture, const char *title)
{
  g_autoptr (GPtrArray) details = claw_client_list_details (fixture->client);
  for (unsigned i = 0; i < details->len; i++)
    {
      const ClawClientDetail *detail = details->pdata[i];
      if (g_str_equal (detail->title, title))
        return g_strdup (detail->value);
    }
  return NULL;
}

static void
wait_for_detail (Fixture *fixture, const char *title, const char *text)
{
  for (;;)
    {
      g_autofree char *value = find_detail (fixture, title);
      if (text ? value && strstr (value, text) : !value)
        return;
      g_main_context_iteration (NULL, TRUE);
    }
}

/* Switched on in the middle of a session the server is asked now; switched off, what it said is
 * forgotten. */
static void
test_nat_detection (Fixture *fixture, gconstpointer data)
{
  claw_test_server_open_other (&fixture->chat.server);
  connect_client (fixture);
  g_assert_null (find_detail (fixture, SERVER_TITLE));
  for (unsigned i = 0; i < 2; i++)
    {
      claw_client_set_nat_detection (fixture->client, TRUE);
      wait_for_detail (fixture, SERVER_TITLE, "127.0.0.1");
      claw_client_set_nat_detection (fixture->client, FALSE);
      wait_for_detail (fixture, SERVER_TITLE, NULL);
    }
  g_assert_cmpuint (fixture->chat.server.sessions, ==, 1);
}

/* A STUN server that says as whom it sees who asks, and no more. */
typedef struct
{
  ClawUdpSocket *socket;
  GSource *source;
  char entry[CLAW_ADDRESS_STRING_SIZE];
  unsigned asked;
  gboolean is_silent; /* it counts and does not answer */
} StunServer;

static void
on_datagram (const ClawRoute *from, const uint8_t *data, size_t length, gpointer user_data)
{
  StunServer *server = user_data;
  uint8_t buffer[CLAW_STUN_SIZE_MAX];
  ClawStunMessage request;
  if (!claw_stun_read (data, length, &request))
    return;
  server->asked++;
  if (server->is_silent)
    return;
  ClawStunMessage answer = { .class = CLAW_STUN_SUCCESS, .mapped = from->peer };
  memcpy (answer.id, request.id, sizeof answer.id);
  ClawRoute to = { .peer = from->peer };
  claw_udp_socket_queue (server->socket, &to, buffer,
                         claw_stun_write (&answer, buffer, sizeof buffer));
  claw_udp_socket_flush (server->socket);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  claw_udp_socket_receive (((StunServer *) user_data)->socket, 64, on_datagram, user_data);
  return G_SOURCE_CONTINUE;
}

static void
stun_server_init (StunServer *server)
{
  ClawAddress address;
  memset (server, 0, sizeof *server);
  g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &address));
  server->socket = claw_udp_socket_new (&address, NULL);
  g_assert_nonnull (server->socket);
  claw_udp_socket_get_address (server->socket, &address);
  claw_address_format (&address, server->entry);
  server->source = g_socket_create_source (claw_udp_socket_get_socket (server->socket), G_IO_IN,
                                           NULL);
  g_source_set_callback (server->source, G_SOURCE_FUNC (on_readable), server, NULL);
  g_source_attach (server->source, NULL);
}

static void
stun_server_clear (StunServer *server)
{
  claw_source_clear (&server->source);
  g_object_unref (server->socket);
}

static void
set_stun_server (Fixture *fixture, const char *entry)
{
  const char *const servers[] = { entry, NULL };
  claw_client_set_stun_servers (fixture->client, servers);
}

/* STUN servers are asked as soon as they are named, only while NATs are to be looked for, and what
 * they said goes with them. */
static void
test_stun_servers (Fixture *fixture, gconstpointer data)
{
  StunServer stun;
  stun_server_init (&stun);
  set_stun_server (fixture, stun.entry);
  connect_client (fixture);
  claw_client_set_nat_detection (fixture->client, TRUE);
  wait_for_detail (fixture, STUN_TITLE, "There is no NAT");
  set_stun_server (fixture, NULL);
  wait_for_detail (fixture, STUN_TITLE, NULL);
  /* What was asked once more because the answer took its time may lie there still. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  unsigned asked = stun.asked;
  g_assert_cmpuint (asked, >, 0);
  set_stun_server (fixture, "127.0.0.1:99999");
  wait_for_detail (fixture, STUN_TITLE, "None of the STUN servers");
  g_assert_cmpuint (stun.asked, ==, asked);
  set_stun_server (fixture, stun.entry);
  wait_for_detail (fixture, STUN_TITLE, "There is no NAT");
  g_assert_cmpuint (stun.asked, >, asked);

  claw_client_set_nat_detection (fixture->client, FALSE);
  wait_for_detail (fixture, STUN_TITLE, NULL);
  stun_server_clear (&stun);
}

/* A program that ends while STUN servers are asked leaves nothing behind. */
static void
test_stun_abandoned (Fixture *fixture, gconstpointer data)
{
  StunServer stun;
  stun_server_init (&stun);
  stun.is_silent = TRUE;
  claw_client_set_nat_detection (fixture->client, TRUE);
  set_stun_server (fixture, stun.entry);
  connect_client (fixture);
  RUN_UNTIL (stun.asked > 0);
  claw_client_set_stun_servers (fixture->client, (const char *const[]){ "localhost:9", NULL });
  claw_client_shutdown (fixture->client);
  stun_server_clear (&stun);
}

/* The key of the identity is there ahead of what the thread is told at its beginning, which may be
 * a lot; afterwards the identity cannot be read without it. */
static void
test_store_key (Fixture *fixture, gconstpointer data)
{
  g_auto (ClawKey) key = { 0 };
  g_autoptr (GError) error = NULL;
  claw_key_generate (&key);
  claw_client_set_store_key (fixture->client, &key);
  claw_client_set_nat_detection (fixture->client, TRUE);
  set_stun_server (fixture, "127.0.0.1:99999");
  connect_client (fixture);
  claw_client_shutdown (fixture->client);
  wait_for_end_of_threads ("claw-network");
  g_assert_null (claw_store_open (fixture->chat.directory, NULL, &error));
  g_assert_nonnull (error);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  add ("/client-settings/name/at-once", test_name);
  add ("/client-settings/name/taken", test_name_taken);
  add ("/client-settings/name/away", test_name_away);
  add ("/client-settings/timeout/next-attempt", test_timeout);
  add ("/client-settings/nat-detection/at-once", test_nat_detection);
  add ("/client-settings/stun-servers/at-once", test_stun_servers);
  add ("/client-settings/stun-servers/abandoned", test_stun_abandoned);
  add ("/client-settings/store-key/ahead-of-all", test_store_key);
  return g_test_run ();
}
