/* claw-host.c: see claw-host.h. */
#include "config.h"

#include "claw-file.h"
#include "claw-host-private.h"

#include <string.h>

#define SETTINGS_GROUP "host"
/* sun_path of a socket address, less its NUL. */
#define SOCKET_PATH_MAX 107

struct _ClawHost
{
  GObject parent_instance;

  char *directory, *key_path;
  ClawServerConfig *config;
  char *name;               /* (nullable) */
  ClawBootstrapKey *key;    /* (nullable) */
  ClawHostThread *thread;   /* (nullable) */
  ClawHostSnapshot *latest; /* never NULL */
  GNetworkMonitor *monitor; /* while there is a thread */
  ClawHostState state;
  GError *error;
};

enum
{
  PROP_STATE = 1,
  PROP_ERROR,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
static unsigned changed_signal;

G_DEFINE_FINAL_TYPE (ClawHost, claw_host, G_TYPE_OBJECT)

GType
claw_host_state_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { CLAW_HOST_OFF, "CLAW_HOST_OFF", "off" },
    { CLAW_HOST_STARTING, "CLAW_HOST_STARTING", "starting" },
    { CLAW_HOST_RUNNING, "CLAW_HOST_RUNNING", "running" },
    { CLAW_HOST_STOPPING, "CLAW_HOST_STOPPING", "stopping" },
    { CLAW_HOST_FAILED, "CLAW_HOST_FAILED", "failed" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ClawHostState", values));
  return type;
}

/* @error: (transfer full) (nullable) */
static void
set_state (ClawHost *host, ClawHostState state, GError *error)
{
  g_object_freeze_notify (G_OBJECT (host));
  g_clear_error (&host->error);
  host->error = error;
  g_object_notify_by_pspec (G_OBJECT (host), properties[PROP_ERROR]);
  if (host->state != state)
    {
      host->state = state;
      g_object_notify_by_pspec (G_OBJECT (host), properties[PROP_STATE]);
    }
  g_object_thaw_notify (G_OBJECT (host));
}

/* @snapshot: (transfer full) */
static void
set_snapshot (ClawHost *host, ClawHostSnapshot *snapshot)
{
  claw_host_snapshot_free (host->latest);
  host->latest = snapshot;
}

/* What is kept. */

static char *
settings_path (ClawHost *host)
{
  return g_build_filename (host->directory, "host.ini", NULL);
}

static gboolean
save_settings (ClawHost *host, gboolean is_on, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = settings_path (host);
  g_autofree char *text = NULL;
  size_t length = 0;

  g_key_file_set_string (file, SETTINGS_GROUP, "name", host->name);
  g_key_file_set_boolean (file, SETTINGS_GROUP, "on", is_on);
  text = g_key_file_to_data (file, &length, NULL);
  return claw_file_write (path, text, length, error);
}

/* Sets the name and the key as they were. Returns: whether it was on. */
static gboolean
load_settings (ClawHost *host)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = settings_path (host);

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  g_free (host->name);
  host->name = g_key_file_get_string (file, SETTINGS_GROUP, "name", NULL);
  if (g_file_test (host->key_path, G_FILE_TEST_EXISTS) && host->key == NULL)
    host->key = claw_bootstrap_key_find (host->key_path, NULL);
  return host->name != NULL && g_key_file_get_boolean (file, SETTINGS_GROUP, "on", NULL);
}

/* A random key stays, since people have it; a passphrase takes its place, and another one that of
 * the passphrase. */
static gboolean
take_key (ClawHost *host, const char *passphrase, GError **error)
{
  gboolean is_given = passphrase != NULL && passphrase[0] != '\0';
  g_autoptr (ClawBootstrapKey) key = NULL;

  if (!is_given && host->key != NULL && !claw_bootstrap_key_is_passphrase (host->key))
    return TRUE;
  key = is_given ? claw_bootstrap_key_new (passphrase, error) : claw_bootstrap_key_generate ();
  if (key == NULL || !claw_bootstrap_key_save (key, host->key_path, error))
    return FALSE;
  g_clear_pointer (&host->key, claw_bootstrap_key_unref);
  host->key = g_steal_pointer (&key);
  return TRUE;
}

/* The thread. */

static void
end_thread (ClawHost *host)
{
  if (host->monitor != NULL)
    g_signal_handlers_disconnect_by_data (host->monitor, host);
  g_clear_object (&host->monitor);
  g_clear_pointer (&host->thread, claw_host_thread_stop);
  set_snapshot (host, claw_host_snapshot_new ());
}

static void
on_changed (ClawHostSnapshot *snapshot, gpointer user_data)
{
  ClawHost *host = user_data;

  set_snapshot (host, snapshot);
  if (host->state == CLAW_HOST_STARTING)
    set_state (host, CLAW_HOST_RUNNING, NULL);
  g_signal_emit (host, changed_signal, 0);
}

static void
on_ended (GError *error, gpointer user_data)
{
  ClawHost *host = user_data;

  end_thread (host);
  set_state (host, error == NULL ? CLAW_HOST_OFF : CLAW_HOST_FAILED, error);
  g_signal_emit (host, changed_signal, 0);
}

static void
on_network_changed (ClawHost *host)
{
  if (host->thread != NULL)
    claw_host_thread_network_changed (host->thread);
}

static ClawServerConfig *
make_config (ClawHost *host)
{
  ClawServerConfig *config = claw_server_config_copy (host->config);

  g_free (config->name);
  config->name = g_strdup (host->name);
  g_free (config->state_directory);
  config->state_directory = g_build_filename (host->directory, "state", NULL);
  g_free (config->security_directory);
  config->security_directory = g_build_filename (host->directory, "security", NULL);
  return config;
}

static char *
control_path (ClawHost *host)
{
  char *path = g_build_filename (host->directory, "control.sock", NULL);

  if (strlen (path) <= SOCKET_PATH_MAX)
    return path;
  g_free (path);
  return g_build_filename (g_get_user_runtime_dir (), "clawchat-host", "control.sock", NULL);
}

static void
begin (ClawHost *host)
{
  static const ClawHostThreadListener listener = { on_changed, on_ended };
  g_autofree char *control = control_path (host);

  set_state (host, CLAW_HOST_STARTING, NULL);
  host->thread = claw_host_thread_new (make_config (host), host->key_path, control, &listener,
                                       host);
  host->monitor = g_object_ref (g_network_monitor_get_default ());
  g_signal_connect_swapped (host->monitor, "network-changed", G_CALLBACK (on_network_changed),
                            host);
}

/* Actions. */

void
claw_host_set_stun_servers (ClawHost *host, const char *const *servers)
{
  g_return_if_fail (CLAW_IS_HOST (host) && servers != NULL);
  g_strfreev (host->config->stun_servers);
  host->config->stun_servers = g_strdupv ((char **) servers);
}

gboolean
claw_host_start (ClawHost *host, const char *name, const char *passphrase, GError **error)
{
  g_return_val_if_fail (CLAW_IS_HOST (host) && name != NULL, FALSE);
  g_return_val_if_fail (host->thread == NULL, FALSE);

  load_settings (host);
  if (!claw_file_make_private_directory (host->directory, error)
      || !take_key (host, passphrase, error))
    return FALSE;
  g_free (host->name);
  host->name = g_strdup (name);
  if (!save_settings (host, TRUE, error))
    return FALSE;
  begin (host);
  return TRUE;
}

gboolean
claw_host_start_again (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), FALSE);
  g_return_val_if_fail (host->thread == NULL, FALSE);

  if (!load_settings (host) || host->key == NULL)
    return FALSE;
  begin (host);
  return TRUE;
}

void
claw_host_stop (ClawHost *host)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (CLAW_IS_HOST (host));
  if (host->thread == NULL)
    return;
  if (!save_settings (host, FALSE, &error))
    g_warning ("%s", error->message);
  set_state (host, CLAW_HOST_STOPPING, NULL);
  claw_host_thread_quit (host->thread);
}

void
claw_host_shutdown (ClawHost *host)
{
  g_return_if_fail (CLAW_IS_HOST (host));
  if (host->thread == NULL)
    return;
  end_thread (host);
  set_state (host, CLAW_HOST_OFF, NULL);
}

void
claw_host_make_file (ClawHost *host)
{
  g_return_if_fail (CLAW_IS_HOST (host));
  if (host->state == CLAW_HOST_RUNNING)
    claw_host_thread_make_file (host->thread);
}

void
claw_host_make_own_file_async (ClawHost *host, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (CLAW_IS_HOST (host));
  g_return_if_fail (host->state == CLAW_HOST_RUNNING);
  g_autofree char *path = g_build_filename (host->directory, "own.sec", NULL);
  GTask *task = g_task_new (host, NULL, callback, user_data);

  g_task_set_source_tag (task, claw_host_make_own_file_async);
  claw_host_thread_make_own_file (host->thread, task, path);
}

char *
claw_host_make_own_file_finish (ClawHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Queries. */

ClawHostState
claw_host_get_state (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), CLAW_HOST_OFF);
  return host->state;
}

const GError *
claw_host_get_error (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->error;
}

const char *
claw_host_get_name (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  if (host->name == NULL)
    load_settings (host);
  return host->name;
}

ClawBootstrapKey *
claw_host_get_key (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->key;
}

const char *
claw_host_get_key_path (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->key_path;
}

const char *
claw_host_get_file (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->latest->file;
}

gint64
claw_host_get_valid_until_s (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), 0);
  return host->latest->valid_until_s;
}

unsigned
claw_host_get_port (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), 0);
  return host->latest->port;
}

const char *
claw_host_get_reach (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->latest->reach;
}

const uint8_t *
claw_host_get_public_key (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->state == CLAW_HOST_RUNNING ? host->latest->public_key : NULL;
}

GPtrArray *
claw_host_get_members (ClawHost *host)
{
  g_return_val_if_fail (CLAW_IS_HOST (host), NULL);
  return host->latest->members;
}

/* The object. */

static void
claw_host_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ClawHost *host = CLAW_HOST (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) host->state);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, host->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_host_dispose (GObject *object)
{
  ClawHost *host = CLAW_HOST (object);

  if (host->thread != NULL)
    end_thread (host);
  G_OBJECT_CLASS (claw_host_parent_class)->dispose (object);
}

static void
claw_host_finalize (GObject *object)
{
  ClawHost *host = CLAW_HOST (object);

  claw_host_snapshot_free (host->latest);
  claw_server_config_free (host->config);
  claw_bootstrap_key_unref (host->key);
  g_clear_error (&host->error);
  g_free (host->directory);
  g_free (host->key_path);
  g_free (host->name);
  G_OBJECT_CLASS (claw_host_parent_class)->finalize (object);
}

static void
claw_host_class_init (ClawHostClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = claw_host_get_property;
  object_class->dispose = claw_host_dispose;
  object_class->finalize = claw_host_finalize;
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, CLAW_TYPE_HOST_STATE,
                                              (int) CLAW_HOST_OFF, flags);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  changed_signal = g_signal_new ("changed", CLAW_TYPE_HOST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
claw_host_init (ClawHost *host)
{
  host->latest = claw_host_snapshot_new ();
}

ClawHost *
claw_host_new (const char *directory, ClawServerConfig *config)
{
  g_return_val_if_fail (directory != NULL && config != NULL, NULL);
  ClawHost *host = g_object_new (CLAW_TYPE_HOST, NULL);

  host->directory = g_strdup (directory);
  host->key_path = g_build_filename (directory, "bootstrap.key", NULL);
  host->config = config;
  return host;
}
