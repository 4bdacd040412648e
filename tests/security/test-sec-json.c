/* test-sec-json.c: strict reading of flat JSON objects. */
#include "claw-sec-json.h"

#include "claw-sec-file.h"

#include <string.h>

static JsonObject *
parse (const char *text)
{
  return claw_json_parse_object (text, strlen (text), 8);
}

/* A number has to be whole and in its range, at both ends. */
static void
test_integer (void)
{
  static const struct
  {
    const char *text;
    gboolean good;
  } texts[] = {
    { "{\"n\":1}", TRUE },     { "{\"n\":10}", TRUE },    { "{\"n\":0}", FALSE },
    { "{\"n\":11}", FALSE },   { "{\"n\":1.0}", FALSE },  { "{\"n\":\"1\"}", FALSE },
    { "{\"n\":true}", FALSE }, { "{\"n\":null}", FALSE }, { "{\"n\":[1]}", FALSE },
    { "{\"m\":1}", FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (JsonObject) object = parse (texts[i].text);
      g_autoptr (GError) error = NULL;
      gint64 value = 0;

      g_assert_true (claw_sec_json_get_integer (object, "n", 1, 10, &value, &error)
                     == texts[i].good);
      if (!texts[i].good)
        g_assert_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_FIELD);
    }
}

/* Base64 has to be padded, canonical, and of exactly the size asked for. */
static void
test_base64 (void)
{
  static const struct
  {
    const char *text;
    gboolean good;
  } texts[] = {
    { "{\"b\":\"AAEC/w==\"}", TRUE },
    { "{\"b\":\"AAEC/w\"}", FALSE },
    { "{\"b\":\"AAEC/x==\"}", FALSE },
    { "{\"b\":\"AAEC_w==\"}", FALSE },
    { "{\"b\":\"AAEC\"}", FALSE },
    { "{\"b\":\"AAEC//8=\"}", FALSE },
    { "{\"b\":\" AAEC/w==\"}", FALSE },
    { "{\"b\":\"AAEC/w==\\n\"}", FALSE },
    { "{\"b\":\"\"}", FALSE },
    { "{\"b\":4}", FALSE },
    { "{}", FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (JsonObject) object = parse (texts[i].text);
      g_autoptr (GError) error = NULL;
      uint8_t bytes[4];

      g_test_message ("%s", texts[i].text);
      g_assert_true (claw_sec_json_take_base64 (object, "b", bytes, sizeof bytes, &error)
                     == texts[i].good);
      if (!texts[i].good)
        g_assert_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_FIELD);
    }
}

/* A text from a file cannot play tricks in a message, nor fill the screen. */
static void
test_quote (void)
{
  g_autofree char *plain = claw_sec_json_quote ("3.0");
  g_autofree char *tricks = claw_sec_json_quote ("\x1b[2J\n");
  g_autofree char *thousand = g_strnfill (1000, 'x');
  g_autofree char *cut = claw_sec_json_quote (thousand);

  g_assert_cmpstr (plain, ==, "3.0");
  g_assert_null (strchr (tricks, '\x1b'));
  g_assert_null (strchr (tricks, '\n'));
  g_assert_cmpint (g_utf8_strlen (cut, -1), ==, 41);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sec-json/integer/range", test_integer);
  g_test_add_func ("/sec-json/base64/strict", test_base64);
  g_test_add_func ("/sec-json/quote/harmless", test_quote);
  return g_test_run ();
}
