/* claw-announcer.c: see claw-announcer.h. */
#include "claw-announcer.h"

#include <glib/gi18n-lib.h>

struct ClawAnnouncer
{
  ClawAnnouncerSay say;
  gpointer user_data;
  unsigned timer;    /* while nothing is said */
  unsigned n_held;   /* since it runs */
  ClawMessage *held; /* (nullable): the last of them */
};

ClawAnnouncer *
claw_announcer_new (ClawAnnouncerSay say, gpointer user_data)
{
  ClawAnnouncer *announcer = g_new0 (ClawAnnouncer, 1);
  announcer->say = say;
  announcer->user_data = user_data;
  return announcer;
}

void
claw_announcer_free (ClawAnnouncer *announcer)
{
  if (!announcer)
    return;
  g_clear_handle_id (&announcer->timer, g_source_remove);
  g_clear_pointer (&announcer->held, claw_message_unref);
  g_free (announcer);
}

void
claw_announcer_clear (ClawAnnouncer *announcer)
{
  g_return_if_fail (announcer != NULL);
  g_clear_pointer (&announcer->held, claw_message_unref);
  announcer->n_held = 0;
}

static void
say_message (ClawAnnouncer *announcer, ClawMessage *message)
{
  const char *sender = claw_message_get_sender (message);
  g_autofree char *excerpt = claw_excerpt_sanitise (claw_message_get_text (message, NULL), -1);
  /* Translators: what a screen reader says of a new message: its sender and its text. */
  g_autofree char *text = g_strdup_printf (_ ("%s: %s"), sender ? sender : _ ("Unknown"),
                                           excerpt ? excerpt : "");
  announcer->say (text, announcer->user_data);
}

static void
say_number (ClawAnnouncer *announcer, unsigned n)
{
  g_autofree char *text = g_strdup_printf (ngettext ("%u New Message", "%u New Messages", n), n);
  announcer->say (text, announcer->user_data);
}

static gboolean
on_pause_over (gpointer user_data)
{
  ClawAnnouncer *announcer = user_data;
  g_autoptr (ClawMessage) message = g_steal_pointer (&announcer->held);
  unsigned n = announcer->n_held;
  announcer->n_held = 0;
  if (n == 1)
    say_message (announcer, message);
  else if (n > 1)
    say_number (announcer, n);
  else
    announcer->timer = 0;
  return n > 0;
}

void
claw_announcer_add (ClawAnnouncer *announcer, ClawMessage *message)
{
  g_return_if_fail (announcer != NULL && message != NULL);
  if (announcer->timer == 0)
    {
      announcer->timer = g_timeout_add (CLAW_ANNOUNCER_PAUSE_MS, on_pause_over, announcer);
      say_message (announcer, message);
      return;
    }
  g_clear_pointer (&announcer->held, claw_message_unref);
  announcer->held = claw_message_ref (message);
  announcer->n_held++;
}
