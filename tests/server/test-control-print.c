/* test-control-print.c: what others wrote must not command the operator's terminal or pass for
 * another's line. */
#include "claw-control-print.h"

#include <string.h>

/* Ordinary text of any script is printed as it is. */
static void
test_plain (void)
{
  g_autofree char *line = claw_control_print_message (
      "anna", "Grüße 你好 👩‍👩‍👧‍👦\tمرحبا");

  g_assert_cmpstr (line, ==, "anna: Grüße 你好 👩‍👩‍👧‍👦\tمرحبا");
}

/* Control characters show as such and do nothing. */
static void
test_escapes (void)
{
  g_autofree char *line = claw_control_print_message ("a\033[2J", "\033]0;x\a\r\177\xc2\x9b"
                                                                  "1m");

  g_assert_cmpstr (line, ==, "a\\x1b[2J: \\x1b]0;x\\x07\\x0d\\x7f\\x9b1m");
}

/* A text of several lines cannot look like a line of somebody else. */
static void
test_lines (void)
{
  g_autofree char *line = claw_control_print_message ("eve", "hi\nanna: I agree\u2028bob: me too");

  g_assert_cmpstr (line, ==, "eve: hi\n\tanna: I agree\\u2028bob: me too");
}

/* Neither a line's end nor a turn of direction gets into a name. */
static void
test_name (void)
{
  g_autofree char *line = claw_control_print_line ("anna\nbob\u202e");

  g_assert_cmpstr (line, ==, "anna\\x0abob\\u202e");
}

/* A reply with nothing in it prints without falling. */
static void
test_empty_reply (void)
{
  g_autoptr (JsonObject) empty = json_object_new ();
  g_autofree char *status = claw_control_print_status (empty);
  g_autofree char *members = claw_control_print_members (empty);
  g_autofree char *sessions = claw_control_print_sessions (empty);

  g_assert_nonnull (strstr (status, ".sec file: none"));
  g_assert_true (g_str_has_suffix (members, "NAME\n"));
  g_assert_true (g_str_has_suffix (sessions, "NAME\n"));
}

/* The status tells the port, and when it changes, if it does. */
static void
test_port (void)
{
  g_autoptr (JsonNode) rotating = json_from_string (
      "{\"port\":50123,\"port_since\":1700000000,\"port_until\":1700003600}", NULL);
  g_autoptr (JsonNode) fixed = json_from_string (
      "{\"port\":4000,\"port_since\":1700000000,\"port_until\":0}", NULL);
  g_autofree char *first = claw_control_print_status (json_node_get_object (rotating));
  g_autofree char *second = claw_control_print_status (json_node_get_object (fixed));

  g_assert_nonnull (strstr (first, "UDP port: 50123 since 2023-11-1"));
  g_assert_nonnull (strstr (first, ", the next one at 2023-11-1"));
  g_assert_nonnull (strstr (second, "UDP port: 4000, does not change\n"));
}

/* The number of sessions, in the singular and in the plural. */
static void
test_rotate (void)
{
  g_autoptr (JsonObject) result = json_object_new ();

  json_object_set_int_member (result, "rotating", 1);
  g_autofree char *one = claw_control_print_rotate (result);
  g_assert_cmpstr (one, ==, "Changing the keys of 1 session\n");
  json_object_set_int_member (result, "rotating", 2);
  g_autofree char *two = claw_control_print_rotate (result);
  g_assert_cmpstr (two, ==, "Changing the keys of 2 sessions\n");
}

/* Members and sessions get a line each. */
static void
test_tables (void)
{
  g_autoptr (JsonNode) node = json_from_string (
      "{\"members\":[{\"id\":3,\"name\":\"anna\",\"present\":true,\"waiting\":2},7],"
      "\"sessions\":[{\"id\":3,\"name\":\"anna\",\"address\":\"127.0.0.1:5\",\"round_trip\":1500,"
      "\"since\":3700}]}",
      NULL);
  g_autofree char *members = claw_control_print_members (json_node_get_object (node));
  g_autofree char *sessions = claw_control_print_sessions (json_node_get_object (node));

  g_assert_nonnull (strstr (members, "     3  connected                  2  anna\n"));
  g_assert_nonnull (strstr (sessions, "     3  1 h 1 min "));
  g_assert_nonnull (strstr (sessions, "1.5 ms  127.0.0.1:5 "));
}

/* For whom a file was made is shown where the client that came with it has another name. */
static void
test_made_for (void)
{
  g_autoptr (JsonNode) node = json_from_string (
      "{\"members\":[{\"id\":3,\"name\":\"bob\",\"for\":\"an\\u001bna\",\"present\":true},"
      "{\"id\":4,\"name\":\"carl\",\"for\":\"carl\",\"present\":true}],"
      "\"sessions\":[{\"id\":3,\"name\":\"bob\",\"for\":\"anna\"},"
      "{\"id\":4,\"name\":\"carl\",\"for\":\"carl\"}]}",
      NULL);
  g_autofree char *members = claw_control_print_members (json_node_get_object (node));
  g_autofree char *sessions = claw_control_print_sessions (json_node_get_object (node));

  g_assert_nonnull (strstr (members, "0  bob (for an\\x1bna)\n"));
  g_assert_nonnull (strstr (members, "0  carl\n"));
  g_assert_nonnull (strstr (sessions, "  bob (for anna)\n"));
  g_assert_nonnull (strstr (sessions, "  carl\n"));
}

static char *
print_status (const char *json)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  return claw_control_print_status (json_node_get_object (node));
}

/* The status says how the server can be reached, and nothing when a server of another version uses
 * a word that is not known here. */
static void
test_reach (void)
{
  g_autofree char *mapped = print_status (
      "{\"reach\": \"mapped\", \"port\": 50000, \"mapped_port\": 61000,"
      " \"mapped_address\": \"203.0.113.9:61000\", \"public_ipv6\": true}");
  g_autofree char *nat = print_status ("{\"reach\": \"nat\", \"port\": 50000,"
                                       " \"mapping_problem\": \"nobody\\nthere\","
                                       " \"seen_address\": \"203.0.113.9:1\"}");
  g_autofree char *other = print_status ("{\"reach\": \"telepathy\"}");

  g_assert_nonnull (strstr (mapped, "UDP port 61000 (203.0.113.9:61000)"));
  g_assert_nonnull (strstr (mapped, "Reachable by IPv6: "));
  g_assert_nonnull (strstr (nat, "forward UDP port 50000"));
  g_assert_nonnull (strstr (nat, "nobody\\x0athere"));
  g_assert_nonnull (strstr (nat, "203.0.113.9:1"));
  g_assert_null (strstr (nat, "IPv6"));
  g_assert_null (strstr (other, "Reachable"));
}

static char *
print (char *(*function) (JsonObject *object), const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  return function (json_node_get_object (node));
}

/* What became of compromised keys. */
static void
test_compromised (void)
{
  g_autofree char *result = print (claw_control_print_compromised,
                                   "{\"told\": 2, \"away\": 1, \"file\": \"/a.sec\"}");
  g_autofree char *sealing = print (claw_control_print_compromised, "{\"file\": null}");

  g_assert_nonnull (strstr (result, "2 connected clients"));
  g_assert_nonnull (strstr (result, "1 client was not connected"));
  g_assert_nonnull (strstr (result, "/a.sec\n"));
  g_assert_null (strstr (sealing, "client"));
  g_assert_nonnull (strstr (sealing, "follows"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-print/plain/unchanged", test_plain);
  g_test_add_func ("/control-print/control-characters/escaped", test_escapes);
  g_test_add_func ("/control-print/several-lines/indented", test_lines);
  g_test_add_func ("/control-print/name/one-line", test_name);
  g_test_add_func ("/control-print/empty-reply/survived", test_empty_reply);
  g_test_add_func ("/control-print/reach/in-words", test_reach);
  g_test_add_func ("/control-print/status/port", test_port);
  g_test_add_func ("/control-print/compromised/told", test_compromised);
  g_test_add_func ("/control-print/tables/line-each", test_tables);
  g_test_add_func ("/control-print/tables/made-for", test_made_for);
  g_test_add_func ("/control-print/rotate/number", test_rotate);
  return g_test_run ();
}
