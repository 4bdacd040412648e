/* claw-message-layout.c: see claw-message-layout.h. */
#include "claw-message-layout.h"

/* Where the bubbles of others begin and those of ours end at most. */
#define AVATAR_SPACE_PX 40
#define LEADING_SPACE_PX 12
#define FOLLOWING_SPACE_PX 4
#define SENDER_SPACE_PX 3

struct _ClawMessageLayout
{
  GtkLayoutManager parent_instance;

  ClawMessageParts parts;
  gboolean is_own;
  gboolean leads;
};

G_DEFINE_FINAL_TYPE (ClawMessageLayout, claw_message_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
get_space_above (ClawMessageLayout *layout)
{
  return layout->leads ? LEADING_SPACE_PX : FOLLOWING_SPACE_PX;
}

/* On both sides of the bubble. */
static int
get_space_beside (ClawMessageLayout *layout)
{
  return layout->is_own ? AVATAR_SPACE_PX : 2 * AVATAR_SPACE_PX;
}

static int
get_height (GtkWidget *widget, int width)
{
  int height;
  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  return height;
}

/* Of the bubble, or of the sender. @width: what there is. */
static int
fit_width (GtkWidget *widget, int width)
{
  int natural;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return MIN (width, natural);
}

static void
measure_width (ClawMessageLayout *layout, int *minimum, int *natural)
{
  const ClawMessageParts *parts = &layout->parts;
  int sender_minimum, sender_natural;
  if (gtk_widget_get_visible (parts->notice))
    {
      gtk_widget_measure (parts->notice, GTK_ORIENTATION_HORIZONTAL, -1, minimum, natural, NULL,
                          NULL);
      return;
    }
  gtk_widget_measure (parts->sender, GTK_ORIENTATION_HORIZONTAL, -1, &sender_minimum,
                      &sender_natural, NULL, NULL);
  gtk_widget_measure (parts->bubble, GTK_ORIENTATION_HORIZONTAL, -1, minimum, natural, NULL, NULL);
  *minimum = MAX (*minimum, sender_minimum) + get_space_beside (layout);
  *natural = MAX (*natural, sender_natural) + get_space_beside (layout);
}

static int
measure_height (ClawMessageLayout *layout, int width)
{
  const ClawMessageParts *parts = &layout->parts;
  if (gtk_widget_get_visible (parts->notice))
    return get_height (parts->notice, width);
  int bubble_width = fit_width (parts->bubble, width - get_space_beside (layout));
  int height = get_height (parts->bubble, bubble_width);
  if (gtk_widget_get_visible (parts->sender))
    height += get_height (parts->sender, -1) + SENDER_SPACE_PX;
  if (gtk_widget_get_visible (parts->avatar))
    height = MAX (height, get_height (parts->avatar, -1));
  return height + get_space_above (layout);
}

static void
claw_message_layout_measure (GtkLayoutManager *manager,
                             GtkWidget *widget,
                             GtkOrientation orientation,
                             int for_size,
                             int *minimum,
                             int *natural,
                             int *minimum_baseline,
                             int *natural_baseline)
{
  ClawMessageLayout *layout = CLAW_MESSAGE_LAYOUT (manager);
  int least_width, width;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      measure_width (layout, minimum, natural);
      return;
    }
  if (for_size < 0)
    measure_width (layout, &least_width, &width);
  *minimum = *natural = measure_height (layout, for_size < 0 ? width : for_size);
}

/* @x: from the start side. @width: of all. */
static void
place (GtkWidget *widget, int x, int y, int part_width, int part_height, int width)
{
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkAllocation place = { is_rtl ? width - x - part_width : x, y, part_width, part_height };
  gtk_widget_size_allocate (widget, &place, -1);
}

static void
claw_message_layout_allocate (
    GtkLayoutManager *manager, GtkWidget *widget, int width, int height, int baseline)
{
  ClawMessageLayout *layout = CLAW_MESSAGE_LAYOUT (manager);
  const ClawMessageParts *parts = &layout->parts;
  int available = width - get_space_beside (layout);
  int y = get_space_above (layout);
  if (gtk_widget_get_visible (parts->notice))
    {
      place (parts->notice, 0, 0, width, height, width);
      return;
    }
  if (gtk_widget_get_visible (parts->avatar))
    {
      int avatar_width = fit_width (parts->avatar, width);
      place (parts->avatar, 0, y, avatar_width, get_height (parts->avatar, -1), width);
    }
  if (gtk_widget_get_visible (parts->sender))
    {
      int sender_width = fit_width (parts->sender, available);
      int sender_height = get_height (parts->sender, -1);
      place (parts->sender, AVATAR_SPACE_PX, y, sender_width, sender_height, width);
      y += sender_height + SENDER_SPACE_PX;
    }
  int bubble_width = fit_width (parts->bubble, available);
  int bubble_height = get_height (parts->bubble, bubble_width);
  place (parts->bubble, layout->is_own ? width - bubble_width : AVATAR_SPACE_PX, y, bubble_width,
         bubble_height, width);
}

static GtkSizeRequestMode
claw_message_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
claw_message_layout_class_init (ClawMessageLayoutClass *class)
{
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (class);
  manager_class->get_request_mode = claw_message_layout_get_request_mode;
  manager_class->measure = claw_message_layout_measure;
  manager_class->allocate = claw_message_layout_allocate;
}

static void
claw_message_layout_init (ClawMessageLayout *layout)
{
}

void
claw_message_layout_set_parts (ClawMessageLayout *layout, const ClawMessageParts *parts)
{
  g_return_if_fail (CLAW_IS_MESSAGE_LAYOUT (layout));
  layout->parts = *parts;
}

void
claw_message_layout_set_place (ClawMessageLayout *layout, gboolean is_own, gboolean leads)
{
  g_return_if_fail (CLAW_IS_MESSAGE_LAYOUT (layout));
  if (layout->is_own == is_own && layout->leads == leads)
    return;
  layout->is_own = is_own;
  layout->leads = leads;
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (layout));
}
