/* claw-issuer.c: the life of .sec files, from being written to being deleted.
 *
 * A file that was used is deleted before the pairing it made is saved: should the machine stop in
 * between, the client has to ask for another file, but no file ever lets two clients in.
 */
#include "config.h"

#include "claw-issuer-private.h"

#include "claw-events.h"
#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* clang-format off */
G_DEFINE_QUARK (claw-issuer-error-quark, claw_issuer_error)
/* clang-format on */

ClawIssuer *
claw_issuer_new (const ClawIssuerConfig *config)
{
  ClawIssuer *issuer = g_new0 (ClawIssuer, 1);

  issuer->config = *config;
  issuer->directory = g_strdup (config->directory);
  issuer->records = g_build_filename (config->state_directory, CLAW_ISSUER_RECORDS, NULL);
  issuer->server_id = g_strdup (config->server_id);
  issuer->server_name = g_strdup (config->server_name);
  memcpy (issuer->server_public_key, config->server_public_key, CLAW_PUBLIC_KEY_SIZE);
  issuer->config.key = claw_bootstrap_key_ref (config->key);
  issuer->files = g_ptr_array_new_with_free_func ((GDestroyNotify) claw_issued_free);
  issuer->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) claw_issued_free);
  issuer->undeleted = g_ptr_array_new_with_free_func (g_free);
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
  g_ptr_array_unref (issuer->kept);
  g_ptr_array_unref (issuer->undeleted);
  claw_bootstrap_key_unref (issuer->config.key);
  g_free (issuer->directory);
  g_free (issuer->records);
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

void
claw_issuer_remove_later (ClawIssuer *issuer, const char *path)
{
  if (issuer->undeleted->len < CLAW_ISSUER_UNDELETED_MAX)
    g_ptr_array_add (issuer->undeleted, g_strdup (path));
}

void
claw_issuer_remove_file (ClawIssuer *issuer, const char *path)
{
  g_autoptr (GError) error = NULL;

  if (claw_file_remove (path, &error))
    return;
  claw_event (CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .sec_file = path },
              _ ("Could not delete a .sec file that is over, delete it by hand: %s"),
              error->message);
  claw_issuer_remove_later (issuer, path);
}

static void
remove_undeleted (ClawIssuer *issuer)
{
  for (unsigned at = issuer->undeleted->len; at-- > 0;)
    if (claw_file_erase (g_ptr_array_index (issuer->undeleted, at), NULL))
      g_ptr_array_remove_index (issuer->undeleted, at);
}

void
claw_issuer_take_in (ClawIssuer *issuer, GPtrArray *list, ClawIssued *issued)
{
  issued->psk_id = issuer->config.new_psk_id (issuer->config.user_data);
  g_ptr_array_add (list, issued);
  issuer->config.accept (issued->psk_id, &issued->secret, issuer->config.user_data);
}

static int
compare_timestamps (gconstpointer a, gconstpointer b)
{
  const ClawIssued *const *one = a;
  const ClawIssued *const *other = b;

  return ((*one)->timestamp_s > (*other)->timestamp_s)
         - ((*one)->timestamp_s < (*other)->timestamp_s);
}

/* Those that were found at the start: in what order they were made is not known any better. */
static void
sort_found (ClawIssuer *issuer)
{
  g_ptr_array_sort (issuer->files, compare_timestamps);
  g_ptr_array_sort (issuer->kept, compare_timestamps);
}

/* Returns: (transfer none) */
static const ClawIssued *
add_file (ClawIssuer *issuer, const ClawSecFile *file, const char *path)
{
  ClawIssued *issued = claw_issued_new (file, NULL, path);

  issued->is_outdated = issuer->is_outdated;
  claw_issuer_take_in (issuer, issuer->files, issued);
  return issued;
}

static void
drop_file (ClawIssuer *issuer, unsigned at)
{
  ClawIssued *issued = g_ptr_array_index (issuer->files, at);

  issuer->config.refuse (issued->psk_id, issuer->config.user_data);
  claw_issuer_remove_file (issuer, issued->path);
  g_ptr_array_remove_index (issuer->files, at);
}

void
claw_issuer_tell_ended (ClawIssuer *issuer, const ClawIssued *issued, ClawIssuerEnd how)
{
  const char *what = claw_issued_describe (issued);
  const ClawEventFields fields = { .sec_file = what };

  switch (how)
    {
    case CLAW_ISSUER_END_USED:
      claw_event (CLAW_EVENT_FILE_USED, &fields, _ ("A client came with the .sec file %s"), what);
      break;
    case CLAW_ISSUER_END_EXPIRED:
      claw_event (CLAW_EVENT_FILE_EXPIRED, &fields,
                  _ ("Nobody used the .sec file %s, which is over"), what);
      break;
    case CLAW_ISSUER_END_WITHDRAWN:
      g_message (_ ("The .sec file %s was withdrawn"), what);
      break;
    }
  if (issuer->config.ended != NULL)
    issuer->config.ended (what, how, issuer->config.user_data);
}

static void
end_file (ClawIssuer *issuer, unsigned at, ClawIssuerEnd how)
{
  claw_issuer_tell_ended (issuer, g_ptr_array_index (issuer->files, at), how);
  drop_file (issuer, at);
}

char *
claw_issuer_make_stem (const char *name)
{
  char *stem = g_strndup (name, 64);

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
char *
claw_issuer_new_path (ClawIssuer *issuer, const char *stem, gint64 now_s)
{
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
  g_autofree char *clock = g_date_time_format (until, "%Y-%m-%d %H:%M:%S");

  claw_event (event, &(ClawEventFields){ .sec_file = path, .valid_until_s = valid_until_s },
              _ ("New .sec file, valid until %s: %s"), clock, path);
}

void
claw_issuer_tell_issued (ClawIssuer *issuer, const ClawIssued *issued)
{
  log_issued (CLAW_EVENT_FILE_MADE, issued->path, issued->valid_until_s);
  if (issuer->config.issued != NULL)
    issuer->config.issued (issued->path, issued->valid_until_s, issuer->config.user_data);
}

ClawSecFile *
claw_issuer_new_sec (ClawIssuer *issuer, gint64 now_s, gint64 validity_s)
{
  ClawSecFile *file = claw_sec_file_new ();

  claw_key_generate (&file->shared_secret);
  memcpy (file->server_public_key, issuer->server_public_key, CLAW_PUBLIC_KEY_SIZE);
  file->server_id = g_strdup (issuer->server_id);
  file->server_name = g_strdup (issuer->server_name);
  file->timestamp_s = now_s;
  file->valid_until_s = now_s + validity_s;
  issuer->config.fill_addresses (file, issuer->config.user_data);
  return file;
}

/* That one will have the present addresses. */
static ClawSecFile *
new_current_sec (ClawIssuer *issuer, gint64 now_s)
{
  issuer->is_outdated = FALSE;
  return claw_issuer_new_sec (issuer, now_s, issuer->config.validity_s);
}

/* Returns: (transfer none) (nullable) */
static const ClawIssued *
publish (ClawIssuer *issuer, const ClawSecFile *file, const char *text, GError **error)
{
  g_autofree char *stem = claw_issuer_make_stem (issuer->server_id);
  g_autofree char *path = claw_issuer_new_path (issuer, stem, file->timestamp_s);
  const ClawIssued *issued;

  if (!claw_file_write (path, text, strlen (text), error))
    return NULL;
  issuer->is_demanded = FALSE;
  issued = add_file (issuer, file, path);
  log_issued (CLAW_EVENT_FILE_MADE, path, file->valid_until_s);
  if (issuer->config.issued != NULL)
    issuer->config.issued (path, file->valid_until_s, issuer->config.user_data);
  return issued;
}

/* @text: (out) (nullable). Returns: (transfer none) (nullable) */
static const ClawIssued *
issue (ClawIssuer *issuer, gint64 now_s, char **text, GError **error)
{
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *sealed = NULL;
  const ClawIssued *issued;

  if (issuer->files->len >= CLAW_ISSUER_FILES_MAX)
    {
      g_set_error (error, CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY,
                   _ ("%u unused .sec files are out already; they end by themselves"),
                   issuer->files->len);
      return NULL;
    }
  file = new_current_sec (issuer, now_s);
  sealed = claw_sec_file_seal (file, issuer->config.key, error);
  issued = sealed == NULL ? NULL : publish (issuer, file, sealed, error);
  if (issued != NULL && text != NULL)
    *text = g_steal_pointer (&sealed);
  return issued;
}

const char *
claw_issuer_issue (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  const ClawIssued *issued = issue (issuer, now_s, NULL, error);

  return issued == NULL ? NULL : issued->path;
}

const ClawIssued *
claw_issuer_make (
    ClawIssuer *issuer, const ClawIssuerWish *wish, gint64 now_s, char **text, GError **error)
{
  if (wish->name == NULL && wish->validity_s == 0 && !wish->is_handed_out)
    return issue (issuer, now_s, text, error);
  return claw_issuer_kept_make (issuer, wish, now_s, text, error);
}

typedef struct
{
  ClawSecFile *file;
  ClawBootstrapKey *key;
  uint64_t rewritten; /* psk id; 0: a new file */
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
  gboolean good;

  /* The issuer is gone then. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return;
  g_clear_object (&issuer->sealing);
  text = g_task_propagate_pointer (task, &error);
  if (sealing->rewritten != 0)
    good = claw_issuer_kept_rewritten (issuer, sealing->rewritten, sealing->file, text, &error);
  else
    good = text != NULL && publish (issuer, sealing->file, text, &error) != NULL;
  if (!good)
    claw_event (CLAW_EVENT_DISK_ERROR, NULL,
                _ ("Could not write a new .sec file, trying again soon: %s"), error->message);
}

void
claw_issuer_seal_aside (ClawIssuer *issuer, ClawSecFile *file, uint64_t rewritten)
{
  Sealing *sealing = g_new0 (Sealing, 1);
  g_autoptr (GTask) task = NULL;

  sealing->file = file;
  sealing->key = claw_bootstrap_key_ref (issuer->config.key);
  sealing->rewritten = rewritten;
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
  g_autoptr (ClawSecFile) file = NULL;

  file = claw_sec_file_load (path, issuer->config.key, &error);
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
  if (claw_issuer_kept_has_secret (issuer, &file->shared_secret, path))
    {
      g_info ("Leaving a copy of a file alone: %s", path);
      return;
    }
  /* Taken for another one it would be used up without its record, which lets a second client in as
   * soon as it can be read. */
  if (file->valid_until_s > now_s && claw_issuer_kept_has_record (issuer, file))
    {
      claw_event (
          CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .sec_file = path },
          _ ("What was kept of the .sec file %s cannot be read: until it can, the file lets "
             "nobody in"),
          path);
      return;
    }
  /* One from the future was made before the clock was set back; it would live too long. */
  if (file->valid_until_s <= now_s || file->timestamp_s > now_s + CLAW_SEC_FILE_CLOCK_TOLERANCE_S
      || issuer->files->len >= CLAW_ISSUER_FILES_MAX)
    {
      claw_issuer_remove_file (issuer, path);
      return;
    }
  add_file (issuer, file, path);
}

/* When the newest one has to be followed by another. */
static gint64
get_renewal_s (const ClawIssuer *issuer)
{
  const ClawIssued *newest;

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

  if (dir == NULL || !claw_issuer_kept_start (issuer, now_s, error))
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL && looked_at < CLAW_ISSUER_ADOPT_MAX)
    {
      g_autofree char *path = g_build_filename (issuer->directory, name, NULL);

      if (!g_str_has_suffix (name, ".sec") || claw_issuer_kept_has_secret (issuer, NULL, path))
        continue;
      looked_at++;
      adopt_file (issuer, path, now_s);
    }
  sort_found (issuer);
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

static gboolean
is_over (const ClawIssued *issued, gint64 now_s)
{
  /* The second is for a clock that was set back. */
  return issued->valid_until_s <= now_s
         || issued->timestamp_s > now_s + CLAW_SEC_FILE_CLOCK_TOLERANCE_S;
}

gboolean
claw_issuer_tick (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  remove_undeleted (issuer);
  for (unsigned at = issuer->files->len; at-- > 0;)
    if (is_over (g_ptr_array_index (issuer->files, at), now_s))
      end_file (issuer, at, CLAW_ISSUER_END_EXPIRED);
  for (unsigned at = issuer->kept->len; at-- > 0;)
    if (is_over (g_ptr_array_index (issuer->kept, at), now_s))
      claw_issuer_kept_end (issuer, at, CLAW_ISSUER_END_EXPIRED);
  if (!is_due (issuer, now_s))
    return claw_issuer_kept_rewrite (issuer, error);
  if (!claw_bootstrap_key_is_passphrase (issuer->config.key))
    return issue_due (issuer, now_s, error) && claw_issuer_kept_rewrite (issuer, error);
  /* Others follow when that is done. */
  claw_issuer_seal_aside (issuer, new_current_sec (issuer, now_s), 0);
  return TRUE;
}

/* Returns: the place of the one with @psk_id in @list, its length when it is not there. */
static unsigned
find (const GPtrArray *list, uint64_t psk_id)
{
  for (unsigned at = 0; at < list->len; at++)
    if (((const ClawIssued *) g_ptr_array_index (list, at))->psk_id == psk_id)
      return at;
  return list->len;
}

void
claw_issuer_use (ClawIssuer *issuer, uint64_t psk_id, ClawKey *secret, char **name)
{
  unsigned at = find (issuer->files, psk_id);
  const ClawIssued *issued;

  if (at < issuer->files->len)
    {
      issued = g_ptr_array_index (issuer->files, at);
      claw_key_copy (secret, &issued->secret);
      end_file (issuer, at, CLAW_ISSUER_END_USED);
      return;
    }
  at = find (issuer->kept, psk_id);
  if (at == issuer->kept->len)
    return;
  issued = g_ptr_array_index (issuer->kept, at);
  claw_key_copy (secret, &issued->secret);
  if (name != NULL)
    *name = g_strdup (issued->name);
  claw_issuer_kept_end (issuer, at, CLAW_ISSUER_END_USED);
}

static gboolean
is_meant (const ClawIssued *issued, const char *which)
{
  return strcmp (issued->id, which) == 0 || g_strcmp0 (issued->name, which) == 0;
}

unsigned
claw_issuer_withdraw (ClawIssuer *issuer, const char *which)
{
  unsigned withdrawn = 0;

  for (unsigned at = issuer->kept->len; at-- > 0;)
    if (is_meant (g_ptr_array_index (issuer->kept, at), which))
      {
        claw_issuer_kept_end (issuer, at, CLAW_ISSUER_END_WITHDRAWN);
        withdrawn++;
      }
  for (unsigned at = issuer->files->len; at-- > 0;)
    if (is_meant (g_ptr_array_index (issuer->files, at), which))
      {
        end_file (issuer, at, CLAW_ISSUER_END_WITHDRAWN);
        withdrawn++;
      }
  return withdrawn;
}

static void
outdate (gpointer data, gpointer user_data)
{
  ClawIssued *issued = data;

  issued->is_outdated = TRUE;
}

void
claw_issuer_outdate (ClawIssuer *issuer)
{
  issuer->is_outdated = TRUE;
  /* Nor may one of these be offered again when a newer one was used. */
  g_ptr_array_foreach (issuer->files, outdate, NULL);
  g_ptr_array_foreach (issuer->kept, outdate, NULL);
}

void
claw_issuer_erase (ClawIssuer *issuer)
{
  if (issuer->sealing != NULL)
    g_cancellable_cancel (issuer->sealing);
  g_clear_object (&issuer->sealing);
  for (unsigned at = issuer->files->len; at-- > 0;)
    {
      ClawIssued *issued = g_ptr_array_index (issuer->files, at);
      g_autoptr (GError) error = NULL;

      if (!claw_file_erase (issued->path, &error))
        claw_event (CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .sec_file = issued->path },
                    _ ("Could not delete a .sec file that is over, delete it by hand: %s"),
                    error->message);
      issuer->config.refuse (issued->psk_id, issuer->config.user_data);
      g_ptr_array_remove_index (issuer->files, at);
    }
  claw_issuer_kept_erase (issuer);
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

  for (unsigned at = 0; at < claw_issuer_get_count (issuer); at++)
    if (claw_issuer_get (issuer, at)->path != NULL)
      g_ptr_array_add (paths, g_strdup (claw_issuer_get (issuer, at)->path));
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
  for (unsigned at = 0; at < claw_issuer_get_count (issuer); at++)
    if (claw_issued_names_port (claw_issuer_get (issuer, at), port))
      return TRUE;
  return FALSE;
}

gboolean
claw_issuer_has_other_addresses (const ClawIssuer *issuer, const ClawSecFile *file)
{
  for (unsigned at = 0; at < issuer->kept->len; at++)
    {
      const ClawIssued *issued = g_ptr_array_index (issuer->kept, at);

      if (issued->path != NULL && !claw_issued_has_addresses (issued, file))
        return TRUE;
    }
  return FALSE;
}

gboolean
claw_issuer_owns (const ClawIssuer *issuer, uint64_t psk_id)
{
  return find (issuer->files, psk_id) < issuer->files->len
         || find (issuer->kept, psk_id) < issuer->kept->len;
}

gint64
claw_issuer_get_deadline_s (const ClawIssuer *issuer)
{
  gint64 deadline = issuer->sealing != NULL            ? G_MAXINT64
                    : claw_issuer_kept_is_due (issuer) ? G_MININT64
                                                       : get_renewal_s (issuer);

  for (unsigned at = 0; at < claw_issuer_get_count (issuer); at++)
    deadline = MIN (deadline, claw_issuer_get (issuer, at)->valid_until_s);
  return MAX (deadline, 0);
}

const char *
claw_issuer_get_current (const ClawIssuer *issuer, gint64 *valid_until_s)
{
  const ClawIssued *newest;

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
  return issuer->files->len + issuer->kept->len;
}

const ClawIssued *
claw_issuer_get (const ClawIssuer *issuer, unsigned at)
{
  return at < issuer->files->len ? g_ptr_array_index (issuer->files, at)
                                 : g_ptr_array_index (issuer->kept, at - issuer->files->len);
}

gboolean
claw_issuer_is_kept (const ClawIssuer *issuer, unsigned at)
{
  return at >= issuer->files->len;
}
