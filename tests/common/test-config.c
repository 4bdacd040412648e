/* test-config.c: the YAML reader against a table of keys of its own. */
#include "claw-config.h"

#include "claw-log.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *text;
  char *path;
  char *maybe;
  char *ip;
  int number;
  int port;
  gboolean flag;
  ClawLogLevel level;
  GStrv hosts;
} Settings;

#define KEY(section, key, type, field, minimum, maximum) \
  { \
    section, key, type, G_STRUCT_OFFSET (Settings, field), minimum, maximum \
  }

static const ClawConfigKey keys[] = {
  KEY ("a", "text", CLAW_CONFIG_STRING, text, 1, 8),
  KEY ("a", "path", CLAW_CONFIG_PATH, path, 1, 100),
  KEY ("a", "maybe", CLAW_CONFIG_PATH_OR_NULL, maybe, 1, 100),
  KEY ("a", "ip", CLAW_CONFIG_IP_OR_NULL, ip, 0, 0),
  KEY ("a", "number", CLAW_CONFIG_INTEGER, number, -5, 10),
  KEY ("b", "port", CLAW_CONFIG_INTEGER_OR_NULL, port, 1, 65535),
  KEY ("b", "flag", CLAW_CONFIG_BOOLEAN, flag, 0, 0),
  KEY ("b", "level", CLAW_CONFIG_LOG_LEVEL, level, 0, 0),
  KEY ("b", "hosts", CLAW_CONFIG_HOST_PORT_LIST, hosts, 0, 0),
  { NULL },
};

typedef struct
{
  char *path;
  Settings settings;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int fd = g_file_open_tmp ("claw-config-XXXXXX", &fixture->path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  fixture->settings.text = g_strdup ("default");
  fixture->settings.ip = g_strdup ("192.0.2.1");
  fixture->settings.number = 3;
  fixture->settings.port = 77;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_remove (fixture->path);
  g_free (fixture->path);
  g_free (fixture->settings.text);
  g_free (fixture->settings.path);
  g_free (fixture->settings.maybe);
  g_free (fixture->settings.ip);
  g_strfreev (fixture->settings.hosts);
}

static void
write_text (Fixture *fixture, const char *text, gssize length)
{
  g_assert_true (g_file_set_contents (fixture->path, text, length, NULL));
}

static void
assert_loads (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;

  write_text (fixture, text, -1);
  claw_config_load (fixture->path, keys, &fixture->settings, &error);
  g_assert_no_error (error);
}

/* @expected: "LINE:COLUMN: beginning of the text" of each fault. */
static void
assert_faults (Fixture *fixture, const char *text, gssize length, const char *const *expected)
{
  g_autoptr (GError) error = NULL;

  write_text (fixture, text, length);
  g_assert_false (claw_config_load (fixture->path, keys, &fixture->settings, &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID);
  g_test_message ("%s", error->message);

  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, g_strv_length ((GStrv) expected));
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s:%s", fixture->path, expected[i]);
      g_autofree char *start = g_strndup (lines[i], strlen (prefix));
      g_assert_cmpstr (start, ==, prefix);
    }
}

/* A key of each type is stored, in block and in flow style. */
static void
test_all_types (Fixture *fixture, gconstpointer data)
{
  const Settings *settings = &fixture->settings;

  assert_loads (fixture, "# comment\n"
                         "a: {text: \"12345678\", path: /x/y, ip: \"2001:db8::1\", number: -5}\n"
                         "b:\n"
                         "  port: 65535\n"
                         "  flag: true\n"
                         "  level: debug\n"
                         "  hosts:\n"
                         "    - stun.example.org\n"
                         "    - stun.example.org:3478\n"
                         "    - \"[2001:db8::1]:3478\"\n"
                         "    - 2001:db8::1\n");
  g_assert_cmpstr (settings->text, ==, "12345678");
  g_assert_cmpstr (settings->path, ==, "/x/y");
  g_assert_cmpstr (settings->ip, ==, "2001:db8::1");
  g_assert_cmpint (settings->number, ==, -5);
  g_assert_cmpint (settings->port, ==, 65535);
  g_assert_true (settings->flag);
  g_assert_cmpint (settings->level, ==, CLAW_LOG_LEVEL_DEBUG);
  g_assert_cmpuint (g_strv_length (settings->hosts), ==, 4);
  g_assert_cmpstr (settings->hosts[1], ==, "stun.example.org:3478");

  assert_loads (fixture, "a: {maybe: /z}\n");
  g_assert_cmpstr (settings->maybe, ==, "/z");

  assert_loads (fixture, "b: {port: null, hosts: []}\na: {ip: ~, maybe: null}\n");
  g_assert_cmpint (settings->port, ==, 0);
  g_assert_null (settings->ip);
  g_assert_null (settings->maybe);
  g_assert_cmpuint (g_strv_length (settings->hosts), ==, 0);
}

/* What a file does not mention stays as it was, down to a file with nothing in it. */
static void
test_empty (Fixture *fixture, gconstpointer data)
{
  static const char *const empties[] = { "",     "\n\n",        "# only a comment\n", "---\n",
                                         "{}\n", "a:\nb: {}\n", "b:\n  hosts:\n" };

  for (guint i = 0; i < G_N_ELEMENTS (empties); i++)
    {
      assert_loads (fixture, empties[i]);
      g_assert_cmpstr (fixture->settings.text, ==, "default");
      g_assert_cmpint (fixture->settings.number, ==, 3);
      g_assert_cmpint (fixture->settings.port, ==, 77);
    }
}

/* Each kind of fault is told with its place. */
static void
test_single_faults (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *expected;
  } table[] = {
    { "c: {x: 1}\n", "1:1: unknown section “c”, expected one of: a, b" },
    { "a:\n  typo: 1\n", "2:3: unknown key “typo” in “a”, expected one of: text, path, maybe" },
    { "a: {number: 1}\nb: {}\na: {number: 2}\n", "3:1: section “a” is there twice" },
    { "a:\n  number: 1\n  number: 1\n", "3:3: “a.number” is set twice, first on line 2" },
    { "a: {number: \"5\"}\n",
      "1:13: “5” does not fit “a.number”, expected a whole number from -5" },
    { "a: {number: 11}\n", "1:13: “11” does not fit “a.number”" },
    { "a: {number: -6}\n", "1:13: “-6” does not fit" },
    { "a: {number: 07}\n", "1:13: “07” does not fit" },
    { "a: {number: 1.5}\n", "1:13: “1.5” does not fit" },
    { "a: {number: 99999999999999999999}\n", "1:13: “99999999999999999999” does not fit" },
    { "a: {number: null}\n", "1:13: “null” does not fit" },
    { "a: {number: [1]}\n", "1:13: “a.number” cannot be a list" },
    { "a: {number: {x: 1}}\n", "1:13: “a.number” cannot be a group of keys" },
    { "b: {port: 0}\n", "1:11: “0” does not fit “b.port”, expected a whole number from 1 to" },
    { "b: {port: 65536}\n", "1:11: “65536” does not fit" },
    { "b: {flag: yes}\n", "1:11: “yes” does not fit “b.flag”, expected true or false" },
    { "b: {flag: \"true\"}\n", "1:11: “true” does not fit" },
    { "b: {level: loud}\n", "1:12: “loud” does not fit “b.level”, expected one of “error”" },
    { "a: {text: 5}\n", "1:11: “5” does not fit “a.text”, expected a text" },
    { "a: {text: false}\n", "1:11: “false” does not fit" },
    { "a: {text: ~}\n", "1:11: “~” does not fit" },
    { "a: {text: \"\"}\n", "1:11: “” does not fit “a.text”, expected a text of 1 to 8 bytes" },
    { "a: {text: \"123456789\"}\n", "1:11: “123456789” does not fit" },
    { "a: {text: \"a\\tb\"}\n", "1:11: “a\\tb” does not fit “a.text”, expected a text without" },
    { "a: {text: \"a\\0b\"}\n", "1:11: “a\\x00b” does not fit" },
    { "a: {path: x/y}\n", "1:11: “x/y” does not fit “a.path”, expected an absolute path" },
    { "a: {ip: example.org}\n", "1:9: “example.org” does not fit “a.ip”, expected a numeric" },
    { "a: {ip: \"1.2.3.4\\0\"}\n", "1:9: “1.2.3.4\\x00” does not fit" },
    { "b: {hosts: one}\n", "1:12: “one” does not fit “b.hosts”, expected a list of" },
    { "b: {hosts: [one, \"two:0\"]}\n", "1:18: expected “host” or “host:port”" },
    { "b: {hosts: [\"a b\"]}\n", "1:13: expected “host” or “host:port”" },
    { "b: {hosts: [[x, [y]]]}\n", "1:13: expected “host” or “host:port”" },
    { "a: 5\n", "1:4: expected a group of keys for “a”" },
    { "[a]: {}\n", "1:1: expected a name here" },
    { "- a\n- b\n", "1:1: expected sections, one of: a, b" },
    { "a: &x {number: 1}\n", "1:4: anchors (“&x”) are not supported" },
    { "a: {number: !!int 5}\n", "1:13: tags" },
    { "a: {number: 1}\n---\nb: {}\n", "2:1: a second document begins here" },
    { "a: {number: 1\n", "2:1: this is not valid YAML: " },
    { "a:\n\tnumber: 1\n", "2:1: this is not valid YAML: " },
    { "a: {}\nb: \xff\n", "2:4: this is not UTF-8 text" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const char *const expected[] = { table[i].expected, NULL };
      assert_faults (fixture, table[i].text, -1, expected);
    }
}

/* An alias has a fault of its own, as a value and as a name, and its anchor another. */
static void
test_alias (Fixture *fixture, gconstpointer data)
{
  const char *const as_value[] = { "1:13: anchors (“&x”)", "2:11: aliases (“*x”)", NULL };
  const char *const as_name[] = { "1:13: anchors (“&x”)", "2:5: aliases (“*x”)", NULL };

  assert_faults (fixture, "a: {number: &x 1}\nb: {port: *x}\n", -1, as_value);
  assert_faults (fixture, "a: {number: &x 1}\nb: {*x : 2}\n", -1, as_name);
}

/* All faults of a file are told at once, in its order, and the rest of it is still read. */
static void
test_many_faults (Fixture *fixture, gconstpointer data)
{
  const char *const expected[] = {
    "1:1: unknown section “x”",  "3:11: “99” does not fit",     "4:3: unknown key “typo”",
    "7:9: “maybe” does not fit", "9:1: this is not valid YAML", NULL,
  };

  assert_faults (fixture,
                 "x: {y: [1, {z: 2}]}\n"
                 "a:\n"
                 "  number: 99\n"
                 "  typo: {deep: [1]}\n"
                 "  text: good\n"
                 "b:\n"
                 "  flag: maybe\n"
                 "  port: 5\n"
                 "]\n",
                 -1, expected);
  g_assert_cmpstr (fixture->settings.text, ==, "good");
  g_assert_cmpint (fixture->settings.port, ==, 5);
}

/* As many faults as are told, and one more, which becomes a line without a place. */
static void
test_faults_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("a:\n");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < CLAW_CONFIG_FAULTS_MAX + 1; i++)
    g_string_append_printf (text, "  typo%u: 1\n", i);
  write_text (fixture, text->str, -1);
  g_assert_false (claw_config_load (fixture->path, keys, &fixture->settings, &error));
  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, CLAW_CONFIG_FAULTS_MAX + 1);
  g_assert_nonnull (strstr (lines[CLAW_CONFIG_FAULTS_MAX], "more faults"));
}

/* A list of the greatest length is taken, one entry more is refused. */
static void
test_list_limit (Fixture *fixture, gconstpointer data)
{
  const char *const expected[] = { "18:3: too many entries, expected at most 16", NULL };
  g_autoptr (GString) text = g_string_new ("b: {hosts: [\n");

  for (guint i = 0; i < CLAW_CONFIG_LIST_MAX; i++)
    g_string_append_printf (text, "  host%u,\n", i);
  g_autofree char *fits = g_strconcat (text->str, "]}\n", NULL);
  g_autofree char *too_many = g_strconcat (text->str, "  x,\n  y]}\n", NULL);

  assert_loads (fixture, fits);
  g_assert_cmpuint (g_strv_length (fixture->settings.hosts), ==, CLAW_CONFIG_LIST_MAX);
  assert_faults (fixture, too_many, -1, expected);
}

/* A file of the greatest size is read, one byte more is refused. */
static void
test_size_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_malloc (CLAW_CONFIG_SIZE_MAX + 1);
  g_autoptr (GError) error = NULL;

  memset (text, '#', CLAW_CONFIG_SIZE_MAX + 1);
  write_text (fixture, text, CLAW_CONFIG_SIZE_MAX);
  g_assert_true (claw_config_load (fixture->path, keys, &fixture->settings, &error));
  g_assert_no_error (error);
  write_text (fixture, text, CLAW_CONFIG_SIZE_MAX + 1);
  g_assert_false (claw_config_load (fixture->path, keys, &fixture->settings, &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_UNREADABLE);
}

/* A missing file is told by name. */
static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;
  Settings settings = { 0 };

  g_assert_false (claw_config_load ("/nonexistent/x.yaml", keys, &settings, &error));
  g_assert_error (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_UNREADABLE);
  g_assert_true (g_str_has_prefix (error->message, "/nonexistent/x.yaml: "));
}

/* A long value is cut in the message, between characters. */
static void
test_long_value (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("a: {number: x");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "ä");
  g_string_append (text, "}\n");
  write_text (fixture, text->str, -1);
  g_assert_false (claw_config_load (fixture->path, keys, &fixture->settings, &error));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), <, 300);
}

/* A file of the greatest size that is nothing but nesting ends the reading early. */
static void
test_deep (Fixture *fixture, gconstpointer data)
{
  const char *const expected[] = { "1:1: expected sections",
                                   "1:65: too deep, expected at most 64 levels", NULL };
  g_autofree char *text = g_malloc (CLAW_CONFIG_SIZE_MAX);

  memset (text, '[', CLAW_CONFIG_SIZE_MAX);
  assert_faults (fixture, text, CLAW_CONFIG_SIZE_MAX, expected);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/config/types/all", test_all_types);
  ADD ("/config/empty/defaults", test_empty);
  ADD ("/config/faults/each", test_single_faults);
  ADD ("/config/faults/alias", test_alias);
  ADD ("/config/faults/many", test_many_faults);
  ADD ("/config/faults/limit", test_faults_limit);
  ADD ("/config/faults/long-value", test_long_value);
  ADD ("/config/faults/deep", test_deep);
  ADD ("/config/list/limit", test_list_limit);
  ADD ("/config/size/limit", test_size_limit);
  g_test_add_func ("/config/missing/unreadable", test_missing);
  return g_test_run ();
}
