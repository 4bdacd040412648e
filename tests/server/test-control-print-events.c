/* test-control-print-events.c: events in words, and the operator's chat on a terminal. */
#include "claw-control-print.h"

#include <string.h>

typedef char *(*Print) (JsonObject *event);

static char *
print (Print function, const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  return function (json_node_get_object (node));
}

/* Each event has its words, with what it is about; names and paths cannot act. */
static void
test_words (void)
{
  static const struct
  {
    const char *event, *text;
  } cases[] = {
    { "{\"event\":\"joined\",\"name\":\"an\\u001bna\"}", "an\\x1bna joined" },
    { "{\"event\":\"left\",\"name\":\"anna\"}", "anna left" },
    { "{\"event\":\"message\",\"sender\":\"anna\",\"text\":\"a\\nb\"}", "anna: a\n\tb" },
    { "{\"event\":\"file-made\",\"file\":\"/a.sec\"}", "New .sec file: /a.sec" },
    { "{\"event\":\"file\",\"file\":\"/b.sec\"}", "New .sec file: /b.sec" },
    { "{\"event\":\"file-used\",\"file\":\"/a.sec\"}", ".sec file used: /a.sec" },
    { "{\"event\":\"file-expired\",\"file\":\"/a\\n.sec\"}", ".sec file expired: /a\\x0a.sec" },
    { "{\"event\":\"file-withdrawn\",\"file\":\"anna\"}", ".sec file withdrawn: anna" },
    { "{\"event\":\"paired\",\"name\":\"anna\",\"member\":3}", "anna is paired (member 3)" },
    { "{\"event\":\"revoked\",\"name\":\"anna\",\"member\":3}",
      "The pairing of anna (member 3) is revoked" },
    { "{\"event\":\"session-begun\",\"name\":\"anna\",\"address\":\"[::1]:5\"}",
      "Session of anna begun from [::1]:5" },
    { "{\"event\":\"session-ended\",\"name\":\"anna\",\"reason\":\"lost\"}",
      "Session of anna ended (lost)" },
    { "{\"event\":\"rotated\",\"name\":\"anna\"}", "New keys for the session of anna" },
    { "{\"event\":\"port\",\"port\":50001}", "Moved to UDP port 50001" },
    { "{\"event\":\"limit\",\"limit\":\"too-fast\",\"name\":\"anna\"}",
      "Limit reached by anna: too-fast" },
    { "{\"event\":\"limit\",\"limit\":\"members\"}", "Limit reached: members" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = print (claw_control_print_event, cases[i].event);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

/* What compromised keys are about, in three ways. */
static void
test_compromised (void)
{
  g_autofree char *all = print (claw_control_print_event,
                                "{\"event\":\"compromised\",\"by\":\"operator\"}");
  g_autofree char *member = print (
      claw_control_print_event,
      "{\"event\":\"compromised\",\"by\":\"member\",\"name\":\"anna\\nbob\"}");
  g_autofree char *one = print (
      claw_control_print_event,
      "{\"event\":\"compromised\",\"by\":\"operator\",\"name\":\"anna\"}");

  g_assert_nonnull (strstr (all, "all pairings"));
  g_assert_true (g_str_has_prefix (member, "anna\\x0abob says"));
  g_assert_true (g_str_has_prefix (one, "The keys of anna"));
}

/* An event of a newer server is printed as it came, and one with nothing in it does no harm. */
static void
test_unknown (void)
{
  g_autofree char *unknown = print (claw_control_print_event,
                                    "{\"event\":\"telepathy\",\"text\":\"a\xc2\x9b"
                                    "b\"}");
  g_autofree char *empty = print (claw_control_print_tail, "{}");
  g_autofree char *mistyped = print (claw_control_print_tail,
                                     "{\"event\":\"port\",\"port\":\"x\"}");

  g_assert_cmpstr (unknown, ==, "{\"event\":\"telepathy\",\"text\":\"a\\u009bb\"}");
  g_assert_true (g_str_has_suffix (empty, "  {}"));
  g_assert_true (g_str_has_suffix (mistyped, "  Moved to UDP port 0"));
}

/* JSON stays JSON, and what could command a terminal is in its escapes. */
static void
test_json (void)
{
  g_autofree char *line = claw_control_print_json ("{\"a\":\"\xc2\x9b[2J \u202e Grüße\"}");
  g_autoptr (JsonNode) node = json_from_string (line, NULL);

  g_assert_cmpstr (line, ==, "{\"a\":\"\\u009b[2J \\u202e Grüße\"}");
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "a"), ==,
                   "\xc2\x9b[2J \u202e Grüße");
}

static char *
chat (const ClawControlPrintStyle *style, const char *sender, const char *text)
{
  g_autoptr (JsonObject) event = json_object_new ();

  json_object_set_string_member (event, "event", "message");
  json_object_set_string_member (event, "sender", sender);
  json_object_set_string_member (event, "text", text);
  json_object_set_int_member (event, "time", G_GINT64_CONSTANT (1767225600000000));
  return claw_control_print_chat (style, event);
}

/* Plain in a pipe; with the time on a terminal; a name has the same colour each time. */
static void
test_chat (void)
{
  const ClawControlPrintStyle plain = { FALSE, FALSE }, timed = { TRUE, FALSE },
                              coloured = { TRUE, TRUE };
  g_autofree char *piped = chat (&plain, "anna", "hi: you");
  g_autofree char *on_terminal = chat (&timed, "anna", "hi: you");
  g_autofree char *first = chat (&coloured, "an\033na", "hi: you");
  g_autofree char *second = chat (&coloured, "an\033na", "more");
  g_autofree char *notice = claw_control_print_notice (&timed, 0, "anna joined");

  g_assert_cmpstr (piped, ==, "anna: hi: you");
  g_assert_true (g_regex_match_simple ("^\\d\\d:\\d\\d anna: hi: you$", on_terminal, 0, 0));
  g_assert_true (
      g_regex_match_simple ("^\\e\\[2m\\d\\d:\\d\\d\\e\\[0m \\e\\[\\d\\dman\\\\x1bna\\e\\[0m"
                            ": hi: you$",
                            first, 0, 0));
  /* Up to the end of the name. */
  g_assert_cmpmem (first, strlen (first) - strlen (": hi: you"), second,
                   strlen (second) - strlen (": more"));
  g_assert_true (g_regex_match_simple ("^\\d\\d:\\d\\d anna joined$", notice, 0, 0));
}

/* Colours need a terminal that has them, and nobody who wants none. */
static void
test_style (void)
{
  static const struct
  {
    gboolean is_terminal;
    const char *terminal, *no_colour;
    gboolean has_colours;
  } cases[] = {
    { TRUE, "xterm", NULL, TRUE }, { TRUE, "xterm", "", TRUE }, { TRUE, "xterm", "1", FALSE },
    { TRUE, "dumb", NULL, FALSE }, { TRUE, NULL, NULL, FALSE }, { FALSE, "xterm", NULL, FALSE },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ClawControlPrintStyle style;

      g_unsetenv ("TERM");
      g_unsetenv ("NO_COLOR");
      if (cases[i].terminal != NULL)
        g_setenv ("TERM", cases[i].terminal, TRUE);
      if (cases[i].no_colour != NULL)
        g_setenv ("NO_COLOR", cases[i].no_colour, TRUE);
      claw_control_print_style_init (&style, cases[i].is_terminal);
      g_assert_cmpint (style.has_times, ==, cases[i].is_terminal);
      g_assert_cmpint (style.has_colours, ==, cases[i].has_colours);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-print-events/known/words", test_words);
  g_test_add_func ("/control-print-events/compromised/whose", test_compromised);
  g_test_add_func ("/control-print-events/unknown/as-it-came", test_unknown);
  g_test_add_func ("/control-print-events/json/cannot-act", test_json);
  g_test_add_func ("/control-print-events/chat/style", test_chat);
  g_test_add_func ("/control-print-events/style/environment", test_style);
  return g_test_run ();
}
