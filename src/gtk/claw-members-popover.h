/* claw-members-popover.h: who is here, for a GtkMenuButton in the header. */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_MEMBERS_POPOVER (claw_members_popover_get_type ())
G_DECLARE_FINAL_TYPE (ClawMembersPopover, claw_members_popover, CLAW, MEMBERS_POPOVER, GtkPopover)

GtkWidget *claw_members_popover_new (void);
/* @own: (nullable): our name. @members: the others, as claw_client_get_members () gives them; to be
 * called when that changes. */
void
claw_members_popover_set (ClawMembersPopover *popover, const char *own, const char *const *members);
unsigned claw_members_popover_count (ClawMembersPopover *popover); /* ours included */
