/* claw-failure-page.c: see claw-failure-page.h. */
#include "claw-failure-page.h"

#include "claw-file.h"
#include "claw-saved-chat.h"
#include "claw-saved-pairing.h"

#include <glib/gi18n-lib.h>

struct _ClawFailurePage
{
  AdwBin parent_instance;

  AdwStatusPage *status;
  GtkLabel *details;
  GtkWidget *retry;
  GtkWidget *insist;
  GtkWidget *open;
};

G_DEFINE_FINAL_TYPE (ClawFailurePage, claw_failure_page, ADW_TYPE_BIN)

static const char *
sec_file_title (int code)
{
  switch ((ClawSecFileError) code)
    {
    case CLAW_SEC_FILE_ERROR_NOT_SEC:
      return _ ("Not a .sec File");
    case CLAW_SEC_FILE_ERROR_VERSION:
      return _ ("File of Another Version");
    case CLAW_SEC_FILE_ERROR_TOO_LARGE:
    case CLAW_SEC_FILE_ERROR_FIELD:
      return _ ("Damaged File");
    case CLAW_SEC_FILE_ERROR_WRONG_KEY:
      return _ ("Wrong Key");
    case CLAW_SEC_FILE_ERROR_EXPIRED:
      return _ ("This File Has Expired");
    case CLAW_SEC_FILE_ERROR_CLOCK:
      return _ ("Check the Clock");
    case CLAW_SEC_FILE_ERROR_UNREADABLE:
      break;
    }
  return _ ("Could Not Read the File");
}

static const char *
client_title (int code)
{
  switch ((ClawClientError) code)
    {
    case CLAW_CLIENT_ERROR_NO_ANSWER:
      return _ ("No Answer");
    case CLAW_CLIENT_ERROR_REVOKED:
      return _ ("Pairing Ended");
    case CLAW_CLIENT_ERROR_DISCONNECTED:
    case CLAW_CLIENT_ERROR_REPLACED:
      return _ ("Disconnected");
    case CLAW_CLIENT_ERROR_NETWORK:
      return _ ("No Network");
    case CLAW_CLIENT_ERROR_COMPROMISED:
      return _ ("Keys Erased");
    case CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD:
      return _ ("Keys Erased, Server Not Told");
    case CLAW_CLIENT_ERROR_NOT_PAIRED:
    case CLAW_CLIENT_ERROR_KEY_CHANGED:
    case CLAW_CLIENT_ERROR_PROTOCOL:
      break;
    }
  return _ ("Could Not Connect");
}

static const char *
title_of (const GError *error)
{
  if (error->domain == CLAW_SEC_FILE_ERROR)
    return sec_file_title (error->code);
  if (error->domain == CLAW_CLIENT_ERROR)
    return client_title (error->code);
  if (error->domain == CLAW_FILE_ERROR)
    return _ ("Could Not Read the File");
  if (error->domain == CLAW_SAVED_PAIRING_ERROR)
    return _ ("Damaged Pairing");
  if (error->domain == CLAW_BOOTSTRAP_KEY_ERROR)
    return _ ("Could Not Read the Key");
  return _ ("Could Not Connect");
}

static const char *
icon_of (const GError *error)
{
  if (claw_saved_chat_is_about_compromise (error))
    return "dialog-warning-symbolic";
  if (error->domain == CLAW_CLIENT_ERROR)
    return "network-offline-symbolic";
  if (g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED)
      || g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_CLOCK))
    return "claw-queued-symbolic";
  return "dialog-warning-symbolic";
}

/* Whether the time alone speaks against the file: the server's clock decides, not ours. */
static gboolean
is_about_time (const GError *error)
{
  return g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED)
         || g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_CLOCK);
}

static gboolean
may_retry (const GError *error)
{
  if (error->domain == CLAW_SEC_FILE_ERROR)
    return error->code == CLAW_SEC_FILE_ERROR_UNREADABLE;
  if (error->domain == CLAW_SAVED_PAIRING_ERROR)
    return FALSE;
  return !g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_REVOKED)
         && !claw_saved_chat_is_about_compromise (error);
}

static void
suggest (GtkWidget *button, gboolean suggested)
{
  if (suggested)
    gtk_widget_add_css_class (button, "suggested-action");
  else
    gtk_widget_remove_css_class (button, "suggested-action");
}

void
claw_failure_page_show (ClawFailurePage *page, const GError *error)
{
  g_return_if_fail (CLAW_IS_FAILURE_PAGE (page) && error != NULL);
  g_auto (GStrv) parts = g_strsplit (error->message, "\n", 2);
  g_autofree char *summary = g_markup_escape_text (parts[0], -1);
  gboolean has_details = parts[0] && parts[1];
  adw_status_page_set_icon_name (page->status, icon_of (error));
  adw_status_page_set_title (page->status, title_of (error));
  adw_status_page_set_description (page->status, summary);
  gtk_label_set_text (page->details, has_details ? parts[1] : "");
  gtk_widget_set_visible (GTK_WIDGET (page->details), has_details);
  gtk_widget_set_visible (page->retry, may_retry (error));
  gtk_widget_set_visible (page->insist, is_about_time (error));
  suggest (page->open, !may_retry (error));
}

void
claw_failure_page_set_retry_action (ClawFailurePage *page, const char *action)
{
  g_return_if_fail (CLAW_IS_FAILURE_PAGE (page) && action != NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (page->retry), action);
}

void
claw_failure_page_focus (ClawFailurePage *page)
{
  g_return_if_fail (CLAW_IS_FAILURE_PAGE (page));
  gtk_widget_grab_focus (gtk_widget_get_visible (page->retry) ? page->retry : page->open);
}

static void
claw_failure_page_class_init (ClawFailurePageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/failure-page.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawFailurePage, status);
  gtk_widget_class_bind_template_child (widget_class, ClawFailurePage, details);
  gtk_widget_class_bind_template_child (widget_class, ClawFailurePage, retry);
  gtk_widget_class_bind_template_child (widget_class, ClawFailurePage, insist);
  gtk_widget_class_bind_template_child (widget_class, ClawFailurePage, open);
}

static void
claw_failure_page_init (ClawFailurePage *page)
{
  gtk_widget_init_template (GTK_WIDGET (page));
}
