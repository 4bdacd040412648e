/* test-banner-layout.c: where the answers to a text stand. */
#include "claw-banner-layout.h"
#include "widget-test.h"

#define WIDE 900

typedef struct
{
  GtkWidget *window;
  GtkWidget *box;
  GtkWidget *text;
  GtkWidget *no;
  GtkWidget *yes;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GtkLayoutManager) layout = g_object_new (CLAW_TYPE_BANNER_LAYOUT, NULL);
  fixture->box = g_object_new (GTK_TYPE_BOX, "layout-manager", layout, NULL);
  fixture->text = gtk_label_new ("Keep the messages of this chat on this computer?");
  fixture->no = gtk_button_new_with_label ("Don’t keep");
  fixture->yes = gtk_button_new_with_label ("Keep messages");
  gtk_label_set_wrap (GTK_LABEL (fixture->text), TRUE);
  gtk_box_append (GTK_BOX (fixture->box), fixture->text);
  gtk_box_append (GTK_BOX (fixture->box), fixture->no);
  gtk_box_append (GTK_BOX (fixture->box), fixture->yes);
  fixture->window = g_object_ref_sink (gtk_window_new ());
  gtk_window_set_child (GTK_WINDOW (fixture->window), fixture->box);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_object_unref (fixture->window);
}

static int
get_natural_width (GtkWidget *widget)
{
  int natural;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

/* Gives the box @width, and the height that it wants then. Returns: that height. */
static int
lay_out (Fixture *fixture, int width)
{
  int height;
  gtk_widget_measure (fixture->box, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  gtk_widget_allocate (fixture->box, width, height, -1, NULL);
  return height;
}

static graphene_rect_t
get_bounds (Fixture *fixture, GtkWidget *child)
{
  graphene_rect_t bounds;
  g_assert_true (gtk_widget_compute_bounds (child, fixture->box, &bounds));
  return bounds;
}

static float
get_right (graphene_rect_t bounds)
{
  return bounds.origin.x + bounds.size.width;
}

static float
get_bottom (graphene_rect_t bounds)
{
  return bounds.origin.y + bounds.size.height;
}

/* With room for all, the answers stand in one row with the text, at its end. */
static void
test_wide (Fixture *fixture, gconstpointer data)
{
  int height = lay_out (fixture, WIDE);
  graphene_rect_t text = get_bounds (fixture, fixture->text);
  graphene_rect_t no = get_bounds (fixture, fixture->no);
  graphene_rect_t yes = get_bounds (fixture, fixture->yes);
  g_assert_cmpfloat (get_right (text), <, no.origin.x);
  g_assert_cmpfloat (get_right (no), <, yes.origin.x);
  g_assert_cmpfloat (get_right (yes), ==, WIDE);
  g_assert_cmpfloat (get_bottom (yes), <=, (float) height);
}

/* Where the text had less than half, the answers stand in a row below it. */
static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  int width = get_natural_width (fixture->no) + get_natural_width (fixture->yes) + 60;
  int height = lay_out (fixture, width);
  graphene_rect_t text = get_bounds (fixture, fixture->text);
  graphene_rect_t no = get_bounds (fixture, fixture->no);
  graphene_rect_t yes = get_bounds (fixture, fixture->yes);
  g_assert_cmpfloat (text.size.width, ==, (float) width);
  g_assert_cmpfloat (get_bottom (text), <, no.origin.y);
  g_assert_cmpfloat (no.origin.y, ==, yes.origin.y);
  g_assert_cmpfloat (get_right (yes), ==, (float) width);
  g_assert_cmpfloat (get_bottom (yes), ==, (float) height);
}

/* At its least width the answers stand one below the other, as wide as it. */
static void
test_least (Fixture *fixture, gconstpointer data)
{
  int width;
  gtk_widget_measure (fixture->box, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  int height = lay_out (fixture, width);
  graphene_rect_t no = get_bounds (fixture, fixture->no);
  graphene_rect_t yes = get_bounds (fixture, fixture->yes);
  g_assert_cmpfloat (get_bottom (get_bounds (fixture, fixture->text)), <, no.origin.y);
  g_assert_cmpfloat (get_bottom (no), <, yes.origin.y);
  g_assert_cmpfloat (yes.size.width, ==, (float) width);
  g_assert_cmpfloat (get_bottom (yes), ==, (float) height);
}

/* From right to left everything is mirrored. */
static void
test_right_to_left (Fixture *fixture, gconstpointer data)
{
  GtkWidget *widgets[] = { fixture->box, fixture->text, fixture->no, fixture->yes };
  for (size_t i = 0; i < G_N_ELEMENTS (widgets); i++)
    gtk_widget_set_direction (widgets[i], GTK_TEXT_DIR_RTL);
  lay_out (fixture, WIDE);
  graphene_rect_t yes = get_bounds (fixture, fixture->yes);
  graphene_rect_t no = get_bounds (fixture, fixture->no);
  g_assert_cmpfloat (yes.origin.x, ==, 0);
  g_assert_cmpfloat (get_right (yes), <, no.origin.x);
  g_assert_cmpfloat (get_right (get_bounds (fixture, fixture->text)), ==, WIDE);
}

/* A text without answers has the whole width; a hidden answer takes no room. */
static void
test_hidden_answers (Fixture *fixture, gconstpointer data)
{
  gtk_widget_set_visible (fixture->no, FALSE);
  lay_out (fixture, WIDE);
  g_assert_cmpfloat (get_right (get_bounds (fixture, fixture->text)), <,
                     get_bounds (fixture, fixture->yes).origin.x);
  gtk_widget_set_visible (fixture->yes, FALSE);
  lay_out (fixture, WIDE);
  g_assert_cmpfloat (get_bounds (fixture, fixture->text).size.width, ==, WIDE);
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/banner-layout/wide/in-one-row", test_wide },
    { "/banner-layout/narrow/answers-below", test_narrow },
    { "/banner-layout/least/answers-stacked", test_least },
    { "/banner-layout/right-to-left/mirrored", test_right_to_left },
    { "/banner-layout/hidden-answers/take-no-room", test_hidden_answers },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
