/* claw-qr.h: a QR code, for another machine's camera.
 *
 * Black on white whatever the theme, since cameras expect that, with the quiet zone of four modules
 * around it, and drawn in whole pixels. To assistive technology it is an image with a name.
 */
#pragma once

#include <gtk/gtk.h>

/* Longer text makes modules that a camera cannot tell apart on a screen. */
#define CLAW_QR_TEXT_MAX 1800

#define CLAW_TYPE_QR (claw_qr_get_type ())
G_DECLARE_FINAL_TYPE (ClawQr, claw_qr, CLAW, QR, GtkWidget)

GtkWidget *claw_qr_new (void);
/* @text: (nullable): shows nothing. Returns: whether it fits into a code; else nothing is shown. */
gboolean claw_qr_set_text (ClawQr *qr, const char *text);
/* How many modules it is wide, without the quiet zone; 0 while nothing is shown. */
unsigned claw_qr_get_width (ClawQr *qr);
