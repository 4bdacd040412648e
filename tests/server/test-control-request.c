/* test-control-request.c: what a control client may say, and everything else that it might. */
#include "claw-control-request.h"

#include "claw-issuer.h"
#include "claw-message.h"

#include <string.h>

static gboolean
parse (const char *line, ClawControlRequest *request, GError **error)
{
  return claw_control_request_parse (line, strlen (line), request, error);
}

/* Each command is known by its name. */
static void
test_commands (void)
{
  static const char *const names[]
      = { "status", "new-file", "sessions", "members", "attach", "tail" };
  static const ClawControlCommand commands[] = { CLAW_CONTROL_STATUS,   CLAW_CONTROL_NEW_FILE,
                                                 CLAW_CONTROL_SESSIONS, CLAW_CONTROL_MEMBERS,
                                                 CLAW_CONTROL_ATTACH,   CLAW_CONTROL_TAIL };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_auto (ClawControlRequest) request = { 0 };
      g_autoptr (GError) error = NULL;
      g_autofree char *line = g_strdup_printf ("{\"command\": \"%s\"}", names[i]);

      g_assert_true (parse (line, &request, &error));
      g_assert_no_error (error);
      g_assert_cmpint (request.command, ==, commands[i]);
      g_assert_cmpint (request.tag, ==, -1);
    }
}

/* Arguments are taken over, and members that are not known do not matter. */
static void
test_arguments (void)
{
  g_auto (ClawControlRequest) revoke = { 0 };
  g_auto (ClawControlRequest) send = { 0 };
  g_auto (ClawControlRequest) rotate = { 0 };
  g_auto (ClawControlRequest) rotate_one = { 0 };
  g_auto (ClawControlRequest) safety = { 0 };
  g_auto (ClawControlRequest) one = { 0 };
  g_auto (ClawControlRequest) all = { 0 };

  g_assert_true (parse ("{\"command\":\"revoke\",\"member\":4294967295,\"id\":7,\"new\":[[]]}",
                        &revoke, NULL));
  g_assert_cmpint (revoke.command, ==, CLAW_CONTROL_REVOKE);
  g_assert_cmpuint (revoke.member, ==, G_MAXUINT32);
  g_assert_cmpint (revoke.tag, ==, 7);
  g_assert_true (parse ("{\"command\":\"compromised\",\"member\":3}", &one, NULL));
  g_assert_cmpint (one.command, ==, CLAW_CONTROL_COMPROMISED);
  g_assert_cmpuint (one.member, ==, 3);
  g_assert_true (parse ("{\"command\":\"compromised\"}", &all, NULL));
  g_assert_cmpint (all.command, ==, CLAW_CONTROL_COMPROMISED);
  g_assert_cmpuint (all.member, ==, 0);
  g_assert_true (parse ("{\"command\":\"send\",\"text\":\"a\\n\\u00e9\"}", &send, NULL));
  g_assert_cmpint (send.command, ==, CLAW_CONTROL_SEND);
  g_assert_cmpstr (send.text, ==, "a\né");
  g_assert_true (parse ("{\"command\":\"rotate\"}", &rotate, NULL));
  g_assert_cmpint (rotate.command, ==, CLAW_CONTROL_ROTATE);
  g_assert_cmpuint (rotate.member, ==, 0);
  g_assert_true (parse ("{\"command\":\"safety-number\",\"member\":3}", &safety, NULL));
  g_assert_cmpint (safety.command, ==, CLAW_CONTROL_SAFETY_NUMBER);
  g_assert_cmpuint (safety.member, ==, 3);
  g_assert_true (parse ("{\"command\":\"rotate\",\"member\":3}", &rotate_one, NULL));
  g_assert_cmpuint (rotate_one.member, ==, 3);
}

/* What is no request is refused with its reason, and leaves nothing behind. */
static void
test_hostile (void)
{
  static const struct
  {
    const char *line;
    ClawControlError code;
  } lines[] = {
    { "", CLAW_CONTROL_ERROR_INVALID },
    { "null", CLAW_CONTROL_ERROR_INVALID },
    { "[]", CLAW_CONTROL_ERROR_INVALID },
    { "{", CLAW_CONTROL_ERROR_INVALID },
    { "{} {}", CLAW_CONTROL_ERROR_INVALID },
    { "{}[]", CLAW_CONTROL_ERROR_INVALID },
    { "null {}", CLAW_CONTROL_ERROR_INVALID },
    { "\"", CLAW_CONTROL_ERROR_INVALID },
    { "\xff", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": 1}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": null}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": [\"status\"]}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"\"}", CLAW_CONTROL_ERROR_UNKNOWN },
    { "{\"command\": \"STATUS\"}", CLAW_CONTROL_ERROR_UNKNOWN },
    { "{\"command\": \"revoke\"}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"revoke\", \"member\": 0}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"revoke\", \"member\": -1}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"revoke\", \"member\": 4294967296}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"revoke\", \"member\": 1.5}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"disconnect\", \"member\": \"1\"}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"rotate\", \"member\": 0}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"rotate\", \"member\": null}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"compromised\", \"member\": 0}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"compromised\", \"member\": null}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"send\"}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"send\", \"text\": null}", CLAW_CONTROL_ERROR_INVALID },
    { "{\"command\": \"send\", \"text\": {}}", CLAW_CONTROL_ERROR_INVALID },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_auto (ClawControlRequest) request = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%u", i);
      g_assert_false (parse (lines[i].line, &request, &error));
      g_assert_error (error, CLAW_CONTROL_ERROR, (int) lines[i].code);
      g_assert_null (request.text);
    }
}

/* Makes a status request of @length bytes. */
static char *
make_long (size_t length)
{
  static const char head[] = "{\"command\":\"status\",\"x\":\"";
  char *line = g_malloc (length + 1);

  memset (line, 'x', length);
  memcpy (line, head, sizeof head - 1);
  memcpy (line + length - 2, "\"}", 3);
  return line;
}

/* The longest line is taken, one byte more is not. */
static void
test_length (void)
{
  g_autofree char *longest = make_long (CLAW_CONTROL_LINE_MAX);
  g_autofree char *longer = make_long (CLAW_CONTROL_LINE_MAX + 1);
  ClawControlRequest request = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (parse (longest, &request, NULL));
  g_assert_false (parse (longer, &request, &error));
  g_assert_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID);
}

/* Makes a status request with @depth brackets open at once. */
static char *
make_deep (unsigned depth)
{
  g_autofree char *open = g_strnfill (depth - 1, '[');
  g_autofree char *close = g_strnfill (depth - 1, ']');

  return g_strdup_printf ("{\"command\":\"status\",\"x\":%s%s}", open, close);
}

/* Brackets beyond the limit never reach the parser, which recurses; those inside of strings do not
 * count. */
static void
test_depth (void)
{
  g_autofree char *deepest = make_deep (CLAW_CONTROL_DEPTH_MAX);
  g_autofree char *deeper = make_deep (CLAW_CONTROL_DEPTH_MAX + 1);
  g_autofree char *bottomless = g_strnfill (CLAW_CONTROL_LINE_MAX, '[');
  g_auto (ClawControlRequest) text = { 0 };
  ClawControlRequest request = { 0 };

  g_assert_true (parse (deepest, &request, NULL));
  g_assert_false (parse (deeper, &request, NULL));
  g_assert_false (parse (bottomless, &request, NULL));
  g_assert_true (parse ("{\"command\":\"send\",\"text\":\"[[[[[[[[[[[[\\\"[[\"}", &text, NULL));
  g_assert_cmpstr (text.text, ==, "[[[[[[[[[[[[\"[[");
}

/* A NUL inside of a line, or escaped in a text, does not hide what follows. */
static void
test_nul (void)
{
  static const char line[] = "{\"command\":\"status\"}\0{";
  ClawControlRequest request = { 0 };

  g_assert_false (claw_control_request_parse (line, sizeof line - 1, &request, NULL));
  g_assert_false (parse ("{\"command\":\"send\",\"text\":\"a\\u0000b\"}", &request, NULL));
}

/* An error's code survives the way over the socket, and what others may say has one. */
static void
test_codes (void)
{
  const struct
  {
    GQuark domain;
    int number;
    const char *code;
  } others[] = {
    { CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_EMPTY, "text" },
    { CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG, "text" },
    { CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY, "too-many" },
    { G_IO_ERROR, G_IO_ERROR_NO_SPACE, "failed" },
  };

  for (int code = 0; code <= CLAW_CONTROL_ERROR_UNAVAILABLE; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (CLAW_CONTROL_ERROR, code, "x");

      g_assert_cmpint ((int) claw_control_error_from_code (claw_control_error_to_code (error)), ==,
                       code);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (others[i].domain, others[i].number, "x");

      g_assert_cmpstr (claw_control_error_to_code (error), ==, others[i].code);
    }
  g_assert_cmpint (claw_control_error_from_code (NULL), ==, CLAW_CONTROL_ERROR_FAILED);
  g_assert_cmpint (claw_control_error_from_code ("?"), ==, CLAW_CONTROL_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-request/commands/known", test_commands);
  g_test_add_func ("/control-request/arguments/taken", test_arguments);
  g_test_add_func ("/control-request/hostile/refused", test_hostile);
  g_test_add_func ("/control-request/length/bounded", test_length);
  g_test_add_func ("/control-request/depth/bounded", test_depth);
  g_test_add_func ("/control-request/nul/refused", test_nul);
  g_test_add_func ("/control-request/codes/both-ways", test_codes);
  return g_test_run ();
}
