/* test-backup.c: the format of a backup: what goes in comes out, and nothing else is taken. */
#include "claw-backup.h"

#include <string.h>

#define PASSPHRASE "correct horse battery staple"

static ClawBackup *
make (void)
{
  ClawBackup *backup = claw_backup_new (1800000000);
  g_autofree char *large = g_strnfill (100000, 'x');

  g_assert_true (claw_backup_add (backup, "state/server.key", "key\n", 4, NULL));
  g_assert_true (claw_backup_add (backup, "state/pairings.json", large, 100000, NULL));
  g_assert_true (claw_backup_add (backup, "state/files/0123abcd.json", "", 0, NULL));
  g_assert_true (claw_backup_add (backup, "security/anna-1.sec", "{}", 2, NULL));
  return backup;
}

static GBytes *
seal (const ClawBackup *backup)
{
  g_autoptr (GError) error = NULL;
  GBytes *file = claw_backup_seal (backup, PASSPHRASE, &error);

  g_assert_no_error (error);
  return file;
}

/* All entries come back, byte for byte, and the time. */
static void
test_round_trip (void)
{
  g_autoptr (ClawBackup) before = make ();
  g_autoptr (GBytes) file = seal (before);
  g_autoptr (GError) error = NULL;
  size_t length;
  const uint8_t *data = g_bytes_get_data (file, &length);

  g_assert_null (memmem (data, length, "server.key", 10));
  g_assert_true (claw_backup_probe (data, length, &error));
  g_autoptr (ClawBackup) after = claw_backup_open (data, length, PASSPHRASE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (claw_backup_get_made_s (after), ==, 1800000000);
  g_assert_cmpuint (claw_backup_get_count (after), ==, claw_backup_get_count (before));
  for (unsigned at = 0; at < claw_backup_get_count (before); at++)
    {
      const ClawBackupEntry *one = claw_backup_get (before, at);
      const ClawBackupEntry *other = claw_backup_find (after, one->name);

      g_assert_nonnull (other);
      g_assert_cmpmem (one->content, one->length, other->content, other->length);
    }
}

/* Another passphrase, a changed byte anywhere, or a missing end: none of it opens. */
static void
test_changed (void)
{
  g_autoptr (ClawBackup) backup = make ();
  g_autoptr (GBytes) file = seal (backup);
  size_t length;
  g_autofree uint8_t *data = g_bytes_unref_to_data (g_steal_pointer (&file), &length);
  static const size_t places[] = { 40, 56, CLAW_BACKUP_HEADER_SIZE, 5000 };
  g_autoptr (GError) error = NULL;

  g_assert_null (claw_backup_open (data, length, PASSPHRASE "x", &error));
  g_assert_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_WRONG_PASSPHRASE);
  g_clear_error (&error);
  g_assert_null (claw_backup_open (data, length - 1, PASSPHRASE, &error));
  g_assert_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_WRONG_PASSPHRASE);
  g_clear_error (&error);
  for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
    {
      data[places[i]] ^= 1;
      g_assert_null (claw_backup_open (data, length, PASSPHRASE, &error));
      g_assert_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_WRONG_PASSPHRASE);
      g_clear_error (&error);
      data[places[i]] ^= 1;
    }
}

/* A file of something else, of a newer version, or that asks for too much work is told at once. */
static void
test_header (void)
{
  g_autoptr (ClawBackup) backup = make ();
  g_autoptr (GBytes) file = seal (backup);
  const uint8_t *data = g_bytes_get_data (file, NULL);
  static const struct
  {
    size_t at;
    uint8_t value;
    ClawBackupError code;
  } cases[] = {
    { 0, 'X', CLAW_BACKUP_ERROR_NOT_BACKUP },   { 19, 2, CLAW_BACKUP_ERROR_VERSION },
    { 23, 2, CLAW_BACKUP_ERROR_VERSION },       { 31, 0, CLAW_BACKUP_ERROR_NOT_BACKUP },
    { 31, 11, CLAW_BACKUP_ERROR_NOT_BACKUP },   { 32, 1, CLAW_BACKUP_ERROR_NOT_BACKUP },
    { 36, 0x41, CLAW_BACKUP_ERROR_NOT_BACKUP },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      uint8_t head[CLAW_BACKUP_HEADER_SIZE + 16];
      g_autoptr (GError) error = NULL;

      memcpy (head, data, sizeof head);
      head[cases[i].at] = cases[i].value;
      g_assert_false (claw_backup_probe (head, sizeof head, &error));
      g_assert_error (error, CLAW_BACKUP_ERROR, (int) cases[i].code);
    }
  for (size_t length = 0; length < CLAW_BACKUP_HEADER_SIZE + 16; length++)
    g_assert_false (claw_backup_probe (data, length, NULL));
  g_assert_true (claw_backup_probe (data, CLAW_BACKUP_HEADER_SIZE + 16, NULL));
}

/* Names that would lead elsewhere, or are none of a server's, are no names. */
static void
test_names (void)
{
  static const char *const bad[] = {
    "",
    "server.key",
    "state/",
    "state/lock",
    "state/control.sock",
    "state/compromised",
    "state/../server.key",
    "state//server.key",
    "/state/server.key",
    "state/files/.json",
    "state/files/../a.json",
    "state/files/a/b.json",
    "state/files/a.sec",
    "security/.a.sec",
    "security/a b.sec",
    "security/a.json",
    "security/../a.sec",
    "security/a\n.sec",
  };
  static const char *const good[] = { "state/server.key",       "state/port.secret",
                                      "state/pairings.json",    "state/files/0123abcd.json",
                                      "security/bootstrap.key", "security/a-1.sec" };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (claw_backup_is_name (bad[i]));
  for (unsigned i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (claw_backup_is_name (good[i]));
}

#define MADE "\0\0\0\0\0\0\0\1"
#define KEY "\0\x10state/server.key\0\0\0\1k"
#define INSIDE(text) \
  { \
    text, sizeof text - 1 \
  }

/* Even what is authentic must be whole: no entry too many or too few, none twice, no rest. */
static void
test_inside (void)
{
  static const struct
  {
    const char *data;
    size_t length;
  } bad[] = {
    INSIDE (""),
    INSIDE (MADE),
    INSIDE (MADE "\0\0"),
    INSIDE (MADE "\0\2" KEY),
    INSIDE (MADE "\0\2" KEY KEY),
    INSIDE (MADE "\0\1" KEY "x"),
    INSIDE (MADE "\0\1\0\x10state/server.key\0\0\0\2k"),
    INSIDE (MADE "\0\1\0\x10state/server.key\xff\xff\xff\xffk"),
    INSIDE (MADE "\0\1\xff\xffstate/server.key\0\0\0\1k"),
    INSIDE (MADE "\0\1\0\x13state/pairings.json\0\0\0\1k"),
    INSIDE ("\xff\0\0\0\0\0\0\1\0\1" KEY),
  };
  g_autoptr (GError) error = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%u", i);
      g_assert_null (claw_backup_parse (bad[i].data, bad[i].length, &error));
      g_assert_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_CONTENT);
      g_clear_error (&error);
    }
  g_autoptr (ClawBackup) good = claw_backup_parse (MADE "\0\1" KEY, 10 + 23, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (claw_backup_get (good, 0)->length, ==, 1);
}

/* One entry, and one byte, more than may be. */
static void
test_limits (void)
{
  g_autoptr (ClawBackup) many = claw_backup_new (1);
  g_autoptr (ClawBackup) large = claw_backup_new (1);
  g_autoptr (GError) error = NULL;
  size_t most = CLAW_BACKUP_SIZE_MAX - CLAW_BACKUP_HEADER_SIZE - 16 - 10 - 2 - 16 - 4;
  g_autofree char *content = g_malloc0 (most + 1);

  for (unsigned i = 0; i < CLAW_BACKUP_ENTRIES_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("security/%u.sec", i);

      g_assert_true (claw_backup_add (many, name, "", 0, NULL));
    }
  g_assert_false (claw_backup_add (many, "state/server.key", "", 0, &error));
  g_assert_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (claw_backup_add (large, "state/server.key", content, most + 1, &error));
  g_assert_error (error, CLAW_BACKUP_ERROR, CLAW_BACKUP_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_true (claw_backup_add (large, "state/server.key", content, most, &error));
  g_autoptr (GBytes) file = seal (large);
  g_assert_cmpuint (g_bytes_get_size (file), ==, CLAW_BACKUP_SIZE_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
  g_test_add_func ("/backup/sealed/round-trip", test_round_trip);
  g_test_add_func ("/backup/sealed/changed", test_changed);
  g_test_add_func ("/backup/header/wrong", test_header);
  g_test_add_func ("/backup/names/checked", test_names);
  g_test_add_func ("/backup/inside/wrong", test_inside);
  g_test_add_func ("/backup/limits/held", test_limits);
  return g_test_run ();
}
