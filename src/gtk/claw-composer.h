/* claw-composer.h: where a message is written: an entry of one to six lines and the button to send.
 *
 * Enter sends, Shift+Enter begins a new line. The text stays until claw_composer_clear (), so that
 * one that was refused is not lost. Signal: "submit" (const char *text). Property: "text", what is
 * written there, with notify.
 */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_COMPOSER (claw_composer_get_type ())
G_DECLARE_FINAL_TYPE (ClawComposer, claw_composer, CLAW, COMPOSER, AdwBin)

void claw_composer_clear (ClawComposer *composer);
/* Shown at the entry until its text changes. @text: (nullable) */
void claw_composer_show_error (ClawComposer *composer, const char *text);
void claw_composer_focus (ClawComposer *composer);
