/* test-events.c: the table of events, its catalogue, limits, and what an event writes.
 *
 * `test-events --catalog` prints the catalogue that data/systemd/clawchat-server.catalog has to be.
 */
#include "claw-events.h"

#include "claw-log.h"

#include <stdio.h>
#include <string.h>

static char *
make_catalog (void)
{
  GString *text = g_string_new (
      "# Message catalogue of the ClawChat server, see journalctl(1), --catalog. It is made of the "
      "table in\n# src/common/claw-events.c by `tests/common/test-events --catalog`.\n");

  for (unsigned i = 0; i < CLAW_EVENT_N; i++)
    {
      const ClawEventInfo *info = claw_event_get_info ((ClawEvent) i);

      g_string_append_printf (text,
                              "\n-- %s\nSubject: %s\nDefined-By: ClawChat\n"
                              "Documentation: man:clawchat-server(1)\n\n%s\n",
                              info->message_id, info->subject, info->help);
    }
  return g_string_free (text, FALSE);
}

static gboolean
has_only (const char *text, const char *allowed)
{
  return text[0] != '\0' && strspn (text, allowed) == strlen (text);
}

/* Every event has a name, a number of its own and an explanation that fits a terminal. */
static void
test_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 0; i < CLAW_EVENT_N; i++)
    {
      const ClawEventInfo *info = claw_event_get_info ((ClawEvent) i);

      g_assert_nonnull (info->name);
      g_assert_true (has_only (info->name, "abcdefghijklmnopqrstuvwxyz-"));
      g_assert_true (has_only (info->message_id, "0123456789abcdef"));
      g_assert_cmpuint (strlen (info->message_id), ==, 32);
      g_assert_true (g_hash_table_add (seen, (gpointer) info->name));
      g_assert_true (g_hash_table_add (seen, (gpointer) info->message_id));
      g_assert_null (strchr (info->subject, '\n'));

      g_auto (GStrv) lines = g_strsplit (info->help, "\n", -1);
      for (unsigned line = 0; lines[line] != NULL; line++)
        {
          g_assert_cmpint (g_utf8_strlen (lines[line], -1), <=, 84);
          g_assert_cmpstr (lines[line], !=, "");
        }
    }
}

/* The catalogue that is installed is the table's. */
static void
test_catalog (void)
{
  g_autofree char *path = g_build_filename (CLAW_DATA_DIRECTORY, "systemd",
                                            "clawchat-server.catalog", NULL);
  g_autofree char *expected = make_catalog ();
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &found, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, expected);
}

/* The explanations name no field that an event cannot have. */
static void
test_placeholders (void)
{
  static const char *const fields[] = { "MEMBER", "SESSION", "PORT", "SEC_FILE",
                                        "REASON", "COUNT",   NULL };
  g_autoptr (GRegex) pattern = g_regex_new ("@([^@\\s]*)@", 0, 0, NULL);

  for (unsigned i = 0; i < CLAW_EVENT_N; i++)
    {
      g_autoptr (GMatchInfo) match = NULL;

      g_regex_match (pattern, claw_event_get_info ((ClawEvent) i)->help, 0, &match);
      for (; g_match_info_matches (match); g_match_info_next (match, NULL))
        {
          g_autofree char *field = g_match_info_fetch (match, 1);

          g_assert_true (g_strv_contains (fields, field));
        }
    }
}

/* So many a minute, one more is not; the next minute tells how many were not. */
static void
test_limit (void)
{
  ClawEventLimit limit = { 0 };
  uint64_t suppressed = 7;
  gint64 now_us = 1;

  for (unsigned i = 0; i < 3; i++)
    {
      g_assert_true (claw_event_limit_take (&limit, 3, now_us, &suppressed));
      g_assert_cmpuint (suppressed, ==, 0);
    }
  g_assert_false (claw_event_limit_take (&limit, 3, now_us, &suppressed));
  g_assert_false (claw_event_limit_take (&limit, 3, now_us + 60 * G_USEC_PER_SEC - 1, &suppressed));
  now_us += 60 * G_USEC_PER_SEC;
  g_assert_true (claw_event_limit_take (&limit, 3, now_us, &suppressed));
  g_assert_cmpuint (suppressed, ==, 2);
  g_assert_true (claw_event_limit_take (&limit, 3, now_us, &suppressed));
  g_assert_cmpuint (suppressed, ==, 0);
}

/* Where there is no limit nothing is suppressed. */
static void
test_no_limit (void)
{
  ClawEventLimit limit = { 0 };
  uint64_t suppressed;

  for (unsigned i = 0; i < 10000; i++)
    g_assert_true (claw_event_limit_take (&limit, 0, 1, &suppressed));
  g_assert_cmpuint (suppressed, ==, 0);
}

static GString *written;

/* Collects "KEY=value" of every field, in the order in which they come. */
static GLogWriterOutput
collect (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    g_string_append_printf (written, "%s=%s\n", fields[i].key, (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static const ClawAddress *
peer (void)
{
  static ClawAddress address;

  g_assert_true (claw_address_parse ("192.0.2.7:4242", &address));
  return &address;
}

/* An event has its name, its number and the fields that apply, and no others. */
static void
test_fields (void)
{
  if (g_test_subprocess ())
    {
      const ClawEventInfo *info = claw_event_get_info (CLAW_EVENT_SESSION_BEGUN);
      g_autofree char *expected = g_strdup_printf (
          "MESSAGE=Member 3 is here (from 192.0.2.7:4242)\nPRIORITY=6\nGLIB_DOMAIN=%s\n"
          "CLAWCHAT_EVENT=session-begun\nMESSAGE_ID=%s\nMEMBER=3\nSESSION=9\n"
          "PEER=192.0.2.7:4242\n",
          G_LOG_DOMAIN, info->message_id);

      written = g_string_new (NULL);
      g_log_set_writer_func (collect, NULL, NULL);
      claw_event (CLAW_EVENT_SESSION_BEGUN,
                  &(ClawEventFields){ .member = 3, .session = 9, .peer = peer () },
                  "Member %d is here", 3);
      g_assert_cmpstr (written->str, ==, expected);
      g_assert_cmpuint (claw_event_get_count (CLAW_EVENT_SESSION_BEGUN), ==, 1);
      g_assert_cmpuint (claw_event_get_count (CLAW_EVENT_SESSION_ENDED), ==, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* When addresses of peers may not be logged, none is in any field. */
static void
test_no_addresses (void)
{
  if (g_test_subprocess ())
    {
      written = g_string_new (NULL);
      g_log_set_writer_func (collect, NULL, NULL);
      claw_events_set_peer_addresses (FALSE);
      for (unsigned i = 0; i < CLAW_EVENT_N; i++)
        claw_event ((ClawEvent) i, &(ClawEventFields){ .peer = peer (), .count = i }, "text");
      g_assert_null (strstr (written->str, "192.0.2.7"));
      g_assert_null (strstr (written->str, "PEER="));
      g_assert_nonnull (strstr (written->str, "CLAWCHAT_EVENT=session-begun\n"));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* One too many is counted but not written, and its line tells so later. */
static void
test_suppressed (void)
{
  if (g_test_subprocess ())
    {
      unsigned limit = claw_event_get_info (CLAW_EVENT_SESSION_REFUSED)->per_minute;

      written = g_string_new (NULL);
      g_log_set_writer_func (collect, NULL, NULL);
      for (unsigned i = 0; i < limit; i++)
        claw_event (CLAW_EVENT_SESSION_REFUSED, NULL, "no");
      g_string_truncate (written, 0);
      claw_event (CLAW_EVENT_SESSION_REFUSED, NULL, "no");
      g_assert_cmpstr (written->str, ==, "");
      g_assert_cmpuint (claw_event_get_count (CLAW_EVENT_SESSION_REFUSED), ==, limit + 1);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* Where there is no journal an event is one readable line. */
static void
test_line (void)
{
  if (g_test_subprocess ())
    {
      claw_log_init ("claw-program");
      claw_event (CLAW_EVENT_SESSION_BEGUN, &(ClawEventFields){ .peer = peer () }, "Here\nhe is");
      claw_event (CLAW_EVENT_KEYS_ROTATED, NULL, "too much to tell");
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("claw-program: info: Here\\nhe is (from 192.0.2.7:4242)\n");
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--catalog") == 0)
    {
      g_autofree char *catalog = make_catalog ();

      fputs (catalog, stdout);
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/table/complete", test_table);
  g_test_add_func ("/events/catalog/same", test_catalog);
  g_test_add_func ("/events/catalog/placeholders", test_placeholders);
  g_test_add_func ("/events/limit/one-too-many", test_limit);
  g_test_add_func ("/events/limit/none", test_no_limit);
  g_test_add_func ("/events/fields/journal", test_fields);
  g_test_add_func ("/events/fields/no-addresses", test_no_addresses);
  g_test_add_func ("/events/limit/counted", test_suppressed);
  g_test_add_func ("/events/line/readable", test_line);
  return g_test_run ();
}
