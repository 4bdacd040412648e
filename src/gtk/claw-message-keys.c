/* claw-message-keys.c: see claw-message-keys.h. */
#include "claw-message-keys.h"

#include "claw-message-row.h"

/* Returns: (nullable): the row of the keyboard's focus, which is the list's own widget around it or
 * something inside. */
static GtkWidget *
find_row (GtkWidget *focus)
{
  GtkWidget *child = gtk_widget_get_first_child (focus);
  if (child && CLAW_IS_MESSAGE_ROW (child))
    return child;
  return gtk_widget_get_ancestor (focus, CLAW_TYPE_MESSAGE_ROW);
}

/* What is selected in the text is what is copied then, by the label itself. */
static gboolean
has_selected_text (GtkWidget *focus)
{
  return GTK_IS_LABEL (focus) && gtk_label_get_selection_bounds (GTK_LABEL (focus), NULL, NULL);
}

/* Returns: (nullable) */
static const char *
find_action (GtkWidget *focus, unsigned keyval, GdkModifierType held)
{
  if ((keyval == GDK_KEY_Menu && held == 0) || (keyval == GDK_KEY_F10 && held == GDK_SHIFT_MASK))
    return "message.menu";
  if (keyval == GDK_KEY_c && held == GDK_CONTROL_MASK && !has_selected_text (focus))
    return "message.copy";
  return keyval == GDK_KEY_r && held == GDK_CONTROL_MASK ? "message.reply" : NULL;
}

gboolean
claw_message_keys_press (GtkEventControllerKey *controller,
                         unsigned keyval,
                         unsigned keycode,
                         GdkModifierType modifiers,
                         gpointer user_data)
{
  GtkWidget *widget = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (controller));
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));
  GtkWidget *row = focus ? find_row (focus) : NULL;
  if (!row)
    return GDK_EVENT_PROPAGATE;
  const char *action = find_action (focus, keyval,
                                    modifiers & gtk_accelerator_get_default_mod_mask ());
  if (!action)
    return GDK_EVENT_PROPAGATE;
  gtk_widget_activate_action (row, action, NULL);
  return GDK_EVENT_STOP;
}
