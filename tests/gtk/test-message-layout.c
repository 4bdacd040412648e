/* test-message-layout.c: where the parts of a message stand, and how often they are asked for
 * sizes.
 *
 * The parts are widgets of a known size, which count the questions.
 */
#include "claw-message-layout.h"
#include "widget-test.h"

#define BUBBLE_AREA (300 * 60)
#define BUBBLE_LEAST 100
#define BUBBLE_NATURAL 300
#define AVATAR 32
#define SENDER_WIDTH 50
#define SENDER_HEIGHT 16
#define WIDTH 600

/* A widget of a fixed size, or of a fixed area as a text is. */

#define TEST_TYPE_PART (test_part_get_type ())
G_DECLARE_FINAL_TYPE (TestPart, test_part, TEST, PART, GtkWidget)

struct _TestPart
{
  GtkWidget parent_instance;
  int width; /* 0: of a text */
  int height;
  unsigned n_widths_for_height;
};

G_DEFINE_FINAL_TYPE (TestPart, test_part, GTK_TYPE_WIDGET)

static GtkSizeRequestMode
test_part_get_request_mode (GtkWidget *widget)
{
  return TEST_PART (widget)->width == 0 ? GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH
                                        : GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
test_part_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  TestPart *part = TEST_PART (widget);
  gboolean is_horizontal = orientation == GTK_ORIENTATION_HORIZONTAL;
  if (part->width != 0)
    *minimum = *natural = is_horizontal ? part->width : part->height;
  else if (is_horizontal)
    {
      *minimum = BUBBLE_LEAST;
      *natural = BUBBLE_NATURAL;
      part->n_widths_for_height += for_size >= 0;
    }
  else
    *minimum = *natural = BUBBLE_AREA / (for_size < 0 ? BUBBLE_NATURAL : for_size);
}

static void
test_part_class_init (TestPartClass *class)
{
  GTK_WIDGET_CLASS (class)->get_request_mode = test_part_get_request_mode;
  GTK_WIDGET_CLASS (class)->measure = test_part_measure;
}

static void
test_part_init (TestPart *part)
{
}

typedef struct
{
  GtkWidget *row;
  ClawMessageLayout *layout;
  ClawMessageParts parts;
} Fixture;

static GtkWidget *
add_part (GtkWidget *row, int width, int height)
{
  TestPart *part = g_object_new (TEST_TYPE_PART, NULL);
  part->width = width;
  part->height = height;
  gtk_widget_set_parent (GTK_WIDGET (part), row);
  return GTK_WIDGET (part);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *row = g_object_new (TEST_TYPE_PART, NULL);
  fixture->row = g_object_ref_sink (row);
  fixture->layout = g_object_new (CLAW_TYPE_MESSAGE_LAYOUT, NULL);
  gtk_widget_set_layout_manager (row, GTK_LAYOUT_MANAGER (fixture->layout));
  fixture->parts = (ClawMessageParts){
    .notice = add_part (row, 0, 0),
    .avatar = add_part (row, AVATAR, AVATAR),
    .sender = add_part (row, SENDER_WIDTH, SENDER_HEIGHT),
    .bubble = add_part (row, 0, 0),
  };
  gtk_widget_set_visible (fixture->parts.notice, FALSE);
  claw_message_layout_set_parts (fixture->layout, &fixture->parts);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (fixture->row)))
    gtk_widget_unparent (child);
  g_object_unref (fixture->row);
}

/* Returns: the height that the row wants and gets. */
static int
allocate (Fixture *fixture, int width)
{
  int height;
  gtk_widget_measure (fixture->row, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  gtk_widget_allocate (fixture->row, width, height, -1, NULL);
  return height;
}

static void
assert_place (GtkWidget *part, int x, int y, int width, int height)
{
  graphene_rect_t place;
  g_assert_true (gtk_widget_compute_bounds (part, gtk_widget_get_parent (part), &place));
  g_assert_cmpint ((int) place.origin.x, ==, x);
  g_assert_cmpint ((int) place.origin.y, ==, y);
  g_assert_cmpint ((int) place.size.width, ==, width);
  g_assert_cmpint ((int) place.size.height, ==, height);
}

/* The first of a run: avatar, sender, and the bubble below it. */
static void
test_other (Fixture *fixture, gconstpointer data)
{
  claw_message_layout_set_place (fixture->layout, FALSE, TRUE);
  g_assert_cmpint (allocate (fixture, WIDTH), ==, 12 + SENDER_HEIGHT + 3 + 60);
  assert_place (fixture->parts.avatar, 0, 12, AVATAR, AVATAR);
  assert_place (fixture->parts.sender, 40, 12, SENDER_WIDTH, SENDER_HEIGHT);
  assert_place (fixture->parts.bubble, 40, 12 + SENDER_HEIGHT + 3, BUBBLE_NATURAL, 60);
}

/* One of ours stands at the end side, with nothing beside it. */
static void
test_own (Fixture *fixture, gconstpointer data)
{
  gtk_widget_set_visible (fixture->parts.avatar, FALSE);
  gtk_widget_set_visible (fixture->parts.sender, FALSE);
  claw_message_layout_set_place (fixture->layout, TRUE, FALSE);
  g_assert_cmpint (allocate (fixture, WIDTH), ==, 4 + 60);
  assert_place (fixture->parts.bubble, WIDTH - BUBBLE_NATURAL, 4, BUBBLE_NATURAL, 60);
}

/* From right to left the sides are the other ones. */
static void
test_rtl (Fixture *fixture, gconstpointer data)
{
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  claw_message_layout_set_place (fixture->layout, FALSE, TRUE);
  allocate (fixture, WIDTH);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  assert_place (fixture->parts.avatar, WIDTH - AVATAR, 12, AVATAR, AVATAR);
  assert_place (fixture->parts.sender, WIDTH - 40 - SENDER_WIDTH, 12, SENDER_WIDTH, SENDER_HEIGHT);
  assert_place (fixture->parts.bubble, WIDTH - 40 - BUBBLE_NATURAL, 12 + SENDER_HEIGHT + 3,
                BUBBLE_NATURAL, 60);
}

/* A bubble for which there is no room is higher, and never narrower than it can be. */
static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  int least;
  claw_message_layout_set_place (fixture->layout, FALSE, FALSE);
  gtk_widget_measure (fixture->row, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  g_assert_cmpint (least, ==, BUBBLE_LEAST + 80);
  g_assert_cmpint (allocate (fixture, 200 + 80), ==, 4 + SENDER_HEIGHT + 3 + BUBBLE_AREA / 200);
  assert_place (fixture->parts.bubble, 40, 4 + SENDER_HEIGHT + 3, 200, BUBBLE_AREA / 200);
}

/* A notice has the whole width. */
static void
test_notice (Fixture *fixture, gconstpointer data)
{
  gtk_widget_set_visible (fixture->parts.avatar, FALSE);
  gtk_widget_set_visible (fixture->parts.sender, FALSE);
  gtk_widget_set_visible (fixture->parts.bubble, FALSE);
  gtk_widget_set_visible (fixture->parts.notice, TRUE);
  g_assert_cmpint (allocate (fixture, WIDTH), ==, BUBBLE_AREA / WIDTH);
  assert_place (fixture->parts.notice, 0, 0, WIDTH, BUBBLE_AREA / WIDTH);
}

/* How wide a text is at some height takes a label some twenty layouts to find out. GTK itself asks
 * where it is built to check its users. */
static void
test_cheap (Fixture *fixture, gconstpointer data)
{
  claw_message_layout_set_place (fixture->layout, FALSE, TRUE);
  for (int width = 200; width < WIDTH; width += 50)
    {
      int height;
      gtk_widget_measure (fixture->row, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
      gtk_widget_measure (fixture->row, GTK_ORIENTATION_HORIZONTAL, height, NULL, NULL, NULL, NULL);
    }
  g_assert_cmpuint (TEST_PART (fixture->parts.bubble)->n_widths_for_height, ==, 0);
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
    { "/message-layout/other/at-start", test_other },
    { "/message-layout/own/at-end", test_own },
    { "/message-layout/right-to-left/mirrored", test_rtl },
    { "/message-layout/narrow/wraps", test_narrow },
    { "/message-layout/notice/whole-width", test_notice },
    { "/message-layout/measuring/asks-no-width-for-height", test_cheap },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
