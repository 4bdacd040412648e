/* claw-terminal-qr.h: a QR code of text, drawn with half blocks: two modules of a column are one
 * character, so that they come out about as high as wide. */
#pragma once

#include <gio/gio.h>

/* What version 40 with the lowest error correction holds (ISO/IEC 18004, table 7). */
#define CLAW_TERMINAL_QR_BYTES_MAX 2953

typedef struct
{
  unsigned columns, lines;
} ClawTerminalQrSize;

/* @text: JSON; blanks that it does not need are left out of the code. @colours: black on white by
 * escape sequences, whatever the terminal's own colours; else blocks stand for the dark modules.
 * Returns: (transfer full): NULL with G_IO_ERROR_NO_SPACE when it is too long,
 * G_IO_ERROR_NOT_SUPPORTED when this program or this locale cannot do it. */
char *claw_terminal_qr_render (const char *text,
                               gboolean colours,
                               ClawTerminalQrSize *size,
                               GError **error);
