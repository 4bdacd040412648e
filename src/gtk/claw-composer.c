/* claw-composer.c: see claw-composer.h. */
#include "claw-composer.h"

#include <glib/gi18n-lib.h>

struct _ClawComposer
{
  AdwBin parent_instance;

  GtkWidget *error_revealer;
  GtkLabel *error;
  GtkTextView *view;
  GtkTextBuffer *buffer;
  GtkWidget *hint;
  GtkWidget *frame;
  GtkMenuButton *emoji_button;
  GtkWidget *reply_revealer;
  GtkLabel *reply_sender;
  GtkLabel *reply_text;

  ClawMessage *reply; /* (nullable) */
  gboolean tells_typing;
  gboolean is_setting; /* the program changes the text, and not the user */
};

enum
{
  PROP_TEXT = 1,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

enum
{
  SIGNAL_SUBMIT,
  SIGNAL_TYPING,
  SIGNAL_DRAFT_CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawComposer, claw_composer, ADW_TYPE_BIN)

char *
claw_composer_get_text (ClawComposer *composer)
{
  GtkTextIter start, end;
  g_return_val_if_fail (CLAW_IS_COMPOSER (composer), NULL);
  gtk_text_buffer_get_bounds (composer->buffer, &start, &end);
  return gtk_text_buffer_get_text (composer->buffer, &start, &end, FALSE);
}

/* Returns: (transfer full): white space at the ends is never meant. */
static char *
get_text (ClawComposer *composer)
{
  return g_strstrip (claw_composer_get_text (composer));
}

static void
submit (ClawComposer *composer)
{
  g_autofree char *text = get_text (composer);
  if (*text)
    g_signal_emit (composer, signals[SIGNAL_SUBMIT], 0, text);
}

static void
on_send (GtkWidget *widget, const char *action, GVariant *parameter)
{
  submit (CLAW_COMPOSER (widget));
  claw_composer_focus (CLAW_COMPOSER (widget));
}

static gboolean
on_key_pressed (ClawComposer *composer,
                unsigned keyval,
                unsigned keycode,
                GdkModifierType modifiers,
                GtkEventController *controller)
{
  if (keyval == GDK_KEY_Escape && composer->reply)
    {
      claw_composer_set_reply (composer, NULL, NULL);
      return GDK_EVENT_STOP;
    }
  if (keyval != GDK_KEY_Return && keyval != GDK_KEY_KP_Enter && keyval != GDK_KEY_ISO_Enter)
    return GDK_EVENT_PROPAGATE;
  if ((modifiers & gtk_accelerator_get_default_mod_mask ()) != 0)
    return GDK_EVENT_PROPAGATE;
  /* An input method may be waiting for it, to take what was composed. */
  if (gtk_text_view_im_context_filter_keypress (
          composer->view, gtk_event_controller_get_current_event (controller)))
    return GDK_EVENT_STOP;
  submit (composer);
  return GDK_EVENT_STOP;
}

static void
on_text_changed (ClawComposer *composer)
{
  g_autofree char *text = get_text (composer);
  gtk_widget_set_visible (composer->hint, gtk_text_buffer_get_char_count (composer->buffer) == 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (composer), "composer.send", *text != '\0');
  claw_composer_show_error (composer, NULL);
  g_object_notify_by_pspec (G_OBJECT (composer), properties[PROP_TEXT]);
  if (!composer->is_setting && composer->tells_typing)
    g_signal_emit (composer, signals[SIGNAL_TYPING], 0, *text != '\0');
  g_signal_emit (composer, signals[SIGNAL_DRAFT_CHANGED], 0);
}

static void
on_emoji_picked (ClawComposer *composer, const char *emoji)
{
  gtk_text_buffer_delete_selection (composer->buffer, TRUE, TRUE);
  gtk_text_buffer_insert_at_cursor (composer->buffer, emoji, -1);
  claw_composer_focus (composer);
}

/* It takes memory and time to make, which many never need. */
static void
create_emoji_chooser (GtkMenuButton *button, gpointer user_data)
{
  if (gtk_menu_button_get_popover (button))
    return;
  GtkWidget *chooser = gtk_emoji_chooser_new ();
  g_signal_connect_swapped (chooser, "emoji-picked", G_CALLBACK (on_emoji_picked), user_data);
  gtk_menu_button_set_popover (button, chooser);
}

static void
on_reply_cancelled (ClawComposer *composer)
{
  claw_composer_set_reply (composer, NULL, NULL);
  claw_composer_focus (composer);
}

/* What is being composed by an input method is no text yet, and must not lie on the hint. */
static void
on_preedit_changed (ClawComposer *composer, const char *preedit)
{
  gtk_widget_set_visible (
      composer->hint, *preedit == '\0' && gtk_text_buffer_get_char_count (composer->buffer) == 0);
}

static void
claw_composer_get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  ClawComposer *composer = CLAW_COMPOSER (object);
  GtkTextIter start, end;
  if (id != PROP_TEXT)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  gtk_text_buffer_get_bounds (composer->buffer, &start, &end);
  g_value_take_string (value, gtk_text_buffer_get_text (composer->buffer, &start, &end, FALSE));
}

static void
claw_composer_set_property (GObject *object, unsigned id, const GValue *value, GParamSpec *pspec)
{
  ClawComposer *composer = CLAW_COMPOSER (object);
  const char *text = g_value_get_string (value);
  if (id == PROP_TEXT)
    claw_composer_set_text (composer, text ? text : "");
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
claw_composer_dispose (GObject *object)
{
  g_clear_pointer (&CLAW_COMPOSER (object)->reply, claw_message_unref);
  G_OBJECT_CLASS (claw_composer_parent_class)->dispose (object);
}

static void
claw_composer_class_init (ClawComposerClass *class)
{
  GType type = CLAW_TYPE_COMPOSER;
  G_OBJECT_CLASS (class)->dispose = claw_composer_dispose;
  signals[SIGNAL_TYPING] = g_signal_new ("typing", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[SIGNAL_DRAFT_CHANGED] = g_signal_new ("draft-changed", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 0);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->get_property = claw_composer_get_property;
  G_OBJECT_CLASS (class)->set_property = claw_composer_set_property;
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL,
                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                                   | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (G_OBJECT_CLASS (class), N_PROPERTIES, properties);
  signals[SIGNAL_SUBMIT] = g_signal_new ("submit", CLAW_TYPE_COMPOSER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_install_action (widget_class, "composer.send", NULL, on_send);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/composer.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, error);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, view);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, buffer);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, hint);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, frame);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, emoji_button);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, reply_revealer);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, reply_sender);
  gtk_widget_class_bind_template_child (widget_class, ClawComposer, reply_text);
  gtk_widget_class_bind_template_callback (widget_class, on_reply_cancelled);
  gtk_widget_class_bind_template_callback (widget_class, on_key_pressed);
  gtk_widget_class_bind_template_callback (widget_class, on_text_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_preedit_changed);
}

static void
claw_composer_init (ClawComposer *composer)
{
  gtk_widget_init_template (GTK_WIDGET (composer));
  gtk_menu_button_set_create_popup_func (composer->emoji_button, create_emoji_chooser, composer,
                                         NULL);
  composer->tells_typing = TRUE;
  claw_composer_set_text (composer, "");
  on_text_changed (composer);
}

void
claw_composer_clear (ClawComposer *composer)
{
  g_return_if_fail (CLAW_IS_COMPOSER (composer));
  claw_composer_set_text (composer, "");
  claw_composer_set_reply (composer, NULL, NULL);
}

void
claw_composer_set_text (ClawComposer *composer, const char *text)
{
  GtkTextIter end;
  g_return_if_fail (CLAW_IS_COMPOSER (composer) && text != NULL);
  composer->is_setting = TRUE;
  gtk_text_buffer_set_text (composer->buffer, text, -1);
  gtk_text_buffer_get_end_iter (composer->buffer, &end);
  gtk_text_buffer_place_cursor (composer->buffer, &end);
  composer->is_setting = FALSE;
}

void
claw_composer_set_reply (ClawComposer *composer, ClawMessage *message, const char *sender)
{
  g_return_if_fail (CLAW_IS_COMPOSER (composer));
  if (message == composer->reply)
    return;
  g_clear_pointer (&composer->reply, claw_message_unref);
  composer->reply = message ? claw_message_ref (message) : NULL;
  gtk_revealer_set_reveal_child (GTK_REVEALER (composer->reply_revealer), message != NULL);
  if (message)
    {
      g_autofree char *excerpt = claw_excerpt_sanitise (claw_message_get_text (message, NULL), -1);
      /* Translators: over the entry: whose message is answered. */
      g_autofree char *title = g_strdup_printf (_ ("Reply to %s"), sender ? sender : _ ("Unknown"));
      gtk_label_set_text (composer->reply_sender, title);
      gtk_label_set_text (composer->reply_text, excerpt ? excerpt : "…");
    }
  g_signal_emit (composer, signals[SIGNAL_DRAFT_CHANGED], 0);
}

void
claw_composer_set_tells_typing (ClawComposer *composer, gboolean tells_typing)
{
  g_return_if_fail (CLAW_IS_COMPOSER (composer));
  composer->tells_typing = tells_typing;
}

ClawMessage *
claw_composer_get_reply (ClawComposer *composer)
{
  g_return_val_if_fail (CLAW_IS_COMPOSER (composer), NULL);
  return composer->reply;
}

void
claw_composer_show_error (ClawComposer *composer, const char *text)
{
  g_return_if_fail (CLAW_IS_COMPOSER (composer));
  gtk_revealer_set_reveal_child (GTK_REVEALER (composer->error_revealer), text != NULL);
  if (!text)
    {
      gtk_widget_remove_css_class (composer->frame, "error");
      return;
    }
  gtk_label_set_text (composer->error, text);
  gtk_widget_add_css_class (composer->frame, "error");
}

void
claw_composer_focus (ClawComposer *composer)
{
  g_return_if_fail (CLAW_IS_COMPOSER (composer));
  gtk_widget_grab_focus (GTK_WIDGET (composer->view));
}
