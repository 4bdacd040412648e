/* claw-fold.c: see claw-fold.h. */
#include "claw-fold.h"

#include <string.h>

struct ClawFold
{
  char *wanted; /* folded */
  size_t length;
  gboolean is_ascii;
  GString *lower; /* room to work in */
};

/* As many marks on one letter as UAX #15 allows in its stream-safe format, and more than any
 * language has. */
#define MARKS_MAX 30

static gboolean
is_mark (gunichar character)
{
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  if (character < 0x300)
    return FALSE;
  /* Some are marks only once they are taken apart. */
  g_unichar_fully_decompose (character, TRUE, parts, G_N_ELEMENTS (parts));
  return g_unichar_combining_class (parts[0]) != 0;
}

/* Without marks beyond those: to put all that a message has room for in order takes seconds, which
 * a search is not to spend on what somebody sends. Returns: (transfer full) */
static char *
limit_marks (const char *text, size_t length)
{
  GString *limited = g_string_sized_new (length);
  unsigned marks = 0;
  const char *next = NULL;
  for (const char *at = text; at < text + length; at = next)
    {
      next = g_utf8_next_char (at);
      marks = is_mark (g_utf8_get_char (at)) ? marks + 1 : 0;
      if (marks <= MARKS_MAX)
        g_string_append_len (limited, at, next - at);
    }
  return g_string_free (limited, FALSE);
}

static char *
fold_text (const char *text, size_t length)
{
  g_autofree char *limited = limit_marks (text, length);
  /* Folding may put letters and accents in another order, so it is normalised once more. */
  g_autofree char *normalised = g_utf8_normalize (limited, -1, G_NORMALIZE_NFKC);
  if (!normalised)
    return NULL;
  g_autofree char *folded = g_utf8_casefold (normalised, -1);
  return g_utf8_normalize (folded, -1, G_NORMALIZE_NFKC);
}

static gboolean
is_ascii (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if ((unsigned char) text[i] >= 0x80)
      return FALSE;
  return TRUE;
}

ClawFold *
claw_fold_new (const char *wanted)
{
  ClawFold *fold = g_new0 (ClawFold, 1);
  fold->wanted = fold_text (wanted, strlen (wanted));
  if (!fold->wanted)
    fold->wanted = g_strdup ("");
  fold->length = strlen (fold->wanted);
  fold->is_ascii = is_ascii (fold->wanted, fold->length);
  fold->lower = g_string_new (NULL);
  return fold;
}

void
claw_fold_free (ClawFold *fold)
{
  if (!fold)
    return;
  g_string_free (fold->lower, TRUE);
  g_free (fold->wanted);
  g_free (fold);
}

/* The common case, without an allocation. */
static gboolean
matches_ascii (ClawFold *fold, const char *text, size_t length)
{
  if (!fold->is_ascii)
    return FALSE;
  g_string_set_size (fold->lower, length);
  for (size_t i = 0; i < length; i++)
    fold->lower->str[i] = g_ascii_tolower (text[i]);
  return memmem (fold->lower->str, length, fold->wanted, fold->length) != NULL;
}

gboolean
claw_fold_matches (ClawFold *fold, const char *text, size_t length)
{
  if (fold->length == 0)
    return FALSE;
  if (is_ascii (text, length))
    return matches_ascii (fold, text, length);
  g_autofree char *folded = fold_text (text, length);
  return folded && strstr (folded, fold->wanted) != NULL;
}
