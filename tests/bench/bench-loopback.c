/* bench-loopback.c: a real clawchat-server process on loopback, and clients in this process.
 *
 * Prints the time from knock to connected, the round trip of a chat line, messages a second through
 * the server to one and to ten members, and the server's memory idle and for each further session.
 */
#include "claw-chat.h"
#include "claw-pump.h"
#include "claw-sec-file.h"

#include <gio/gio.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define CLIENTS_FOR_MEMORY 200
#define ROUND_TRIPS 2000
#define BULK 20000

typedef struct
{
  ClawIdentity identity;
  ClawUdpSocket *socket;
  ClawEndpoint *endpoint;
  ClawPump *pump;
  ClawChat *chat;
  ClawConnection *connection;
  unsigned received, delivered;
} Client;

static char *server_directory;

static char *
find_sec (void)
{
  g_autofree char *security = g_build_filename (server_directory, "security", NULL);
  g_autoptr (GDir) dir = g_dir_open (security, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".sec"))
      return g_build_filename (security, name, NULL);
  return NULL;
}

/* The file that nobody has used yet; the one before may be on its way out. */
static ClawSecFile *
load_unused_sec (const char *used)
{
  g_autofree char *key_path = g_build_filename (server_directory, "security", "bootstrap.key",
                                                NULL);

  for (;;)
    {
      g_autofree char *path = find_sec ();
      g_autoptr (ClawBootstrapKey) key = claw_bootstrap_key_find (key_path, NULL);
      ClawSecFile *file = NULL;

      if (path != NULL && key != NULL && g_strcmp0 (path, used) != 0)
        file = claw_sec_file_load (path, key, NULL);
      if (file != NULL)
        return file;
      g_usleep (200);
    }
}

static void
pump_chat (Client *client)
{
  claw_chat_pump (client->chat);
  for (;;)
    {
      g_auto (ClawChatEvent) event = { 0 };

      if (!claw_chat_next_event (client->chat, &event))
        break;
      if (event.type == CLAW_CHAT_MESSAGE)
        client->received++;
      if (event.type == CLAW_CHAT_STATE && event.state == CLAW_MESSAGE_DELIVERED)
        client->delivered++;
    }
  claw_chat_pump (client->chat);
}

static void
on_event (const ClawEndpointEvent *event, gpointer user_data)
{
  Client *client = user_data;

  if (event->type == CLAW_ENDPOINT_CLOSED)
    g_error ("session closed: reason %d, code %d", event->reason, event->peer_code);
  if (event->type == CLAW_ENDPOINT_ESTABLISHED)
    {
      client->connection = event->connection;
      claw_chat_attach (client->chat, event->connection);
    }
  pump_chat (client);
}

static Client *
client_new (unsigned number)
{
  g_autofree char *hello = g_strdup_printf ("%cbench-%u", 1, number);
  Client *client = g_new0 (Client, 1);
  ClawEndpointConfig config = { .identity = &client->identity,
                                .hello = hello,
                                .hello_length = strlen (hello),
                                .jitter_seed = number };

  claw_identity_generate (&client->identity);
  client->socket = claw_udp_socket_new_client (NULL);
  g_assert_nonnull (client->socket);
  client->endpoint = claw_endpoint_new (&config);
  client->chat = claw_chat_new ();
  client->pump = claw_pump_new (client->endpoint, client->socket, on_event, client);
  return client;
}

/* Returns: µs from the first datagram to the established session. */
static gint64
client_connect (Client *client, ClawSecFile *file)
{
  ClawConnectRequest request = { .server_key = file->server_public_key,
                                 .psks = { &file->shared_secret },
                                 .addresses = &file->server,
                                 .n_addresses = 1,
                                 .unix_us = (uint64_t) g_get_real_time (),
                                 .now_us = claw_pump_now_us (),
                                 .give_up_us = G_MAXINT64 };
  gint64 start = g_get_monotonic_time ();

  claw_endpoint_connect (client->endpoint, &request);
  claw_pump_kick (client->pump);
  while (client->connection == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_get_monotonic_time () - start;
}

static void
client_say (Client *client, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, g_get_real_time (), &error);

  g_assert_no_error (error);
  while (!claw_chat_send (client->chat, message, NULL))
    g_main_context_iteration (NULL, TRUE);
  pump_chat (client);
  claw_pump_kick (client->pump);
}

static unsigned
resident_kib (GSubprocess *server)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/smaps_rollup",
                                           g_subprocess_get_identifier (server));
  g_autofree char *text = NULL;
  const char *line;
  unsigned kib = 0;

  if (g_file_get_contents (path, &text, NULL, NULL) && (line = strstr (text, "\nPss:")) != NULL)
    sscanf (line, "\nPss: %u", &kib);
  return kib;
}

static void
bench_round_trip (Client *anna, Client *ben)
{
  gint64 start = g_get_monotonic_time ();

  for (unsigned i = 0; i < ROUND_TRIPS; i++)
    {
      unsigned before_ben = ben->received, before_anna = anna->received;

      client_say (anna, "ping");
      while (ben->received == before_ben)
        g_main_context_iteration (NULL, TRUE);
      client_say (ben, "pong");
      while (anna->received == before_anna)
        g_main_context_iteration (NULL, TRUE);
    }
  g_print ("chat round trip, member-server-member and back %.0f µs\n",
           (double) (g_get_monotonic_time () - start) / ROUND_TRIPS);
}

static void
bench_bulk (GPtrArray *clients, unsigned listeners, unsigned messages)
{
  Client *speaker = clients->pdata[0];
  g_autofree unsigned *target = g_new (unsigned, listeners + 1);
  gint64 start = g_get_monotonic_time ();
  double seconds;

  for (unsigned i = 1; i <= listeners; i++)
    target[i] = ((Client *) clients->pdata[i])->received + messages;
  for (unsigned i = 0; i < messages; i++)
    client_say (speaker, "A chat line as people write them, of some sixty bytes or so.");
  for (unsigned i = 1; i <= listeners; i++)
    while (((Client *) clients->pdata[i])->received < target[i])
      g_main_context_iteration (NULL, TRUE);
  seconds = (double) (g_get_monotonic_time () - start) / 1e6;
  g_print ("messages through the server to %2u     %8.0f /s sent, %.0f /s delivered\n", listeners,
           messages / seconds, messages * listeners / seconds);
}

static GSubprocess *
start_server (void)
{
  g_autofree char *security = g_build_filename (server_directory, "security", NULL);
  g_autofree char *state = g_build_filename (server_directory, "state", NULL);
  g_autofree char *control = g_build_filename (server_directory, "control.sock", NULL);
  g_autofree char *config = g_build_filename (server_directory, "server.yaml", NULL);
  g_autoptr (GError) error = NULL;

  /* Not the limits are measured. */
  g_file_set_contents (config, "limits: {messages_per_second: 10000, too_fast_seconds: 3600}\n", -1,
                       &error);
  g_assert_no_error (error);
  GSubprocess *server = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error,
                                          g_getenv ("CLAWCHAT_SERVER"), "--headless", "--config",
                                          config, "--ip", "127.0.0.1", "--security-dir", security,
                                          "--state-dir", state, "--control-socket", control, NULL);

  g_assert_no_error (error);
  return server;
}

static Client *
add_client (GPtrArray *clients, gint64 *connected_us)
{
  g_autofree char *path = NULL;
  g_autoptr (ClawSecFile) file = load_unused_sec (NULL);
  Client *client = client_new (clients->len);

  path = find_sec ();
  *connected_us = client_connect (client, file);
  g_ptr_array_add (clients, client);
  /* The next file must be another one. */
  claw_sec_file_free (load_unused_sec (path));
  return client;
}

typedef struct
{
  GSubprocess *process;
  GPtrArray *clients;
  gint64 connecting_us; /* of all clients together */
} Scene;

static void
client_free (gpointer data)
{
  Client *client = data;

  claw_pump_free (client->pump);
  claw_chat_free (client->chat);
  claw_endpoint_free (client->endpoint);
  g_object_unref (client->socket);
  claw_identity_clear (&client->identity);
  g_free (client);
}

static void
scene_add_clients (Scene *scene, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    {
      gint64 us;

      add_client (scene->clients, &us);
      scene->connecting_us += us;
    }
}

static void
scene_begin (Scene *scene, unsigned clients)
{
  server_directory = g_dir_make_tmp ("clawchat-bench-XXXXXX", NULL);
  scene->connecting_us = 0;
  scene->process = start_server ();
  scene->clients = g_ptr_array_new_with_free_func (client_free);
  claw_sec_file_free (load_unused_sec (NULL));
  scene_add_clients (scene, clients);
}

static void
scene_end (Scene *scene)
{
  const char *const command[] = { "rm", "-rf", server_directory, NULL };

  g_ptr_array_unref (scene->clients);
  g_subprocess_send_signal (scene->process, SIGTERM);
  g_subprocess_wait (scene->process, NULL, NULL);
  g_object_unref (scene->process);
  g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  g_clear_pointer (&server_directory, g_free);
}

static void
bench_memory (void)
{
  Scene scene;
  unsigned idle, some, many;

  scene_begin (&scene, 0);
  idle = resident_kib (scene.process);
  scene_add_clients (&scene, 10);
  some = resident_kib (scene.process);
  scene_add_clients (&scene, CLIENTS_FOR_MEMORY);
  many = resident_kib (scene.process);
  g_print ("from knock to connected               %8.2f ms (mean of %u)\n",
           (double) scene.connecting_us / 1e3 / scene.clients->len, scene.clients->len);
  g_print ("memory of an idle server              %8.2f MiB\n", idle / 1024.0);
  g_print ("memory of each further member         %8.2f KiB (mean of %u)\n",
           ((double) many - some) / CLIENTS_FOR_MEMORY, CLIENTS_FOR_MEMORY);
  scene_end (&scene);
}

int
main (void)
{
  Scene scene;

  setlocale (LC_ALL, "");
  claw_secret_init ();
  bench_memory ();
  scene_begin (&scene, 2);
  bench_round_trip (scene.clients->pdata[0], scene.clients->pdata[1]);
  bench_bulk (scene.clients, 1, BULK);
  scene_end (&scene);
  scene_begin (&scene, 11);
  bench_bulk (scene.clients, 10, BULK / 4);
  scene_end (&scene);
  return 0;
}
