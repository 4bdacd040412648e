/* test-mailbox.c: events on their way from the worker thread to the owner. */
#include "claw-mailbox.h"

typedef struct
{
  ClawMailbox *mailbox;
  GMainContext *context;
  unsigned delivered;
  unsigned rooms;
  unsigned close_at; /* 0: never */
  gint64 slow_us;    /* that each delivery takes */
} Owner;

static unsigned freed;

static void
free_item (gpointer item)
{
  freed++;
}

static void
on_item (gpointer item, gpointer user_data)
{
  Owner *owner = user_data;
  owner->delivered++;
  g_assert_cmpuint (GPOINTER_TO_UINT (item), ==, owner->delivered);
  for (gint64 end_us = g_get_monotonic_time () + owner->slow_us;
       owner->slow_us > 0 && g_get_monotonic_time () < end_us;)
    ;
  if (owner->delivered == owner->close_at)
    claw_mailbox_close (owner->mailbox);
}

static void
on_room (gpointer user_data)
{
  Owner *owner = user_data;
  owner->rooms++;
}

static void
owner_init (Owner *owner)
{
  freed = 0;
  owner->context = g_main_context_new ();
  owner->mailbox = claw_mailbox_new (owner->context, on_item, on_room, free_item, owner);
}

static void
owner_clear (Owner *owner)
{
  claw_mailbox_close (owner->mailbox);
  claw_mailbox_unref (owner->mailbox);
  g_main_context_unref (owner->context);
}

static void
post (Owner *owner, unsigned first, unsigned last)
{
  for (unsigned i = first; i <= last; i++)
    claw_mailbox_post (owner->mailbox, GUINT_TO_POINTER (i));
}

static gpointer
run_poster (gpointer user_data)
{
  post (user_data, 1, 100000);
  return NULL;
}

/* What another thread posts comes in order and whole. */
static void
test_order (void)
{
  Owner owner = { 0 };
  owner_init (&owner);
  GThread *thread = g_thread_new ("poster", run_poster, &owner);
  while (owner.delivered < 100000)
    g_main_context_iteration (owner.context, TRUE);
  g_thread_join (thread);
  /* A turn whose time was over with the last item has another one, which finds nothing. */
  g_main_context_iteration (owner.context, FALSE);
  g_assert_false (g_main_context_pending (owner.context));
  g_assert_cmpuint (owner.delivered, ==, 100000);
  owner_clear (&owner);
  g_assert_cmpuint (freed, ==, 0);
}

/* The limit is told exactly when it is reached, and room once half of it was delivered. */
static void
test_limit (void)
{
  Owner owner = { 0 };
  owner_init (&owner);
  for (unsigned i = 1; i < CLAW_MAILBOX_ITEMS_MAX; i++)
    g_assert_true (claw_mailbox_post (owner.mailbox, GUINT_TO_POINTER (i)));
  g_assert_false (claw_mailbox_post (owner.mailbox, GUINT_TO_POINTER (CLAW_MAILBOX_ITEMS_MAX)));
  g_assert_false (claw_mailbox_post (owner.mailbox, GUINT_TO_POINTER (CLAW_MAILBOX_ITEMS_MAX + 1)));
  while (owner.delivered < CLAW_MAILBOX_ITEMS_MAX + 1)
    g_main_context_iteration (owner.context, TRUE);
  g_assert_cmpuint (owner.rooms, ==, 1);
  g_assert_true (claw_mailbox_post (owner.mailbox, GUINT_TO_POINTER (CLAW_MAILBOX_ITEMS_MAX + 2)));
  owner_clear (&owner);
}

/* One turn of the main loop has a time budget, so that a burst does not stall what else runs there.
 */
static void
test_budget (void)
{
  Owner owner = { .slow_us = CLAW_MAILBOX_BUDGET_US / 2 };
  owner_init (&owner);
  post (&owner, 1, 20);
  g_main_context_iteration (owner.context, TRUE);
  g_assert_cmpuint (owner.delivered, >=, 1);
  g_assert_cmpuint (owner.delivered, <=, 3);
  while (owner.delivered < 20)
    g_main_context_iteration (owner.context, TRUE);
  owner_clear (&owner);
}

/* Closing in the middle of a delivery ends it; what waits and what comes later is freed. */
static void
test_close (void)
{
  Owner owner = { .close_at = 3 };
  owner_init (&owner);
  post (&owner, 1, 10);
  while (g_main_context_iteration (owner.context, FALSE))
    ;
  g_assert_cmpuint (owner.delivered, ==, 3);
  g_assert_cmpuint (freed, ==, 7);
  post (&owner, 11, 11);
  g_assert_cmpuint (freed, ==, 8);
  owner_clear (&owner);
}

/* All that waits is delivered at once, in order and without the main loop, be it more than the
 * limit; what comes later waits again. */
static void
test_drain (void)
{
  Owner owner = { 0 };
  owner_init (&owner);
  claw_mailbox_drain (owner.mailbox);
  post (&owner, 1, CLAW_MAILBOX_ITEMS_MAX + 1);
  claw_mailbox_drain (owner.mailbox);
  g_assert_cmpuint (owner.delivered, ==, CLAW_MAILBOX_ITEMS_MAX + 1);
  g_assert_cmpuint (owner.rooms, ==, 1);
  post (&owner, CLAW_MAILBOX_ITEMS_MAX + 2, CLAW_MAILBOX_ITEMS_MAX + 2);
  g_assert_cmpuint (owner.delivered, ==, CLAW_MAILBOX_ITEMS_MAX + 1);
  owner_clear (&owner);
  g_assert_cmpuint (freed, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox/other-thread/in-order", test_order);
  g_test_add_func ("/mailbox/limit/told-and-lifted", test_limit);
  g_test_add_func ("/mailbox/burst/keeps-to-its-budget", test_budget);
  g_test_add_func ("/mailbox/drained/at-once", test_drain);
  g_test_add_func ("/mailbox/closed/frees-what-is-left", test_close);
  return g_test_run ();
}
