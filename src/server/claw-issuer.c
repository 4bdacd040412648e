/* claw-issuer.c: the life of .sec files, from being written to being deleted.
 *
 * A file that was used is deleted before the pairing it made is saved: should the machine stop in
 * between, the client has to ask for another file, but no file ever lets two clients in.
 */
#include "config.h"

#include "claw-issuer.h"

#include "claw-events.h"
#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* clang-format off */
G_DEFINE_QUARK (claw-issuer-error-quark, claw_issuer_error)
/* clang-format on */

typedef struct
{
  uint64_t psk_id;
  ClawKey secret;
  char *path;
  gint64 timestamp_s;
  gint64 valid_until_s;
  /* Of all its addresses: a router may map the port to another one. */
  uint16_t ports[1 + CLAW_SEC_FILE_CANDIDATES_MAX];
  unsigned n_ports;
  gboolean is_outdated; /* tells addresses that are no longer right */
} Issued;

struct ClawIssuer
{
  ClawIssuerConfig config;
  char *directory, *server_id, *server_name;
  uint8_t server_public_key[CLAW_PUBLIC_KEY_SIZE];
  GPtrArray *files;      /* of Issued, oldest first */
  gboolean is_outdated;  /* the addresses have changed since the last one was made */
  gboolean is_demanded;  /* a new one is, whatever the settings */
  GCancellable *sealing; /* NULL while no thread seals */
};

static void
issued_free (gpointer data)
{
  Issued *issued = data;

  claw_key_clear (&issued->secret);
  g_free (issued->path);
  g_free (issued);
}

ClawIssuer *
claw_issuer_new (const ClawIssuerConfig *config)
{
  ClawIssuer *issuer = g_new0 (ClawIssuer, 1);

  issuer->config = *config;
  issuer->directory = g_strdup (config->directory);
  issuer->server_id = g_strdup (config->server_id);
  issuer->server_name = g_strdup (config->server_name);
  memcpy (issuer->server_public_key, config->server_public_key, CLAW_PUBLIC_KEY_SIZE);
  issuer->config.key = claw_bootstrap_key_ref (config->key);
  issuer->files = g_ptr_array_new_with_free_func (issued_free);
  return issuer;
}

void
claw_issuer_free (ClawIssuer *issuer)
{
  if (issuer == NULL)
    return;
  if (issuer->sealing != NULL)
    g_cancellable_cancel (issuer->sealing);
  g_clear_object (&issuer->sealing);
  g_ptr_array_unref (issuer->files);
  claw_bootstrap_key_unref (issuer->config.key);
  g_free (issuer->directory);
  g_free (issuer->server_id);
  g_free (issuer->server_name);
  g_free (issuer);
}

void
claw_issuer_set_times (ClawIssuer *issuer, gint64 validity_s, gint64 regenerate_s)
{
  issuer->config.validity_s = validity_s;
  issuer->config.regenerate_s = regenerate_s;
}

static void
remove_file (const char *path)
{
  g_autoptr (GError) error = NULL;

  if (!claw_file_remove (path, &error))
    claw_event (CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .sec_file = path },
                _ ("Could not delete a .sec file that is over, delete it by hand: %s"),
                error->message);
}

/* Takes a file in, in the order of the timestamps. */
static void
add_file (ClawIssuer *issuer, const ClawSecFile *file, const char *path)
{
  Issued *issued = g_new0 (Issued, 1);
  unsigned at = issuer->files->len;

  issued->psk_id = issuer->config.new_psk_id (issuer->config.user_data);
  claw_key_copy (&issued->secret, &file->shared_secret);
  issued->path = g_strdup (path);
  issued->timestamp_s = file->timestamp_s;
  issued->valid_until_s = file->valid_until_s;
  issued->is_outdated = issuer->is_outdated;
  issued->ports[issued->n_ports++] = file->server.port;
  for (unsigned i = 0; i < file->n_candidates; i++)
    issued->ports[issued->n_ports++] = file->candidates[i].port;
  while (at > 0
         && ((Issued *) g_ptr_array_index (issuer->files, at - 1))->timestamp_s
                > issued->timestamp_s)
    at--;
  g_ptr_array_insert (issuer->files, (int) at, issued);
  issuer->config.accept (issued->psk_id, &file->shared_secret, issuer->config.user_data);
}

static void
drop_file (ClawIssuer *issuer, unsigned at)
{
  Issued *issued = g_ptr_array_index (issuer->files, at);

  issuer->config.refuse (issued->psk_id, issuer->config.user_data);
  remove_file (issued->path);
  g_ptr_array_remove_index (issuer->files, at);
}

static void
end_file (ClawIssuer *issuer, unsigned at, ClawIssuerEnd how)
{
  const Issued *issued = g_ptr_array_index (issuer->files, at);

  if (issuer->config.ended != NULL)
    issuer->config.ended (issued->path, how, issuer->config.user_data);
  drop_file (issuer, at);
}

/* Something a shell and a file dialog like, whatever the operator chose as id. */
static char *
file_stem (const char *server_id)
{
  char *stem = g_strndup (server_id, 64);

  g_strcanon (stem, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.", '_');
  if (stem[0] == '\0' || stem[0] == '.')
    {
      g_free (stem);
      return g_strdup ("clawchat-server");
    }
  return stem;
}

/* The random end keeps a name from being used twice within a second, also when a file is used up at
 * once. */
static char *
new_path (ClawIssuer *issuer, gint64 now_s)
{
  g_autofree char *stem = file_stem (issuer->server_id);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (now_s);
  g_autofree char *stamp = g_date_time_format (time, "%Y%m%d-%H%M%S");
  g_autofree char *path = NULL;

  do
    {
      g_autofree char *name = g_strdup_printf ("%s-%s-%04x.sec", stem, stamp,
                                               g_random_int () & 0xffff);

      g_free (path);
      path = g_build_filename (issuer->directory, name, NULL);
    }
  while (g_file_test (path, G_FILE_TEST_EXISTS));
  return g_steal_pointer (&path);
}

/* @event: FILE_MADE, or FILE_KEPT of one that was there at the start. */
static void
log_issued (ClawEvent event, const char *path, gint64 valid_until_s)
{
  g_autoptr (GDateTime) until = g_date_time_new_from_unix_local (valid_until_s);
  g_autofree char *clock = g_date_time_format (until, "%H:%M:%S");

  claw_event (event, &(ClawEventFields){ .sec_file = path, .valid_until_s = valid_until_s },
              _ ("New .sec file, valid until %s: %s"), clock, path);
}

static ClawSecFile *
make_file (ClawIssuer *issuer, gint64 now_s)
{
  ClawSecFile *file = claw_sec_file_new ();

  claw_key_generate (&file->shared_secret);
  memcpy (file->server_public_key, issuer->server_public_key, CLAW_PUBLIC_KEY_SIZE);
  file->server_id = g_strdup (issuer->server_id);
  file->server_name = g_strdup (issuer->server_name);
  file->timestamp_s = now_s;
  file->valid_until_s = now_s + issuer->config.validity_s;
  issuer->is_outdated = FALSE;
  issuer->config.fill_addresses (file, issuer->config.user_data);
  return file;
}

static gboolean
publish (ClawIssuer *issuer, const ClawSecFile *file, const char *text, GError **error)
{
  g_autofree char *path = new_path (issuer, file->timestamp_s);

  if (!claw_file_write (path, text, strlen (text), error))
    return FALSE;
  issuer->is_demanded = FALSE;
  add_file (issuer, file, path);
  log_issued (CLAW_EVENT_FILE_MADE, path, file->valid_until_s);
  if (issuer->config.issued != NULL)
    issuer->config.issued (path, file->valid_until_s, issuer->config.user_data);
  return TRUE;
}

const char *
claw_issuer_issue (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *text = NULL;

  if (issuer->files->len >= CLAW_ISSUER_FILES_MAX)
    {
      g_set_error (error, CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY,
                   _ ("%u unused .sec files are out already; they end by themselves"),
                   issuer->files->len);
      return NULL;
    }
  file = make_file (issuer, now_s);
  text = claw_sec_file_seal (file, issuer->config.key, error);
  if (text == NULL || !publish (issuer, file, text, error))
    return NULL;
  return claw_issuer_get_current (issuer, NULL);
}

typedef struct
{
  ClawSecFile *file;
  ClawBootstrapKey *key;
} Sealing;

static void
sealing_free (gpointer data)
{
  Sealing *sealing = data;

  claw_sec_file_free (sealing->file);
  claw_bootstrap_key_unref (sealing->key);
  g_free (sealing);
}

static void
seal_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Sealing *sealing = task_data;
  GError *error = NULL;
  char *text = claw_sec_file_seal (sealing->file, sealing->key, &error);

  if (text != NULL)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

static void
on_sealed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = G_TASK (result);
  const Sealing *sealing = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  ClawIssuer *issuer = user_data;

  /* The issuer is gone then. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return;
  g_clear_object (&issuer->sealing);
  text = g_task_propagate_pointer (task, &error);
  if (text == NULL || !publish (issuer, sealing->file, text, &error))
    claw_event (CLAW_EVENT_DISK_ERROR, NULL,
                _ ("Could not write a new .sec file, trying again soon: %s"), error->message);
}

static void
seal_aside (ClawIssuer *issuer, gint64 now_s)
{
  Sealing *sealing = g_new0 (Sealing, 1);
  g_autoptr (GTask) task = NULL;

  sealing->file = make_file (issuer, now_s);
  sealing->key = claw_bootstrap_key_ref (issuer->config.key);
  issuer->sealing = g_cancellable_new ();
  task = g_task_new (NULL, issuer->sealing, on_sealed, issuer);
  g_task_set_task_data (task, sealing, sealing_free);
  g_task_run_in_thread (task, seal_in_thread);
}

static gboolean
is_ours (const ClawIssuer *issuer, const ClawSecFile *file)
{
  return memcmp (file->server_public_key, issuer->server_public_key, CLAW_PUBLIC_KEY_SIZE) == 0;
}

static void
adopt_file (ClawIssuer *issuer, const char *path, gint64 now_s)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawSecFile) file = claw_sec_file_load (path, issuer->config.key, &error);

  if (file == NULL)
    {
      g_info ("Leaving a file alone that is not this server's: %s", error->message);
      return;
    }
  if (!is_ours (issuer, file))
    {
      g_info ("Leaving a file of another server alone: %s", path);
      return;
    }
  /* One from the future was made before the clock was set back; it would live too long. */
  if (file->valid_until_s <= now_s || file->timestamp_s > now_s + CLAW_SEC_FILE_CLOCK_TOLERANCE_S
      || issuer->files->len >= CLAW_ISSUER_FILES_MAX)
    {
      remove_file (path);
      return;
    }
  add_file (issuer, file, path);
}

/* When the newest one has to be followed by another. */
static gint64
get_renewal_s (const ClawIssuer *issuer)
{
  const Issued *newest;

  if (issuer->is_demanded)
    return G_MININT64;
  if (issuer->config.regenerate_s == 0)
    return G_MAXINT64;
  if (issuer->files->len == 0)
    return G_MININT64;
  newest = g_ptr_array_index (issuer->files, issuer->files->len - 1);
  return newest->is_outdated
             ? G_MININT64
             : MIN (newest->timestamp_s + issuer->config.regenerate_s, newest->valid_until_s);
}

static gboolean
is_due (const ClawIssuer *issuer, gint64 now_s)
{
  return issuer->sealing == NULL && get_renewal_s (issuer) <= now_s;
}

static gboolean
issue_due (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  /* The oldest of very many gives way, so that there is always a fresh one. */
  if (issuer->files->len >= CLAW_ISSUER_FILES_MAX)
    end_file (issuer, 0, CLAW_ISSUER_END_EXPIRED);
  return claw_issuer_issue (issuer, now_s, error) != NULL;
}

gboolean
claw_issuer_start (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (issuer->directory, 0, error);
  unsigned looked_at = 0;
  gint64 valid_until_s;
  const char *name, *current;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL && looked_at < CLAW_ISSUER_ADOPT_MAX)
    {
      g_autofree char *path = g_build_filename (issuer->directory, name, NULL);

      if (!g_str_has_suffix (name, ".sec"))
        continue;
      looked_at++;
      adopt_file (issuer, path, now_s);
    }
  /* Nobody waits for anything yet, hence not aside. */
  if (is_due (issuer, now_s))
    return issue_due (issuer, now_s, error);
  current = claw_issuer_get_current (issuer, &valid_until_s);
  if (current != NULL)
    log_issued (CLAW_EVENT_FILE_KEPT, current, valid_until_s);
  else
    g_message (
        _ ("There is no .sec file, and none is made by itself: “clawchat-server new-file” makes "
           "one"));
  return TRUE;
}

gboolean
claw_issuer_tick (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  for (unsigned at = issuer->files->len; at-- > 0;)
    {
      const Issued *issued = g_ptr_array_index (issuer->files, at);

      /* The second is for a clock that was set back. */
      if (issued->valid_until_s <= now_s
          || issued->timestamp_s > now_s + CLAW_SEC_FILE_CLOCK_TOLERANCE_S)
        {
          claw_event (CLAW_EVENT_FILE_EXPIRED, &(ClawEventFields){ .sec_file = issued->path },
                      _ ("Nobody used the .sec file %s, which is over"), issued->path);
          end_file (issuer, at, CLAW_ISSUER_END_EXPIRED);
        }
    }
  if (!is_due (issuer, now_s))
    return TRUE;
  if (!claw_bootstrap_key_is_passphrase (issuer->config.key))
    return issue_due (issuer, now_s, error);
  seal_aside (issuer, now_s);
  return TRUE;
}

void
claw_issuer_use (ClawIssuer *issuer, uint64_t psk_id, ClawKey *secret)
{
  for (unsigned at = 0; at < issuer->files->len; at++)
    {
      const Issued *issued = g_ptr_array_index (issuer->files, at);

      if (issued->psk_id != psk_id)
        continue;
      claw_key_copy (secret, &issued->secret);
      claw_event (CLAW_EVENT_FILE_USED, &(ClawEventFields){ .sec_file = issued->path },
                  _ ("A client came with the .sec file %s"), issued->path);
      end_file (issuer, at, CLAW_ISSUER_END_USED);
      return;
    }
}

void
claw_issuer_outdate (ClawIssuer *issuer)
{
  issuer->is_outdated = TRUE;
  /* Nor may one of these be offered again when a newer one was used. */
  for (unsigned at = 0; at < issuer->files->len; at++)
    ((Issued *) g_ptr_array_index (issuer->files, at))->is_outdated = TRUE;
}

void
claw_issuer_erase (ClawIssuer *issuer)
{
  if (issuer->sealing != NULL)
    g_cancellable_cancel (issuer->sealing);
  g_clear_object (&issuer->sealing);
  for (unsigned at = issuer->files->len; at-- > 0;)
    {
      Issued *issued = g_ptr_array_index (issuer->files, at);
      g_autoptr (GError) error = NULL;

      if (!claw_file_erase (issued->path, &error))
        claw_event (CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .sec_file = issued->path },
                    _ ("Could not delete a .sec file that is over, delete it by hand: %s"),
                    error->message);
      issuer->config.refuse (issued->psk_id, issuer->config.user_data);
      g_ptr_array_remove_index (issuer->files, at);
    }
}

void
claw_issuer_set_server_key (ClawIssuer *issuer, const uint8_t *server_public_key)
{
  memcpy (issuer->server_public_key, server_public_key, CLAW_PUBLIC_KEY_SIZE);
}

GStrv
claw_issuer_list (const ClawIssuer *issuer)
{
  GPtrArray *paths = g_ptr_array_new ();

  for (unsigned at = 0; at < issuer->files->len; at++)
    g_ptr_array_add (paths, g_strdup (((Issued *) g_ptr_array_index (issuer->files, at))->path));
  g_ptr_array_add (paths, NULL);
  return (GStrv) g_ptr_array_free (paths, FALSE);
}

void
claw_issuer_demand (ClawIssuer *issuer)
{
  issuer->is_demanded = TRUE;
}

gboolean
claw_issuer_names_port (const ClawIssuer *issuer, uint16_t port)
{
  for (unsigned at = 0; at < issuer->files->len; at++)
    {
      const Issued *issued = g_ptr_array_index (issuer->files, at);

      for (unsigned i = 0; i < issued->n_ports; i++)
        if (issued->ports[i] == port)
          return TRUE;
    }
  return FALSE;
}

gboolean
claw_issuer_owns (const ClawIssuer *issuer, uint64_t psk_id)
{
  for (unsigned at = 0; at < issuer->files->len; at++)
    if (((Issued *) g_ptr_array_index (issuer->files, at))->psk_id == psk_id)
      return TRUE;
  return FALSE;
}

gint64
claw_issuer_get_deadline_s (const ClawIssuer *issuer)
{
  gint64 deadline = issuer->sealing != NULL ? G_MAXINT64 : get_renewal_s (issuer);

  for (unsigned at = 0; at < issuer->files->len; at++)
    deadline = MIN (deadline, ((Issued *) g_ptr_array_index (issuer->files, at))->valid_until_s);
  return deadline;
}

const char *
claw_issuer_get_current (const ClawIssuer *issuer, gint64 *valid_until_s)
{
  const Issued *newest;

  if (issuer->files->len == 0)
    return NULL;
  newest = g_ptr_array_index (issuer->files, issuer->files->len - 1);
  if (valid_until_s != NULL)
    *valid_until_s = newest->valid_until_s;
  return newest->path;
}

unsigned
claw_issuer_get_count (const ClawIssuer *issuer)
{
  return issuer->files->len;
}
