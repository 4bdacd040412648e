/* claw-host-private.h: between a host and its thread. Private to src/server. */
#pragma once

#include "claw-host.h"

/* What is copied out of the server for the owner's thread. */
typedef struct
{
  char *file; /* (nullable) */
  gint64 valid_until_s;
  unsigned port;
  char *reach; /* (nullable) */
  uint8_t public_key[CLAW_PUBLIC_KEY_SIZE];
  GPtrArray *members; /* of ClawHostMember */
} ClawHostSnapshot;
ClawHostSnapshot *claw_host_snapshot_new (void);
void claw_host_snapshot_free (ClawHostSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawHostSnapshot, claw_host_snapshot_free)

typedef struct ClawHostThread ClawHostThread;

/* Both are called in the context in which the thread was made, never after claw_host_thread_stop
 * (). */
typedef struct
{
  /* @snapshot: (transfer full) */
  void (*changed) (ClawHostSnapshot *snapshot, gpointer user_data);
  /* Nothing follows. @error: (transfer full) (nullable): why it could not begin. */
  void (*ended) (GError *error, gpointer user_data);
} ClawHostThreadListener;

/* Starts the thread and the server in it. @config: (transfer full). @key_path: of the file with the
 * bootstrap key. */
ClawHostThread *claw_host_thread_new (ClawServerConfig *config,
                                      const char *key_path,
                                      const char *control_socket,
                                      const ClawHostThreadListener *listener,
                                      gpointer user_data);
/* Has the server stop; ended () follows. */
void claw_host_thread_quit (ClawHostThread *thread);
/* The same, waits for the end, and frees. The listener hears nothing any more. */
void claw_host_thread_stop (ClawHostThread *thread);
void claw_host_thread_make_file (ClawHostThread *thread);
void claw_host_thread_network_changed (ClawHostThread *thread);
/* @task: (transfer full): returns the path, see claw_host_make_own_file_finish (). @path: where to
 * write it. */
void claw_host_thread_make_own_file (ClawHostThread *thread, GTask *task, const char *path);
