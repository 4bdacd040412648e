/* claw-connecting-page.c: see claw-connecting-page.h. */
#include "claw-connecting-page.h"

struct _ClawConnectingPage
{
  AdwBin parent_instance;

  AdwStatusPage *status;
  GtkSpinner *spinner;
  GtkWidget *cancel;
};

G_DEFINE_FINAL_TYPE (ClawConnectingPage, claw_connecting_page, ADW_TYPE_BIN)

void
claw_connecting_page_show (ClawConnectingPage *page,
                           const char *title,
                           const char *text,
                           const char *action)
{
  g_return_if_fail (CLAW_IS_CONNECTING_PAGE (page));
  g_autofree char *markup = g_markup_escape_text (text, -1);
  adw_status_page_set_title (page->status, title);
  adw_status_page_set_description (page->status, markup);
  gtk_widget_set_visible (page->cancel, action != NULL);
  if (action)
    gtk_actionable_set_action_name (GTK_ACTIONABLE (page->cancel), action);
}

void
claw_connecting_page_set_is_active (ClawConnectingPage *page, gboolean is_active)
{
  g_return_if_fail (CLAW_IS_CONNECTING_PAGE (page));
  gtk_spinner_set_spinning (page->spinner, is_active);
}

static void
claw_connecting_page_class_init (ClawConnectingPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/connecting-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawConnectingPage, status);
  gtk_widget_class_bind_template_child (widget_class, ClawConnectingPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, ClawConnectingPage, cancel);
}

static void
claw_connecting_page_init (ClawConnectingPage *page)
{
  gtk_widget_init_template (GTK_WIDGET (page));
}
