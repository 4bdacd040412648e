/* claw-search-bar.c: see claw-search-bar.h. */
#include "claw-search-bar.h"

#include <glib/gi18n-lib.h>

struct _ClawSearchBar
{
  AdwBin parent_instance;

  ClawConversation *conversation; /* (nullable) */
  ClawOldMatches *old;            /* (nullable) */
  unsigned total;                 /* as it was shown last */
  GtkSearchBar *bar;
  GtkEditable *entry;
  GtkLabel *count;
  GtkSpinner *spinner;
  GtkWidget *older;
  GtkWidget *newer;
};

enum
{
  SIGNAL_ENDED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawSearchBar, claw_search_bar, ADW_TYPE_BIN)

/* Returns: (transfer full) */
static char *
count_text (unsigned present, unsigned total, gboolean is_more)
{
  if (is_more)
    /* Translators: the number of the match that is shown, of more than how many. */
    return g_strdup_printf (_ ("%u of over %u"), present, total);
  /* Translators: the number of the match that is shown, of how many. */
  return g_strdup_printf (_ ("%u of %u"), present, total);
}

static void
update_count (ClawSearchBar *bar)
{
  unsigned n = 0, present = 0;
  gboolean is_more = FALSE;
  g_autofree char *text = NULL;
  if (!bar->conversation)
    return;
  gboolean is_complete = claw_conversation_get_search (bar->conversation, &n, &present);
  gboolean is_busy = bar->old && claw_old_matches_is_busy (bar->old);
  unsigned total = n + (bar->old ? claw_old_matches_count (bar->old, &is_more) : 0);
  /* What has come with a page is counted again once it is looked at. */
  if (n > 0 && (is_busy || !is_complete))
    total = MAX (total, bar->total);
  bar->total = total;
  if (n > 0)
    text = count_text (present, total, is_more);
  else if (*gtk_editable_get_text (bar->entry) && is_complete && !is_busy)
    text = g_strdup (_ ("No Matches"));
  gtk_widget_set_visible (GTK_WIDGET (bar->spinner), is_busy);
  gtk_spinner_set_spinning (bar->spinner, is_busy);
  gtk_label_set_text (bar->count, text ? text : "");
  gtk_widget_set_sensitive (bar->older, n > 0);
  gtk_widget_set_sensitive (bar->newer, n > 0);
}

static void
on_search_changed (ClawSearchBar *bar)
{
  bar->total = 0;
  if (bar->conversation)
    claw_conversation_search (bar->conversation, gtk_editable_get_text (bar->entry));
  update_count (bar);
}

/* Going around at an end would jump over what is not loaded. */
static gboolean
is_at_gap (ClawSearchBar *bar, gboolean to_older)
{
  unsigned n = 0, present = 0;
  gboolean is_more = FALSE;
  claw_conversation_get_search (bar->conversation, &n, &present);
  return bar->old && claw_old_matches_count (bar->old, &is_more) + (unsigned) is_more > 0
         && present == (to_older ? n : 1);
}

static void
step (ClawSearchBar *bar, gboolean to_older)
{
  if (!bar->conversation)
    return;
  if (!is_at_gap (bar, to_older))
    claw_conversation_search_step (bar->conversation, to_older);
  else if (!to_older || !claw_old_matches_load_next (bar->old))
    gtk_widget_error_bell (GTK_WIDGET (bar));
}

static void
on_older (ClawSearchBar *bar)
{
  step (bar, TRUE);
}

static void
on_newer (ClawSearchBar *bar)
{
  step (bar, FALSE);
}

static void
on_mode_changed (ClawSearchBar *bar)
{
  if (gtk_search_bar_get_search_mode (bar->bar))
    return;
  if (bar->conversation)
    claw_conversation_search (bar->conversation, NULL);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (bar));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  if (focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (bar)))
    g_signal_emit (bar, signals[SIGNAL_ENDED], 0);
}

static void
claw_search_bar_class_init (ClawSearchBarClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", CLAW_TYPE_SEARCH_BAR, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/clawchat/ClawChat/ui/search-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, ClawSearchBar, bar);
  gtk_widget_class_bind_template_child (widget_class, ClawSearchBar, entry);
  gtk_widget_class_bind_template_child (widget_class, ClawSearchBar, count);
  gtk_widget_class_bind_template_child (widget_class, ClawSearchBar, spinner);
  gtk_widget_class_bind_template_child (widget_class, ClawSearchBar, older);
  gtk_widget_class_bind_template_child (widget_class, ClawSearchBar, newer);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_older);
  gtk_widget_class_bind_template_callback (widget_class, on_newer);
  gtk_widget_class_bind_template_callback (widget_class, on_mode_changed);
}

static void
claw_search_bar_init (ClawSearchBar *bar)
{
  gtk_widget_init_template (GTK_WIDGET (bar));
  gtk_search_bar_connect_entry (bar->bar, bar->entry);
}

void
claw_search_bar_set_conversation (ClawSearchBar *bar, ClawConversation *conversation)
{
  g_return_if_fail (CLAW_IS_SEARCH_BAR (bar) && CLAW_IS_CONVERSATION (conversation));
  g_return_if_fail (bar->conversation == NULL);
  bar->conversation = conversation;
  g_signal_connect_object (conversation, "search-changed", G_CALLBACK (update_count), bar,
                           G_CONNECT_SWAPPED);
}

static void
on_old_changed (gpointer user_data)
{
  update_count (user_data);
}

void
claw_search_bar_set_old_matches (ClawSearchBar *bar, ClawOldMatches *matches)
{
  g_return_if_fail (CLAW_IS_SEARCH_BAR (bar));
  if (bar->old)
    claw_old_matches_set_changed (bar->old, NULL, NULL);
  bar->old = matches;
  if (matches)
    claw_old_matches_set_changed (matches, on_old_changed, bar);
}

void
claw_search_bar_set_active (ClawSearchBar *bar, gboolean is_active)
{
  g_return_if_fail (CLAW_IS_SEARCH_BAR (bar));
  gtk_search_bar_set_search_mode (bar->bar, is_active);
  if (is_active)
    gtk_widget_grab_focus (GTK_WIDGET (bar->entry));
}

gboolean
claw_search_bar_is_active (ClawSearchBar *bar)
{
  g_return_val_if_fail (CLAW_IS_SEARCH_BAR (bar), FALSE);
  return gtk_search_bar_get_search_mode (bar->bar);
}
