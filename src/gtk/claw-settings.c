/* claw-settings.c: see claw-settings.h. */
#include "claw-settings.h"

#include "claw-config.h"
#include "claw-host-port.h"
#include "claw-message.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

struct _ClawSettings
{
  GObject parent_instance;

  GSettings *store;
  ClawClientConfig *config;
  char *fixed_name; /* (nullable): of the command line, else of the configuration */
  char *name;       /* what get_name () gave out */
};

enum
{
  PROP_NAME = 1,
  PROP_KEEP_HISTORY,
  PROP_SEND_TYPING,
  PROP_NOTIFICATIONS,
  PROP_NOTIFICATION_TEXT,
  PROP_RUN_IN_BACKGROUND,
  PROP_NAT_DETECTION,
  PROP_HOLE_PUNCH_TIMEOUT,
  PROP_STUN_SERVERS,
  N_PROPERTIES
};

/* The properties are named as the keys are. */
static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (ClawSettings, claw_settings, G_TYPE_OBJECT)
/* clang-format off */
G_DEFINE_QUARK (claw-settings-error-quark, claw_settings_error)
/* clang-format on */

static gboolean
is_fixed (ClawSettings *settings, unsigned property)
{
  switch (property)
    {
    case PROP_NAME:
      return settings->fixed_name != NULL;
    case PROP_NAT_DETECTION:
      return settings->config->has_nat_detection;
    case PROP_HOLE_PUNCH_TIMEOUT:
      return settings->config->has_hole_punch_timeout;
    case PROP_STUN_SERVERS:
      return settings->config->has_stun_servers;
    default:
      return FALSE;
    }
}

gboolean
claw_settings_is_fixed (ClawSettings *settings, const char *property)
{
  g_return_val_if_fail (CLAW_IS_SETTINGS (settings), FALSE);
  for (unsigned i = 1; i < N_PROPERTIES; i++)
    if (g_str_equal (properties[i]->name, property))
      return is_fixed (settings, i);
  g_return_val_if_reached (FALSE);
}

static gboolean
get_boolean (ClawSettings *settings, unsigned property)
{
  if (property == PROP_NAT_DETECTION && is_fixed (settings, property))
    return settings->config->nat_detection;
  return g_settings_get_boolean (settings->store, properties[property]->name);
}

/* Asking. */

/* What dconf holds may be anything: another program can have written it. */
const char *
claw_settings_get_name (ClawSettings *settings)
{
  g_return_val_if_fail (CLAW_IS_SETTINGS (settings), NULL);
  if (settings->fixed_name)
    return settings->fixed_name;
  g_autofree char *stored = g_settings_get_string (settings->store, "name");
  g_free (settings->name);
  settings->name = *stored ? claw_name_sanitise (stored, -1) : NULL;
  return settings->name;
}

gboolean
claw_settings_get_keep_history (ClawSettings *settings)
{
  return get_boolean (settings, PROP_KEEP_HISTORY);
}

gboolean
claw_settings_get_send_typing (ClawSettings *settings)
{
  return get_boolean (settings, PROP_SEND_TYPING);
}

gboolean
claw_settings_get_notifications (ClawSettings *settings)
{
  return get_boolean (settings, PROP_NOTIFICATIONS);
}

gboolean
claw_settings_get_notification_text (ClawSettings *settings)
{
  return get_boolean (settings, PROP_NOTIFICATION_TEXT);
}

gboolean
claw_settings_get_run_in_background (ClawSettings *settings)
{
  return get_boolean (settings, PROP_RUN_IN_BACKGROUND);
}

gboolean
claw_settings_get_nat_detection (ClawSettings *settings)
{
  return get_boolean (settings, PROP_NAT_DETECTION);
}

int
claw_settings_get_hole_punch_timeout_s (ClawSettings *settings)
{
  g_return_val_if_fail (CLAW_IS_SETTINGS (settings), 0);
  return is_fixed (settings, PROP_HOLE_PUNCH_TIMEOUT)
             ? settings->config->hole_punch_timeout_s
             : g_settings_get_int (settings->store, "hole-punch-timeout");
}

GStrv
claw_settings_dup_stun_servers (ClawSettings *settings)
{
  g_return_val_if_fail (CLAW_IS_SETTINGS (settings), NULL);
  if (is_fixed (settings, PROP_STUN_SERVERS))
    return g_strdupv (settings->config->stun_servers);
  g_auto (GStrv) stored = g_settings_get_strv (settings->store, "stun-servers");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  unsigned n_good = 0;
  for (int i = 0; stored[i] && n_good < CLAW_CONFIG_LIST_MAX; i++)
    if (claw_host_port_is_valid (stored[i], strlen (stored[i])))
      {
        g_strv_builder_add (builder, stored[i]);
        n_good++;
      }
  return g_strv_builder_end (builder);
}

/* The list of STUN servers. */

ClawSettingsStun
claw_settings_add_stun_server (ClawSettings *settings, const char *entry)
{
  g_return_val_if_fail (CLAW_IS_SETTINGS (settings) && entry, CLAW_SETTINGS_STUN_MALFORMED);
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  if (!claw_host_port_is_valid (entry, strlen (entry)))
    return CLAW_SETTINGS_STUN_MALFORMED;
  if (g_strv_contains ((const char *const *) servers, entry))
    return CLAW_SETTINGS_STUN_KNOWN;
  if (g_strv_length (servers) >= CLAW_CONFIG_LIST_MAX)
    return CLAW_SETTINGS_STUN_TOO_MANY;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_addv (builder, (const char **) servers);
  g_strv_builder_add (builder, entry);
  g_auto (GStrv) longer = g_strv_builder_end (builder);
  g_object_set (settings, "stun-servers", longer, NULL);
  return CLAW_SETTINGS_STUN_ADDED;
}

void
claw_settings_remove_stun_server (ClawSettings *settings, const char *entry)
{
  g_return_if_fail (CLAW_IS_SETTINGS (settings) && entry);
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (int i = 0; servers[i]; i++)
    if (!g_str_equal (servers[i], entry))
      g_strv_builder_add (builder, servers[i]);
  g_auto (GStrv) shorter = g_strv_builder_end (builder);
  g_object_set (settings, "stun-servers", shorter, NULL);
}

/* The object. */

static void
claw_settings_get_property (GObject *object, guint property, GValue *value, GParamSpec *spec)
{
  ClawSettings *settings = CLAW_SETTINGS (object);
  const char *name;
  switch (property)
    {
    case PROP_NAME:
      name = claw_settings_get_name (settings);
      g_value_set_string (value, name ? name : "");
      return;
    case PROP_HOLE_PUNCH_TIMEOUT:
      g_value_set_int (value, claw_settings_get_hole_punch_timeout_s (settings));
      return;
    case PROP_STUN_SERVERS:
      g_value_take_boxed (value, claw_settings_dup_stun_servers (settings));
      return;
    default:
      g_value_set_boolean (value, get_boolean (settings, property));
    }
}

/* The store tells of the change, on_changed () then of the property's. */
static void
claw_settings_set_property (GObject *object, guint property, const GValue *value, GParamSpec *spec)
{
  ClawSettings *settings = CLAW_SETTINGS (object);
  if (is_fixed (settings, property))
    return;
  switch (property)
    {
    case PROP_NAME:
      g_settings_set_string (settings->store, spec->name,
                             g_value_get_string (value) ? g_value_get_string (value) : "");
      return;
    case PROP_HOLE_PUNCH_TIMEOUT:
      g_settings_set_int (settings->store, spec->name, g_value_get_int (value));
      return;
    case PROP_STUN_SERVERS:
      g_settings_set_strv (settings->store, spec->name, g_value_get_boxed (value));
      return;
    default:
      g_settings_set_boolean (settings->store, spec->name, g_value_get_boolean (value));
    }
}

static void
on_changed (ClawSettings *settings, const char *key)
{
  GObjectClass *class = G_OBJECT_GET_CLASS (settings);
  if (g_object_class_find_property (class, key))
    g_object_notify (G_OBJECT (settings), key);
}

static void
claw_settings_finalize (GObject *object)
{
  ClawSettings *settings = CLAW_SETTINGS (object);
  g_clear_object (&settings->store);
  claw_client_config_free (settings->config);
  g_free (settings->fixed_name);
  g_free (settings->name);
  G_OBJECT_CLASS (claw_settings_parent_class)->finalize (object);
}

static void
install_boolean (unsigned property, const char *name)
{
  properties[property] = g_param_spec_boolean (name, NULL, NULL, FALSE,
                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                                   | G_PARAM_EXPLICIT_NOTIFY);
}

static void
claw_settings_class_init (ClawSettingsClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  object_class->get_property = claw_settings_get_property;
  object_class->set_property = claw_settings_set_property;
  object_class->finalize = claw_settings_finalize;
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", flags);
  install_boolean (PROP_KEEP_HISTORY, "keep-history");
  install_boolean (PROP_SEND_TYPING, "send-typing");
  install_boolean (PROP_NOTIFICATIONS, "notifications");
  install_boolean (PROP_NOTIFICATION_TEXT, "notification-text");
  install_boolean (PROP_RUN_IN_BACKGROUND, "run-in-background");
  install_boolean (PROP_NAT_DETECTION, "nat-detection");
  properties[PROP_HOLE_PUNCH_TIMEOUT] = g_param_spec_int (
      "hole-punch-timeout", NULL, NULL, 1, CLAW_SETTINGS_HOLE_PUNCH_TIMEOUT_MAX_S, 60, flags);
  properties[PROP_STUN_SERVERS] = g_param_spec_boxed ("stun-servers", NULL, NULL, G_TYPE_STRV,
                                                      flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
claw_settings_init (ClawSettings *settings)
{
}

/* g_settings_new () would end the program without a word that helps. */
static gboolean
has_schema (GError **error)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema
      = source ? g_settings_schema_source_lookup (source, CLAW_SETTINGS_SCHEMA, TRUE) : NULL;
  if (schema)
    return TRUE;
  g_set_error (error, CLAW_SETTINGS_ERROR, CLAW_SETTINGS_ERROR_NO_SCHEMA,
               _ ("the schema %s of the settings is not installed; from a build directory, start "
                  "with GSETTINGS_SCHEMA_DIR=BUILD-DIRECTORY/data"),
               CLAW_SETTINGS_SCHEMA);
  return FALSE;
}

ClawSettings *
claw_settings_new (ClawClientConfig *config, const char *name, GError **error)
{
  g_autoptr (ClawClientConfig) owned = config ? config : claw_client_config_new ();
  if (!has_schema (error))
    return NULL;
  ClawSettings *settings = g_object_new (CLAW_TYPE_SETTINGS, NULL);
  settings->fixed_name = g_strdup (name ? name : owned->has_name ? owned->name : NULL);
  settings->config = g_steal_pointer (&owned);
  settings->store = g_settings_new (CLAW_SETTINGS_SCHEMA);
  g_signal_connect_swapped (settings->store, "changed", G_CALLBACK (on_changed), settings);
  return settings;
}
