/* vectors.c: see vectors.h. */
#include "vectors.h"

#include <sodium.h>
#include <string.h>

JsonObject *
vectors_load (const char *name)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", name, NULL);

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

GBytes *
vectors_get_bytes (JsonObject *vector, const char *name)
{
  const char *hex = json_object_get_string_member_with_default (vector, name, "");
  size_t size = strlen (hex) / 2;
  uint8_t *bytes = g_malloc (size + 1);
  size_t length;

  g_assert_cmpint (sodium_hex2bin (bytes, size + 1, hex, strlen (hex), NULL, &length, NULL), ==, 0);
  g_assert_cmpuint (length, ==, size);
  return g_bytes_new_take (bytes, length);
}

unsigned
vectors_foreach_wycheproof (const char *name,
                            void (*function) (JsonObject *group, JsonObject *test))
{
  g_autoptr (JsonObject) file = vectors_load (name);
  JsonArray *groups = json_object_get_array_member (file, "testGroups");
  unsigned n = 0;

  for (guint i = 0; i < json_array_get_length (groups); i++)
    {
      JsonObject *group = json_array_get_object_element (groups, i);
      JsonArray *tests = json_object_get_array_member (group, "tests");

      for (guint j = 0; j < json_array_get_length (tests); j++, n++)
        {
          JsonObject *test = json_array_get_object_element (tests, j);

          g_test_message ("%s, tcId %d", name, (int) json_object_get_int_member (test, "tcId"));
          function (group, test);
        }
    }
  return n;
}
