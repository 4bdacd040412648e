/* test-saved-pairing.c: what a client keeps of a pairing, in memory and on disk. */
#include "claw-saved-pairing.h"

#include "claw-file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  ClawKey key;
  ClawSavedPairing *pairing;
  char *directory;
  char *path;
} Fixture;

static ClawAddress
address (const char *text)
{
  ClawAddress result;
  g_assert_true (claw_address_parse (text, &result));
  return result;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  uint8_t server_key[CLAW_PUBLIC_KEY_SIZE];
  memset (server_key, 7, sizeof server_key);
  claw_key_generate (&fixture->key);
  fixture->pairing = claw_saved_pairing_new (server_key);
  fixture->directory = g_dir_make_tmp ("claw-pairing-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->path = g_build_filename (fixture->directory, "x.pairing", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_key_clear (&fixture->key);
  claw_saved_pairing_free (fixture->pairing);
  g_remove (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* Every field at its limit. */
static void
fill (ClawSavedPairing *pairing)
{
  g_autofree char *name = g_strnfill (CLAW_SEC_FILE_NAME_MAX, 'n');
  g_free (pairing->server_id);
  pairing->server_id = g_strdup (name);
  claw_saved_pairing_set_server_name (pairing, name);
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    claw_key_generate (&pairing->secrets.keys[i]);
  claw_key_generate (&pairing->ports.secret);
  pairing->ports.interval_s = 3600;
  pairing->ports.slot = G_MAXUINT64;
  pairing->ports.port = 65535;
  pairing->created_s = 1700000000;
  pairing->connected_us = G_MAXINT64;
  while (pairing->n_addresses < CLAW_SAVED_PAIRING_ADDRESSES_MAX)
    {
      unsigned i = pairing->n_addresses++;
      g_autofree char *text = g_strdup_printf (i % 2 ? "10.0.0.%u:5%u" : "[2001:db8::%u]:6%u", i,
                                               i);
      pairing->addresses[i] = address (text);
    }
}

static void
assert_equal (const ClawSavedPairing *a, const ClawSavedPairing *b)
{
  g_assert_cmpmem (a->server_key, sizeof a->server_key, b->server_key, sizeof b->server_key);
  g_assert_cmpstr (a->server_id, ==, b->server_id);
  g_assert_cmpstr (a->server_name, ==, b->server_name);
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    {
      const ClawKey *first = &a->secrets.keys[i], *second = &b->secrets.keys[i];
      g_assert_cmpint (claw_key_is_set (first), ==, claw_key_is_set (second));
      g_assert_true (!claw_key_is_set (first) || claw_key_equal (first, second));
    }
  g_assert_cmpint (claw_key_is_set (&a->ports.secret), ==, claw_key_is_set (&b->ports.secret));
  g_assert_cmpuint (a->ports.interval_s, ==, b->ports.interval_s);
  g_assert_cmpuint (a->ports.slot, ==, b->ports.slot);
  g_assert_cmpuint (a->ports.port, ==, b->ports.port);
  g_assert_cmpuint (a->n_addresses, ==, b->n_addresses);
  for (unsigned i = 0; i < a->n_addresses; i++)
    g_assert_true (claw_address_equal (&a->addresses[i], &b->addresses[i]));
  g_assert_cmpint (a->created_s, ==, b->created_s);
  g_assert_cmpint (a->connected_us, ==, b->connected_us);
}

/* All fields come back, empty ones and those at their limits; two saves share no nonce. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  uint8_t first[CLAW_SAVED_PAIRING_SIZE_MAX], second[CLAW_SAVED_PAIRING_SIZE_MAX];
  claw_key_generate (&fixture->pairing->secrets.keys[CLAW_RESUMPTION_NEWEST]);
  for (unsigned i = 0; i < 2; i++)
    {
      size_t length = claw_saved_pairing_seal (fixture->pairing, &fixture->key, first);
      g_assert_cmpuint (length, <=, CLAW_SAVED_PAIRING_SIZE_MAX);
      g_assert_cmpuint (claw_saved_pairing_seal (fixture->pairing, &fixture->key, second), ==,
                        length);
      g_assert_cmpint (memcmp (first + 9, second + 9, 12), !=, 0);
      g_assert_cmpint (memcmp (first + 21, second + 21, length - 21), !=, 0);
      g_autoptr (ClawSavedPairing) again = claw_saved_pairing_open (first, length, &fixture->key,
                                                                    "x", &error);
      g_assert_no_error (error);
      assert_equal (fixture->pairing, again);
      claw_key_clear (&fixture->pairing->secrets.keys[CLAW_RESUMPTION_NEWEST]);
      fill (fixture->pairing);
    }
}

/* Nothing of the secrets can be found in what is written. */
static void
test_sealed (Fixture *fixture, gconstpointer data)
{
  uint8_t sealed[CLAW_SAVED_PAIRING_SIZE_MAX];
  fill (fixture->pairing);
  size_t length = claw_saved_pairing_seal (fixture->pairing, &fixture->key, sealed);
  g_assert_null (memmem (
      sealed, length, fixture->pairing->secrets.keys[CLAW_RESUMPTION_NEWEST].bytes, CLAW_KEY_SIZE));
  g_assert_null (memmem (sealed, length, fixture->pairing->ports.secret.bytes, CLAW_KEY_SIZE));
  g_assert_null (memmem (sealed, length, "nnnnnnnn", 8));
  g_assert_null (memmem (sealed, length, fixture->pairing->server_key, CLAW_PUBLIC_KEY_SIZE));
}

/* Cut anywhere, changed anywhere, or of another key: damaged; another version byte is told apart.
 */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  uint8_t sealed[CLAW_SAVED_PAIRING_SIZE_MAX + 1] = { 0 };
  g_auto (ClawKey) other = { 0 };
  fill (fixture->pairing);
  size_t length = claw_saved_pairing_seal (fixture->pairing, &fixture->key, sealed);
  for (size_t cut = 0; cut < length; cut++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (claw_saved_pairing_open (sealed, cut, &fixture->key, "name", &error));
      g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
      g_assert_true (g_str_has_prefix (error->message, "name: "));
    }
  for (size_t at = 0; at < length; at++)
    {
      g_autoptr (GError) error = NULL;
      ClawSavedPairingError expected = at == 8 ? CLAW_SAVED_PAIRING_ERROR_VERSION
                                               : CLAW_SAVED_PAIRING_ERROR_DAMAGED;
      sealed[at] ^= 0x41;
      g_assert_null (claw_saved_pairing_open (sealed, length, &fixture->key, "name", &error));
      g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, (int) expected);
      sealed[at] ^= 0x41;
    }
  g_autoptr (GError) error = NULL;
  claw_key_generate (&other);
  g_assert_null (claw_saved_pairing_open (sealed, length, &other, "name", &error));
  g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_null (claw_saved_pairing_open (sealed, sizeof sealed, &fixture->key, "name", &error));
  g_assert_error (error, CLAW_SAVED_PAIRING_ERROR, CLAW_SAVED_PAIRING_ERROR_DAMAGED);
}

/* What was sealed by the right key may still be wrong inside: each fault is refused. */
static void
test_parse_refused (void)
{
  /* Server key, empty id and name, no secrets, no addresses, no ports, two times. */
  uint8_t good[32 + 2 + 2 + 1 + 1 + 1 + 1 + 1 + 1 + 16] = { 0 };
  static const struct
  {
    size_t at;
    uint8_t value;
  } faults[] = {
    { 32, 2 },    /* an id longer than allowed */
    { 33, 1 },    /* one that is a NUL byte */
    { 36, 2 },    /* a flag that is neither 0 nor 1 */
    { 37, 3 },    /* likewise */
    { 38, 255 },  /* likewise */
    { 39, 2 },    /* likewise */
    { 40, 1 },    /* an address of no family */
    { 40, 25 },   /* one address more than allowed */
    { 41, 1 },    /* ports without an end */
    { 42, 0x80 }, /* a negative time */
    { 50, 0x80 },
  };
  g_autoptr (ClawSavedPairing) pairing = claw_saved_pairing_parse (good, sizeof good);
  g_assert_nonnull (pairing);
  for (size_t i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      good[faults[i].at] = faults[i].value;
      g_assert_null (claw_saved_pairing_parse (good, sizeof good));
      good[faults[i].at] = 0;
    }
  for (size_t cut = 0; cut < sizeof good; cut++)
    g_assert_null (claw_saved_pairing_parse (good, cut));
  uint8_t longer[sizeof good + 1] = { 0 };
  g_assert_null (claw_saved_pairing_parse (longer, sizeof longer));
}

/* A file is private, replaced as a whole, and never touched by a failed reading. */
static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GStatBuf status;
  fill (fixture->pairing);
  g_assert_true (claw_saved_pairing_save (fixture->pairing, fixture->path, &fixture->key, &error));
  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_autoptr (ClawSavedPairing) again = claw_saved_pairing_load (fixture->path, &fixture->key,
                                                                &error);
  g_assert_no_error (error);
  assert_equal (fixture->pairing, again);

  g_assert_cmpint (g_chmod (fixture->path, 0640), ==, 0);
  g_assert_null (claw_saved_pairing_load (fixture->path, &fixture->key, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_PERMISSIONS);
  g_clear_error (&error);
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);

  g_autofree char *real = g_build_filename (fixture->directory, "real", NULL);
  g_assert_cmpint (g_rename (fixture->path, real), ==, 0);
  g_assert_null (claw_saved_pairing_load (fixture->path, &fixture->key, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (symlink (real, fixture->path), ==, 0);
  g_assert_null (claw_saved_pairing_load (fixture->path, &fixture->key, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_NOT_REGULAR);
  g_clear_error (&error);
  g_assert_cmpint (g_remove (fixture->path), ==, 0);

  uint8_t large[CLAW_SAVED_PAIRING_SIZE_MAX + 1] = { 0 };
  g_assert_true (claw_file_write (real, large, sizeof large, &error));
  g_assert_null (claw_saved_pairing_load (real, &fixture->key, &error));
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE);
  g_assert_cmpint (g_remove (real), ==, 0);
}

/* Any secret of a session will do to come back with; none is left after clearing. */
static void
test_secrets (Fixture *fixture, gconstpointer data)
{
  ClawSavedPairing *pairing = fixture->pairing;
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    {
      claw_saved_pairing_clear_secrets (pairing);
      g_assert_false (claw_saved_pairing_has_secret (pairing));
      claw_key_generate (&pairing->secrets.keys[i]);
      g_assert_cmpint (claw_saved_pairing_has_secret (pairing), ==, i != CLAW_RESUMPTION_FILE);
    }
  claw_saved_pairing_clear_secrets (pairing);
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    g_assert_false (claw_key_is_set (&pairing->secrets.keys[i]));
}

/* The address that worked comes first, none is there twice, and the oldest falls off the end. */
static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  ClawSavedPairing *pairing = fixture->pairing;
  ClawAddress none = { 0 }, first = address ("192.0.2.1:5000"), portless = first;
  portless.port = 0;
  g_assert_false (claw_saved_pairing_prefer_address (pairing, &none));
  g_assert_false (claw_saved_pairing_prefer_address (pairing, &portless));
  g_assert_true (claw_saved_pairing_prefer_address (pairing, &first));
  g_assert_false (claw_saved_pairing_prefer_address (pairing, &first));
  for (unsigned i = 1; i <= CLAW_SAVED_PAIRING_ADDRESSES_MAX; i++)
    {
      ClawAddress next = first;
      next.port = (uint16_t) (5000 + i);
      g_assert_true (claw_saved_pairing_prefer_address (pairing, &next));
      g_assert_true (claw_address_equal (&pairing->addresses[0], &next));
      g_assert_cmpuint (pairing->n_addresses, ==, MIN (i + 1, CLAW_SAVED_PAIRING_ADDRESSES_MAX));
    }
  g_assert_cmpuint (pairing->addresses[CLAW_SAVED_PAIRING_ADDRESSES_MAX - 1].port, ==, 5001);
  ClawAddress middle = pairing->addresses[10];
  g_assert_true (claw_saved_pairing_prefer_address (pairing, &middle));
  g_assert_true (claw_address_equal (&pairing->addresses[0], &middle));
  g_assert_cmpuint (pairing->addresses[1].port, ==, 5000 + CLAW_SAVED_PAIRING_ADDRESSES_MAX);
  g_assert_cmpuint (pairing->n_addresses, ==, CLAW_SAVED_PAIRING_ADDRESSES_MAX);
}

/* A newer file's addresses come first, those known before stay behind them; its names count. */
static void
test_take_file (Fixture *fixture, gconstpointer data)
{
  ClawSavedPairing *pairing = fixture->pairing;
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  ClawAddress old = address ("192.0.2.9:1");
  claw_saved_pairing_prefer_address (pairing, &old);
  file->server_id = g_strdup ("id");
  file->server = address ("192.0.2.1:1");
  file->candidates[0] = address ("192.0.2.2:1");
  file->candidates[1] = file->server;
  file->candidates[2] = address ("192.0.2.3:1");
  file->n_candidates = 3;
  claw_saved_pairing_take_file (pairing, file);
  g_assert_cmpstr (claw_saved_pairing_get_title (pairing), ==, "id");
  g_assert_cmpuint (pairing->n_addresses, ==, 4);
  for (unsigned i = 0; i < 3; i++)
    g_assert_cmpuint (pairing->addresses[i].ip[3], ==, i + 1);
  g_assert_true (claw_address_equal (&pairing->addresses[3], &old));

  file->server_name = g_strdup ("Name");
  claw_saved_pairing_take_file (pairing, file);
  g_assert_cmpstr (claw_saved_pairing_get_title (pairing), ==, "Name");
  g_assert_cmpuint (pairing->n_addresses, ==, 4);
}

/* A name that is too long is cut between two characters. */
static void
test_long_name (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) name = g_string_new ("x");
  while (name->len <= CLAW_SEC_FILE_NAME_MAX)
    g_string_append (name, "é");
  claw_saved_pairing_set_server_name (fixture->pairing, name->str);
  g_assert_cmpuint (strlen (fixture->pairing->server_name), ==, CLAW_SEC_FILE_NAME_MAX - 1);
  g_assert_true (g_utf8_validate (fixture->pairing->server_name, -1, NULL));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  add ("/saved-pairing/seal/round-trip", test_round_trip);
  add ("/saved-pairing/seal/hides", test_sealed);
  add ("/saved-pairing/open/damaged", test_damaged);
  g_test_add_func ("/saved-pairing/parse/refused", test_parse_refused);
  add ("/saved-pairing/file/states", test_files);
  add ("/saved-pairing/learn/secrets", test_secrets);
  add ("/saved-pairing/learn/addresses", test_addresses);
  add ("/saved-pairing/learn/file", test_take_file);
  add ("/saved-pairing/learn/long-name", test_long_name);
  return g_test_run ();
}
