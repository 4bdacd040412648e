/* claw-typing-label.c: see claw-typing-label.h. */
#include "claw-typing-label.h"

#include <glib/gi18n-lib.h>

struct _ClawTypingLabel
{
  AdwBin parent_instance;

  GtkLabel *label;
  GPtrArray *names; /* of char *, who began first first */
};

G_DEFINE_FINAL_TYPE (ClawTypingLabel, claw_typing_label, ADW_TYPE_BIN)

/* Returns: (transfer full) */
static char *
format (const GPtrArray *names)
{
  switch (names->len)
    {
    case 0:
      return g_strdup ("");
    case 1:
      return g_strdup_printf (_ ("%s is typing…"), (const char *) names->pdata[0]);
    case 2:
      return g_strdup_printf (_ ("%s and %s are typing…"), (const char *) names->pdata[0],
                              (const char *) names->pdata[1]);
    default:
      return g_strdup_printf (
          ngettext ("%u person is typing…", "%u people are typing…", names->len), names->len);
    }
}

static void
claw_typing_label_finalize (GObject *object)
{
  g_ptr_array_unref (CLAW_TYPING_LABEL (object)->names);
  G_OBJECT_CLASS (claw_typing_label_parent_class)->finalize (object);
}

static void
claw_typing_label_class_init (ClawTypingLabelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = claw_typing_label_finalize;
}

static void
claw_typing_label_init (ClawTypingLabel *label)
{
  label->names = g_ptr_array_new_with_free_func (g_free);
  label->label = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_xalign (label->label, 0);
  gtk_label_set_ellipsize (label->label, PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (label->label, TRUE);
  gtk_widget_set_margin_start (GTK_WIDGET (label->label), 24);
  gtk_widget_set_margin_end (GTK_WIDGET (label->label), 24);
  gtk_widget_add_css_class (GTK_WIDGET (label->label), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (label->label), "dim-label");
  adw_bin_set_child (ADW_BIN (label), GTK_WIDGET (label->label));
}

GtkWidget *
claw_typing_label_new (void)
{
  return g_object_new (CLAW_TYPE_TYPING_LABEL, NULL);
}

void
claw_typing_label_set (ClawTypingLabel *label, const char *name, gboolean is_typing)
{
  unsigned position;
  g_return_if_fail (CLAW_IS_TYPING_LABEL (label) && name != NULL);
  if (g_ptr_array_find_with_equal_func (label->names, name, g_str_equal, &position) == is_typing)
    return;
  if (is_typing)
    g_ptr_array_add (label->names, g_strdup (name));
  else
    g_ptr_array_remove_index (label->names, position);
  g_autofree char *text = format (label->names);
  gtk_label_set_text (label->label, text);
}

const char *
claw_typing_label_get_text (ClawTypingLabel *label)
{
  g_return_val_if_fail (CLAW_IS_TYPING_LABEL (label), "");
  return gtk_label_get_text (label->label);
}
