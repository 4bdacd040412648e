/* claw-background.c: see claw-background.h. */
#include "claw-background.h"

#include <glib/gi18n-lib.h>

#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

struct _ClawBackground
{
  GObject parent_instance;

  GApplication *application;
  ClawSettings *settings;
  gboolean is_sandboxed;
  gboolean is_held;
  GDBusConnection *bus; /* (nullable): while the portal is asked */
  unsigned response;    /* the subscription to its answer */
  GCancellable *cancellable;
};

enum
{
  SIGNAL_REFUSED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ClawBackground, claw_background, G_TYPE_OBJECT)

static void
hold (ClawBackground *background, gboolean is_held)
{
  if (background->is_held == is_held)
    return;
  background->is_held = is_held;
  if (is_held)
    g_application_hold (background->application);
  else
    g_application_release (background->application);
}

/* The portal's answer. */

static void
stop_asking (ClawBackground *background)
{
  if (background->bus && background->response)
    g_dbus_connection_signal_unsubscribe (background->bus, background->response);
  background->response = 0;
  g_cancellable_cancel (background->cancellable);
  g_clear_object (&background->cancellable);
  g_clear_object (&background->bus);
}

static void
refuse (ClawBackground *background)
{
  stop_asking (background);
  g_signal_emit (background, signals[SIGNAL_REFUSED], 0);
  g_object_set (background->settings, "run-in-background", FALSE, NULL);
}

static void
on_response (GDBusConnection *bus,
             const char *sender,
             const char *path,
             const char *interface,
             const char *signal,
             GVariant *parameters,
             gpointer user_data)
{
  ClawBackground *background = user_data;
  g_autoptr (GVariant) results = NULL;
  guint32 code = 2;
  gboolean is_granted = FALSE;
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    g_variant_get (parameters, "(u@a{sv})", &code, &results);
  if (code == 0)
    g_variant_lookup (results, "background", "b", &is_granted);
  if (is_granted)
    stop_asking (background);
  else
    refuse (background);
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) handle = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);
  if (handle || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_message ("The Background portal does not answer: %s", error->message);
  refuse (user_data);
}

/* The answer comes at a path that is known before, so that it cannot be missed. */
static char *
dup_request_path (GDBusConnection *bus, const char *token)
{
  g_autofree char *sender = g_strdup (g_dbus_connection_get_unique_name (bus) + 1);
  g_strdelimit (sender, ".", '_');
  return g_strdup_printf (PORTAL_PATH "/request/%s/%s", sender, token);
}

static void
ask (ClawBackground *background)
{
  GDBusConnection *bus = g_application_get_dbus_connection (background->application);
  if (!bus)
    {
      refuse (background);
      return;
    }
  g_autofree char *token = g_strdup_printf ("clawchat%u", g_random_int ());
  g_autofree char *path = dup_request_path (bus, token);
  GVariantBuilder options;
  background->bus = g_object_ref (bus);
  background->cancellable = g_cancellable_new ();
  background->response = g_dbus_connection_signal_subscribe (
      bus, PORTAL, "org.freedesktop.portal.Request", "Response", path, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_response, background, NULL);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "autostart", g_variant_new_boolean (FALSE));
  g_variant_builder_add (
      &options, "{sv}", "reason",
      g_variant_new_string (_ ("Chats stay connected when the window is closed.")));
  g_dbus_connection_call (bus, PORTAL, PORTAL_PATH, "org.freedesktop.portal.Background",
                          "RequestBackground", g_variant_new ("(sa{sv})", "", &options),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1,
                          background->cancellable, on_called, background);
}

static void
update (ClawBackground *background)
{
  gboolean is_wished = claw_settings_get_run_in_background (background->settings);
  stop_asking (background);
  hold (background, is_wished);
  if (is_wished && background->is_sandboxed)
    ask (background);
}

gboolean
claw_background_is_sandboxed (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

gboolean
claw_background_is_held (ClawBackground *background)
{
  g_return_val_if_fail (CLAW_IS_BACKGROUND (background), FALSE);
  return background->is_held;
}

/* The object. */

static void
claw_background_dispose (GObject *object)
{
  ClawBackground *background = CLAW_BACKGROUND (object);
  stop_asking (background);
  hold (background, FALSE);
  g_clear_object (&background->settings);
  G_OBJECT_CLASS (claw_background_parent_class)->dispose (object);
}

static void
claw_background_class_init (ClawBackgroundClass *class)
{
  G_OBJECT_CLASS (class)->dispose = claw_background_dispose;
  signals[SIGNAL_REFUSED] = g_signal_new ("refused", CLAW_TYPE_BACKGROUND, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
claw_background_init (ClawBackground *background)
{
}

ClawBackground *
claw_background_new (GApplication *application, ClawSettings *settings, gboolean is_sandboxed)
{
  g_return_val_if_fail (G_IS_APPLICATION (application) && CLAW_IS_SETTINGS (settings), NULL);
  ClawBackground *background = g_object_new (CLAW_TYPE_BACKGROUND, NULL);
  background->application = application;
  background->settings = g_object_ref (settings);
  background->is_sandboxed = is_sandboxed;
  g_signal_connect_object (settings, "notify::run-in-background", G_CALLBACK (update), background,
                           G_CONNECT_SWAPPED);
  update (background);
  return background;
}
