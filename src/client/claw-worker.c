/* claw-worker.c: see claw-worker.h. */
#include "claw-worker.h"

struct ClawWorker
{
  gatomicrefcount references; /* the owner's, the thread's, one for each command under way */
  ClawMailbox *mailbox;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  ClawEngine *engine;     /* in the thread only */
  gboolean has_commands;  /* the thread may use the engine; in the owner's thread only */
  unsigned newest_serial; /* atomic */
  gint is_deriving;       /* atomic: a key */
  gint is_abandoned;      /* atomic: nobody hears what the thread has to tell */
  gint64 stop_us;         /* when it was asked to end; 0: it was not */
  gboolean is_prepared;   /* for that to take its time */

  GMutex mutex;
  GCond cond;
  gboolean ended; /* under the mutex */
};

typedef enum
{
  OPEN,
  OPEN_SEC,
  OPEN_LAST,
  DISCONNECT,
  COMPROMISE,
  RETRY_NOW,
  NUDGE,
  SEND,
  SET_TYPING,
  SET_NAME,
  SET_TIMEOUT,
  SET_NAT_DETECTION,
  SET_STUN_SERVERS,
  CANCEL,
  RESUME,
  REPORT,
  STOP,
} CommandType;

typedef struct
{
  CommandType type;
  ClawWorker *worker;
  unsigned serial;
  char *path;
  ClawBootstrapKey *key;
  ClawSecFile *file;
  ClawClientOpenFlags flags;
  ClawMessage *message;
  gboolean is_on; /* SET_TYPING, SET_NAT_DETECTION */
  char *name;     /* (nullable) */
  int timeout_s;
  GStrv servers;
} Command;

static void
worker_unref (ClawWorker *worker)
{
  if (!g_atomic_ref_count_dec (&worker->references))
    return;
  claw_mailbox_unref (worker->mailbox);
  g_main_loop_unref (worker->loop);
  g_main_context_unref (worker->context);
  g_mutex_clear (&worker->mutex);
  g_cond_clear (&worker->cond);
  g_free (worker);
}

static void
command_free (gpointer user_data)
{
  Command *command = user_data;
  g_clear_pointer (&command->message, claw_message_unref);
  g_clear_pointer (&command->key, claw_bootstrap_key_unref);
  g_clear_pointer (&command->file, claw_sec_file_free);
  g_free (command->path);
  g_free (command->name);
  g_strfreev (command->servers);
  worker_unref (command->worker);
  g_free (command);
}

static gboolean
run_command (gpointer user_data)
{
  Command *command = user_data;
  ClawWorker *worker = command->worker;
  /* The thread ends, and what is still under way with it. */
  if (!worker->engine)
    return G_SOURCE_REMOVE;
  switch (command->type)
    {
    case OPEN:
      if ((unsigned) g_atomic_int_get (&worker->newest_serial) != command->serial)
        break;
      g_atomic_int_set (&worker->is_deriving, TRUE);
      claw_engine_open (worker->engine, command->path, command->key, command->flags,
                        command->serial);
      g_atomic_int_set (&worker->is_deriving, FALSE);
      break;
    case OPEN_SEC:
      if ((unsigned) g_atomic_int_get (&worker->newest_serial) == command->serial)
        claw_engine_open_sec (worker->engine, command->file, command->flags, command->serial);
      break;
    case OPEN_LAST:
      if ((unsigned) g_atomic_int_get (&worker->newest_serial) == command->serial)
        claw_engine_open_last (worker->engine, command->serial);
      break;
    case DISCONNECT:
      claw_engine_disconnect (worker->engine, command->serial);
      break;
    case COMPROMISE:
      claw_engine_compromise (worker->engine, command->serial);
      break;
    case RETRY_NOW:
      claw_engine_retry_now (worker->engine);
      break;
    case NUDGE:
      claw_engine_nudge (worker->engine);
      break;
    case SEND:
      claw_engine_send (worker->engine, command->message, command->is_on);
      break;
    case SET_TYPING:
      claw_engine_set_typing (worker->engine, command->is_on);
      break;
    case SET_NAME:
      claw_engine_set_name (worker->engine, command->name);
      break;
    case SET_TIMEOUT:
      claw_engine_set_timeout (worker->engine, command->timeout_s);
      break;
    case SET_NAT_DETECTION:
      claw_engine_set_nat_detection (worker->engine, command->is_on);
      break;
    case SET_STUN_SERVERS:
      claw_engine_set_stun_servers (worker->engine, (const char *const *) command->servers);
      break;
    case CANCEL:
      claw_engine_cancel (worker->engine, command->message);
      break;
    case RESUME:
      claw_engine_resume (worker->engine);
      break;
    case REPORT:
      claw_engine_report (worker->engine);
      break;
    case STOP:
      g_main_loop_quit (worker->loop);
      break;
    }
  return G_SOURCE_REMOVE;
}

static Command *
command_new (ClawWorker *worker, CommandType type)
{
  Command *command = g_new0 (Command, 1);
  command->type = type;
  command->worker = worker;
  g_atomic_ref_count_inc (&worker->references);
  return command;
}

/* Not g_main_context_invoke (): that would run the command here while the thread has not begun. */
static void
post (Command *command)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  command->worker->has_commands = TRUE;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_command, command, command_free);
  g_source_attach (source, command->worker->context);
}

static gboolean
post_event (ClawEngineEvent *event, gpointer user_data)
{
  ClawWorker *worker = user_data;
  return claw_mailbox_post (worker->mailbox, event);
}

static gboolean
may_take (gpointer user_data)
{
  ClawWorker *worker = user_data;
  return !g_atomic_int_get (&worker->is_abandoned);
}

static gpointer
run_thread (gpointer user_data)
{
  ClawWorker *worker = user_data;
  g_main_context_push_thread_default (worker->context);
  g_main_loop_run (worker->loop);
  g_clear_pointer (&worker->engine, claw_engine_free);
  g_main_context_pop_thread_default (worker->context);

  g_mutex_lock (&worker->mutex);
  worker->ended = TRUE;
  g_cond_signal (&worker->cond);
  g_mutex_unlock (&worker->mutex);
  worker_unref (worker);
  return NULL;
}

ClawWorker *
claw_worker_new (const char *data_directory, const char *name, int timeout_s, ClawMailbox *mailbox)
{
  ClawWorker *worker = g_new0 (ClawWorker, 1);
  g_atomic_ref_count_init (&worker->references);
  g_mutex_init (&worker->mutex);
  g_cond_init (&worker->cond);
  worker->mailbox = claw_mailbox_ref (mailbox);
  worker->context = g_main_context_new ();
  worker->loop = g_main_loop_new (worker->context, FALSE);
  worker->engine = claw_engine_new (data_directory, name, timeout_s, post_event, worker);
  claw_engine_set_may_take (worker->engine, may_take);
  g_atomic_ref_count_inc (&worker->references);
  worker->thread = g_thread_new ("claw-network", run_thread, worker);
  return worker;
}

void
claw_worker_set_store_key (ClawWorker *worker, const ClawKey *key)
{
  /* The thread does not touch the engine before the first command. */
  g_return_if_fail (!worker->has_commands);
  claw_engine_set_store_key (worker->engine, key);
}

static void
begin_stop (ClawWorker *worker)
{
  if (worker->stop_us != 0)
    return;
  worker->stop_us = g_get_monotonic_time ();
  g_atomic_int_inc (&worker->newest_serial);
  post (command_new (worker, STOP));
}

void
claw_worker_prepare_stop (ClawWorker *worker)
{
  worker->is_prepared = TRUE;
  begin_stop (worker);
}

/* Returns: whether the thread has ended. */
static gboolean
wait_until (ClawWorker *worker, gint64 end_us)
{
  g_mutex_lock (&worker->mutex);
  while (!worker->ended && g_cond_wait_until (&worker->cond, &worker->mutex, end_us))
    ;
  gboolean ended = worker->ended;
  g_mutex_unlock (&worker->mutex);
  return ended;
}

void
claw_worker_stop (ClawWorker *worker)
{
  begin_stop (worker);
  gboolean ended = wait_until (worker, worker->stop_us + CLAW_WORKER_STOP_US);
  if (!ended && worker->is_prepared && !g_atomic_int_get (&worker->is_deriving))
    ended = wait_until (worker, worker->stop_us + CLAW_WORKER_SETTLE_US);
  g_atomic_int_set (&worker->is_abandoned, !ended);

  GThread *thread = g_steal_pointer (&worker->thread);
  if (ended)
    g_thread_join (thread);
  else
    g_thread_unref (thread);
  worker_unref (worker);
}

void
claw_worker_stop_wholly (ClawWorker *worker)
{
  begin_stop (worker);
  g_thread_join (g_steal_pointer (&worker->thread));
  worker_unref (worker);
}

void
claw_worker_open (ClawWorker *worker,
                  const char *path,
                  ClawBootstrapKey *key,
                  ClawClientOpenFlags flags,
                  unsigned serial)
{
  Command *command = command_new (worker, OPEN);
  command->path = g_strdup (path);
  command->key = key ? claw_bootstrap_key_ref (key) : NULL;
  command->flags = flags;
  command->serial = serial;
  g_atomic_int_set (&worker->newest_serial, serial);
  post (command);
}

void
claw_worker_open_sec (ClawWorker *worker,
                      ClawSecFile *file,
                      ClawClientOpenFlags flags,
                      unsigned serial)
{
  Command *command = command_new (worker, OPEN_SEC);
  command->file = file;
  command->flags = flags;
  command->serial = serial;
  g_atomic_int_set (&worker->newest_serial, serial);
  post (command);
}

void
claw_worker_open_last (ClawWorker *worker, unsigned serial)
{
  Command *command = command_new (worker, OPEN_LAST);
  command->serial = serial;
  g_atomic_int_set (&worker->newest_serial, serial);
  post (command);
}

void
claw_worker_disconnect (ClawWorker *worker, unsigned serial)
{
  Command *command = command_new (worker, DISCONNECT);
  command->serial = serial;
  g_atomic_int_set (&worker->newest_serial, serial);
  post (command);
}

void
claw_worker_compromise (ClawWorker *worker, unsigned serial)
{
  Command *command = command_new (worker, COMPROMISE);
  command->serial = serial;
  g_atomic_int_set (&worker->newest_serial, serial);
  post (command);
}

void
claw_worker_retry_now (ClawWorker *worker)
{
  post (command_new (worker, RETRY_NOW));
}

void
claw_worker_nudge (ClawWorker *worker)
{
  post (command_new (worker, NUDGE));
}

void
claw_worker_send (ClawWorker *worker, ClawMessage *message, gboolean is_again)
{
  Command *command = command_new (worker, SEND);
  command->message = claw_message_ref (message);
  command->is_on = is_again;
  post (command);
}

void
claw_worker_set_typing (ClawWorker *worker, gboolean is_typing)
{
  Command *command = command_new (worker, SET_TYPING);
  command->is_on = is_typing;
  post (command);
}

void
claw_worker_set_name (ClawWorker *worker, const char *name)
{
  Command *command = command_new (worker, SET_NAME);
  command->name = g_strdup (name);
  post (command);
}

void
claw_worker_set_timeout (ClawWorker *worker, int timeout_s)
{
  Command *command = command_new (worker, SET_TIMEOUT);
  command->timeout_s = timeout_s;
  post (command);
}

void
claw_worker_set_nat_detection (ClawWorker *worker, gboolean is_enabled)
{
  Command *command = command_new (worker, SET_NAT_DETECTION);
  command->is_on = is_enabled;
  post (command);
}

void
claw_worker_set_stun_servers (ClawWorker *worker, const char *const *servers)
{
  Command *command = command_new (worker, SET_STUN_SERVERS);
  command->servers = g_strdupv ((char **) servers);
  post (command);
}

void
claw_worker_cancel (ClawWorker *worker, ClawMessage *message)
{
  Command *command = command_new (worker, CANCEL);
  command->message = claw_message_ref (message);
  post (command);
}

void
claw_worker_resume (ClawWorker *worker)
{
  post (command_new (worker, RESUME));
}

void
claw_worker_report (ClawWorker *worker)
{
  post (command_new (worker, REPORT));
}
