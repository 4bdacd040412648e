/* claw-store.c: see claw-store.h. */
#include "claw-store.h"

#include "claw-file.h"
#include "claw-hkdf.h"
#include "claw-saved-timestamp.h"
#include "claw-sealed-identity.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>

/* Hexadecimal digits of a hash. */
#define NAME_LENGTH 32
#define PAIRINGS_LABEL "clawchat saved pairings"
#define NAMES_LABEL "clawchat names of pairings"
#define TIMESTAMP_LABEL "clawchat last timestamp"

/* Hashes of some hundred servers. */
#define NOTE_SIZE_MAX (16 * 1024)

struct ClawStore
{
  char *directory;
  char *timestamp_path;
  char *pairings_path;
  ClawKey pairings_key;
  ClawKey names_key, timestamp_key; /* empty unless the identity is sealed */
  ClawIdentity identity;
  uint64_t timestamp_us;
  gboolean is_unsaved; /* the disk does not have the timestamp */
};

/* (nullable) */
static const ClawKey *
get_timestamp_key (const ClawStore *store)
{
  return claw_key_is_set (&store->timestamp_key) ? &store->timestamp_key : NULL;
}

static gboolean
save_timestamp (ClawStore *store, uint64_t timestamp_us, GError **error)
{
  store->timestamp_us = timestamp_us;
  store->is_unsaved = !claw_saved_timestamp_save (store->timestamp_path, get_timestamp_key (store),
                                                  timestamp_us, error);
  return !store->is_unsaved;
}

/* Names. */

/* What a server's pairing is called after. Where the identity is sealed, nobody who has the
 * server's key shall find out by it that the server is known here. Returns: (transfer full) */
static char *
hash_server (const ClawStore *store, const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  uint8_t bytes[NAME_LENGTH / 2];
  G_STATIC_ASSERT (sizeof bytes >= crypto_generichash_BYTES_MIN);
  char *hash = NULL;
  if (claw_key_is_set (&store->names_key))
    {
      crypto_generichash (bytes, sizeof bytes, server_key, CLAW_PUBLIC_KEY_SIZE,
                          store->names_key.bytes, CLAW_KEY_SIZE);
      hash = g_malloc (NAME_LENGTH + 1);
      return sodium_bin2hex (hash, NAME_LENGTH + 1, bytes, sizeof bytes);
    }
  hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, server_key, CLAW_PUBLIC_KEY_SIZE);
  hash[NAME_LENGTH] = '\0';
  return hash;
}

static gboolean
is_pairing_name (const char *name)
{
  return strlen (name) == NAME_LENGTH + strlen (CLAW_STORE_PAIRING_SUFFIX)
         && g_str_has_suffix (name, CLAW_STORE_PAIRING_SUFFIX);
}

gboolean
claw_store_has_pairings (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, CLAW_STORE_PAIRINGS, NULL);
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (path, &fault);
  const char *name = NULL;
  while (dir && (name = g_dir_read_name (dir)))
    if (is_pairing_name (name))
      return TRUE;
  return fault != NULL;
}

/* Compromised keys. */

/* @error: keeps the first one. */
static gboolean
erase_in (const char *directory,
          gboolean (*must_go) (const char *name, const char *hash),
          const char *hash,
          GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (directory, &fault);
  gboolean good = !fault;
  const char *name = NULL;
  if (fault)
    g_propagate_error (error, g_steal_pointer (&fault));
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

static void
clear_keys (ClawStore *store)
{
  claw_identity_clear (&store->identity);
  claw_key_clear (&store->pairings_key);
  claw_key_clear (&store->names_key);
  claw_key_clear (&store->timestamp_key);
}

gboolean
claw_store_compromise (ClawStore *store,
                       const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                       gboolean *is_over,
                       GError **error)
{
  g_autofree char *hash = hash_server (store, server_key);
  g_autofree char *note = g_strconcat (hash, "\n", NULL);
  g_autofree char *path = note_path (store->directory);
  g_autoptr (GError) local_error = NULL;
  if (!claw_file_write (path, note, strlen (note), &local_error))
    g_warning ("Erasing keys cannot be noted: %s", local_error->message);
  gboolean good = finish_compromise (store->directory, note, is_over, error);
  if (*is_over)
    clear_keys (store);
  return good;
}

gboolean
claw_store_erase (const char *directory, GError **error)
{
  gboolean is_over = FALSE;
  return finish_compromise (directory, "", &is_over, error);
}

static gboolean
load_identity (ClawIdentity *identity, const char *directory, const ClawKey *key, GError **error)
{
  g_autofree char *path = g_build_filename (directory, CLAW_STORE_IDENTITY, NULL);
  return key ? claw_sealed_identity_load_or_create (identity, path, key, error)
             : claw_identity_load_or_create (identity, path, error);
}

static void
derive_keys (ClawStore *store, gboolean is_sealed)
{
  const ClawKey *key = &store->identity.private_key;
  claw_hkdf_derive_key (key, PAIRINGS_LABEL, &store->pairings_key);
  if (!is_sealed)
    return;
  claw_hkdf_derive_key (key, NAMES_LABEL, &store->names_key);
  claw_hkdf_derive_key (key, TIMESTAMP_LABEL, &store->timestamp_key);
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
  store->pairings_path = g_build_filename (directory, CLAW_STORE_PAIRINGS, NULL);
  derive_keys (store, key != NULL);
  store->timestamp_us = claw_saved_timestamp_load (store->timestamp_path,
                                                   get_timestamp_key (store));
  return g_steal_pointer (&store);
}

void
claw_store_free (ClawStore *store)
{
  if (!store)
    return;
  clear_keys (store);
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
  if (until_us <= store->timestamp_us && !store->is_unsaved)
    return TRUE;
  return save_timestamp (store, MAX (until_us + CLAW_STORE_AHEAD_US, store->timestamp_us), error);
}

gboolean
claw_store_settle (ClawStore *store, uint64_t last_us, GError **error)
{
  if (last_us == 0 || (last_us >= store->timestamp_us && !store->is_unsaved))
    return TRUE;
  return save_timestamp (store, last_us, error);
}

/* Pairings. */

static char *
path_of (const ClawStore *store, const uint8_t server_key[CLAW_PUBLIC_KEY_SIZE])
{
  g_autofree char *name = hash_server (store, server_key);
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
  g_autoptr (ClawSavedPairing) last = NULL;
  g_autoptr (GError) first_error = NULL;
  g_autoptr (GDir) dir = claw_file_open_directory (store->pairings_path, &first_error);
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
  g_autofree char *hash = hash_server (store, server_key);
  return erase_in (store->pairings_path, is_of_pairing, hash, error);
}

gboolean
claw_store_find_server (const char *directory,
                        const ClawKey *key,
                        uint8_t server_key[CLAW_PUBLIC_KEY_SIZE],
                        GError **error)
{
  if (!claw_store_has_pairings (directory))
    return FALSE;
  g_autoptr (ClawStore) store = claw_store_open (directory, key, error);
  g_autoptr (ClawSavedPairing) pairing = store ? claw_store_load_last_pairing (store, error) : NULL;
  if (pairing)
    memcpy (server_key, pairing->server_key, CLAW_PUBLIC_KEY_SIZE);
  return pairing != NULL;
}
