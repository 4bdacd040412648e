/* test-qr.c: QR codes, and the page with a safety number. */
#include "claw-qr.h"
#include "claw-resources.h"
#include "claw-safety.h"

#include <adwaita.h>
#include <string.h>

/* A safety number fits into a small code, and the code takes whole pixels and its quiet zone. */
static void
test_number (void)
{
  g_autoptr (ClawQr) qr = CLAW_QR (g_object_ref_sink (claw_qr_new ()));
  int minimum = 0, natural = 0;

  g_assert_cmpuint (claw_qr_get_width (qr), ==, 0);
  g_assert_true (claw_qr_set_text (
      qr, "51959 67087 88159 63106 60213 01127 84930 56223 15044 49145 42516 62042"));
  g_assert_cmpuint (claw_qr_get_width (qr), >=, 21);
  g_assert_cmpuint (claw_qr_get_width (qr), <=, 33);
  gtk_widget_measure (GTK_WIDGET (qr), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL,
                      NULL);
  g_assert_cmpint (minimum % (int) (claw_qr_get_width (qr) + 8), ==, 0);
}

/* The longest text that is allowed fits; one byte more, nothing, or none shows nothing. */
static void
test_limit (void)
{
  g_autoptr (ClawQr) qr = CLAW_QR (g_object_ref_sink (claw_qr_new ()));
  g_autofree char *text = g_strnfill (CLAW_QR_TEXT_MAX + 1, 'x');

  g_assert_false (claw_qr_set_text (qr, text));
  g_assert_cmpuint (claw_qr_get_width (qr), ==, 0);
  text[CLAW_QR_TEXT_MAX] = '\0';
  g_assert_true (claw_qr_set_text (qr, text));
  g_assert_cmpuint (claw_qr_get_width (qr), >, 0);
  g_assert_false (claw_qr_set_text (qr, ""));
  g_assert_false (claw_qr_set_text (qr, NULL));
}

static void
count (unsigned *changes)
{
  ++*changes;
}

/* The page tells of each change of "verified" once, and another number is not verified. */
static void
test_verified (void)
{
  g_autoptr (ClawSafety) safety = g_object_ref_sink (g_object_new (CLAW_TYPE_SAFETY, NULL));
  unsigned changes = 0;

  g_signal_connect_swapped (safety, "notify::verified", G_CALLBACK (count), &changes);
  claw_safety_set_number (safety, "51959 67087");
  claw_safety_set_verified (safety, TRUE);
  claw_safety_set_verified (safety, TRUE);
  g_assert_cmpuint (changes, ==, 1);
  g_assert_true (claw_safety_get_verified (safety));
  claw_safety_set_number (safety, "51959 67088");
  g_assert_false (claw_safety_get_verified (safety));
  g_assert_cmpuint (changes, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  claw_register_resource ();

  g_test_add_func ("/qr/number/fits", test_number);
  g_test_add_func ("/qr/text/limit", test_limit);
  g_test_add_func ("/safety/verified/told", test_verified);
  return g_test_run ();
}
