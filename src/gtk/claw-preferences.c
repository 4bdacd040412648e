/* claw-preferences.c: see claw-preferences.h. */
#include "claw-preferences.h"

#include "claw-page-dialog.h"

#include "claw-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _ClawPreferences
{
  AdwPreferencesPage parent_instance;

  ClawSettings *settings;
  GPtrArray *stun_rows; /* owned by the group */
  GString *taken;       /* markup: in which chats the name is, a line each */

  AdwPreferencesGroup *name_group;
  AdwPreferencesRow *name_row;
  GtkWidget *name_note;
  GtkSwitch *keep_history;
  GtkSwitch *send_typing;
  GtkSwitch *notifications;
  GtkSwitch *notification_text;
  AdwActionRow *notification_text_row;
  GtkSwitch *run_in_background;
  GtkSwitch *nat_detection;
  AdwActionRow *nat_detection_row;
  GtkSpinButton *timeout;
  AdwActionRow *timeout_row;
  AdwPreferencesGroup *stun_group;
  AdwPreferencesRow *stun_entry;
};

G_DEFINE_FINAL_TYPE (ClawPreferences, claw_preferences, ADW_TYPE_PREFERENCES_PAGE)

/* @row: says why it cannot be used. */
static void
fix_row (ClawPreferences *page, AdwActionRow *row, const char *property)
{
  if (!claw_settings_is_fixed (page->settings, property))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (row), FALSE);
  adw_action_row_set_subtitle (row, _ ("Set by configuration"));
}

/* The problem (nullable) stands where the @title does else, so that nobody has to look for it, and
 * a screen reader tells it. */
static void
set_problem (AdwPreferencesRow *entry, const char *title, const char *problem)
{
  adw_preferences_row_set_title (entry, problem ? problem : title);
  gtk_accessible_update_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID,
                               problem ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  if (problem)
    gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
}

/* The name. */

static void
on_name_changed (ClawPreferences *page)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (page->name_row));
  gboolean is_too_long = strlen (text) > CLAW_SETTINGS_NAME_MAX;
  set_problem (page->name_row, _ ("Name"), is_too_long ? _ ("This name is too long") : NULL);
}

static const char *
get_name_description (void)
{
  return _ (
      "Others see a new name at once. With none, the server gives you one when you connect the "
      "next time.");
}

static void
on_name_applied (ClawPreferences *page)
{
  g_string_truncate (page->taken, 0);
  adw_preferences_group_set_description (page->name_group, get_name_description ());
  g_autofree char *text = g_strstrip (
      g_strdup (gtk_editable_get_text (GTK_EDITABLE (page->name_row))));
  if (strlen (text) <= CLAW_SETTINGS_NAME_MAX)
    g_object_set (page->settings, "name", text, NULL);
}

/* Below what was said of other chats. */
static void
on_name_taken (ClawPreferences *page, const char *wish, const char *name, ClawClient *client)
{
  const char *server = claw_client_get_server_name (client);
  /* Translators: the name, the chat in which somebody else has it, and the name there instead. */
  g_autofree char *problem = g_strdup_printf (_ ("“%s” is taken in “%s”: you are there as “%s”."),
                                              wish, server ? server : "", name);
  g_autofree char *markup = g_markup_escape_text (problem, -1);
  g_string_append_printf (page->taken, "%s%s", page->taken->len > 0 ? "\n" : "", markup);
  adw_preferences_group_set_description (page->name_group, page->taken->str);
}

void
claw_preferences_watch (ClawPreferences *page, ClawSavedChats *chats)
{
  g_return_if_fail (CLAW_IS_PREFERENCES (page) && CLAW_IS_SAVED_CHATS (chats));
  for (unsigned i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (chats)); i++)
    {
      g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (chats), i);
      g_signal_connect_object (claw_saved_chat_get_client (chat), "name-taken",
                               G_CALLBACK (on_name_taken), page, G_CONNECT_SWAPPED);
    }
}

static void
show_name (ClawPreferences *page)
{
  adw_preferences_group_set_description (page->name_group, get_name_description ());
  g_autofree char *name = NULL;
  g_object_get (page->settings, "name", &name, NULL);
  gtk_editable_set_text (GTK_EDITABLE (page->name_row), name);
  if (claw_settings_is_fixed (page->settings, "name"))
    gtk_widget_set_sensitive (GTK_WIDGET (page->name_row), FALSE);
  else
    gtk_widget_set_visible (page->name_note, FALSE);
}

/* STUN servers. */

static void
on_remove_stun (GtkButton *button, gpointer user_data)
{
  ClawPreferences *page = user_data;
  claw_settings_remove_stun_server (page->settings,
                                    g_object_get_data (G_OBJECT (button), "stun-server"));
}

/* @entry: is well-formed, and so no markup. */
static void
add_stun_row (ClawPreferences *page, const char *entry, gboolean is_fixed)
{
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), entry);
  if (is_fixed)
    {
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ ("Set by configuration"));
      gtk_widget_set_sensitive (row, FALSE);
    }
  else
    {
      g_autofree char *label = g_strdup_printf (_ ("Remove %s"), entry);
      GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      gtk_widget_set_tooltip_text (button, label);
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                      -1);
      g_object_set_data_full (G_OBJECT (button), "stun-server", g_strdup (entry), g_free);
      g_signal_connect (button, "clicked", G_CALLBACK (on_remove_stun), page);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }
  adw_preferences_group_add (page->stun_group, row);
  g_ptr_array_add (page->stun_rows, row);
}

static void
show_stun_servers (ClawPreferences *page)
{
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (page->settings);
  gboolean is_fixed = claw_settings_is_fixed (page->settings, "stun-servers");
  for (unsigned i = 0; i < page->stun_rows->len; i++)
    adw_preferences_group_remove (page->stun_group, g_ptr_array_index (page->stun_rows, i));
  g_ptr_array_set_size (page->stun_rows, 0);
  /* The entry for a new one stays below the others. */
  g_object_ref (page->stun_entry);
  adw_preferences_group_remove (page->stun_group, GTK_WIDGET (page->stun_entry));
  for (int i = 0; servers[i]; i++)
    add_stun_row (page, servers[i], is_fixed);
  if (is_fixed)
    adw_preferences_group_set_description (page->stun_group, _ ("Set by configuration"));
  else
    adw_preferences_group_add (page->stun_group, GTK_WIDGET (page->stun_entry));
  g_object_unref (page->stun_entry);
}

static void
on_stun_changed (ClawPreferences *page)
{
  set_problem (page->stun_entry, _ ("Add a Server"), NULL);
}

static void
on_stun_applied (ClawPreferences *page)
{
  g_autofree char *text = g_strstrip (
      g_strdup (gtk_editable_get_text (GTK_EDITABLE (page->stun_entry))));
  if (!*text)
    return;
  switch (claw_settings_add_stun_server (page->settings, text))
    {
    case CLAW_SETTINGS_STUN_ADDED:
    case CLAW_SETTINGS_STUN_KNOWN:
      gtk_editable_set_text (GTK_EDITABLE (page->stun_entry), "");
      return;
    case CLAW_SETTINGS_STUN_MALFORMED:
      set_problem (page->stun_entry, NULL,
                   _ ("Write a host, or a host and a port such as stun.example:3478"));
      return;
    case CLAW_SETTINGS_STUN_TOO_MANY:
      set_problem (page->stun_entry, NULL, _ ("The list is full"));
      return;
    }
}

/* The object. */

static void
bind (ClawPreferences *page, const char *property, gpointer target, const char *target_property)
{
  g_object_bind_property (page->settings, property, target, target_property,
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
}

static gboolean
double_to_int (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_int (to, (int) g_value_get_double (from));
  return TRUE;
}

static gboolean
int_to_double (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_double (to, g_value_get_int (from));
  return TRUE;
}

static void
fill (ClawPreferences *page)
{
  show_name (page);
  bind (page, "keep-history", page->keep_history, "active");
  bind (page, "send-typing", page->send_typing, "active");
  bind (page, "notifications", page->notifications, "active");
  bind (page, "notification-text", page->notification_text, "active");
  bind (page, "run-in-background", page->run_in_background, "active");
  bind (page, "nat-detection", page->nat_detection, "active");
  g_object_bind_property_full (page->settings, "hole-punch-timeout", page->timeout, "value",
                               G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL, int_to_double,
                               double_to_int, NULL, NULL);
  g_object_bind_property (page->settings, "notifications", page->notification_text_row, "sensitive",
                          G_BINDING_SYNC_CREATE);
  fix_row (page, page->nat_detection_row, "nat-detection");
  fix_row (page, page->timeout_row, "hole-punch-timeout");
  g_signal_connect_object (page->settings, "notify::stun-servers", G_CALLBACK (show_stun_servers),
                           page, G_CONNECT_SWAPPED);
  show_stun_servers (page);
}

static void
claw_preferences_finalize (GObject *object)
{
  g_string_free (CLAW_PREFERENCES (object)->taken, TRUE);
  G_OBJECT_CLASS (claw_preferences_parent_class)->finalize (object);
}

static void
claw_preferences_dispose (GObject *object)
{
  ClawPreferences *page = CLAW_PREFERENCES (object);
  g_clear_object (&page->settings);
  g_clear_pointer (&page->stun_rows, g_ptr_array_unref);
  G_OBJECT_CLASS (claw_preferences_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, ClawPreferences, name_group);
  gtk_widget_class_bind_template_child (class, ClawPreferences, name_row);
  gtk_widget_class_bind_template_child (class, ClawPreferences, name_note);
  gtk_widget_class_bind_template_child (class, ClawPreferences, keep_history);
  gtk_widget_class_bind_template_child (class, ClawPreferences, send_typing);
  gtk_widget_class_bind_template_child (class, ClawPreferences, notifications);
  gtk_widget_class_bind_template_child (class, ClawPreferences, notification_text);
  gtk_widget_class_bind_template_child (class, ClawPreferences, notification_text_row);
  gtk_widget_class_bind_template_child (class, ClawPreferences, run_in_background);
  gtk_widget_class_bind_template_child (class, ClawPreferences, nat_detection);
  gtk_widget_class_bind_template_child (class, ClawPreferences, nat_detection_row);
  gtk_widget_class_bind_template_child (class, ClawPreferences, timeout);
  gtk_widget_class_bind_template_child (class, ClawPreferences, timeout_row);
  gtk_widget_class_bind_template_child (class, ClawPreferences, stun_group);
  gtk_widget_class_bind_template_child (class, ClawPreferences, stun_entry);
}

static void
claw_preferences_class_init (ClawPreferencesClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_preferences_dispose;
  G_OBJECT_CLASS (class)->finalize = claw_preferences_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/preferences.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_name_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_name_applied);
  gtk_widget_class_bind_template_callback (widget_class, on_stun_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_stun_applied);
}

static void
claw_preferences_init (ClawPreferences *page)
{
  page->stun_rows = g_ptr_array_new ();
  page->taken = g_string_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (page));
}

GtkWidget *
claw_preferences_new (ClawSettings *settings)
{
  g_return_val_if_fail (CLAW_IS_SETTINGS (settings), NULL);
  ClawPreferences *page = g_object_new (CLAW_TYPE_PREFERENCES, NULL);
  page->settings = g_object_ref (settings);
  fill (page);
  return GTK_WIDGET (page);
}

void
claw_preferences_show (GtkWindow *parent, ClawSettings *settings, ClawSavedChats *chats)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (claw_preferences_new (settings));
  claw_preferences_watch (CLAW_PREFERENCES (page), chats);
  claw_page_dialog_show_preferences (parent, NULL, page);
}
