/* claw-safety.h: how the window shows whether the server is the one it was.
 */
#pragma once

#include "claw-dialogs.h"

/* A page that shows the safety number in groups, its QR code, and whether it was compared. */
#define CLAW_TYPE_SAFETY (claw_safety_get_type ())
G_DECLARE_FINAL_TYPE (ClawSafety, claw_safety, CLAW, SAFETY, AdwBin)

/* @number: (nullable): as claw_client_get_safety_number (). */
void claw_safety_set_number (ClawSafety *safety, const char *number);
/* Property "verified" (gboolean, notify): the user says that both numbers are the same; to be kept
 * with the server's key by who shows this. */
void claw_safety_set_verified (ClawSafety *safety, gboolean is_verified);
gboolean claw_safety_get_verified (ClawSafety *safety);

/* Warns before anything is sent. @error: CLAW_CLIENT_ERROR_KEY_CHANGED. @callback: TRUE to connect
 * all the same. The rest as claw_dialogs_ask (). */
GtkWidget *claw_safety_ask_other_key (GtkWindow *parent,
                                      const GError *error,
                                      ClawDialogsAnswer callback,
                                      gpointer user_data,
                                      GDestroyNotify free_data);
/* What a chat says of it from then on, until the number was compared. Returns: (transfer none):
 * translated. */
const char *claw_safety_get_banner (void);
