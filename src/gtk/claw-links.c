/* claw-links.c: see claw-links.h. */
#include "claw-links.h"

#include "claw-bidi.h"
#include "claw-dialogs.h"
#include "claw-text-match.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const schemes[] = { "http://", "https://", "mailto:" };

/* Returns: the length of the scheme that @text begins with, 0 for none. */
static size_t
get_scheme_length (const char *text)
{
  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (text, schemes[i], strlen (schemes[i])) == 0)
      return strlen (schemes[i]);
  return 0;
}

static gboolean
is_mail (const char *uri)
{
  return g_ascii_strncasecmp (uri, "mailto:", 7) == 0;
}

/* A link begins after nothing that could be a part of a word. */
static gboolean
may_begin (const char *text, const char *at)
{
  if (at == text)
    return TRUE;
  gunichar before = g_utf8_get_char (g_utf8_prev_char (at));
  return !g_unichar_isalnum (before) && !strchr ("+-._/:@", (int) MIN (before, 0x7f));
}

static gboolean
ends_link (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);
  return g_unichar_isspace (character) || type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT
         || type == G_UNICODE_UNASSIGNED || type == G_UNICODE_PRIVATE_USE
         || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR
         || type == G_UNICODE_SPACE_SEPARATOR
         || (character < 0x80 && strchr ("<>\"`{}|\\^", (int) character));
}

static unsigned
count (const char *text, size_t length, char character)
{
  unsigned n = 0;
  for (size_t i = 0; i < length; i++)
    n += text[i] == character;
  return n;
}

/* What ends a sentence or a bracket around the link does not belong to it. */
static size_t
trim_end (const char *link, size_t length)
{
  while (length > 0)
    {
      char last = link[length - 1];
      if (last == ')' && count (link, length, '(') >= count (link, length, ')'))
        break;
      if (!strchr (".,;:!?'*_~)]", last))
        break;
      length--;
    }
  return length;
}

gboolean
claw_links_may_open (const char *uri)
{
  size_t scheme_length = get_scheme_length (uri);
  if (scheme_length == 0 || strlen (uri) > CLAW_LINKS_LENGTH_MAX)
    return FALSE;
  if (is_mail (uri))
    {
      const char *at = strchr (uri, '@');
      return at && at > uri + scheme_length && at[1];
    }
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = parsed ? g_uri_get_host (parsed) : NULL;
  return host && *host;
}

/* Returns: the length of the link that begins at @at, or 0. */
static size_t
measure_link (const char *at, size_t scheme_length)
{
  const char *end = at + scheme_length;
  while (*end && !ends_link (g_utf8_get_char (end)))
    end = g_utf8_next_char (end);
  size_t length = trim_end (at, (size_t) (end - at));
  if (length <= scheme_length || length > CLAW_LINKS_LENGTH_MAX)
    return 0;
  g_autofree char *uri = g_strndup (at, length);
  return claw_links_may_open (uri) ? length : 0;
}

/* Returns: (nullable): the first link in @text from @from on. */
static const char *
find_link (const char *text, const char *from, size_t *length)
{
  for (const char *at = strpbrk (from, "hHmM"); at; at = strpbrk (at + 1, "hHmM"))
    {
      size_t scheme_length = get_scheme_length (at);
      if (scheme_length == 0 || !may_begin (text, at))
        continue;
      *length = measure_link (at, scheme_length);
      if (*length > 0)
        return at;
    }
  return NULL;
}

static void
append_escaped (GString *markup, const char *text, size_t length)
{
  g_autofree char *escaped = g_markup_escape_text (text, (gssize) length);
  g_string_append (markup, escaped);
}

/* Returns: whether something matched. */
static gboolean
append_part (GString *markup, const char *text, size_t length, const char *folded)
{
  const char *end = text + length;
  const char *match;
  size_t match_length = 0;
  gboolean has_matched = FALSE;
  while (folded && text < end
         && (match = claw_text_match_find (text, (size_t) (end - text), folded, &match_length)))
    {
      append_escaped (markup, text, (size_t) (match - text));
      g_string_append (markup, "<span background=\"#f9f06b\" color=\"#241f31\">");
      append_escaped (markup, match, match_length);
      g_string_append (markup, "</span>");
      text = match + match_length;
      has_matched = TRUE;
    }
  append_escaped (markup, text, (size_t) (end - text));
  return has_matched;
}

/* Beside a link the order of letters is that of the link, so that its host is read as its host.
 * Returns: (transfer full) */
static char *
dup_in_order (const char *markup)
{
  GString *plain = g_string_new (NULL);
  for (const char *c = markup; *c; c = g_utf8_next_char (c))
    if (!claw_bidi_is_control (g_utf8_get_char (c)))
      g_string_append_unichar (plain, g_utf8_get_char (c));
  return g_string_free (plain, FALSE);
}

char *
claw_links_to_markup (const char *text, const char *folded)
{
  size_t length = 0;
  const char *link = find_link (text, text, &length);
  if (!link && !folded)
    return NULL;
  g_autoptr (GString) markup = g_string_new (NULL);
  gboolean has_link = link != NULL;
  const char *at = text;
  for (unsigned n = 0; link && n < CLAW_LINKS_MAX; n++)
    {
      append_part (markup, at, (size_t) (link - at), folded);
      g_string_append (markup, "<a href=\"");
      append_escaped (markup, link, length);
      g_string_append (markup, "\">");
      append_part (markup, link, length, folded);
      g_string_append (markup, "</a>");
      at = link + length;
      link = find_link (text, at, &length);
    }
  gboolean has_match = append_part (markup, at, strlen (at), folded);
  if (has_link)
    return dup_in_order (markup->str);
  return has_match ? g_string_free (g_steal_pointer (&markup), FALSE) : NULL;
}

gboolean
claw_links_is_confusing (const char *uri)
{
  size_t scheme_length = get_scheme_length (uri);
  if (is_mail (uri))
    return strchr (uri, '?') != NULL || !g_str_is_ascii (uri);
  g_autofree char *authority = g_strndup (uri + scheme_length,
                                          strcspn (uri + scheme_length, "/?#"));
  g_autofree char *lower = g_ascii_strdown (authority, -1);
  return !g_str_is_ascii (lower) || strpbrk (lower, "@%\\") || g_str_has_prefix (lower, "xn--")
         || strstr (lower, ".xn--");
}

/* Opening. */

static void
open_now (GtkWidget *widget, const char *uri)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWindow *window = GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
#if GTK_CHECK_VERSION(4, 10, 0)
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new (uri);
  gtk_uri_launcher_launch (launcher, window, NULL, NULL, NULL);
#else
  gtk_show_uri (window, uri, GDK_CURRENT_TIME);
#endif
}

typedef struct
{
  GtkWidget *widget;
  char *uri;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;
  g_object_unref (opening->widget);
  g_free (opening->uri);
  g_free (opening);
}

static void
on_confirmed (gboolean accepted, gpointer user_data)
{
  const Opening *opening = user_data;
  if (accepted)
    open_now (opening->widget, opening->uri);
}

/* Returns: (transfer full): where the link leads, in letters that cannot be mistaken. */
static char *
describe_target (const char *uri)
{
  g_autoptr (GUri) parsed = is_mail (uri) ? NULL
                                          : g_uri_parse (uri, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = parsed ? g_uri_get_host (parsed) : NULL;
  g_autofree char *ascii = host ? g_hostname_to_ascii (host) : NULL;
  if (!ascii)
    return g_strdup (uri);
  return g_strdup_printf (_ ("It leads to %s:\n%s"), ascii, uri);
}

void
claw_links_open (GtkWidget *widget, const char *uri)
{
  g_return_if_fail (GTK_IS_WIDGET (widget) && uri != NULL);
  if (!claw_links_may_open (uri))
    return;
  GtkRoot *root = gtk_widget_get_root (widget);
  if (!claw_links_is_confusing (uri) || !GTK_IS_WINDOW (root))
    {
      open_now (widget, uri);
      return;
    }
  g_autofree char *target = describe_target (uri);
  ClawQuestion question = {
    .heading = _ ("Open This Link?"),
    .body = target,
    .cancel = _ ("_Cancel"),
    .accept = _ ("_Open"),
  };
  Opening *opening = g_new0 (Opening, 1);
  opening->widget = g_object_ref (widget);
  opening->uri = g_strdup (uri);
  claw_dialogs_ask (GTK_WINDOW (root), &question, on_confirmed, opening, opening_free);
}
