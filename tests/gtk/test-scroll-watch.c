/* test-scroll-watch.c: who moved the view. */
#include "claw-scroll-watch.h"

typedef struct
{
  ClawScrollWatch watch;
  unsigned n_moved; /* by the user */
  unsigned n_went;  /* upwards, whoever did it */
} Seen;

static void
on_value_changed (GtkAdjustment *adjustment, Seen *seen)
{
  seen->n_moved += claw_scroll_watch_moved (&seen->watch, adjustment);
  seen->n_went += claw_scroll_watch_went_up (&seen->watch, adjustment);
  claw_scroll_watch_remember (&seen->watch, adjustment);
}

static void
on_changed (GtkAdjustment *adjustment, Seen *seen)
{
  claw_scroll_watch_remember_size (&seen->watch, adjustment);
}

/* Of 1000 pixels, of which 200 are seen, at the end. */
static GtkAdjustment *
make_adjustment (Seen *seen)
{
  GtkAdjustment *adjustment = g_object_ref_sink (gtk_adjustment_new (800, 0, 1000, 1, 10, 200));
  claw_scroll_watch_remember (&seen->watch, adjustment);
  g_signal_connect (adjustment, "value-changed", G_CALLBACK (on_value_changed), seen);
  g_signal_connect (adjustment, "changed", G_CALLBACK (on_changed), seen);
  return adjustment;
}

/* The user changes the value alone, up or down. */
static void
test_user_moves (void)
{
  Seen seen = { 0 };
  g_autoptr (GtkAdjustment) adjustment = make_adjustment (&seen);
  gtk_adjustment_set_value (adjustment, 730);
  g_assert_cmpuint (seen.n_moved, ==, 1);
  gtk_adjustment_set_value (adjustment, 790);
  g_assert_cmpuint (seen.n_moved, ==, 2);
  g_assert_cmpuint (seen.n_went, ==, 1);
}

/* A layout changes the size with the value, in one go or without the value. */
static void
test_layout_moves (void)
{
  Seen seen = { 0 };
  g_autoptr (GtkAdjustment) adjustment = make_adjustment (&seen);
  gtk_adjustment_configure (adjustment, 700, 0, 900, 1, 10, 200);
  gtk_adjustment_configure (adjustment, 600, 0, 900, 1, 10, 300);
  g_assert_cmpuint (seen.n_moved, ==, 0);
  g_assert_cmpuint (seen.n_went, ==, 2);
}

/* The user is known after a layout that changed the size and left the value. */
static void
test_user_after_layout (void)
{
  Seen seen = { 0 };
  g_autoptr (GtkAdjustment) adjustment = make_adjustment (&seen);
  gtk_adjustment_configure (adjustment, 800, 0, 1300, 1, 10, 200);
  gtk_adjustment_set_value (adjustment, 730);
  g_assert_cmpuint (seen.n_moved, ==, 1);
}

/* A pixel or two that a layout loses are nobody's. */
static void
test_layout_rounds (void)
{
  Seen seen = { 0 };
  g_autoptr (GtkAdjustment) adjustment = make_adjustment (&seen);
  gtk_adjustment_configure (adjustment, 798, 0, 1000, 1, 10, 200);
  g_assert_cmpuint (seen.n_moved, ==, 0);
  gtk_adjustment_set_value (adjustment, 795);
  g_assert_cmpuint (seen.n_moved, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scroll-watch/user/moves-up", test_user_moves);
  g_test_add_func ("/scroll-watch/user/moves-up-after-layout", test_user_after_layout);
  g_test_add_func ("/scroll-watch/layout/moves-nobody", test_layout_moves);
  g_test_add_func ("/scroll-watch/layout/rounds", test_layout_rounds);
  return g_test_run ();
}
