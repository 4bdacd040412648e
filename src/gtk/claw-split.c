/* claw-split.c: see claw-split.h. */
#include "claw-split.h"

#include <glib/gi18n-lib.h>

struct _ClawSplit
{
  AdwBin parent_instance;

  gboolean has_sidebar;
#if ADW_CHECK_VERSION(1, 4, 0)
  AdwNavigationSplitView *view;
  AdwNavigationPage *sidebar_page;
  AdwNavigationPage *content_page;
#else
  AdwLeaflet *leaflet;
  GtkWidget *sidebar;   /* (nullable) */
  GtkWidget *separator; /* (nullable) */
  GtkWidget *content;   /* (nullable) */
#endif
};

enum
{
  PROP_SIDEBAR = 1,
  PROP_CONTENT,
  PROP_HAS_SIDEBAR,
  PROP_SHOWS_CONTENT,
  PROP_FOLDED,
  PROP_NEEDS_BACK_BUTTON,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (ClawSplit, claw_split, ADW_TYPE_BIN)

static void tell_screen_readers (ClawSplit *split);

static void
notify_all (ClawSplit *split)
{
  tell_screen_readers (split);
  g_object_notify_by_pspec (G_OBJECT (split), properties[PROP_FOLDED]);
  g_object_notify_by_pspec (G_OBJECT (split), properties[PROP_SHOWS_CONTENT]);
  g_object_notify_by_pspec (G_OBJECT (split), properties[PROP_NEEDS_BACK_BUTTON]);
}

#if ADW_CHECK_VERSION(1, 4, 0)

static gboolean
is_collapsed (ClawSplit *split)
{
  return adw_navigation_split_view_get_collapsed (split->view);
}

static void
apply (ClawSplit *split)
{
  adw_navigation_page_set_can_pop (split->content_page, split->has_sidebar);
  if (!split->has_sidebar)
    adw_navigation_split_view_set_show_content (split->view, TRUE);
}

static void
set_child (ClawSplit *split, GtkWidget *child, gboolean is_sidebar)
{
  adw_navigation_page_set_child (is_sidebar ? split->sidebar_page : split->content_page, child);
}

static void
build (ClawSplit *split)
{
  GtkWidget *bin = adw_breakpoint_bin_new ();
  AdwBreakpointCondition *condition = adw_breakpoint_condition_new_length (
      ADW_BREAKPOINT_CONDITION_MAX_WIDTH, CLAW_SPLIT_WIDTH_PX, ADW_LENGTH_UNIT_PX);
  AdwBreakpoint *breakpoint = adw_breakpoint_new (condition);
  split->view = ADW_NAVIGATION_SPLIT_VIEW (adw_navigation_split_view_new ());
  split->sidebar_page = adw_navigation_page_new (gtk_label_new (NULL), _ ("Chats"));
  split->content_page = adw_navigation_page_new (gtk_label_new (NULL), _ ("ClawChat"));
  adw_navigation_split_view_set_sidebar (split->view, split->sidebar_page);
  adw_navigation_split_view_set_content (split->view, split->content_page);
  adw_navigation_split_view_set_min_sidebar_width (split->view, CLAW_SPLIT_SIDEBAR_WIDTH_PX);
  adw_breakpoint_add_setters (breakpoint, G_OBJECT (split->view), "collapsed", TRUE, NULL);
  adw_breakpoint_bin_add_breakpoint (ADW_BREAKPOINT_BIN (bin), breakpoint);
  gtk_widget_set_size_request (bin, 360, 294);
  adw_breakpoint_bin_set_child (ADW_BREAKPOINT_BIN (bin), GTK_WIDGET (split->view));
  adw_bin_set_child (ADW_BIN (split), bin);
  g_signal_connect_swapped (split->view, "notify::collapsed", G_CALLBACK (notify_all), split);
  g_signal_connect_swapped (split->view, "notify::show-content", G_CALLBACK (notify_all), split);
  apply (split);
}

static gboolean
shows_content (ClawSplit *split)
{
  return !is_collapsed (split) || adw_navigation_split_view_get_show_content (split->view);
}

static void
show (ClawSplit *split, gboolean content)
{
  adw_navigation_split_view_set_show_content (split->view, content);
}

void
claw_split_set_content_title (ClawSplit *split, const char *title)
{
  g_return_if_fail (CLAW_IS_SPLIT (split) && title != NULL);
  adw_navigation_page_set_title (split->content_page, *title ? title : _ ("ClawChat"));
}

/* The header has one of its own. */
gboolean
claw_split_get_needs_back_button (ClawSplit *split)
{
  g_return_val_if_fail (CLAW_IS_SPLIT (split), FALSE);
  return FALSE;
}

#else

static gboolean
is_collapsed (ClawSplit *split)
{
  return adw_leaflet_get_folded (split->leaflet);
}

static void
apply (ClawSplit *split)
{
  if (split->sidebar)
    gtk_widget_set_visible (split->sidebar, split->has_sidebar);
  if (split->separator)
    gtk_widget_set_visible (split->separator, split->has_sidebar);
}

static void
set_child (ClawSplit *split, GtkWidget *child, gboolean is_sidebar)
{
  AdwLeafletPage *page = NULL;
  if (is_sidebar)
    {
      split->sidebar = child;
      split->separator = gtk_separator_new (GTK_ORIENTATION_VERTICAL);
      gtk_widget_add_css_class (split->separator, "sidebar");
      gtk_widget_set_size_request (child, CLAW_SPLIT_SIDEBAR_WIDTH_PX, -1);
      gtk_widget_set_hexpand (child, FALSE);
      /* In their order on the screen, which is that of a screen reader too. */
      adw_leaflet_insert_child_after (split->leaflet, child, NULL);
      page = adw_leaflet_insert_child_after (split->leaflet, split->separator, child);
      adw_leaflet_page_set_navigatable (page, FALSE);
    }
  else
    {
      split->content = child;
      gtk_widget_set_size_request (child, 360, -1);
      gtk_widget_set_hexpand (child, TRUE);
      adw_leaflet_append (split->leaflet, child);
    }
  apply (split);
}

static void
build (ClawSplit *split)
{
  split->leaflet = ADW_LEAFLET (adw_leaflet_new ());
  adw_leaflet_set_can_navigate_back (split->leaflet, TRUE);
  adw_leaflet_set_fold_threshold_policy (split->leaflet, ADW_FOLD_THRESHOLD_POLICY_MINIMUM);
  adw_bin_set_child (ADW_BIN (split), GTK_WIDGET (split->leaflet));
  g_signal_connect_swapped (split->leaflet, "notify::folded", G_CALLBACK (notify_all), split);
  g_signal_connect_swapped (split->leaflet, "notify::visible-child", G_CALLBACK (notify_all),
                            split);
}

static gboolean
shows_content (ClawSplit *split)
{
  return !is_collapsed (split) || adw_leaflet_get_visible_child (split->leaflet) != split->sidebar;
}

static void
show (ClawSplit *split, gboolean content)
{
  GtkWidget *child = content ? split->content : split->sidebar;
  if (child)
    adw_leaflet_set_visible_child (split->leaflet, child);
}

void
claw_split_set_content_title (ClawSplit *split, const char *title)
{
  g_return_if_fail (CLAW_IS_SPLIT (split) && title != NULL);
}

gboolean
claw_split_get_needs_back_button (ClawSplit *split)
{
  g_return_val_if_fail (CLAW_IS_SPLIT (split), FALSE);
  return split->has_sidebar && is_collapsed (split);
}

#endif

/* What is out of view is kept, but must not be found. */
static void
tell_screen_readers (ClawSplit *split)
{
#if ADW_CHECK_VERSION(1, 4, 0)
  GtkWidget *sidebar = GTK_WIDGET (split->sidebar_page);
  GtkWidget *content = GTK_WIDGET (split->content_page);
#else
  GtkWidget *sidebar = split->sidebar;
  GtkWidget *content = split->content;
#endif
  gboolean folded = claw_split_get_folded (split);
  gboolean is_content = claw_split_get_shows_content (split);
  if (sidebar)
    gtk_accessible_update_state (GTK_ACCESSIBLE (sidebar), GTK_ACCESSIBLE_STATE_HIDDEN,
                                 folded && is_content, -1);
  if (content)
    gtk_accessible_update_state (GTK_ACCESSIBLE (content), GTK_ACCESSIBLE_STATE_HIDDEN, !is_content,
                                 -1);
}

gboolean
claw_split_get_folded (ClawSplit *split)
{
  g_return_val_if_fail (CLAW_IS_SPLIT (split), FALSE);
  return !split->has_sidebar || is_collapsed (split);
}

gboolean
claw_split_get_has_sidebar (ClawSplit *split)
{
  g_return_val_if_fail (CLAW_IS_SPLIT (split), FALSE);
  return split->has_sidebar;
}

gboolean
claw_split_get_shows_content (ClawSplit *split)
{
  g_return_val_if_fail (CLAW_IS_SPLIT (split), TRUE);
  return !split->has_sidebar || shows_content (split);
}

void
claw_split_set_has_sidebar (ClawSplit *split, gboolean has_sidebar)
{
  g_return_if_fail (CLAW_IS_SPLIT (split));
  if (split->has_sidebar == has_sidebar)
    return;
  split->has_sidebar = has_sidebar;
  apply (split);
  g_object_notify_by_pspec (G_OBJECT (split), properties[PROP_HAS_SIDEBAR]);
  notify_all (split);
}

void
claw_split_set_shows_content (ClawSplit *split, gboolean shows_content)
{
  g_return_if_fail (CLAW_IS_SPLIT (split));
  show (split, shows_content || !split->has_sidebar);
}

static void
claw_split_get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  ClawSplit *split = CLAW_SPLIT (object);
  switch (id)
    {
    case PROP_HAS_SIDEBAR:
      g_value_set_boolean (value, split->has_sidebar);
      break;
    case PROP_SHOWS_CONTENT:
      g_value_set_boolean (value, claw_split_get_shows_content (split));
      break;
    case PROP_FOLDED:
      g_value_set_boolean (value, claw_split_get_folded (split));
      break;
    case PROP_NEEDS_BACK_BUTTON:
      g_value_set_boolean (value, claw_split_get_needs_back_button (split));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_split_set_property (GObject *object, unsigned id, const GValue *value, GParamSpec *pspec)
{
  ClawSplit *split = CLAW_SPLIT (object);
  switch (id)
    {
    case PROP_SIDEBAR:
      set_child (split, g_value_get_object (value), TRUE);
      break;
    case PROP_CONTENT:
      set_child (split, g_value_get_object (value), FALSE);
      break;
    case PROP_HAS_SIDEBAR:
      claw_split_set_has_sidebar (split, g_value_get_boolean (value));
      break;
    case PROP_SHOWS_CONTENT:
      claw_split_set_shows_content (split, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_split_class_init (ClawSplitClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GParamFlags write = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  object_class->get_property = claw_split_get_property;
  object_class->set_property = claw_split_set_property;
  properties[PROP_SIDEBAR] = g_param_spec_object ("sidebar", NULL, NULL, GTK_TYPE_WIDGET, write);
  properties[PROP_CONTENT] = g_param_spec_object ("content", NULL, NULL, GTK_TYPE_WIDGET, write);
  properties[PROP_HAS_SIDEBAR] = g_param_spec_boolean ("has-sidebar", NULL, NULL, FALSE,
                                                       read | write);
  properties[PROP_SHOWS_CONTENT] = g_param_spec_boolean ("shows-content", NULL, NULL, TRUE,
                                                         read | write);
  properties[PROP_FOLDED] = g_param_spec_boolean ("folded", NULL, NULL, TRUE, read);
  properties[PROP_NEEDS_BACK_BUTTON] = g_param_spec_boolean ("needs-back-button", NULL, NULL, FALSE,
                                                             read);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
claw_split_init (ClawSplit *split)
{
  build (split);
}
