/* claw-store.c: see claw-store.h. */
#include "claw-store.h"

#include "claw-file.h"
#include "claw-hkdf.h"
#include "claw-sealed-identity.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

/* The decimal digits of a 64-bit number and a newline. */
#define TIMESTAMP_SIZE 24
#define NAME_LENGTH CLAW_STORE_HASH_LENGTH
#define PAIRINGS_LABEL "clawchat saved pairings"

/* Hashes of some hundred servers. */
#define NOTE_SIZE_MAX (16 * 1024)

struct ClawStore
{
  char *directory;
  char *timestamp_path;
  char *pairings_path;
  ClawKey pairings_key;
  ClawIdentity identity;
  uint64_t timestamp_us; /* as saved */
};

/* A file that is missing or damaged counts as none: the clock is right nearly always, and being
 * locked out because of a damaged counter would be worse. */
static uint64_t
load_timestamp (const char *path)
{
  char text[TIMESTAMP_SIZE + 1] = "";
  size_t length = 0;
  g_autoptr (GError) error = NULL;
  if (!claw_file_read (path, CLAW_FILE_READ_DEFAULT, text, TIMESTAMP_SIZE, &length, &error))
    {
      if (!g_error_matches (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        g_warning ("The last handshake's time is not known: %s", error->message);
      return 0;
    }
  text[length] = '\0';
  guint64 value = 0;
  /* Below the greatest signed number, so that adding to it is safe. */
  if (!g_ascii_string_to_unsigned (g_strchomp (text), 10, 0, G_MAXINT64, &value, &error))
    {
      g_warning ("The last handshake's time is not known: %s: %s", path, error->message);
      return 0;
    }
  return value;
}

static gboolean
save_timestamp (ClawStore *store, uint64_t timestamp_us, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT "\n", (guint64) timestamp_us);
  store->timestamp_us = timestamp_us;
  return claw_file_write (store->timestamp_path, text, strlen (text), error);
}

/* Names. */

char *
claw_store_hash_server (const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  char *hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, server_key, CLAW_PUBLIC_KEY_SIZE);
  hash[NAME_LENGTH] = '\0';
  return hash;
}

static gboolean
is_pairing_name (const char *name)
{
  return strlen (name) == NAME_LENGTH + strlen (CLAW_STORE_PAIRING_SUFFIX)
         && g_str_has_suffix (name, CLAW_STORE_PAIRING_SUFFIX);
}

char *
claw_store_find_server (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, CLAW_STORE_PAIRINGS, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    if (is_pairing_name (name))
      return g_strndup (name, NAME_LENGTH);
  return NULL;
}

gboolean
claw_store_has_pairings (const char *directory)
{
  g_autofree char *hash = claw_store_find_server (directory);
  return hash != NULL;
}

/* Compromised keys. */

/* @error: keeps the first one. */
static gboolean
erase_in (const char *directory,
          gboolean (*must_go) (const char *name, const char *hash),
          const char *hash,
          GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  gboolean good = TRUE;
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      if (must_go (name, hash))
        good = claw_file_erase (path, good ? error : NULL) && good;
    }
  return good;
}

/* The file itself, one that was moved aside, and what a crash left of a save. */
static gboolean
is_of_pairing (const char *name, const char *hash)
{
  return strstr (name, hash) != NULL;
}

static gboolean
is_of_identity (const char *name, const char *hash)
{
  return strstr (name, CLAW_STORE_IDENTITY) != NULL || strstr (name, CLAW_STORE_TIMESTAMP) != NULL;
}

static char *
note_path (const char *directory)
{
  return g_build_filename (directory, CLAW_STORE_COMPROMISED, NULL);
}

/* @note: hashes, one a line. An empty part of a name is part of all: a note that is damaged is
 * taken for everything. Returns: TRUE when nothing of it is left and the note is gone. */
static gboolean
finish_compromise (const char *directory, const char *note, gboolean *is_over, GError **error)
{
  g_autofree char *pairings = g_build_filename (directory, CLAW_STORE_PAIRINGS, NULL);
  g_autofree char *path = note_path (directory);
  g_auto (GStrv) hashes = g_strsplit (note, "\n", -1);
  gboolean is_good_note = hashes[0] && hashes[1];
  for (unsigned i = 0; is_good_note && hashes[i + 1]; i++)
    is_good_note = strlen (hashes[i]) == NAME_LENGTH;
  gboolean good = TRUE;
  for (unsigned i = 0; is_good_note && hashes[i + 1]; i++)
    good = erase_in (pairings, is_of_pairing, hashes[i], good ? error : NULL) && good;
  if (!is_good_note)
    good = erase_in (pairings, is_of_pairing, "", error);
  *is_over = !claw_store_has_pairings (directory);
  if (*is_over)
    good = erase_in (directory, is_of_identity, NULL, good ? error : NULL) && good;
  return good && claw_file_remove (path, error);
}

static gboolean
resume_compromise (const char *directory, GError **error)
{
  char note[NOTE_SIZE_MAX + 1] = "";
  g_autofree char *path = note_path (directory);
  g_autoptr (GError) local_error = NULL;
  size_t length = 0;
  gboolean is_over = FALSE;
  if (!claw_file_read (path, CLAW_FILE_READ_DEFAULT, note, NOTE_SIZE_MAX, &length, &local_error))
    {
      if (g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  return finish_compromise (directory, note, &is_over, error);
}

gboolean
claw_store_compromise (ClawStore *store,
                       const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                       gboolean *is_over,
                       GError **error)
{
  g_autofree char *hash = claw_store_hash_server (server_key);
  g_autofree char *note = g_strconcat (hash, "\n", NULL);
  g_autofree char *path = note_path (store->directory);
  g_autoptr (GError) local_error = NULL;
  if (!claw_file_write (path, note, strlen (note), &local_error))
    g_warning ("Erasing keys cannot be noted: %s", local_error->message);
  gboolean good = finish_compromise (store->directory, note, is_over, error);
  if (*is_over)
    {
      claw_identity_clear (&store->identity);
      claw_key_clear (&store->pairings_key);
    }
  return good;
}

static gboolean
load_identity (ClawIdentity *identity, const char *directory, const ClawKey *key, GError **error)
{
  g_autofree char *path = g_build_filename (directory, CLAW_STORE_IDENTITY, NULL);
  return key ? claw_sealed_identity_load_or_create (identity, path, key, error)
             : claw_identity_load_or_create (identity, path, error);
}

ClawStore *
claw_store_open (const char *directory, const ClawKey *key, GError **error)
{
  g_autoptr (ClawStore) store = g_new0 (ClawStore, 1);
  if (!claw_file_make_private_directory (directory, error) || !resume_compromise (directory, error)
      || !load_identity (&store->identity, directory, key, error))
    return NULL;
  store->directory = g_strdup (directory);
  store->timestamp_path = g_build_filename (directory, CLAW_STORE_TIMESTAMP, NULL);
  store->timestamp_us = load_timestamp (store->timestamp_path);
  store->pairings_path = g_build_filename (directory, CLAW_STORE_PAIRINGS, NULL);
  claw_hkdf_derive_key (&store->identity.private_key, PAIRINGS_LABEL, &store->pairings_key);
  return g_steal_pointer (&store);
}

void
claw_store_free (ClawStore *store)
{
  if (!store)
    return;
  claw_identity_clear (&store->identity);
  claw_key_clear (&store->pairings_key);
  g_free (store->directory);
  g_free (store->timestamp_path);
  g_free (store->pairings_path);
  g_free (store);
}

const ClawIdentity *
claw_store_get_identity (const ClawStore *store)
{
  return &store->identity;
}

uint64_t
claw_store_get_timestamp_us (const ClawStore *store)
{
  return store->timestamp_us;
}

gboolean
claw_store_reserve (ClawStore *store, uint64_t until_us, GError **error)
{
  if (until_us <= store->timestamp_us)
    return TRUE;
  return save_timestamp (store, until_us + CLAW_STORE_AHEAD_US, error);
}

gboolean
claw_store_settle (ClawStore *store, uint64_t last_us, GError **error)
{
  if (last_us == 0 || last_us >= store->timestamp_us)
    return TRUE;
  return save_timestamp (store, last_us, error);
}

/* Pairings. */

static char *
path_of (const ClawStore *store, const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  g_autofree char *name = claw_store_hash_server (server_key);
  g_autofree char *file = g_strconcat (name, CLAW_STORE_PAIRING_SUFFIX, NULL);
  return g_build_filename (store->pairings_path, file, NULL);
}

ClawSavedPairing *
claw_store_load_pairing (const ClawStore *store,
                         const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                         GError **error)
{
  g_autofree char *path = path_of (store, server_key);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (ClawSavedPairing) pairing = claw_saved_pairing_load (path, &store->pairings_key,
                                                                  &local_error);
  if (g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND))
    return NULL;
  if (!pairing)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (memcmp (pairing->server_key, server_key, CLAW_PUBLIC_KEY_SIZE) == 0)
    return g_steal_pointer (&pairing);
  g_set_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED,
               _ ("%s: this is the pairing with another server, under a wrong name. Move it away."),
               path);
  return NULL;
}

ClawSavedPairing *
claw_store_load_last_pairing (const ClawStore *store, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (store->pairings_path, 0, NULL);
  g_autoptr (ClawSavedPairing) last = NULL;
  g_autoptr (GError) first_error = NULL;
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    {
      if (!is_pairing_name (name))
        continue;
      g_autoptr (GError) local_error = NULL;
      g_autofree char *path = g_build_filename (store->pairings_path, name, NULL);
      g_autoptr (ClawSavedPairing) pairing = claw_saved_pairing_load (path, &store->pairings_key,
                                                                      &local_error);
      if (pairing && (!last || pairing->connected_us > last->connected_us))
        {
          claw_saved_pairing_free (last);
          last = g_steal_pointer (&pairing);
        }
      if (local_error && !first_error)
        first_error = g_steal_pointer (&local_error);
    }
  if (last && first_error)
    g_warning ("%s", first_error->message);
  else if (first_error)
    g_propagate_error (error, g_steal_pointer (&first_error));
  return g_steal_pointer (&last);
}

/* What cannot be opened may still be of use to somebody, if only to a newer version. */
static gboolean
move_unreadable_aside (const ClawStore *store,
                       const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                       const char *path,
                       GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (ClawSavedPairing) present = claw_store_load_pairing (store, server_key, &fault);
  if (!fault)
    return TRUE;
  g_autofree char *aside = g_strconcat (path, CLAW_STORE_UNREADABLE_SUFFIX, NULL);
  if (g_rename (path, aside) != 0)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  g_warning ("%s It is kept as %s.", fault->message, aside);
  return TRUE;
}

gboolean
claw_store_save_pairing (const ClawStore *store, const ClawSavedPairing *pairing, GError **error)
{
  g_autofree char *path = path_of (store, pairing->server_key);
  return claw_file_make_private_directory (store->pairings_path, error)
         && move_unreadable_aside (store, pairing->server_key, path, error)
         && claw_saved_pairing_save (pairing, path, &store->pairings_key, error);
}

gboolean
claw_store_forget_pairing (const ClawStore *store,
                           const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                           GError **error)
{
  g_autofree char *hash = claw_store_hash_server (server_key);
  return erase_in (store->pairings_path, is_of_pairing, hash, error);
}
