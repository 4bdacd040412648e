/* claw-qr.c: see claw-qr.h. The code itself is made by libqrencode. */
#include "claw-qr.h"

#include <glib/gi18n-lib.h>
#include <qrencode.h>
#include <string.h>

/* ISO/IEC 18004 section 6.3.8. */
#define QUIET_MODULES 4
/* Roughly how large a small code is to be, and the pixels that a module of a large one gets. */
#define SIZE 200
#define MODULE_MIN 2

struct _ClawQr
{
  GtkWidget parent_instance;

  QRcode *code; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (ClawQr, claw_qr, GTK_TYPE_WIDGET)

static unsigned
count_modules (ClawQr *qr)
{
  return (qr->code ? (unsigned) qr->code->width : 0) + 2 * QUIET_MODULES;
}

static void
claw_qr_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  int modules = (int) count_modules (CLAW_QR (widget));
  *minimum = *natural = modules * MAX (MODULE_MIN, SIZE / modules);
  *minimum_baseline = *natural_baseline = -1;
}

static gboolean
is_dark (const QRcode *code, int x, int y)
{
  return (code->data[y * code->width + x] & 1) != 0;
}

/* Dark modules beside each other are one rectangle. */
static void
draw_row (const QRcode *code, GtkSnapshot *snapshot, int y, float left, float top, float module)
{
  static const GdkRGBA black = { 0, 0, 0, 1 };
  for (int x = 0; x < code->width;)
    {
      int end = x;
      while (end < code->width && is_dark (code, end, y))
        end++;
      if (end > x)
        gtk_snapshot_append_color (snapshot, &black,
                                   &GRAPHENE_RECT_INIT (left + (float) x * module,
                                                        top + (float) y * module,
                                                        (float) (end - x) * module, module));
      x = MAX (end, x + 1);
    }
}

static void
claw_qr_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static const GdkRGBA white = { 1, 1, 1, 1 };
  ClawQr *qr = CLAW_QR (widget);
  if (!qr->code)
    return;
  int modules = (int) count_modules (qr);
  int module = MAX (1,
                    MIN (gtk_widget_get_width (widget), gtk_widget_get_height (widget)) / modules);
  int left = (gtk_widget_get_width (widget) - module * modules) / 2;
  int top = (gtk_widget_get_height (widget) - module * modules) / 2;
  gtk_snapshot_append_color (snapshot, &white,
                             &GRAPHENE_RECT_INIT ((float) left, (float) top,
                                                  (float) (module * modules),
                                                  (float) (module * modules)));
  for (int y = 0; y < qr->code->width; y++)
    draw_row (qr->code, snapshot, y, (float) (left + QUIET_MODULES * module),
              (float) (top + QUIET_MODULES * module), (float) module);
}

static void
claw_qr_finalize (GObject *object)
{
  g_clear_pointer (&CLAW_QR (object)->code, QRcode_free);
  G_OBJECT_CLASS (claw_qr_parent_class)->finalize (object);
}

static void
claw_qr_class_init (ClawQrClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->finalize = claw_qr_finalize;
  widget_class->measure = claw_qr_measure;
  widget_class->snapshot = claw_qr_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
claw_qr_init (ClawQr *qr)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (qr), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("QR code"),
                                  -1);
}

GtkWidget *
claw_qr_new (void)
{
  return g_object_new (CLAW_TYPE_QR, NULL);
}

gboolean
claw_qr_set_text (ClawQr *qr, const char *text)
{
  g_return_val_if_fail (CLAW_IS_QR (qr), FALSE);
  g_clear_pointer (&qr->code, QRcode_free);
  if (text && *text && strlen (text) <= CLAW_QR_TEXT_MAX)
    qr->code = QRcode_encodeString (text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
  gtk_widget_queue_resize (GTK_WIDGET (qr));
  return qr->code != NULL;
}

unsigned
claw_qr_get_width (ClawQr *qr)
{
  g_return_val_if_fail (CLAW_IS_QR (qr), 0);
  return qr->code ? (unsigned) qr->code->width : 0;
}
