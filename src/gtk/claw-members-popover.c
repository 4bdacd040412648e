/* claw-members-popover.c: see claw-members-popover.h. */
#include "claw-members-popover.h"

#include <glib/gi18n-lib.h>

struct _ClawMembersPopover
{
  GtkPopover parent_instance;

  GtkLabel *title;
  GtkStringList *names; /* ours first, then the others by the alphabet */
  gboolean has_own;
};

G_DEFINE_FINAL_TYPE (ClawMembersPopover, claw_members_popover, GTK_TYPE_POPOVER)

#define MAX_HEIGHT_PX 320

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
  gtk_box_append (GTK_BOX (box), adw_avatar_new (24, NULL, TRUE));
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_item_set_child (list_item, box);
  gtk_list_item_set_activatable (list_item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  ClawMembersPopover *popover = user_data;
  GtkWidget *avatar = gtk_widget_get_first_child (gtk_list_item_get_child (list_item));
  GtkWidget *label = gtk_widget_get_next_sibling (avatar);
  const char *name = gtk_string_object_get_string (gtk_list_item_get_item (list_item));
  gboolean is_own = popover->has_own && gtk_list_item_get_position (list_item) == 0;
  /* Translators: our own name in the list of who is here. */
  g_autofree char *text = is_own ? g_strdup_printf (_ ("%s (you)"), name) : g_strdup (name);
  adw_avatar_set_text (ADW_AVATAR (avatar), name);
  gtk_label_set_text (GTK_LABEL (label), text);
}

static void
claw_members_popover_finalize (GObject *object)
{
  g_object_unref (CLAW_MEMBERS_POPOVER (object)->names);
  G_OBJECT_CLASS (claw_members_popover_parent_class)->finalize (object);
}

static void
claw_members_popover_class_init (ClawMembersPopoverClass *class)
{
  G_OBJECT_CLASS (class)->finalize = claw_members_popover_finalize;
}

static GtkWidget *
make_list (ClawMembersPopover *popover)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), popover);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), popover);
  GtkNoSelection *model = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (popover->names)));
  GtkWidget *list = gtk_list_view_new (GTK_SELECTION_MODEL (model), factory);
  gtk_widget_add_css_class (list, "members");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Who is here"), -1);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), MAX_HEIGHT_PX);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  return scroller;
}

static void
claw_members_popover_init (ClawMembersPopover *popover)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  popover->names = gtk_string_list_new (NULL);
  popover->title = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (popover->title), "heading");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (popover->title));
  gtk_box_append (GTK_BOX (box), make_list (popover));
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  claw_members_popover_set (popover, NULL, NULL);
}

GtkWidget *
claw_members_popover_new (void)
{
  return g_object_new (CLAW_TYPE_MEMBERS_POPOVER, NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const char *const *) a, *(const char *const *) b);
}

void
claw_members_popover_set (ClawMembersPopover *popover, const char *own, const char *const *members)
{
  g_return_if_fail (CLAW_IS_MEMBERS_POPOVER (popover));
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (unsigned i = 0; members && members[i]; i++)
    g_ptr_array_add (names, (gpointer) members[i]);
  g_ptr_array_sort (names, compare_names);
  popover->has_own = own != NULL;
  if (own)
    g_ptr_array_insert (names, 0, (gpointer) own);
  unsigned n = names->len;
  g_ptr_array_add (names, NULL);
  gtk_string_list_splice (popover->names, 0,
                          g_list_model_get_n_items (G_LIST_MODEL (popover->names)),
                          (const char *const *) names->pdata);
  g_autofree char *title = g_strdup_printf (ngettext ("%u Person Here", "%u People Here", n), n);
  gtk_label_set_text (popover->title, title);
}

unsigned
claw_members_popover_count (ClawMembersPopover *popover)
{
  g_return_val_if_fail (CLAW_IS_MEMBERS_POPOVER (popover), 0);
  return g_list_model_get_n_items (G_LIST_MODEL (popover->names));
}
