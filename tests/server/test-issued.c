/* test-issued.c: the record of a .sec file comes back as it was; what is damaged is named. */
#include "claw-issued.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SECURITY "/security"
#define SECRET "FzGUKLZCYMqmZBNd/2Mu1TADIaIJkezasmJME90TT6w="
#define RECORD(version, secret, rest) \
  "{\"format\": \"clawchat-issued\", \"version\": " version ", \"secret\": \"" secret "\"" rest "}"
#define GOOD \
  ", \"created\": 5, \"valid_until\": 6, \"addresses\": \"192.0.2.1:5\", \"ports\": [5, 6]"

typedef struct
{
  char *directory, *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_secret_init ();
  fixture->directory = g_dir_make_tmp ("clawchat-issued-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "x.json", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
fill (ClawSecFile *file)
{
  claw_key_generate (&file->shared_secret);
  file->timestamp_s = 1000;
  file->valid_until_s = 2000;
  g_assert_true (claw_address_parse ("192.0.2.1:50000", &file->server));
  g_assert_true (claw_address_parse ("[2001:db8::1]:50001", &file->candidates[0]));
  file->n_candidates = 1;
}

/* Everything comes back from a private file, names of the longest and strangest kind as well, and
 * its path stays below the security directory. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strnfill (64, '"');
  struct stat info;

  fill (file);
  g_autoptr (ClawIssued) before = claw_issued_new (file, name, SECURITY "/a b\"[.sec");
  for (unsigned port = 1; port <= CLAW_ISSUED_PORTS_MAX + 1; port++)
    {
      file->server.port = (uint16_t) port;
      claw_issued_set_addresses (before, file);
    }
  g_assert_true (claw_issued_save (before, fixture->directory, &error));
  g_assert_no_error (error);
  g_autofree char *path = claw_issued_get_record_path (before, fixture->directory);
  g_assert_no_errno (g_stat (path, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_autoptr (ClawIssued) after = claw_issued_load (path, SECURITY, &error);
  g_assert_no_error (error);
  g_assert_true (claw_key_equal (&after->secret, &file->shared_secret));
  g_assert_cmpstr (after->id, ==, before->id);
  g_assert_cmpstr (after->name, ==, name);
  g_assert_cmpstr (after->path, ==, SECURITY "/a b\"[.sec");
  g_assert_cmpint (after->timestamp_s, ==, 1000);
  g_assert_cmpint (after->valid_until_s, ==, 2000);
  g_assert_true (claw_issued_has_addresses (after, file));
  /* The oldest were forgotten. */
  g_assert_cmpuint (after->n_ports, ==, CLAW_ISSUED_PORTS_MAX);
  g_assert_true (claw_issued_names_port (after, CLAW_ISSUED_PORTS_MAX + 1));
  g_assert_false (claw_issued_names_port (after, 50000));
  g_assert_true (claw_issued_erase_record (after, fixture->directory, &error));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (claw_issued_erase_record (after, "/nowhere", &error));
}

/* What is missing, mistyped, out of its bounds or leads out of the directory is refused by name. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text, *named;
  } cases[] = {
    { "", "object" },
    { "[]", "object" },
    { "{}", "format" },
    { "{\"format\": \"clawchat-pairings\"}", "format" },
    { "{\"format\": \"clawchat-issued\"}", "version" },
    { RECORD ("2", SECRET, GOOD), "version 2" },
    { RECORD ("2", SECRET, ", \"ports\": [[{}]]"), "version 2" },
    { RECORD ("1", "AAAA", GOOD), "secret" },
    { RECORD ("1", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", GOOD), "secret" },
    { RECORD ("1", SECRET, ""), "created" },
    { RECORD ("1", SECRET, ", \"created\": -1"), "created" },
    { RECORD ("1", SECRET, ", \"created\": 5, \"valid_until\": 5"), "valid_until" },
    { RECORD ("1", SECRET, ", \"created\": 5, \"valid_until\": 6"), "addresses" },
    { RECORD ("1", SECRET,
              ", \"created\": 5, \"valid_until\": 6, \"addresses\": \"\\u0007\", \"ports\": [5]"),
      "addresses" },
    { RECORD ("1", SECRET, GOOD ", \"for\": 7"), "for" },
    { RECORD ("1", SECRET, GOOD ", \"for\": \" \""), "for" },
    { RECORD ("1", SECRET, GOOD ", \"file\": \"../x.sec\""), "file" },
    { RECORD ("1", SECRET, GOOD ", \"file\": \".x.sec\""), "file" },
    { RECORD ("1", SECRET, GOOD ", \"file\": \"bootstrap.key\""), "file" },
    { RECORD ("1", SECRET, GOOD ", \"file\": null"), "file" },
    { RECORD ("1", SECRET,
              ", \"created\": 5, \"valid_until\": 6, \"addresses\": \"\", \"ports\": [0]"),
      "ports" },
    { RECORD ("1", SECRET,
              ", \"created\": 5, \"valid_until\": 6, \"addresses\": \"\", \"ports\": [65536]"),
      "ports" },
    { RECORD ("1", SECRET, ", \"created\": 5, \"valid_until\": 6, \"addresses\": \"\""), "ports" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%u: %s", i, cases[i].text);
      g_assert_true (g_file_set_contents_full (fixture->path, cases[i].text, -1,
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      g_assert_null (claw_issued_load (fixture->path, SECURITY, &error));
      g_assert_cmpint ((int) error->domain, ==, (int) CLAW_ISSUED_ERROR);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i].named));
      g_assert_nonnull (strstr (error->message, fixture->path));
    }
}

/* One port more than may be, and a file larger than may be, are refused. */
static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) ports = g_string_new ("1");
  g_autoptr (GError) error = NULL;

  for (unsigned port = 2; port <= CLAW_ISSUED_PORTS_MAX + 1; port++)
    g_string_append_printf (ports, ", %u", port);
  g_autofree char *text = g_strdup_printf (
      RECORD ("1", SECRET,
              ", \"created\": 5, \"valid_until\": 6, \"addresses\": \"\", \"ports\": [%s]"),
      ports->str);
  g_assert_true (g_file_set_contents_full (fixture->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                           0600, NULL));
  g_assert_null (claw_issued_load (fixture->path, SECURITY, &error));
  g_assert_error (error, CLAW_ISSUED_ERROR, CLAW_ISSUED_ERROR_DAMAGED);
  g_clear_error (&error);
  g_autofree char *large = g_strnfill (CLAW_ISSUED_RECORD_MAX + 1, ' ');
  g_assert_true (g_file_set_contents_full (fixture->path, large, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                           0600, NULL));
  g_assert_null (claw_issued_load (fixture->path, SECURITY, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/issued/record/round-trip", test_round_trip);
  ADD ("/issued/record/damaged", test_damaged);
  ADD ("/issued/record/limits", test_limits);
  return g_test_run ();
}
