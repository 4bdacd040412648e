/* test-preview-trail.c: which message a list shows when the last one is taken back. */
#include "claw-preview-trail.h"

static ClawMessage *
add (ClawPreviewTrail *trail, unsigned number, gboolean is_own)
{
  g_autofree char *text = g_strdup_printf ("%u", number);
  ClawMessage *message = claw_message_new (text, -1, number, NULL);
  claw_preview_trail_add (trail, message, is_own, number);
  return message;
}

static void
assert_newest (ClawPreviewTrail *trail, const char *line)
{
  const ClawPreview *newest = claw_preview_trail_get_newest (trail);
  g_assert_cmpstr (newest ? newest->line : NULL, ==, line);
}

/* The one before shows again, whatever the order in which they are taken back. */
static void
test_removed (void)
{
  g_autoptr (ClawPreviewTrail) trail = claw_preview_trail_new ();
  g_autoptr (ClawMessage) other = add (trail, 1, FALSE);
  g_autoptr (ClawMessage) first = add (trail, 2, TRUE);
  g_autoptr (ClawMessage) second = add (trail, 3, TRUE);
  g_autoptr (ClawMessage) third = add (trail, 4, TRUE);
  g_assert_false (claw_preview_trail_remove (trail, second));
  assert_newest (trail, "You: 4");
  g_assert_true (claw_preview_trail_remove (trail, third));
  assert_newest (trail, "You: 2");
  g_assert_false (claw_preview_trail_remove (trail, third));
  g_assert_true (claw_preview_trail_remove (trail, first));
  assert_newest (trail, "1");
  g_assert_cmpint (claw_preview_trail_get_newest (trail)->time_us, ==, 1);
}

/* Nothing is left when the only one is taken back. */
static void
test_only (void)
{
  g_autoptr (ClawPreviewTrail) trail = claw_preview_trail_new ();
  assert_newest (trail, NULL);
  g_autoptr (ClawMessage) only = add (trail, 1, TRUE);
  g_assert_true (claw_preview_trail_remove (trail, only));
  assert_newest (trail, NULL);
}

/* What others wrote later stays, and what was before it is forgotten. */
static void
test_after_other (void)
{
  g_autoptr (ClawPreviewTrail) trail = claw_preview_trail_new ();
  g_autoptr (ClawMessage) own = add (trail, 1, TRUE);
  g_autoptr (ClawMessage) other = add (trail, 2, FALSE);
  g_assert_false (claw_preview_trail_remove (trail, own));
  assert_newest (trail, "2");
}

/* A message of an earlier run that is read late is the oldest. */
static void
test_oldest (void)
{
  g_autoptr (ClawPreviewTrail) trail = claw_preview_trail_new ();
  g_autoptr (ClawMessage) own = add (trail, 2, TRUE);
  g_autoptr (ClawMessage) earlier = claw_message_new ("1", -1, 1, NULL);
  claw_preview_trail_add_oldest (trail, earlier, FALSE, 1);
  assert_newest (trail, "You: 2");
  g_assert_true (claw_preview_trail_remove (trail, own));
  assert_newest (trail, "1");
}

/* The oldest goes when there are more than the limit. */
static void
test_limit (void)
{
  g_autoptr (ClawPreviewTrail) trail = claw_preview_trail_new ();
  g_autoptr (GPtrArray) messages = g_ptr_array_new_with_free_func (
      (GDestroyNotify) claw_message_unref);
  for (unsigned i = 0; i < CLAW_PREVIEW_TRAIL_MAX + 1; i++)
    g_ptr_array_add (messages, add (trail, i, TRUE));
  claw_preview_trail_add_oldest (trail, messages->pdata[0], TRUE, 0);
  for (unsigned i = CLAW_PREVIEW_TRAIL_MAX; i > 0; i--)
    g_assert_true (claw_preview_trail_remove (trail, messages->pdata[i]));
  assert_newest (trail, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preview-trail/removed/one-before-shows", test_removed);
  g_test_add_func ("/preview-trail/removed/only-one", test_only);
  g_test_add_func ("/preview-trail/removed/after-another's", test_after_other);
  g_test_add_func ("/preview-trail/oldest/read-late", test_oldest);
  g_test_add_func ("/preview-trail/limit/oldest-goes", test_limit);
  return g_test_run ();
}
