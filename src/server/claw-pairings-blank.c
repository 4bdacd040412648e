/* claw-pairings-blank.c: see claw-pairings-blank.h.
 *
 * claw-pairings.c writes a pairing a line, with its id first and without a quotation mark of a name
 * that has no backslash before it, so that nothing in a name passes for a member.
 */
#include "config.h"

#include "claw-pairings-blank.h"

#include "claw-file.h"

#include <sodium.h>
#include <string.h>

#define LINE_BEGINS "    {\"id\": "
/* Of 32 bytes. */
#define BASE64_LENGTH 44

static gboolean
blank_member (const char *path,
              const char *text,
              const char *line,
              size_t length,
              const char *member,
              GError **error)
{
  char blank[BASE64_LENGTH];
  const char *at = g_strstr_len (line, (gssize) length, member);

  if (at == NULL)
    return TRUE;
  at += strlen (member);
  memset (blank, CLAW_PAIRINGS_BLANK, sizeof blank);
  return claw_file_overwrite (path, (size_t) (at - text), blank,
                              MIN (sizeof blank, (size_t) (line + length - at)), error);
}

gboolean
claw_pairings_blank (const ClawPairings *pairings, const char *path, GError **error)
{
  g_autofree char *text = g_malloc (CLAW_PAIRINGS_FILE_SIZE_MAX + 1);
  size_t length = 0;
  gboolean good = claw_file_read (path, CLAW_FILE_READ_PRIVATE, text, CLAW_PAIRINGS_FILE_SIZE_MAX,
                                  &length, error);

  text[length] = '\0';
  for (const char *line = text, *end; good && *line != '\0'; line = end)
    {
      size_t n = strcspn (line, "\n");

      end = line + n + (line[n] == '\n' ? 1 : 0);
      if (!g_str_has_prefix (line, LINE_BEGINS))
        continue;
      guint64 id = g_ascii_strtoull (line + strlen (LINE_BEGINS), NULL, 10);
      if (id <= G_MAXUINT32 && claw_pairings_find_id (pairings, (uint32_t) id) != NULL)
        continue;
      good = blank_member (path, text, line, n, "\"resumption\": \"", error)
             && blank_member (path, text, line, n, "\"previous\": \"", error);
    }
  sodium_memzero (text, length);
  return good;
}
