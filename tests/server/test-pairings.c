/* test-pairings.c: what is saved comes back; what is damaged is told and never replaced. */
#include "claw-pairings.h"

#include "claw-file.h"

#include <glib/gstdio.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *directory, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  fixture->directory = g_dir_make_tmp ("clawchat-pairings-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "pairings.json", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static ClawPairings *
load (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  ClawPairings *pairings = claw_pairings_load (fixture->path, &error);

  g_assert_no_error (error);
  return pairings;
}

static void
save (ClawPairings *pairings)
{
  g_autoptr (GError) error = NULL;

  claw_pairings_save (pairings, &error);
  g_assert_no_error (error);
}

static void
make_key (uint8_t key[CLAW_PAIRING_CLIENT_KEY_SIZE], unsigned number)
{
  memset (key, 0xab, CLAW_PAIRING_CLIENT_KEY_SIZE);
  memcpy (key, &number, sizeof number);
}

static ClawPairing *
add (ClawPairings *pairings, unsigned number)
{
  g_auto (ClawKey) secret = { 0 };
  uint8_t key[CLAW_PAIRING_CLIENT_KEY_SIZE];
  ClawPairing *pairing;

  make_key (key, number);
  claw_key_generate (&secret);
  pairing = claw_pairings_add (pairings, key, 1000);
  if (pairing != NULL)
    claw_pairing_renew (pairing, 0, &secret, number + 1);
  return pairing;
}

/* No file is an empty list. */
static void
test_none (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);

  g_assert_cmpuint (claw_pairings_get_count (pairings), ==, 0);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

/* Everything comes back as it was saved, privately, and ids are not used twice. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) before = load (fixture);
  g_autoptr (ClawPairings) after = NULL;
  g_auto (ClawKey) next = { 0 };
  ClawPairing *first = add (before, 0), *second = add (before, 1), *third = add (before, 2);
  const ClawPairing *same;
  struct stat info;

  claw_pairing_set_name (second, "A \"quoted\" \\ name – 你好");
  claw_key_generate (&next);
  claw_pairing_renew (second, second->resumption_psk_id, &next, 9);
  second->last_seen_s = 2000;
  second->greatest_timestamp_us = G_GUINT64_CONSTANT (1800000000123456);
  claw_pairings_remove (before, third);
  save (before);
  g_assert_cmpint (stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  after = load (fixture);
  g_assert_cmpuint (claw_pairings_get_count (after), ==, 2);
  same = claw_pairings_find_id (after, second->id);
  g_assert_cmpstr (same->name, ==, second->name);
  g_assert_cmpmem (same->client_key, sizeof same->client_key, second->client_key,
                   sizeof second->client_key);
  g_assert_true (claw_key_equal (&same->resumption, &next));
  g_assert_true (claw_key_equal (&same->previous, &second->previous));
  g_assert_cmpint (same->created_s, ==, 1000);
  g_assert_cmpint (same->last_seen_s, ==, 2000);
  g_assert_cmpuint (same->greatest_timestamp_us, ==, second->greatest_timestamp_us);
  g_assert_false (claw_key_is_set (&claw_pairings_find_id (after, first->id)->previous));
  g_assert_cmpuint (add (after, 3)->id, ==, 4);
}

/* With a setting there may be fewer; those of before stay, and one that is gone makes room. */
static void
test_max (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *first = add (pairings, 0);

  g_assert_nonnull (add (pairings, 1));
  g_assert_nonnull (add (pairings, 2));
  claw_pairings_set_max (pairings, 2);
  g_assert_cmpuint (claw_pairings_get_count (pairings), ==, 3);
  g_assert_null (add (pairings, 3));
  claw_pairings_remove (pairings, first);
  g_assert_null (add (pairings, 3));
  claw_pairings_remove (pairings, claw_pairings_get (pairings, 0));
  g_assert_nonnull (add (pairings, 3));
}

/* The list is bounded, a full one fits its file, and a known key is not added twice. */
static void
test_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  g_autoptr (ClawPairings) again = NULL;
  g_autofree char *name = g_strnfill (64, '"');
  g_auto (ClawKey) next = { 0 };

  claw_key_generate (&next);
  for (unsigned i = 0; i < CLAW_PAIRINGS_MAX; i++)
    {
      ClawPairing *pairing = add (pairings, i);

      g_assert_nonnull (pairing);
      g_assert_null (add (pairings, i));
      claw_pairing_renew (pairing, pairing->resumption_psk_id, &next, 7);
      claw_pairing_set_name (pairing, name);
    }
  g_assert_null (add (pairings, CLAW_PAIRINGS_MAX));
  save (pairings);
  again = load (fixture);
  g_assert_cmpuint (claw_pairings_get_count (again), ==, CLAW_PAIRINGS_MAX);
}

/* A client that came with the newest secret: that one stays as the previous. */
static void
test_renew_newest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *pairing = add (pairings, 0);
  g_auto (ClawKey) used = { 0 };
  g_auto (ClawKey) next = { 0 };

  claw_key_copy (&used, &pairing->resumption);
  claw_key_generate (&next);
  g_assert_cmpuint (claw_pairing_renew (pairing, 1, &next, 2), ==, 0);
  g_assert_true (claw_key_equal (&pairing->resumption, &next));
  g_assert_true (claw_key_equal (&pairing->previous, &used));
  g_assert_cmpuint (pairing->resumption_psk_id, ==, 2);
  g_assert_cmpuint (pairing->previous_psk_id, ==, 1);
  g_assert_cmpuint (claw_pairing_renew (pairing, 2, &used, 3), ==, 1);
}

/* A client that came with the previous one never got the newest: that one is forgotten. */
static void
test_renew_previous (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *pairing = add (pairings, 0);
  g_auto (ClawKey) first = { 0 };
  g_auto (ClawKey) lost = { 0 };
  g_auto (ClawKey) next = { 0 };

  claw_key_copy (&first, &pairing->resumption);
  claw_key_generate (&lost);
  claw_key_generate (&next);
  claw_pairing_renew (pairing, 1, &lost, 2);
  g_assert_cmpuint (claw_pairing_renew (pairing, 1, &next, 3), ==, 2);
  g_assert_true (claw_key_equal (&pairing->resumption, &next));
  g_assert_true (claw_key_equal (&pairing->previous, &first));
  g_assert_cmpuint (pairing->previous_psk_id, ==, 1);
}

/* A client that came with a file: its secret stays as the previous one, and all before are
 * forgotten. */
static void
test_take_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *pairing = add (pairings, 0);
  g_auto (ClawKey) file = { 0 };
  g_auto (ClawKey) next = { 0 };

  claw_key_generate (&file);
  claw_key_generate (&next);
  claw_pairing_renew (pairing, 1, &next, 2);
  claw_pairing_take_file (pairing, &file, 3);
  g_assert_true (claw_key_equal (&pairing->resumption, &file));
  g_assert_false (claw_key_is_set (&pairing->previous));
  g_assert_cmpuint (claw_pairing_renew (pairing, 3, &next, 4), ==, 0);
  g_assert_true (claw_key_equal (&pairing->resumption, &next));
  g_assert_true (claw_key_equal (&pairing->previous, &file));
  g_assert_cmpuint (pairing->previous_psk_id, ==, 3);
}

/* A pairing ends when nobody used it for its lifetime, not a second earlier. */
static void
test_expiry (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *old = add (pairings, 0), *new = add (pairings, 1);

  new->last_seen_s = 1500;
  g_assert_null (claw_pairings_find_expired (pairings, 1999, 1000));
  g_assert_true (claw_pairings_find_expired (pairings, 2000, 1000) == old);
  claw_pairings_remove (pairings, old);
  g_assert_null (claw_pairings_find_expired (pairings, 2000, 1000));
}

/* A machine without a clock of its own starts in the past, a client comes, and then the time is
 * set: the pairing is not over. */
static void
test_clock_behind (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *pairing = add (pairings, 0);

  claw_pairing_touch (pairing, 5000);
  claw_pairing_touch (pairing, 10);
  g_assert_cmpint (pairing->last_seen_s, ==, 5000);
  g_assert_null (claw_pairings_find_expired (pairings, 5999, 1000));
  g_assert_nonnull (claw_pairings_find_expired (pairings, 6000, 1000));
}

#define KEY "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""
#define PAIRING(id, key) \
  "{\"id\":" id ",\"name\":\"a\",\"client_key\":" key ",\"created\":1,\"last_seen\":1," \
  "\"greatest_timestamp\":1,\"resumption\":" KEY "}"
#define HEAD "{\"format\":\"clawchat-pairings\",\"version\":1,\"next_id\":9,\"pairings\":"

static void
write_text (Fixture *fixture, const char *text)
{
  g_assert_true (g_file_set_contents_full (fixture->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                           0600, NULL));
}

/* Every damage is an error that names the file, and the file stays as it is. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "",
    "{",
    "[]",
    "\xff",
    "{\"format\":\"clawchat-pairings\"}",
    "{\"format\":\"other\",\"version\":1,\"next_id\":1,\"pairings\":[]}",
    "{\"format\":\"clawchat-pairings\",\"version\":\"1\",\"next_id\":1,\"pairings\":[]}",
    "{\"format\":\"clawchat-pairings\",\"version\":1,\"next_id\":0,\"pairings\":[]}",
    "{\"format\":\"clawchat-pairings\",\"version\":1,\"next_id\":1}",
    HEAD "{}}",
    "{} {}",
    "null {}",
    HEAD "[1]}",
    HEAD "[{}]}",
    HEAD "[" PAIRING ("0", KEY) "]}",
    HEAD "[" PAIRING ("-1", KEY) "]}",
    HEAD "[" PAIRING ("4294967295", KEY) "]}",
    HEAD "[" PAIRING ("\"1\"", KEY) "]}",
    HEAD "[" PAIRING ("1", "\"AAAA\"") "]}",
    HEAD "[" PAIRING ("1", "\"!\"") "]}",
    HEAD "[" PAIRING ("1", "7") "]}",
    HEAD "[" PAIRING ("1", KEY) "," PAIRING ("2", KEY) "]}",
    HEAD "[" PAIRING ("1", KEY) "]} x",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *still = NULL;

      g_test_message ("%u", i);
      write_text (fixture, texts[i]);
      g_assert_null (claw_pairings_load (fixture->path, &error));
      g_assert_error (error, CLAW_PAIRINGS_ERROR, CLAW_PAIRINGS_ERROR_DAMAGED);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_true (g_file_get_contents (fixture->path, &still, NULL, NULL));
      g_assert_cmpstr (still, ==, texts[i]);
    }
  write_text (fixture, HEAD "[" PAIRING ("1", KEY) "]}");
  claw_pairings_free (load (fixture));
}

/* A handshake that was too late for this file, which versions before let in, does not keep the
 * server from starting; the client's last visit takes its place. */
static void
test_too_late (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *saved;
    uint64_t loaded;
  } cases[] = {
    { "9007199254740992", UINT64_C (9007199254740992) },
    { "9007199254740993", 1700 * G_USEC_PER_SEC },
    { "9223372036854775807", 1700 * G_USEC_PER_SEC },
    { "9223372036854775808", 1700 * G_USEC_PER_SEC },
    { "18446744073709551615", 1700 * G_USEC_PER_SEC },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (
          HEAD "[{\"id\":1,\"name\":\"a\",\"client_key\":" KEY ",\"created\":1,"
               "\"last_seen\":1700,\"greatest_timestamp\":%s,\"resumption\":" KEY "}]}",
          cases[i].saved);
      g_autoptr (ClawPairings) pairings = NULL;

      write_text (fixture, text);
      pairings = load (fixture);
      g_assert_cmpuint (claw_pairings_get (pairings, 0)->greatest_timestamp_us, ==,
                        cases[i].loaded);
      save (pairings);
      claw_pairings_free (load (fixture));
    }
}

/* A newer program's file is told apart from a damaged one, whatever else is in it, and stays. */
static void
test_newer (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "{\"format\":\"clawchat-pairings\",\"version\":2}",
    "{\"format\":\"clawchat-pairings\",\"version\":99,\"pairings\":[{\"keys\":[{\"a\":[]}]}]}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      write_text (fixture, texts[i]);
      g_assert_null (claw_pairings_load (fixture->path, &error));
      g_assert_error (error, CLAW_PAIRINGS_ERROR, CLAW_PAIRINGS_ERROR_VERSION);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_true (g_file_get_contents (fixture->path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, texts[i]);
    }
}

/* Leaves one file descriptor, with which a file can be changed where it is, but not replaced. */
static void
starve (struct rlimit *before)
{
  struct rlimit limit;
  int next = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  close (next);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, before), ==, 0);
  limit = *before;
  limit.rlim_cur = (rlim_t) next + 1;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

static gboolean
holds (Fixture *fixture, const ClawKey *key)
{
  g_autofree char *base64 = g_base64_encode (key->bytes, CLAW_KEY_SIZE);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  return strstr (text, base64) != NULL;
}

/* A list that cannot be replaced, as on a full disk, keeps no secret of a pairing that was ended,
 * and does not bring it back; the others are as they were, whatever they are called. */
static void
test_blank (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) before = load (fixture);
  g_auto (ClawKey) first = { 0 }, second = { 0 }, kept = { 0 };
  g_autoptr (GError) error = NULL;
  struct rlimit limit;

  claw_pairing_set_name (add (before, 1), "{\"id\": 2, \"resumption\": \"");
  ClawPairing *ended = add (before, 2);
  claw_pairing_set_name (ended, "\"previous\": \"");
  claw_key_copy (&first, &ended->resumption);
  claw_key_generate (&second);
  claw_pairing_renew (ended, 3, &second, 9);
  claw_key_copy (&kept, &add (before, 3)->resumption);
  save (before);
  g_assert_true (claw_pairings_are_erased (before));
  g_assert_true (holds (fixture, &first) && holds (fixture, &second) && holds (fixture, &kept));

  claw_pairings_remove (before, ended);
  g_assert_false (claw_pairings_are_erased (before));
  starve (&limit);
  g_assert_false (claw_pairings_save (before, &error));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_error (error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_IO);
  g_assert_true (claw_pairings_are_erased (before));
  g_assert_false (holds (fixture, &first) || holds (fixture, &second));

  g_autoptr (ClawPairings) after = load (fixture);
  g_assert_cmpuint (claw_pairings_get_count (after), ==, 2);
  g_assert_null (claw_pairings_find_id (after, 2));
  g_assert_cmpstr (claw_pairings_find_id (after, 1)->name, ==,
                   claw_pairings_find_id (before, 1)->name);
  g_assert_true (claw_key_equal (&claw_pairings_find_id (after, 3)->resumption, &kept));
  g_assert_cmpuint (add (after, 4)->id, ==, 4);
  g_assert_false (claw_pairings_are_erased (after));
  save (after);
  g_assert_true (claw_pairings_are_erased (after));
}

/* Where not even that works, it is told. */
static void
test_not_blank (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawPairings) pairings = load (fixture);
  ClawPairing *ended = add (pairings, 1);

  save (pairings);
  claw_pairings_remove (pairings, ended);
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  g_assert_false (claw_pairings_save (pairings, NULL));
  g_assert_false (claw_pairings_are_erased (pairings));
  g_assert_cmpint (g_rmdir (fixture->path), ==, 0);
  save (pairings);
  g_assert_true (claw_pairings_are_erased (pairings));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/pairings/none/empty", test_none);
  ADD ("/pairings/saved/loaded", test_round_trip);
  ADD ("/pairings/limit/held", test_limit);
  ADD ("/pairings/limit/setting", test_max);
  ADD ("/pairings/renew/newest-used", test_renew_newest);
  ADD ("/pairings/renew/previous-used", test_renew_previous);
  ADD ("/pairings/renew/file", test_take_file);
  ADD ("/pairings/expiry/exact", test_expiry);
  ADD ("/pairings/expiry/clock-behind", test_clock_behind);
  ADD ("/pairings/damaged/refused", test_damaged);
  ADD ("/pairings/timestamp/too-late", test_too_late);
  ADD ("/pairings/newer/refused", test_newer);
  ADD ("/pairings/removed/blank", test_blank);
  ADD ("/pairings/removed/not-blank", test_not_blank);
  return g_test_run ();
}
