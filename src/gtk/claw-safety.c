/* claw-safety.c: see claw-safety.h. */
#include "claw-safety.h"

#include "claw-qr.h"

#include <glib/gi18n-lib.h>

/* Groups in a line. */
#define COLUMNS 4

struct _ClawSafety
{
  AdwBin parent_instance;

  ClawQr *qr;
  GtkGrid *grid;
  GtkToggleButton *verify;
  GtkLabel *hint;
  char *number; /* (nullable) */
};

enum
{
  PROP_VERIFIED = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (ClawSafety, claw_safety, ADW_TYPE_BIN)

static void
clear_grid (ClawSafety *safety)
{
  GtkWidget *child = NULL;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (safety->grid))))
    gtk_grid_remove (safety->grid, child);
}

static void
fill_grid (ClawSafety *safety)
{
  g_auto (GStrv) groups = g_strsplit (safety->number ? safety->number : "", " ", -1);
  clear_grid (safety);
  for (int i = 0; groups[i]; i++)
    {
      GtkWidget *label = gtk_label_new (groups[i]);
      gtk_widget_add_css_class (label, "numeric");
      gtk_widget_add_css_class (label, "title-4");
      gtk_grid_attach (safety->grid, label, i % COLUMNS, i / COLUMNS, 1, 1);
    }
  /* Read as a whole; the labels are for the eye. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (safety->grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  safety->number ? safety->number : "", -1);
}

static void
update_verified (ClawSafety *safety)
{
  gboolean is_verified = gtk_toggle_button_get_active (safety->verify);
  gtk_button_set_label (GTK_BUTTON (safety->verify),
                        is_verified ? _ ("Verified") : _ ("Mark as Verified"));
  gtk_label_set_text (safety->hint,
                      is_verified
                          ? _ ("You have compared this number with the operator's.")
                          : _ ("Compare it with the number that the operator of the server sees, "
                               "over another channel: read it out on the telephone, or hold the "
                               "screens side by side. If they differ, somebody is in between."));
}

static void
on_toggled (ClawSafety *safety)
{
  update_verified (safety);
  g_object_notify_by_pspec (G_OBJECT (safety), properties[PROP_VERIFIED]);
}

static void
claw_safety_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_VERIFIED:
      g_value_set_boolean (value, claw_safety_get_verified (CLAW_SAFETY (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_safety_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_VERIFIED:
      claw_safety_set_verified (CLAW_SAFETY (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
claw_safety_finalize (GObject *object)
{
  g_free (CLAW_SAFETY (object)->number);
  G_OBJECT_CLASS (claw_safety_parent_class)->finalize (object);
}

static void
claw_safety_class_init (ClawSafetyClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  object_class->get_property = claw_safety_get_property;
  object_class->set_property = claw_safety_set_property;
  object_class->finalize = claw_safety_finalize;
  properties[PROP_VERIFIED] = g_param_spec_boolean ("verified", NULL, NULL, FALSE,
                                                    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                                        | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  g_type_ensure (CLAW_TYPE_QR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/clawchat/ClawChat/ui/safety.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawSafety, qr);
  gtk_widget_class_bind_template_child (widget_class, ClawSafety, grid);
  gtk_widget_class_bind_template_child (widget_class, ClawSafety, verify);
  gtk_widget_class_bind_template_child (widget_class, ClawSafety, hint);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
}

static void
claw_safety_init (ClawSafety *safety)
{
  gtk_widget_init_template (GTK_WIDGET (safety));
  update_verified (safety);
}

void
claw_safety_set_number (ClawSafety *safety, const char *number)
{
  g_return_if_fail (CLAW_IS_SAFETY (safety));
  if (g_strcmp0 (number, safety->number) == 0)
    return;
  /* What was compared was the other one. */
  if (safety->number)
    claw_safety_set_verified (safety, FALSE);
  g_free (safety->number);
  safety->number = g_strdup (number);
  claw_qr_set_text (safety->qr, number);
  fill_grid (safety);
}

void
claw_safety_set_verified (ClawSafety *safety, gboolean is_verified)
{
  g_return_if_fail (CLAW_IS_SAFETY (safety));
  gtk_toggle_button_set_active (safety->verify, is_verified);
}

gboolean
claw_safety_get_verified (ClawSafety *safety)
{
  g_return_val_if_fail (CLAW_IS_SAFETY (safety), FALSE);
  return gtk_toggle_button_get_active (safety->verify);
}

/* Another key. */

GtkWidget *
claw_safety_ask_other_key (GtkWindow *parent,
                           const GError *error,
                           ClawDialogsAnswer callback,
                           gpointer user_data,
                           GDestroyNotify free_data)
{
  g_return_val_if_fail (error != NULL, NULL);
  ClawQuestion question = {
    .heading = _ ("The Server’s Key Has Changed"),
    .body = error->message,
    .cancel = _ ("_Do Not Connect"),
    .accept = _ ("Connect _All the Same"),
    .is_destructive = TRUE,
  };
  return claw_dialogs_ask (parent, &question, callback, user_data, free_data);
}

const char *
claw_safety_get_banner (void)
{
  return _ ("The key of this server has changed. Compare the safety number before you write "
            "anything that others must not read.");
}
