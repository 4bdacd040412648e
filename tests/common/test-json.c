/* test-json.c: strict reading of JSON. */
#include "claw-json.h"

#include <string.h>

#define DEPTH_MAX 3

typedef struct
{
  const char *text;
  gboolean good;
} Case;

static void
check (const Case *cases, size_t n_cases)
{
  for (size_t i = 0; i < n_cases; i++)
    {
      g_autoptr (JsonObject) object = claw_json_parse_object (cases[i].text, strlen (cases[i].text),
                                                              DEPTH_MAX);

      if ((object != NULL) != cases[i].good)
        g_error ("%s", cases[i].text);
    }
}

/* Only an object of well-formed text is one. */
static void
test_object (void)
{
  static const Case cases[] = {
    { "{}", TRUE },        { " {\"a\":[1, -2.5E+3, true, false, null, {}]}\r\n", TRUE },
    { "[1]", FALSE },      { "1", FALSE },
    { "", FALSE },         { "{", FALSE },
    { "}", FALSE },        { "{}}", FALSE },
    { "{\"a\":}", FALSE }, { "{\"a", FALSE },
    { "{\"a\\", FALSE },   { "{\"a\":\"\xc3\"}", FALSE },
  };

  check (cases, G_N_ELEMENTS (cases));
  g_assert_null (claw_json_parse_object ("{\0}", 3, DEPTH_MAX));
}

/* What stands in a text nests nothing. */
static void
test_depth (void)
{
  static const Case cases[] = {
    { "{\"a\":[[]],\"b\":[{}]}", TRUE },  { "{\"a\":[[[]]]}", FALSE },
    { "{\"a\":[[{}]]}", FALSE },          { "{\"a\":\"[[[[[[[[\"}", TRUE },
    { "{\"a\":\"\\\"[[[[\\\\\"}", TRUE }, { "{\"a\\\"\":[[[]]]}", FALSE },
  };

  check (cases, G_N_ELEMENTS (cases));
}

/* json-glib reads on behind these, where the depth would be miscounted: so deep a nesting would
 * have ended the program. */
static void
test_foreign_syntax (void)
{
  static const char *const starts[] = {
    "/*\"*/", "//\"\n", "#\"\n", "'\"'", "{\"a\":'\"',\"b\":", "{\"a\":/*\"*/",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_autoptr (GString) text = g_string_new (starts[i]);

      for (unsigned at = 0; at < 200000; at++)
        g_string_append_c (text, '[');
      g_assert_null (claw_json_parse_object (text->str, text->len, DEPTH_MAX));
    }
}

/* Two values in one text are none, whatever stands first: json-glib 1.6 leaks the first of them,
 * and json-glib 1.10 ends the program in a parser of immutable nodes. Space may follow a value. */
static void
test_two_values (void)
{
  static const char *const texts[] = { "{} {}",   "{}{}", "{} []",   "{},{}", "{} 1",
                                       "null {}", "1 {}", "\"\" {}", "[] {}", "{\"a\":{}} {}" };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (claw_json_parse_object (texts[i], strlen (texts[i]), DEPTH_MAX));

  g_autoptr (JsonObject) object = claw_json_parse_object (" {} \r\n\t", 7, DEPTH_MAX);
  g_assert_nonnull (object);
}

/* Escapes make UTF-8 or nothing: neither octal ones nor half a surrogate pair get through, nor a
 * NUL, which would hide what follows. */
static void
test_escapes (void)
{
  static const struct
  {
    const char *text;
    const char *value;
  } cases[] = {
    { "{\"a\":\"\\u00e4 \\ud83d\\ude00 \\\"\\\\\\/\\n\"}", "ä 😀 \"\\/\n" },
    { "{\"a\":\"\\ud800\"}", NULL },
    { "{\"a\":\"\\udc00x\"}", NULL },
    { "{\"a\":\"\\ud800\\ud8\x19\"}", NULL },
    { "{\"a\":\"\\ud800\\u0041\"}", NULL },
    { "{\"a\":\"\\u004\"}", NULL },
    { "{\"a\":\"\\u", NULL },
    { "{\"a\":\"\\ud800\\", NULL },
    { "{\"a\":\"\\276\"}", NULL },
    { "{\"a\":\"b\\u0000c\"}", NULL },
    { "{\"a\":\"b\",\"c\\u0000\":1}", NULL },
    { "{\"a\":\"\\x41\"}", NULL },
    { "{\"a\":1}", NULL },
    { "{\"a\":null}", NULL },
    { "{\"a\":[\"b\"]}", NULL },
    { "{\"b\":\"a\"}", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) object = claw_json_parse_object (cases[i].text, strlen (cases[i].text),
                                                              DEPTH_MAX);

      g_assert_cmpstr (object == NULL ? NULL : claw_json_get_string (object, "a"), ==,
                       cases[i].value);
    }
}

/* A number is a whole one within its limits, both of which are good. */
static void
test_integer (void)
{
  static const Case cases[] = {
    { "{\"a\":-1}", TRUE },    { "{\"a\":7}", TRUE },     { "{\"a\":-2}", FALSE },
    { "{\"a\":8}", FALSE },    { "{\"a\":1.0}", FALSE },  { "{\"a\":\"1\"}", FALSE },
    { "{\"a\":true}", FALSE }, { "{\"a\":null}", FALSE }, { "{\"b\":1}", FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) object = claw_json_parse_object (cases[i].text, strlen (cases[i].text),
                                                              DEPTH_MAX);
      gint64 value;

      g_assert_nonnull (object);
      g_assert_true (claw_json_get_integer (object, "a", -1, 7, &value) == cases[i].good);
    }
}

/* What is quoted is read again as it was. */
static void
test_quote (void)
{
  const char *text = "“a” \"b\" \\ \x01\n{[";
  g_autofree char *quoted = claw_json_quote (text);
  g_autofree char *whole = g_strdup_printf ("{\"a\":%s}", quoted);
  g_autoptr (JsonObject) object = claw_json_parse_object (whole, strlen (whole), 1);

  g_assert_nonnull (object);
  g_assert_cmpstr (claw_json_get_string (object, "a"), ==, text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/object/strict", test_object);
  g_test_add_func ("/json/depth/limited", test_depth);
  g_test_add_func ("/json/foreign-syntax/refused", test_foreign_syntax);
  g_test_add_func ("/json/two-values/first-or-none", test_two_values);
  g_test_add_func ("/json/escapes/utf-8", test_escapes);
  g_test_add_func ("/json/integer/limited", test_integer);
  g_test_add_func ("/json/quote/round-trip", test_quote);
  return g_test_run ();
}
