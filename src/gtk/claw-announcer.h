/* claw-announcer.h: what a screen reader is to say of new messages.
 *
 * A message is said at once when there was none for a while. Those that come too soon after it are
 * held back: nobody can hear them all, and each would cut the one before short. After
 * CLAW_ANNOUNCER_PAUSE_MS one of them is said, or how many there are.
 */
#pragma once

#include "claw-message.h"

#define CLAW_ANNOUNCER_PAUSE_MS 500

typedef struct ClawAnnouncer ClawAnnouncer;
typedef void (*ClawAnnouncerSay) (const char *text, gpointer user_data);

ClawAnnouncer *claw_announcer_new (ClawAnnouncerSay say, gpointer user_data);
/* What is held back is not said any more, as by clear (). */
void claw_announcer_free (ClawAnnouncer *announcer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawAnnouncer, claw_announcer_free)

void claw_announcer_add (ClawAnnouncer *announcer, ClawMessage *message);
void claw_announcer_clear (ClawAnnouncer *announcer);
