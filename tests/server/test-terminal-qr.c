/* test-terminal-qr.c: what is drawn is the code, module for module, and what does not fit is told.
 */
#include "config.h"

#include "claw-terminal-qr.h"

#include <string.h>

#if CLAW_HAVE_QRENCODE

#include <qrencode.h>

#define MARGIN 4

/* Whether the upper and the lower module of a character are dark. */
static unsigned
modules_of (const char *character)
{
  switch (g_utf8_get_char (character))
    {
    case ' ':
      return 0;
    case 0x2580:
      return 1;
    case 0x2584:
      return 2;
    case 0x2588:
      return 3;
    default:
      g_assert_not_reached ();
    }
}

static unsigned
expect (const QRcode *code, int x, int y)
{
  return x >= 0 && y >= 0 && x < code->width && y < code->width
             ? code->data[y * code->width + x] & 1
             : 0;
}

/* Every module is where the library has it, with a margin around, and blanks of the JSON are not
 * in the code. */
static void
test_drawn (void)
{
  ClawTerminalQrSize size;
  g_autoptr (GError) error = NULL;
  g_autofree char *drawn = claw_terminal_qr_render ("{\n  \"a\" : [ 1, \"two\" ]\n}\n", FALSE,
                                                    &size, &error);

  g_assert_no_error (error);
  QRcode *code = QRcode_encodeData (15, (const unsigned char *) "{\"a\":[1,\"two\"]}", 0,
                                    QR_ECLEVEL_L);
  g_auto (GStrv) lines = g_strsplit (drawn, "\n", -1);
  g_assert_cmpuint (size.columns, ==, (unsigned) code->width + 2 * MARGIN);
  g_assert_cmpuint (g_strv_length (lines), ==, size.lines + 1);
  for (int line = 0; line < (int) size.lines; line++)
    {
      const char *at = lines[line];

      g_assert_cmpint (g_utf8_strlen (at, -1), ==, size.columns);
      for (int x = -MARGIN; x < code->width + MARGIN; x++, at = g_utf8_next_char (at))
        {
          int y = 2 * line - MARGIN;

          g_assert_cmpuint (modules_of (at), ==,
                            expect (code, x, y) | expect (code, x, y + 1) << 1);
        }
    }
  QRcode_free (code);
}

/* With colours every line sets them and puts them back. */
static void
test_colours (void)
{
  ClawTerminalQrSize size;
  g_autofree char *drawn = claw_terminal_qr_render ("{}", TRUE, &size, NULL);
  g_auto (GStrv) lines = g_strsplit (drawn, "\n", -1);

  for (unsigned i = 0; i < size.lines; i++)
    {
      g_assert_true (g_str_has_prefix (lines[i], "\033[30;107m"));
      g_assert_true (g_str_has_suffix (lines[i], "\033[0m"));
    }
}

/* The largest code holds so much; one byte more is told, with both numbers. */
static void
test_too_long (void)
{
  g_autofree char *most = g_strnfill (CLAW_TERMINAL_QR_BYTES_MAX, 'x');
  g_autofree char *more = g_strnfill (CLAW_TERMINAL_QR_BYTES_MAX + 1, 'x');
  ClawTerminalQrSize size;
  g_autoptr (GError) error = NULL;
  g_autofree char *drawn = claw_terminal_qr_render (most, FALSE, &size, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (size.columns, ==, 177 + 2 * MARGIN);
  g_assert_null (claw_terminal_qr_render (more, FALSE, &size, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "2954"));
  g_assert_nonnull (strstr (error->message, "2953"));
}

#else

/* Without the library it says so. */
static void
test_none (void)
{
  ClawTerminalQrSize size;
  g_autoptr (GError) error = NULL;

  g_assert_null (claw_terminal_qr_render ("{}", FALSE, &size, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

#endif

int
main (int argc, char **argv)
{
  g_setenv ("CHARSET", "UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
#if CLAW_HAVE_QRENCODE
  g_test_add_func ("/terminal-qr/json/drawn", test_drawn);
  g_test_add_func ("/terminal-qr/colours/every-line", test_colours);
  g_test_add_func ("/terminal-qr/too-long/told", test_too_long);
#else
  g_test_add_func ("/terminal-qr/library/none", test_none);
#endif
  return g_test_run ();
}
