/* claw-banner-layout.c: see claw-banner-layout.h. */
#include "claw-banner-layout.h"

#define SPACING_PX 12
#define ROW_SPACING_PX 6

struct _ClawBannerLayout
{
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE (ClawBannerLayout, claw_banner_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef enum
{
  PLACE_BESIDE,
  PLACE_BELOW,
  PLACE_STACKED,
} Place;

/* Returns: (nullable): @child or the first after it that is seen. */
static GtkWidget *
skip_hidden (GtkWidget *child)
{
  while (child && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static GtkWidget *
get_first_answer (GtkWidget *text)
{
  return skip_hidden (gtk_widget_get_next_sibling (text));
}

static GtkWidget *
get_next_answer (GtkWidget *answer)
{
  return skip_hidden (gtk_widget_get_next_sibling (answer));
}

static int
get_height (GtkWidget *widget, int width)
{
  int natural;
  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
  return natural;
}

static int
get_width (GtkWidget *widget, int *minimum)
{
  int natural;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, minimum, &natural, NULL, NULL);
  return natural;
}

/* Returns: what all answers need side by side, with the space ahead of each, so 0 for none.
 * @least: (out): of the widest. */
static int
measure_answers (GtkWidget *text, int *least)
{
  int width = 0;
  *least = 0;
  for (GtkWidget *answer = get_first_answer (text); answer; answer = get_next_answer (answer))
    {
      int minimum;
      width += SPACING_PX + get_width (answer, &minimum);
      *least = MAX (*least, minimum);
    }
  return width;
}

static Place
choose_place (GtkWidget *text, int width)
{
  int least, text_least;
  int answers = measure_answers (text, &least);
  int wanted = MIN (get_width (text, &text_least), width / 2);
  if (answers == 0 || width - answers >= MAX (wanted, text_least))
    return PLACE_BESIDE;
  return answers - SPACING_PX <= width ? PLACE_BELOW : PLACE_STACKED;
}

static int
measure_height (GtkWidget *text, int width)
{
  Place place = choose_place (text, width);
  int least, tallest = 0, stacked = 0;
  for (GtkWidget *answer = get_first_answer (text); answer; answer = get_next_answer (answer))
    {
      int height = get_height (answer, -1);
      tallest = MAX (tallest, height);
      stacked += ROW_SPACING_PX + height;
    }
  switch (place)
    {
    case PLACE_BESIDE:
      return MAX (get_height (text, width - measure_answers (text, &least)), tallest);
    case PLACE_BELOW:
      return get_height (text, width) + ROW_SPACING_PX + tallest;
    case PLACE_STACKED:
      return get_height (text, width) + stacked;
    }
  g_return_val_if_reached (0);
}

static void
claw_banner_layout_measure (GtkLayoutManager *manager,
                            GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  GtkWidget *text = skip_hidden (gtk_widget_get_first_child (widget));
  *minimum = *natural = 0;
  if (!text)
    return;
  int least, text_least;
  int answers = measure_answers (text, &least);
  int width = get_width (text, &text_least) + answers;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = MAX (text_least, least);
      *natural = MAX (width, *minimum);
    }
  else
    *minimum = *natural = measure_height (text, for_size < 0 ? width : for_size);
}

/* @x: from the start side. @width: of all. */
static void
put (GtkWidget *child, int x, int y, int child_width, int child_height, int width)
{
  gboolean is_rtl = gtk_widget_get_direction (child) == GTK_TEXT_DIR_RTL;
  GtkAllocation place = { is_rtl ? width - x - child_width : x, y, child_width, child_height };
  gtk_widget_size_allocate (child, &place, -1);
}

static void
put_stacked (GtkWidget *text, int y, int width)
{
  for (GtkWidget *answer = get_first_answer (text); answer; answer = get_next_answer (answer))
    {
      int height = get_height (answer, -1);
      put (answer, 0, y, width, height, width);
      y += height + ROW_SPACING_PX;
    }
}

/* At the end side of a row that begins at @y. */
static void
put_in_row (GtkWidget *text, int y, int row_height, int width)
{
  int least;
  int x = width - measure_answers (text, &least) + SPACING_PX;
  for (GtkWidget *answer = get_first_answer (text); answer; answer = get_next_answer (answer))
    {
      int answer_width = get_width (answer, &least);
      int height = get_height (answer, -1);
      put (answer, x, y + (row_height - height) / 2, answer_width, height, width);
      x += answer_width + SPACING_PX;
    }
}

static void
claw_banner_layout_allocate (
    GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *text = skip_hidden (gtk_widget_get_first_child (widget));
  if (!text)
    return;
  int least;
  int text_height = get_height (text, width);
  int below = text_height + ROW_SPACING_PX;
  switch (choose_place (text, width))
    {
    case PLACE_BESIDE:
      put (text, 0, 0, width - measure_answers (text, &least), height, width);
      put_in_row (text, 0, height, width);
      break;
    case PLACE_BELOW:
      put (text, 0, 0, width, text_height, width);
      put_in_row (text, below, height - below, width);
      break;
    case PLACE_STACKED:
      put (text, 0, 0, width, text_height, width);
      put_stacked (text, below, width);
      break;
    }
}

static GtkSizeRequestMode
claw_banner_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
claw_banner_layout_class_init (ClawBannerLayoutClass *class)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (class);
  manager_class->get_request_mode = claw_banner_layout_get_request_mode;
  manager_class->measure = claw_banner_layout_measure;
  manager_class->allocate = claw_banner_layout_allocate;
}

static void
claw_banner_layout_init (ClawBannerLayout *layout)
{
}
