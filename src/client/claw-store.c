/* claw-store.c: see claw-store.h. */
#include "claw-store.h"

#include "claw-file.h"

#include <string.h>

/* The decimal digits of a 64-bit number and a newline. */
#define TIMESTAMP_SIZE 24

struct ClawStore
{
  char *timestamp_path;
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

ClawStore *
claw_store_open (const char *directory, GError **error)
{
  g_autoptr (ClawStore) store = g_new0 (ClawStore, 1);
  g_autofree char *identity_path = g_build_filename (directory, CLAW_STORE_IDENTITY, NULL);
  if (!claw_file_make_private_directory (directory, error)
      || !claw_identity_load_or_create (&store->identity, identity_path, error))
    return NULL;
  store->timestamp_path = g_build_filename (directory, CLAW_STORE_TIMESTAMP, NULL);
  store->timestamp_us = load_timestamp (store->timestamp_path);
  return g_steal_pointer (&store);
}

void
claw_store_free (ClawStore *store)
{
  if (!store)
    return;
  claw_identity_clear (&store->identity);
  g_free (store->timestamp_path);
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
