/* claw-details.c: see claw-details.h. */
#include "claw-details.h"

#include "claw-page-dialog.h"
#include "claw-safety.h"

#include <glib/gi18n-lib.h>

#define REFRESH_S 1

struct _ClawDetails
{
  AdwBin parent_instance;

  ClawClient *client;
  AdwToastOverlay *toasts;
  AdwPreferencesGroup *groups[CLAW_CLIENT_DETAIL_SECTIONS];
  AdwPreferencesGroup *safety_group;
  ClawSafety *safety;
  GPtrArray *rows; /* of AdwActionRow, one for each detail in the list that was shown last */
  guint source;    /* while it is on the screen */
};

enum
{
  PROP_VERIFIED = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (ClawDetails, claw_details, ADW_TYPE_BIN)

/* The rows. */

static gboolean
has_same_titles (ClawDetails *details, GPtrArray *list)
{
  if (list->len != details->rows->len)
    return FALSE;
  for (unsigned i = 0; i < list->len; i++)
    {
      const ClawClientDetail *detail = list->pdata[i];
      if (g_strcmp0 (detail->title,
                     adw_preferences_row_get_title (ADW_PREFERENCES_ROW (details->rows->pdata[i])))
          != 0)
        return FALSE;
    }
  return TRUE;
}

static GtkWidget *
make_row (const ClawClientDetail *detail)
{
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), detail->title);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_add_css_class (row, "property");
  return row;
}

static void
remake_rows (ClawDetails *details, GPtrArray *list)
{
  for (unsigned i = 0; i < details->rows->len; i++)
    {
      GtkWidget *row = details->rows->pdata[i];
      adw_preferences_group_remove (
          ADW_PREFERENCES_GROUP (gtk_widget_get_ancestor (row, ADW_TYPE_PREFERENCES_GROUP)), row);
    }
  g_ptr_array_set_size (details->rows, 0);
  for (unsigned i = 0; i < list->len; i++)
    {
      const ClawClientDetail *detail = list->pdata[i];
      GtkWidget *row = make_row (detail);
      adw_preferences_group_add (details->groups[detail->section], row);
      g_ptr_array_add (details->rows, row);
    }
}

static void
show_details (ClawDetails *details)
{
  g_autoptr (GPtrArray) list = claw_client_list_details (details->client);
  const char *number = claw_client_get_safety_number (details->client);
  if (!has_same_titles (details, list))
    remake_rows (details, list);
  for (unsigned i = 0; i < list->len; i++)
    {
      const ClawClientDetail *detail = list->pdata[i];
      adw_action_row_set_subtitle (ADW_ACTION_ROW (details->rows->pdata[i]), detail->value);
    }
  gtk_widget_set_visible (GTK_WIDGET (details->safety_group), number != NULL);
  claw_safety_set_number (details->safety, number);
}

static gboolean
on_second (gpointer user_data)
{
  ClawDetails *details = user_data;
  show_details (details);
  claw_client_refresh_details (details->client);
  return G_SOURCE_CONTINUE;
}

static void
on_copy (ClawDetails *details)
{
  g_autofree char *text = claw_client_describe (details->client);
  const char *number = claw_client_get_safety_number (details->client);
  g_autofree char *all = number ? g_strdup_printf (_ ("%s\nSafety number: %s"), text, number)
                                : g_steal_pointer (&text);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (details)), all);
  adw_toast_overlay_add_toast (details->toasts, adw_toast_new (_ ("Copied to the clipboard")));
}

static void
on_verified (ClawDetails *details)
{
  g_object_notify_by_pspec (G_OBJECT (details), properties[PROP_VERIFIED]);
}

/* The object. */

static void
claw_details_map (GtkWidget *widget)
{
  ClawDetails *details = CLAW_DETAILS (widget);
  claw_client_refresh_details (details->client);
  show_details (details);
  details->source = g_timeout_add_seconds (REFRESH_S, on_second, details);
  GTK_WIDGET_CLASS (claw_details_parent_class)->map (widget);
}

static void
claw_details_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&CLAW_DETAILS (widget)->source, g_source_remove);
  GTK_WIDGET_CLASS (claw_details_parent_class)->unmap (widget);
}

static void
claw_details_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_VERIFIED:
      g_value_set_boolean (value, claw_details_get_verified (CLAW_DETAILS (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_details_dispose (GObject *object)
{
  ClawDetails *details = CLAW_DETAILS (object);
  g_clear_handle_id (&details->source, g_source_remove);
  g_clear_object (&details->client);
  g_clear_pointer (&details->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (claw_details_parent_class)->dispose (object);
}

static void
bind_group (GtkWidgetClass *widget_class, const char *name, ClawClientDetailSection section)
{
  gtk_widget_class_bind_template_child_full (widget_class, name, FALSE,
                                             G_STRUCT_OFFSET (ClawDetails, groups)
                                                 + (gssize) section * (gssize) sizeof (gpointer));
}

static void
claw_details_class_init (ClawDetailsClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  object_class->get_property = claw_details_get_property;
  object_class->dispose = claw_details_dispose;
  widget_class->map = claw_details_map;
  widget_class->unmap = claw_details_unmap;
  properties[PROP_VERIFIED] = g_param_spec_boolean ("verified", NULL, NULL, FALSE,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS
                                                        | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  g_type_ensure (CLAW_TYPE_SAFETY);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/details.ui");
  bind_group (widget_class, "chat_group", CLAW_CLIENT_DETAIL_CHAT);
  bind_group (widget_class, "path_group", CLAW_CLIENT_DETAIL_PATH);
  bind_group (widget_class, "keys_group", CLAW_CLIENT_DETAIL_KEYS);
  bind_group (widget_class, "data_group", CLAW_CLIENT_DETAIL_DATA);
  gtk_widget_class_bind_template_child (widget_class, ClawDetails, toasts);
  gtk_widget_class_bind_template_child (widget_class, ClawDetails, safety_group);
  gtk_widget_class_bind_template_child (widget_class, ClawDetails, safety);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_verified);
}

static void
claw_details_init (ClawDetails *details)
{
  details->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (details));
}

GtkWidget *
claw_details_new (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  ClawDetails *details = g_object_new (CLAW_TYPE_DETAILS, NULL);
  details->client = g_object_ref (client);
  return GTK_WIDGET (details);
}

void
claw_details_set_verified (ClawDetails *details, gboolean is_verified)
{
  g_return_if_fail (CLAW_IS_DETAILS (details));
  claw_safety_set_verified (details->safety, is_verified);
}

gboolean
claw_details_get_verified (ClawDetails *details)
{
  g_return_val_if_fail (CLAW_IS_DETAILS (details), FALSE);
  return claw_safety_get_verified (details->safety);
}

ClawDetails *
claw_details_dialog_show (GtkWindow *parent, ClawClient *client)
{
  GtkWidget *details = claw_details_new (client);
  claw_page_dialog_show (parent, details, _ ("Connection"), 480, 720);
  return CLAW_DETAILS (details);
}
