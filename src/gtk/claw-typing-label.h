/* claw-typing-label.h: "Anna is typing…", in a line that is always there, so that nothing jumps. */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_TYPING_LABEL (claw_typing_label_get_type ())
G_DECLARE_FINAL_TYPE (ClawTypingLabel, claw_typing_label, CLAW, TYPING_LABEL, AdwBin)

GtkWidget *claw_typing_label_new (void);
/* For the signal "typing" of a client. */
void claw_typing_label_set (ClawTypingLabel *label, const char *name, gboolean is_typing);
const char *claw_typing_label_get_text (ClawTypingLabel *label); /* "" when nobody writes */
