/* test-links.c: which parts of a message are links, and which of them one should be asked about. */
#include "claw-links.h"

static const struct
{
  const char *text;
  const char *markup; /* NULL: nothing to mark */
} texts[] = {
  { "no link here: http is a word", NULL },
  { "www.example.org is shown as text", NULL },
  { "javascript:alert(1) file:///etc/passwd data:text/html,x", NULL },
  { "http:// https:///path mailto:nobody", NULL },
  { "xhttp://example.org", NULL },
  { "see https://example.org/a?b=c&d#e.",
    "see <a href=\"https://example.org/a?b=c&amp;d#e\">https://example.org/a?b=c&amp;d#e</a>." },
  { "(https://example.org/wiki/A_(b))",
    "(<a href=\"https://example.org/wiki/A_(b)\">https://example.org/wiki/A_(b)</a>)" },
  { "<https://example.org>", "&lt;<a href=\"https://example.org\">https://example.org</a>&gt;" },
  { "HTTP://EXAMPLE.ORG\nnext", "<a href=\"HTTP://EXAMPLE.ORG\">HTTP://EXAMPLE.ORG</a>\nnext" },
  { "mailto:anna@example.org!",
    "<a href=\"mailto:anna@example.org\">mailto:anna@example.org</a>!" },
  { "https://example.org/\"onclick=x",
    "<a href=\"https://example.org/\">https://example.org/</a>&quot;onclick=x" },
};

/* A link names its scheme, ends where the words around it begin, and is escaped. */
static void
test_markup (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *markup = claw_links_to_markup (texts[i].text, NULL);
      g_assert_cmpstr (markup, ==, texts[i].markup);
      if (!markup)
        continue;
      g_autofree char *shown = NULL;
      g_autoptr (GString) plain = g_string_new (markup);
      /* Pango does not know <a>. */
      g_string_replace (plain, "<a href", "<span font_family", 0);
      g_string_replace (plain, "</a>", "</span>", 0);
      g_assert_true (pango_parse_markup (plain->str, -1, 0, NULL, &shown, NULL, NULL));
      g_assert_cmpstr (shown, ==, texts[i].text);
    }
}

/* Nothing beside a link turns the order of its letters, however deeply it is nested. A link ends
 * there, and text without one stays as it is. */
static void
test_order (void)
{
  g_autofree char *turned = claw_links_to_markup (
      "\u202ehttps://evil.example/a?q=/elpmaxe.knab//:sptth", NULL);
  g_assert_cmpstr (turned, ==,
                   "<a href=\"https://evil.example/a?q=/elpmaxe.knab//:sptth\">"
                   "https://evil.example/a?q=/elpmaxe.knab//:sptth</a>");
  g_autofree char *ended = claw_links_to_markup ("https://example.org/a\u202egpj.exe", NULL);
  g_assert_cmpstr (ended, ==, "<a href=\"https://example.org/a\">https://example.org/a</a>gpj.exe");
  g_autofree char *nested = claw_links_to_markup (
      "\u2067\u2066\u2068\u202b\u202a\u202d\u202c\u2069a http://a.org\u2069 \u200fb", "b");
  g_assert_true (g_str_has_prefix (nested, "a <a href=\"http://a.org\">http://a.org</a> \u200f"));
  g_autofree char *text = claw_links_to_markup ("\u202ba b", "a");
  g_assert_true (g_str_has_prefix (text, "\u202b<span"));
}

/* What is looked for is emphasised, inside of links too. */
static void
test_matches (void)
{
  g_autofree char *nothing = claw_links_to_markup ("some text", "other");
  g_autofree char *markup = claw_links_to_markup ("A <b> a", "a");
  g_autofree char *link = claw_links_to_markup ("http://a.org", "org");
  g_assert_null (nothing);
  g_assert_nonnull (strstr (markup, ">A</span> &lt;b&gt; <span"));
  g_assert_nonnull (strstr (link, "<a href=\"http://a.org\">http://a.<span"));
}

/* A message of nothing but links has at most so many. */
static void
test_limit (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (unsigned i = 0; i < CLAW_LINKS_MAX + 1; i++)
    g_string_append (text, "http://a.org ");
  g_autofree char *markup = claw_links_to_markup (text->str, NULL);
  g_auto (GStrv) parts = g_strsplit (markup, "<a ", -1);
  g_assert_cmpuint (g_strv_length (parts) - 1, ==, CLAW_LINKS_MAX);
  g_autofree char *path = g_strnfill (CLAW_LINKS_LENGTH_MAX - 13, 'x');
  g_autofree char *longest = g_strdup_printf ("http://a.org/%s", path);
  g_autofree char *longer = g_strdup_printf ("%sx", longest);
  g_assert_true (claw_links_may_open (longest));
  g_assert_false (claw_links_may_open (longer));
}

/* One is asked about what may lead elsewhere than it seems to, and only about that. */
static void
test_confusing (void)
{
  static const char *const plain[] = {
    "https://example.org/path?x@y#z",
    "http://192.0.2.1:8080/",
    "http://[2001:db8::1]/",
    "mailto:anna@example.org",
  };
  static const char *const confusing[] = {
    "https://example.org@evil.example/",
    "https://user:word@example.org",
    "https://xn--80ak6aa92e.com/",
    "https://www.xn--80ak6aa92e.com/",
    "https://\u0430pple.com/",
    "https://example.org%2eevil.example/",
    "mailto:anna@example.org?attach=/etc/passwd",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (plain); i++)
    g_assert_false (claw_links_is_confusing (plain[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (confusing); i++)
    g_assert_true (claw_links_is_confusing (confusing[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/links/markup/table", test_markup);
  g_test_add_func ("/links/markup/order", test_order);
  g_test_add_func ("/links/markup/matches", test_matches);
  g_test_add_func ("/links/limit/number-and-length", test_limit);
  g_test_add_func ("/links/confusing/table", test_confusing);
  return g_test_run ();
}
