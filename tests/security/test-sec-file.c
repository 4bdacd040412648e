/* test-sec-file.c: what is inside a .sec file, and when it is good. */
#include "claw-sec-file.h"

#include "claw-file.h"
#include "claw-sec-envelope.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define NOW_S 1700000000
#define VALIDITY_S 660
#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define CONTENT \
  "{\"version\":\"2.0\",\"server_public_ip\":\"203.0.113.9\",\"server_udp_port\":50000," \
  "\"shared_secret\":\"" SECRET "\",\"timestamp\":1700000000,\"valid_until\":1700000660," \
  "\"server_public_key\":\"" SECRET "\",\"server_id\":\"id\",\"server_name\":\"name\"," \
  "\"candidates\":[\"192.0.2.1:50000\",\"[2001:db8::1]:50001\"]}"

#define TWICE \
  "{\"shared_secret\":\"" SECRET "\",\"shared_secret\":\"" SECRET "\",\"version\":\"2.0\"}"

typedef struct
{
  ClawBootstrapKey *key;
  ClawSecFile *file;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  ClawSecFile *file = claw_sec_file_new ();

  fixture->key = claw_bootstrap_key_generate ();
  fixture->file = file;
  claw_key_generate (&file->shared_secret);
  randombytes_buf (file->server_public_key, sizeof file->server_public_key);
  file->server_id = g_strdup ("clawchat-server");
  file->server_name = g_strdup ("Zoë’s \"server\" [1] 👩‍💻 \\");
  file->timestamp_s = NOW_S;
  file->valid_until_s = NOW_S + VALIDITY_S;
  g_assert_true (claw_address_parse ("203.0.113.9:50000", &file->server));
  for (unsigned i = 0; i < CLAW_SEC_FILE_CANDIDATES_MAX; i++)
    {
      g_autofree char *text = g_strdup_printf (i % 2 ? "[2001:db8::%u]:6000" : "10.0.0.%u:65535",
                                               i + 1);
      g_assert_true (claw_address_parse (text, &file->candidates[i]));
    }
  file->n_candidates = CLAW_SEC_FILE_CANDIDATES_MAX;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  claw_bootstrap_key_unref (fixture->key);
  claw_sec_file_free (fixture->file);
}

static void
assert_equal (const ClawSecFile *a, const ClawSecFile *b)
{
  g_assert_true (claw_key_equal (&a->shared_secret, &b->shared_secret));
  g_assert_cmpmem (a->server_public_key, CLAW_PUBLIC_KEY_SIZE, b->server_public_key,
                   CLAW_PUBLIC_KEY_SIZE);
  g_assert_cmpstr (a->server_id, ==, b->server_id);
  g_assert_cmpstr (a->server_name, ==, b->server_name);
  g_assert_cmpint (a->timestamp_s, ==, b->timestamp_s);
  g_assert_cmpint (a->valid_until_s, ==, b->valid_until_s);
  g_assert_true (claw_address_equal (&a->server, &b->server));
  g_assert_cmpuint (a->n_candidates, ==, b->n_candidates);
  for (unsigned i = 0; i < a->n_candidates; i++)
    g_assert_true (claw_address_equal (&a->candidates[i], &b->candidates[i]));
}

/* Opens a file whose inside is @content. */
static ClawSecFile *
open_content (Fixture *fixture, const char *content, size_t length, GError **error)
{
  g_autofree char *text = claw_sec_envelope_seal (content, length, fixture->key, NULL);

  g_assert_nonnull (text);
  return claw_sec_file_open (text, strlen (text), fixture->key, error);
}

/* Everything comes back, the longest candidate list and a name of all kinds of characters included.
 */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = claw_sec_file_seal (fixture->file, fixture->key, &error);
  gboolean needs_passphrase = TRUE;

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (text), <, 4096);
  g_assert_true (claw_sec_file_probe (text, strlen (text), &needs_passphrase, &error));
  g_assert_false (needs_passphrase);
  g_autoptr (ClawSecFile) opened = claw_sec_file_open (text, strlen (text), fixture->key, &error);
  g_assert_no_error (error);
  assert_equal (fixture->file, opened);
}

/* The file as the design describes it is read, in any layout of the JSON. */
static void
test_content (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = json_from_string (CONTENT, NULL);
  g_autofree char *pretty = json_to_string (root, TRUE);
  g_autoptr (ClawSecFile) a = open_content (fixture, CONTENT, strlen (CONTENT), &error);
  g_assert_no_error (error);
  g_autoptr (ClawSecFile) b = open_content (fixture, pretty, strlen (pretty), &error);
  g_assert_no_error (error);

  assert_equal (a, b);
  g_assert_cmpuint (a->shared_secret.bytes[31], ==, 31);
  g_assert_cmpuint (a->server.port, ==, 50000);
  g_assert_cmpuint (a->n_candidates, ==, 2);
}

static void
assert_changed_refused (Fixture *fixture, const char *field, const char *value)
{
  g_autoptr (JsonNode) root = json_from_string (CONTENT, NULL);
  JsonObject *object = json_node_get_object (root);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s: %s", field, value);
  if (value == NULL)
    json_object_remove_member (object, field);
  else
    {
      JsonNode *node = json_from_string (value, NULL);
      g_assert_nonnull (node);
      json_object_set_member (object, field, node);
    }
  g_autofree char *content = json_to_string (root, FALSE);
  g_assert_null (open_content (fixture, content, strlen (content), &error));
  gboolean version = g_str_equal (field, "version") && value != NULL && *value == '"';
  int code = version ? CLAW_SEC_FILE_ERROR_VERSION : CLAW_SEC_FILE_ERROR_FIELD;
  g_assert_error (error, CLAW_SEC_FILE_ERROR, code);
  g_assert_nonnull (strstr (error->message, field));
}

/* Each field that is missing, mistyped or out of range is refused, and named. */
static void
test_fields (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *field;
    const char *values[9];
  } fields[] = {
    { "version", { "2.0", "\"2.1\"", "\"\"", "null" } },
    { "server_public_ip",
      { "1", "\"\"", "\"example.org\"", "\"0.0.0.0\"", "\"::\"", "\"203.0.113.9:1\"",
        "\"1.2.3\"" } },
    { "server_udp_port", { "0", "65536", "-1", "\"50000\"", "50000.5", "null" } },
    { "shared_secret",
      { "1", "null", "\"\"", "\"AAEC\"", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
        "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\"" } },
    { "timestamp", { "0", "-1", "\"1700000000\"", "1700000000.0", "253402300799" } },
    { "valid_until", { "1700000000", "1699999999", "253402300800", "\"\"", "{}" } },
    { "server_public_key", { "1", "\"\"", "\"AAEC\"", "[]" } },
    { "server_id", { "1", "\"\"", "\"a\\u0007\"" } },
    { "server_name",
      { "null", "\"\"", "\"a\\nb\"", "\"\\u202egnp\"", "\"a\\u2028b\"", "\"\\u009b\"" } },
    { "candidates",
      { "null", "{}", "\"192.0.2.1:1\"", "[1]", "[\"192.0.2.1\"]", "[\"192.0.2.1:0\"]", "[[]]",
        "[\"0.0.0.0:50000\"]" } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      assert_changed_refused (fixture, fields[i].field, NULL);
      for (size_t j = 0; j < G_N_ELEMENTS (fields[i].values) && fields[i].values[j] != NULL; j++)
        assert_changed_refused (fixture, fields[i].field, fields[i].values[j]);
    }
}

/* One candidate or one byte of a name more than allowed. */
static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) candidates = g_string_new ("[");
  g_autofree char *longest = g_strnfill (CLAW_SEC_FILE_NAME_MAX, 'x');
  g_autofree char *longer = g_strdup_printf ("\"%sx\"", longest);
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i <= CLAW_SEC_FILE_CANDIDATES_MAX; i++)
    g_string_append_printf (candidates, "%s\"10.0.0.1:%u\"", i > 0 ? "," : "", i + 1);
  g_string_append_c (candidates, ']');
  assert_changed_refused (fixture, "candidates", candidates->str);
  assert_changed_refused (fixture, "server_name", longer);
  assert_changed_refused (fixture, "server_id", longer);

  g_free (fixture->file->server_name);
  fixture->file->server_name = g_strdup (longest);
  g_autofree char *text = claw_sec_file_seal (fixture->file, fixture->key, &error);
  g_assert_no_error (error);
  g_autoptr (ClawSecFile) opened = claw_sec_file_open (text, strlen (text), fixture->key, &error);
  g_assert_no_error (error);
  assert_equal (fixture->file, opened);
}

/* A server with a bad name is told so instead of making files that nobody can open. */
static void
test_seal_bad_name (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_free (fixture->file->server_name);
  fixture->file->server_name = g_strdup ("two\nlines");
  g_assert_null (claw_sec_file_seal (fixture->file, fixture->key, &error));
  g_assert_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_FIELD);
  g_assert_nonnull (strstr (error->message, "server_name"));
}

/* A second secret, hidden deeper or given twice, is not taken for the field. */
static void
test_secret_hidden (Fixture *fixture, gconstpointer data)
{
  static const char *const contents[] = {
    "{\"x\":{\"shared_secret\":\"" SECRET "\"}}",
    "{\"x\":[\"shared_secret\"],\"shared_secret\":1}",
    TWICE,
    "{\"shared_secret\":\"",
    "{\"shared_secret\"",
    ("\"shared_secret\":\"" SECRET),
  };

  for (size_t i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", contents[i]);
      g_assert_null (open_content (fixture, contents[i], strlen (contents[i]), &error));
      g_assert_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_FIELD);
    }
}

/* A name that spells the secret's field does not confuse the reader, since its quotes are escaped.
 */
static void
test_secret_in_name (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_free (fixture->file->server_id);
  fixture->file->server_id = g_strdup ("\"shared_secret\":\"" SECRET "\"");
  g_autofree char *text = claw_sec_file_seal (fixture->file, fixture->key, &error);
  g_assert_no_error (error);
  g_autoptr (ClawSecFile) opened = claw_sec_file_open (text, strlen (text), fixture->key, &error);
  g_assert_no_error (error);
  assert_equal (fixture->file, opened);
}

/* Content that was sealed with the right key and yet is no JSON. */
static void
test_content_not_json (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *content = "{{\"shared_secret\":\"" SECRET "\"}";

  g_assert_null (open_content (fixture, content, strlen (content), &error));
  g_assert_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_NOT_SEC);
}

/* From the disk: a good file through a symbolic link, a missing one, one that is too large. */
static void
test_load (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_dir_make_tmp ("claw-sec-file-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "x.sec", NULL);
  g_autofree char *link = g_build_filename (directory, "link.sec", NULL);
  g_autofree char *text = claw_sec_file_seal (fixture->file, fixture->key, NULL);
  g_autofree char *large = g_strnfill (CLAW_SEC_FILE_SIZE_MAX + 1, ' ');
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) too_large = NULL;

  g_assert_null (claw_sec_file_load (path, fixture->key, &missing));
  g_assert_error (missing, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_UNREADABLE);

  g_assert_true (claw_file_write (path, text, strlen (text), NULL));
  g_assert_cmpint (symlink ("x.sec", link), ==, 0);
  g_autoptr (ClawSecFile) opened = claw_sec_file_load (link, fixture->key, &error);
  g_assert_no_error (error);
  assert_equal (fixture->file, opened);

  g_assert_true (claw_file_write (path, large, CLAW_SEC_FILE_SIZE_MAX + 1, NULL));
  g_assert_null (claw_sec_file_load (path, fixture->key, &too_large));
  g_assert_error (too_large, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_TOO_LARGE);
  g_remove (link);
  g_remove (path);
  g_rmdir (directory);
}

/* Two minutes are allowed on both ends; beyond, the message says how far off it is. */
static void
test_time (Fixture *fixture, gconstpointer data)
{
  static const gint64 end = NOW_S + VALIDITY_S;
  static const struct
  {
    gint64 now_s;
    int code; /* -1: good */
    const char *text;
  } times[] = {
    { NOW_S, -1, NULL },
    { end, -1, NULL },
    { NOW_S - 120, -1, NULL },
    { end + 120, -1, NULL },
    { NOW_S - 121, CLAW_SEC_FILE_ERROR_CLOCK, "in 2 minutes" },
    { NOW_S - 7200, CLAW_SEC_FILE_ERROR_CLOCK, "in 120 minutes" },
    { 0, CLAW_SEC_FILE_ERROR_CLOCK, "clock" },
    { end + 121, CLAW_SEC_FILE_ERROR_EXPIRED, "expired 2 minutes ago" },
    { end + 4 * 60, CLAW_SEC_FILE_ERROR_EXPIRED, "expired 4 minutes ago. Ask for a new one." },
    { end + 7199, CLAW_SEC_FILE_ERROR_EXPIRED, "119 minutes ago" },
    { end + 7200, CLAW_SEC_FILE_ERROR_EXPIRED, "2 hours ago" },
    { end + 3 * 86400, CLAW_SEC_FILE_ERROR_EXPIRED, "3 days ago" },
    { G_MAXINT64, CLAW_SEC_FILE_ERROR_EXPIRED, "days ago" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean good = claw_sec_file_check_time (fixture->file, times[i].now_s, &error);

      g_assert_true (good == (times[i].code < 0));
      if (good)
        continue;
      g_assert_error (error, CLAW_SEC_FILE_ERROR, times[i].code);
      g_assert_nonnull (strstr (error->message, times[i].text));
    }
}

/* All addresses are told, the server's first; there may be but that. */
static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  fixture->file->n_candidates = 2;
  g_autofree char *several = claw_sec_file_list_addresses (fixture->file);
  g_assert_cmpstr (several, ==, "203.0.113.9:50000 10.0.0.1:65535 [2001:db8::2]:6000");
  fixture->file->n_candidates = 0;
  g_autofree char *one = claw_sec_file_list_addresses (fixture->file);
  g_assert_cmpstr (one, ==, "203.0.113.9:50000");
}

#define ADD(path, function) \
  g_test_add ("/sec-file/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("round-trip/equal", test_round_trip);
  ADD ("content/as-described", test_content);
  ADD ("content/not-json", test_content_not_json);
  ADD ("fields/wrong", test_fields);
  ADD ("fields/limits", test_limits);
  ADD ("seal/bad-name", test_seal_bad_name);
  ADD ("secret/hidden", test_secret_hidden);
  ADD ("secret/in-name", test_secret_in_name);
  ADD ("load/from-disk", test_load);
  ADD ("time/tolerance", test_time);
  ADD ("addresses/listed", test_addresses);
  return g_test_run ();
}
