/* test-failure-page.c: what is offered when something went wrong, and how the keyboard comes to it.
 */
#include "claw-failure-page.h"
#include "widget-test.h"

#include <gio/gio.h>

typedef struct
{
  GtkWidget *window;
  GtkWidget *before; /* a button above the page */
  ClawFailurePage *page;
} Fixture;

static void
add_actions (GtkWidget *window)
{
  static const char *const names[] = { "open", "retry" };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (names[i], NULL);
      g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
    }
  gtk_widget_insert_action_group (window, "win", G_ACTION_GROUP (group));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "It is broken\nAnd why");
  fixture->before = gtk_button_new_with_label ("Before");
  fixture->page = g_object_new (CLAW_TYPE_FAILURE_PAGE, NULL);
  claw_failure_page_show (fixture->page, error);
  gtk_box_append (GTK_BOX (box), fixture->before);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->page));
  fixture->window = gtk_window_new ();
  add_actions (fixture->window);
  gtk_window_set_child (GTK_WINDOW (fixture->window), box);
  show_window (fixture->window);
  run_for_ms (200);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  run_for_ms (20);
}

static GtkWidget *
get_focus (Fixture *fixture)
{
  return gtk_root_get_focus (GTK_ROOT (fixture->window));
}

/* The focus is on a button, though a text that can be selected comes before it. */
static void
test_focus (Fixture *fixture, gconstpointer data)
{
  claw_failure_page_focus (fixture->page);
  g_assert_true (GTK_IS_BUTTON (get_focus (fixture)));
  g_assert_true (gtk_widget_is_ancestor (get_focus (fixture), GTK_WIDGET (fixture->page)));
}

/* The keyboard comes out of it, backwards too. */
static void
test_leave (Fixture *fixture, gconstpointer data)
{
  claw_failure_page_focus (fixture->page);
  for (unsigned i = 0; i < 6 && get_focus (fixture) != fixture->before; i++)
    gtk_widget_child_focus (fixture->window, GTK_DIR_TAB_BACKWARD);
  g_assert_true (get_focus (fixture) == fixture->before);
}

int
main (int argc, char **argv)
{
  if (!widget_test_init (&argc, &argv))
    return 77;
  g_test_add ("/failure-page/focus/on-a-button", Fixture, NULL, set_up, test_focus, tear_down);
  g_test_add ("/failure-page/keyboard/leaves", Fixture, NULL, set_up, test_leave, tear_down);
  return g_test_run ();
}
