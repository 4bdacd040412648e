/* claw-preview.c: see claw-preview.h. */
#include "claw-preview.h"

#include <glib/gi18n-lib.h>

char *
claw_preview_new (ClawMessage *message, gboolean is_own)
{
  const char *sender = is_own ? _ ("You") : claw_message_get_sender (message);
  g_autoptr (GString) line = g_string_new (NULL);
  const char *text = claw_message_get_text (message, NULL);
  gboolean is_after_space = TRUE;
  for (unsigned n = 0; *text && n < CLAW_PREVIEW_MAX; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);
      gboolean is_space = g_unichar_isspace (c) || g_unichar_iscntrl (c);
      if (is_space && is_after_space)
        continue;
      g_string_append_unichar (line, is_space ? ' ' : c);
      is_after_space = is_space;
      n++;
    }
  if (!sender || !*sender)
    return g_strdup (line->str);
  /* Translators: the last message in the list of chats: who wrote, and what. */
  return g_strdup_printf (_ ("%s: %s"), sender, line->str);
}
