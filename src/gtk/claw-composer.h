/* claw-composer.h: where a message is written: an entry of one to six lines and the button to send.
 *
 * Enter sends, Shift+Enter begins a new line. The text stays until claw_composer_clear (), so that
 * one that was refused is not lost. A bar over the entry shows the message that is answered.
 * Signals:
 *
 * - "submit" (const char *text)
 *
 * - "typing" (gboolean is_typing): the user has changed the text, which is not empty, or has
 * emptied it; for claw_client_set_typing ()
 *
 * - "draft-changed" (): get_text () or get_reply () gives something else
 *
 * Property: "text", what is written there, with notify.
 */
#pragma once

#include "claw-message.h"

#include <adwaita.h>

#define CLAW_TYPE_COMPOSER (claw_composer_get_type ())
G_DECLARE_FINAL_TYPE (ClawComposer, claw_composer, CLAW, COMPOSER, AdwBin)

/* Text and answer. */
void claw_composer_clear (ClawComposer *composer);
/* For drafts: does not count as typing. The cursor goes to the end. */
void claw_composer_set_text (ClawComposer *composer, const char *text);
/* As it was written, white space included. Returns: (transfer full) */
char *claw_composer_get_text (ClawComposer *composer);
/* What is written answers @message, which the bar shows. @message: (nullable). @sender: how to name
 * its author; ignored without @message. */
void claw_composer_set_reply (ClawComposer *composer, ClawMessage *message, const char *sender);
/* Whether "typing" is emitted: a preference. TRUE at first. */
void claw_composer_set_tells_typing (ClawComposer *composer, gboolean tells_typing);
ClawMessage *claw_composer_get_reply (ClawComposer *composer); /* (transfer none) (nullable) */
/* Shown at the entry until its text changes. @text: (nullable) */
void claw_composer_show_error (ClawComposer *composer, const char *text);
void claw_composer_focus (ClawComposer *composer);
