/* claw-terminal-qr.c: see claw-terminal-qr.h. The code itself is made by libqrencode. */
#include "config.h"

#include "claw-terminal-qr.h"

#include <glib/gi18n-lib.h>

#if CLAW_HAVE_QRENCODE

#include <errno.h>
#include <json-glib/json-glib.h>
#include <qrencode.h>
#include <string.h>

/* Modules of light around the code: without four of them a camera may not see where it begins. */
#define MARGIN 4
#define DARK_ON_LIGHT "\033[30;107m"
#define COLOURS_END "\033[0m\n"

static void
free_code (QRcode *code)
{
  QRcode_free (code);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QRcode, free_code)

/* Without indentation: every byte makes the code larger. */
static char *
shorten (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  return node == NULL ? g_strdup (text) : json_to_string (node, FALSE);
}

static gboolean
is_dark (const QRcode *code, int x, int y)
{
  return x >= 0 && y >= 0 && x < code->width && y < code->width
         && (code->data[y * code->width + x] & 1) != 0;
}

static char *
draw (const QRcode *code, gboolean colours)
{
  /* By the upper module, then by the lower one. */
  static const char *const characters[2][2] = { { " ", "\u2584" }, { "\u2580", "\u2588" } };
  GString *out = g_string_new (NULL);

  for (int y = -MARGIN; y < code->width + MARGIN; y += 2)
    {
      g_string_append (out, colours ? DARK_ON_LIGHT : "");
      for (int x = -MARGIN; x < code->width + MARGIN; x++)
        g_string_append (out, characters[is_dark (code, x, y)][is_dark (code, x, y + 1)]);
      g_string_append (out, colours ? COLOURS_END : "\n");
    }
  return g_string_free (out, FALSE);
}

static char *
no_space (size_t length, GError **error)
{
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
      _ ("The file's %zu bytes are more than the %d that a QR code holds: bring it another "
         "way"),
      length, CLAW_TERMINAL_QR_BYTES_MAX);
  return NULL;
}

char *
claw_terminal_qr_render (const char *text,
                         gboolean colours,
                         ClawTerminalQrSize *size,
                         GError **error)
{
  g_autofree char *content = shorten (text);
  size_t length = strlen (content);
  g_autoptr (QRcode) code = NULL;

  if (!g_get_charset (NULL))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("A QR code needs a terminal with UTF-8 (LANG, LC_ALL)"));
      return NULL;
    }
  if (length > CLAW_TERMINAL_QR_BYTES_MAX)
    return no_space (length, error);
  code = QRcode_encodeData ((int) length, (const unsigned char *) content, 0, QR_ECLEVEL_L);
  if (code == NULL)
    return no_space (length, error);
  size->columns = (unsigned) (code->width + 2 * MARGIN);
  size->lines = (size->columns + 1) / 2;
  return draw (code, colours);
}

#else

char *
claw_terminal_qr_render (const char *text,
                         gboolean colours,
                         ClawTerminalQrSize *size,
                         GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("This program was built without QR codes (libqrencode)"));
  return NULL;
}

#endif
