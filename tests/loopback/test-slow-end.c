/* test-slow-end.c: the end of a client whose disk is slow just then.
 *
 * The disk is this program's own fsync (), which keeps the network thread waiting for as long as a
 * test wants. That is real time, since the owner of a client waits for the thread in it.
 */
#include "claw-client.h"
#include "claw-store.h"
#include "../client/claw-test-chat.h"
#include "../support/test-support.h"

#include <sys/syscall.h>
#include <unistd.h>

/* Longer than an end waits that was not prepared. */
#define SLOW_US (G_USEC_PER_SEC * 3 / 2)

typedef struct
{
  ClawTestChat chat;
  char *directory; /* the client's */
  ClawClient *client;
  unsigned n_messages;
  GThread *opener; /* (nullable) */
} Fixture;

static GMutex mutex;
static GCond cond;
static gboolean is_slow;   /* under the mutex */
static unsigned n_threads; /* under the mutex: that have used the disk and go on */
static gint n_waiting;     /* atomic */
static GThread *main_thread;

static void
on_thread_ended (gpointer data)
{
  g_mutex_lock (&mutex);
  n_threads--;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&mutex);
}
static GPrivate in_thread = G_PRIVATE_INIT (on_thread_ended);

int
fsync (int fd)
{
  if (g_thread_self () != main_thread)
    {
      g_mutex_lock (&mutex);
      if (!g_private_get (&in_thread))
        n_threads++;
      g_private_set (&in_thread, GINT_TO_POINTER (TRUE));
      while (is_slow)
        {
          g_atomic_int_inc (&n_waiting);
          g_cond_wait (&cond, &mutex);
        }
      g_mutex_unlock (&mutex);
    }
  return (int) syscall (SYS_fsync, fd);
}

static void
set_slow (gboolean slow)
{
  g_mutex_lock (&mutex);
  is_slow = slow;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&mutex);
}

static gpointer
hasten_later (gpointer data)
{
  g_usleep (SLOW_US);
  set_slow (FALSE);
  return NULL;
}

static void
on_message (ClawClient *client, ClawMessage *message, Fixture *fixture)
{
  fixture->n_messages++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_test_chat_init (&fixture->chat);
  claw_test_server_accept_file (&fixture->chat.server);
  fixture->directory = g_build_filename (fixture->chat.directory, "data", NULL);
  fixture->client = claw_client_new (fixture->directory, "anna", 60);
  g_signal_connect (fixture->client, "message", G_CALLBACK (on_message), fixture);
  claw_client_open_async (fixture->client, fixture->chat.sec, fixture->chat.key,
                          CLAW_CLIENT_OPEN_DEFAULT, NULL, NULL, NULL);
  RUN_UNTIL (claw_client_get_state (fixture->client) == CLAW_CLIENT_CONNECTED
             && fixture->chat.server.connection);
  g_atomic_int_set (&n_waiting, 0);
}

/* One that was left alone may be at its end still. */
static void
wait_for_threads (void)
{
  g_mutex_lock (&mutex);
  while (n_threads > 0)
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->opener, g_thread_join);
  g_clear_object (&fixture->client);
  wait_for_threads ();
  claw_test_chat_clear (&fixture->chat);
  g_free (fixture->directory);
}

/* Has the network thread wait for the disk, which is to have the new keys, while a message comes.
 */
static void
stall (Fixture *fixture)
{
  ClawConnection *connection = fixture->chat.server.connection;

  set_slow (TRUE);
  g_assert_true (claw_connection_rotate_keys (connection));
  claw_pump_kick (fixture->chat.server.pump);
  RUN_UNTIL (g_atomic_int_get (&n_waiting) > 0);
  claw_test_server_send (&fixture->chat.server, "Berta", "late");
  RUN_UNTIL (claw_connection_get_sent (connection, CLAW_CHAT_STREAM)
             == claw_connection_get_written (connection, CLAW_CHAT_STREAM));
}

/* A program that ends waits for the disk: what the server hears that it came has come. */
static void
test_prepared (Fixture *fixture, gconstpointer data)
{
  stall (fixture);
  fixture->opener = g_thread_new ("opener", hasten_later, NULL);
  claw_client_prepare_shutdown (fixture->client);
  claw_client_shutdown (fixture->client);
  RUN_UNTIL (fixture->chat.server.byes > 0);
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chat.server.chat, NULL), ==, 0);
  g_assert_cmpuint (fixture->n_messages, ==, 1);
}

/* Whoever does not wait so long confirms nothing that nobody gets: the server keeps it. */
static void
test_not_prepared (Fixture *fixture, gconstpointer data)
{
  stall (fixture);
  claw_client_shutdown (fixture->client);
  set_slow (FALSE);
  RUN_UNTIL (fixture->chat.server.byes > 0);
  g_assert_cmpuint (fixture->n_messages, ==, 0);
  g_assert_cmpuint (claw_chat_get_outbox (fixture->chat.server.chat, NULL), ==, 1);
}

/* Keys that are to be erased are, before the program ends. */
static void
test_compromised (Fixture *fixture, gconstpointer data)
{
  stall (fixture);
  g_assert_true (claw_store_has_pairings (fixture->directory));
  claw_client_compromise (fixture->client);
  fixture->opener = g_thread_new ("opener", hasten_later, NULL);
  claw_client_prepare_shutdown (fixture->client);
  claw_client_shutdown (fixture->client);
  g_assert_false (claw_store_has_pairings (fixture->directory));
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  main_thread = g_thread_self ();
  ADD ("/slow-end/prepared/nothing-lost", test_prepared);
  ADD ("/slow-end/not-prepared/not-confirmed", test_not_prepared);
  ADD ("/slow-end/prepared/keys-erased", test_compromised);
  return g_test_run ();
}
