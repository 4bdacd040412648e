/* issuer-fixture.h: an issuer with directories of its own, and a server that does nothing but count
 * whom it would let in. */
#pragma once

#include "claw-file.h"
#include "claw-issuer.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define START_S 1800000000
#define VALIDITY_S (11 * 60)
#define REGENERATE_S (10 * 60)

typedef struct
{
  char *directory, *state;
  ClawBootstrapKey *key;
  ClawIdentity identity;
  ClawIssuer *issuer;
  GHashTable *accepted; /* ids, as a set */
  uint64_t last_id;
  gint64 regenerate_s;
  unsigned ended[CLAW_ISSUER_END_WITHDRAWN + 1];
  uint16_t port; /* 0: 50000 */
} Fixture;

static inline uint64_t
new_psk_id (gpointer data)
{
  return ++((Fixture *) data)->last_id;
}

static inline void
fill_addresses (ClawSecFile *file, gpointer data)
{
  const Fixture *fixture = data;

  g_assert_true (claw_address_parse ("192.0.2.1:50000", &file->server));
  if (fixture->port != 0)
    file->server.port = fixture->port;
  g_assert_true (claw_address_parse ("192.168.1.2:50002", &file->candidates[0]));
  file->n_candidates = 1;
}

static inline void
accept_psk (uint64_t id, const ClawKey *psk, gpointer data)
{
  g_assert_true (claw_key_is_set (psk));
  g_assert_true (g_hash_table_add (((Fixture *) data)->accepted, GUINT_TO_POINTER ((guint) id)));
}

static inline void
refuse_psk (uint64_t id, gpointer data)
{
  g_assert_true (g_hash_table_remove (((Fixture *) data)->accepted, GUINT_TO_POINTER ((guint) id)));
}

static inline void
note_end (const char *path, ClawIssuerEnd how, gpointer data)
{
  /* One that was handed out has a name only. */
  g_assert_true (path[0] != '/' || g_file_test (path, G_FILE_TEST_EXISTS));
  ((Fixture *) data)->ended[how]++;
}

static inline ClawIssuer *
make_issuer (Fixture *fixture)
{
  const ClawIssuerConfig config = {
    .directory = fixture->directory,
    .state_directory = fixture->state,
    .server_id = "harbour/1",
    .server_name = "Harbour",
    .server_public_key = fixture->identity.public_key,
    .key = fixture->key,
    .validity_s = VALIDITY_S,
    .regenerate_s = fixture->regenerate_s,
    .new_psk_id = new_psk_id,
    .fill_addresses = fill_addresses,
    .accept = accept_psk,
    .refuse = refuse_psk,
    .ended = note_end,
    .user_data = fixture,
  };

  return claw_issuer_new (&config);
}

static inline void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  claw_secret_init ();
  fixture->directory = g_dir_make_tmp ("clawchat-issuer-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->state = g_dir_make_tmp ("clawchat-issuer-state-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->key = claw_bootstrap_key_generate ();
  claw_identity_generate (&fixture->identity);
  fixture->accepted = g_hash_table_new (NULL, NULL);
  fixture->regenerate_s = REGENERATE_S;
  fixture->issuer = make_issuer (fixture);
}

static inline void
empty (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

static inline void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *records = g_build_filename (fixture->state, "files", NULL);

  empty (fixture->directory);
  empty (records);
  g_rmdir (records);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->state), ==, 0);
  g_free (fixture->state);
  claw_issuer_free (fixture->issuer);
  g_hash_table_unref (fixture->accepted);
  claw_identity_clear (&fixture->identity);
  claw_bootstrap_key_unref (fixture->key);
  g_free (fixture->directory);
}

/* The file of @id. */
static inline void
use (Fixture *fixture, uint64_t id)
{
  g_auto (ClawKey) secret = { 0 };

  claw_issuer_use (fixture->issuer, id, &secret, NULL);
  g_assert_true (claw_key_is_set (&secret));
}

static inline unsigned
count_files (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  unsigned count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static inline void
start (Fixture *fixture, gint64 now_s)
{
  g_autoptr (GError) error = NULL;

  claw_issuer_start (fixture->issuer, now_s, &error);
  g_assert_no_error (error);
}

static inline void
tick (Fixture *fixture, gint64 now_s)
{
  g_autoptr (GError) error = NULL;

  claw_issuer_tick (fixture->issuer, now_s, &error);
  g_assert_no_error (error);
}

/* As many psks are let in as there are files, and both are @count. */
static inline void
assert_count (Fixture *fixture, unsigned count)
{
  g_assert_cmpuint (count_files (fixture), ==, count);
  g_assert_cmpuint (claw_issuer_get_count (fixture->issuer), ==, count);
  g_assert_cmpuint (g_hash_table_size (fixture->accepted), ==, count);
}

static inline void
restart (Fixture *fixture, gint64 now_s)
{
  claw_issuer_free (fixture->issuer);
  g_hash_table_remove_all (fixture->accepted);
  fixture->issuer = make_issuer (fixture);
  start (fixture, now_s);
}
