/* claw-issuer-kept.c: the files that somebody asked for by name or with a validity of their own.
 *
 * The record is written before the file and erased before it, so that no file is ever out that the
 * server would not know after a stop, or would let somebody in twice.
 */
#include "config.h"

#include "claw-issuer-private.h"

#include "claw-events.h"
#include "claw-file.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

static ClawIssued *
get (const ClawIssuer *issuer, unsigned at)
{
  return g_ptr_array_index (issuer->kept, at);
}

gboolean
claw_issuer_kept_has_secret (const ClawIssuer *issuer, const ClawKey *secret, const char *path)
{
  for (unsigned at = 0; at < issuer->kept->len; at++)
    if (g_strcmp0 (get (issuer, at)->path, path) == 0
        || (secret != NULL && claw_key_equal (&get (issuer, at)->secret, secret)))
      return TRUE;
  return FALSE;
}

gboolean
claw_issuer_kept_has_record (const ClawIssuer *issuer, const ClawSecFile *file)
{
  g_autoptr (ClawIssued) issued = claw_issued_new (file, NULL, NULL);
  g_autofree char *path = claw_issued_get_record_path (issued, issuer->records);
  struct stat info;

  return lstat (path, &info) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* From the disk */

static void
erase_record (ClawIssuer *issuer, const ClawIssued *issued)
{
  g_autofree char *path = claw_issued_get_record_path (issued, issuer->records);
  g_autoptr (GError) error = NULL;

  if (claw_issued_erase_record (issued, issuer->records, &error))
    return;
  claw_event (CLAW_EVENT_DISK_ERROR, NULL,
              _ ("Could not delete what was kept of a .sec file, delete it by hand: %s"),
              error->message);
  claw_issuer_remove_later (issuer, path);
}

static void
remove_both (ClawIssuer *issuer, const ClawIssued *issued)
{
  erase_record (issuer, issued);
  if (issued->path != NULL)
    claw_issuer_remove_file (issuer, issued->path);
}

static void
take_record (ClawIssuer *issuer, const char *path, gint64 now_s)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawIssued) issued = claw_issued_load (path, issuer->directory, &error);

  if (issued == NULL)
    {
      claw_event (CLAW_EVENT_DISK_ERROR, NULL, "%s", error->message);
      return;
    }
  if (claw_issuer_kept_has_secret (issuer, &issued->secret, ""))
    return;
  if (issued->valid_until_s <= now_s
      || issued->timestamp_s > now_s + CLAW_SEC_FILE_CLOCK_TOLERANCE_S
      || issuer->kept->len >= CLAW_ISSUER_KEPT_MAX)
    {
      remove_both (issuer, issued);
      return;
    }
  claw_issuer_take_in (issuer, issuer->kept, g_steal_pointer (&issued));
}

gboolean
claw_issuer_kept_start (ClawIssuer *issuer, gint64 now_s, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (issuer->records, &fault);
  const char *name;

  if (fault != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (issuer->records, name, NULL);

      if (name[0] != '.' && g_str_has_suffix (name, ".json"))
        take_record (issuer, path, now_s);
    }
  return TRUE;
}

/* Making one */

/* Without the signs that a file's name had better not have: "Zoë" becomes "Zoe". */
static char *
make_stem (const ClawIssuer *issuer, const char *name)
{
  g_autofree char *plain = name == NULL ? NULL : g_str_to_ascii (name, "C");

  return claw_issuer_make_stem (plain != NULL ? plain : issuer->server_id);
}

/* Returns: (transfer full) (nullable): written and recorded. */
static ClawIssued *
write_new (ClawIssuer *issuer,
           const ClawIssuerWish *wish,
           const ClawSecFile *file,
           const char *text,
           GError **error)
{
  g_autofree char *stem = make_stem (issuer, wish->name);
  g_autofree char *path = wish->is_handed_out
                              ? NULL
                              : claw_issuer_new_path (issuer, stem, file->timestamp_s);
  g_autoptr (ClawIssued) issued = claw_issued_new (file, wish->name, path);

  if (!claw_issued_save (issued, issuer->records, error))
    return NULL;
  if (path == NULL || claw_file_write (path, text, strlen (text), error))
    return g_steal_pointer (&issued);
  erase_record (issuer, issued);
  return NULL;
}

const ClawIssued *
claw_issuer_kept_make (
    ClawIssuer *issuer, const ClawIssuerWish *wish, gint64 now_s, char **text, GError **error)
{
  gint64 validity_s = wish->validity_s == 0 ? issuer->config.validity_s : wish->validity_s;
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *sealed = NULL;
  ClawIssued *issued;

  g_return_val_if_fail (
      validity_s >= CLAW_ISSUER_VALIDITY_MIN_S && validity_s <= CLAW_ISSUER_VALIDITY_MAX_S, NULL);

  if (issuer->kept->len >= CLAW_ISSUER_KEPT_MAX)
    {
      g_set_error (
          error, CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY,
          _ ("%u unused .sec files are kept already: see “files”, and “withdraw” those that "
             "are not needed"),
          issuer->kept->len);
      return NULL;
    }
  file = claw_issuer_new_sec (issuer, now_s, validity_s);
  sealed = claw_sec_file_seal (file, issuer->config.key, error);
  issued = sealed == NULL ? NULL : write_new (issuer, wish, file, sealed, error);
  if (issued == NULL)
    return NULL;
  claw_issuer_take_in (issuer, issuer->kept, issued);
  if (issued->path != NULL)
    claw_issuer_tell_issued (issuer, issued);
  if (text != NULL)
    *text = g_steal_pointer (&sealed);
  return issued;
}

/* The end of one */

void
claw_issuer_kept_end (ClawIssuer *issuer, unsigned at, ClawIssuerEnd how)
{
  const ClawIssued *issued = get (issuer, at);

  claw_issuer_tell_ended (issuer, issued, how);
  issuer->config.refuse (issued->psk_id, issuer->config.user_data);
  remove_both (issuer, issued);
  g_ptr_array_remove_index (issuer->kept, at);
}

void
claw_issuer_kept_erase (ClawIssuer *issuer)
{
  for (unsigned at = issuer->kept->len; at-- > 0;)
    {
      const ClawIssued *issued = get (issuer, at);
      g_autoptr (GError) error = NULL;

      if (issued->path != NULL && !claw_file_erase (issued->path, &error))
        claw_event (CLAW_EVENT_DISK_ERROR, &(ClawEventFields){ .sec_file = issued->path },
                    _ ("Could not delete a .sec file that is over, delete it by hand: %s"),
                    error->message);
      erase_record (issuer, issued);
      issuer->config.refuse (issued->psk_id, issuer->config.user_data);
      g_ptr_array_remove_index (issuer->kept, at);
    }
}

/* Writing it anew */

/* The same file, as it has to be now. */
static ClawSecFile *
make_again (ClawIssuer *issuer, const ClawIssued *issued)
{
  ClawSecFile *file = claw_issuer_new_sec (issuer, issued->timestamp_s,
                                           issued->valid_until_s - issued->timestamp_s);

  claw_key_copy (&file->shared_secret, &issued->secret);
  return file;
}

/* Whoever has moved it away has it with its old addresses, and no use for another copy here. */
static gboolean
is_moved_away (ClawIssuer *issuer, ClawIssued *issued)
{
  g_autoptr (GError) error = NULL;

  if (issued->path == NULL)
    return TRUE;
  if (g_file_test (issued->path, G_FILE_TEST_EXISTS))
    return FALSE;
  g_clear_pointer (&issued->path, g_free);
  if (!claw_issued_save (issued, issuer->records, &error))
    g_info ("A .sec file that was moved away will be missed again: %s", error->message);
  return TRUE;
}

static gboolean
write_again (ClawIssuer *issuer,
             ClawIssued *issued,
             const ClawSecFile *file,
             const char *text,
             GError **error)
{
  g_autofree char *told = NULL;

  claw_issued_set_addresses (issued, file);
  /* The port that a copy names is remembered ahead of the copy; what the file tells is not known
   * until it is written. */
  told = g_steal_pointer (&issued->addresses);
  issued->addresses = g_strdup ("");
  if (!claw_issued_save (issued, issuer->records, error)
      || !claw_file_write (issued->path, text, strlen (text), error))
    {
      issued->is_outdated = TRUE;
      return FALSE;
    }
  g_free (issued->addresses);
  issued->addresses = g_steal_pointer (&told);
  return claw_issued_save (issued, issuer->records, error);
}

gboolean
claw_issuer_kept_is_due (const ClawIssuer *issuer)
{
  for (unsigned at = 0; at < issuer->kept->len; at++)
    if (get (issuer, at)->is_outdated)
      return TRUE;
  return FALSE;
}

/* Returns: FALSE with an error, or without one when a thread is at it. */
static gboolean
rewrite_one (ClawIssuer *issuer, ClawIssued *issued, GError **error)
{
  g_autoptr (ClawSecFile) file = NULL;
  g_autofree char *text = NULL;

  issued->is_outdated = FALSE;
  if (is_moved_away (issuer, issued))
    return TRUE;
  file = make_again (issuer, issued);
  if (claw_issued_has_addresses (issued, file))
    return TRUE;
  if (claw_bootstrap_key_is_passphrase (issuer->config.key))
    {
      claw_issuer_seal_aside (issuer, g_steal_pointer (&file), issued->psk_id);
      return FALSE;
    }
  text = claw_sec_file_seal (file, issuer->config.key, error);
  issued->is_outdated = text == NULL;
  return text != NULL && write_again (issuer, issued, file, text, error);
}

gboolean
claw_issuer_kept_rewrite (ClawIssuer *issuer, GError **error)
{
  for (unsigned at = 0; issuer->sealing == NULL && at < issuer->kept->len; at++)
    {
      g_autoptr (GError) fault = NULL;

      if (!get (issuer, at)->is_outdated || rewrite_one (issuer, get (issuer, at), &fault)
          || fault == NULL)
        continue;
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  return TRUE;
}

gboolean
claw_issuer_kept_rewritten (
    ClawIssuer *issuer, uint64_t psk_id, const ClawSecFile *file, const char *text, GError **error)
{
  for (unsigned at = 0; at < issuer->kept->len; at++)
    {
      ClawIssued *issued = get (issuer, at);

      if (issued->psk_id != psk_id)
        continue;
      if (text == NULL)
        {
          issued->is_outdated = TRUE;
          return FALSE;
        }
      if (issued->path != NULL && !write_again (issuer, issued, file, text, error))
        return FALSE;
    }
  /* It may have been used or withdrawn meanwhile. The next one. */
  g_clear_error (error);
  return claw_issuer_kept_rewrite (issuer, error);
}
