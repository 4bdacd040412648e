/* claw-settings.h: what the user chose in the preferences, below what the configuration says.
 *
 * The one place that knows where a setting comes from. What client.yaml (or --name) gives is fixed:
 * it rules, and preferences show it without a way to change it. Everything else is the GSettings
 * schema org.clawchat.ClawChat.
 *
 * Properties, all with notify; writing one that is fixed does nothing:
 *
 * - "name" (string, never NULL; "" lets the server choose)
 * - "keep-history": what a new chat does
 * - "send-typing", "notifications", "notification-text", "run-in-background", "nat-detection"
 * - "hole-punch-timeout" (int, seconds)
 * - "stun-servers" (GStrv)
 */
#pragma once

#include "claw-client-config.h"

#include <glib-object.h>

#define CLAW_SETTINGS_SCHEMA "org.clawchat.ClawChat"
#define CLAW_SETTINGS_NAME_MAX 64 /* bytes, as in client.yaml */
#define CLAW_SETTINGS_HOLE_PUNCH_TIMEOUT_MAX_S 3600

#define CLAW_SETTINGS_ERROR (claw_settings_error_quark ())
typedef enum
{
  CLAW_SETTINGS_ERROR_NO_SCHEMA, /* it is not installed; says what to do */
} ClawSettingsError;
GQuark claw_settings_error_quark (void);

#define CLAW_TYPE_SETTINGS (claw_settings_get_type ())
G_DECLARE_FINAL_TYPE (ClawSettings, claw_settings, CLAW, SETTINGS, GObject)

/* @config: (nullable) (transfer full). @name: (nullable): of the command line.
 * Returns: (transfer full): NULL with CLAW_SETTINGS_ERROR. */
ClawSettings *claw_settings_new (ClawClientConfig *config, const char *name, GError **error);

/* @property: of those above. Whether the configuration gives it. */
gboolean claw_settings_is_fixed (ClawSettings *settings, const char *property);

const char *claw_settings_get_name (ClawSettings *settings); /* (nullable): as for the client */
gboolean claw_settings_get_keep_history (ClawSettings *settings);
gboolean claw_settings_get_send_typing (ClawSettings *settings);
gboolean claw_settings_get_notifications (ClawSettings *settings);
gboolean claw_settings_get_notification_text (ClawSettings *settings);
gboolean claw_settings_get_run_in_background (ClawSettings *settings);
gboolean claw_settings_get_nat_detection (ClawSettings *settings);
int claw_settings_get_hole_punch_timeout_s (ClawSettings *settings);
/* Returns: (transfer full): those that are well-formed. */
GStrv claw_settings_dup_stun_servers (ClawSettings *settings);

typedef enum
{
  CLAW_SETTINGS_STUN_ADDED,
  CLAW_SETTINGS_STUN_MALFORMED, /* neither "host" nor "host:port" */
  CLAW_SETTINGS_STUN_KNOWN,     /* it is in the list */
  CLAW_SETTINGS_STUN_TOO_MANY,  /* CLAW_CONFIG_LIST_MAX are there */
} ClawSettingsStun;
ClawSettingsStun claw_settings_add_stun_server (ClawSettings *settings, const char *entry);
void claw_settings_remove_stun_server (ClawSettings *settings, const char *entry);
