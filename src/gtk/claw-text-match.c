/* claw-text-match.c: see claw-text-match.h. */
#include "claw-text-match.h"

#include <string.h>

char *
claw_text_match_fold (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  if (!*stripped)
    return NULL;
  g_autoptr (GString) folded = g_string_new (NULL);
  for (const char *at = stripped; *at; at = g_utf8_next_char (at))
    g_string_append_unichar (folded, g_unichar_tolower (g_utf8_get_char (at)));
  return g_string_free (g_steal_pointer (&folded), FALSE);
}

/* Most searches are for ASCII, of which no byte is part of another character. */
static const char *
find_ascii (const char *text, size_t length, const char *folded, size_t folded_length)
{
  char first = folded[0];
  char first_upper = g_ascii_toupper (first);
  for (size_t i = 0; i + folded_length <= length; i++)
    if ((text[i] == first || text[i] == first_upper)
        && g_ascii_strncasecmp (text + i, folded, folded_length) == 0)
      return text + i;
  return NULL;
}

/* Returns: the end of the match that begins at @at, or NULL. */
static const char *
match_at (const char *at, const char *end, const char *folded)
{
  for (; *folded; folded = g_utf8_next_char (folded), at = g_utf8_next_char (at))
    if (at >= end || g_unichar_tolower (g_utf8_get_char (at)) != g_utf8_get_char (folded))
      return NULL;
  return at;
}

const char *
claw_text_match_find (const char *text, size_t length, const char *folded, size_t *match_length)
{
  const char *end = text + length;
  *match_length = strlen (folded);
  if (g_str_is_ascii (folded))
    return find_ascii (text, length, folded, *match_length);
  for (const char *at = text; at < end; at = g_utf8_next_char (at))
    {
      const char *match_end = match_at (at, end, folded);
      if (!match_end)
        continue;
      *match_length = (size_t) (match_end - at);
      return at;
    }
  return NULL;
}
