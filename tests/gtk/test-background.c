/* test-background.c: running without a window, and asking the Background portal of the test. */
#include "claw-background.h"

#include <gio/gio.h>

typedef struct
{
  GTestDBus *bus;
  GDBusConnection *connection;
  GApplication *application;
  ClawSettings *settings;
  gboolean grants;
  unsigned n_asked;
  gboolean autostart;
  unsigned n_refused;
} Portal;

static const char introspection[]
    = "<node><interface name='org.freedesktop.portal.Background'>"
      "<method name='RequestBackground'><arg type='s' direction='in'/>"
      "<arg type='a{sv}' direction='in'/><arg type='o' direction='out'/></method>"
      "</interface></node>";

static void
on_call (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  Portal *portal = user_data;
  const char *parent = NULL;
  const char *token = NULL;
  g_autoptr (GVariant) options = NULL;
  GVariantBuilder results;
  g_variant_get (parameters, "(&s@a{sv})", &parent, &options);
  g_assert_true (g_variant_lookup (options, "handle_token", "&s", &token));
  g_assert_true (g_variant_lookup (options, "autostart", "b", &portal->autostart));
  g_autofree char *name = g_strdelimit (g_strdup (sender + 1), ".", '_');
  g_autofree char *handle = g_strdup_printf ("/org/freedesktop/portal/desktop/request/%s/%s", name,
                                             token);
  portal->n_asked++;
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", handle));
  g_variant_builder_init (&results, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&results, "{sv}", "background", g_variant_new_boolean (portal->grants));
  g_dbus_connection_emit_signal (connection, sender, handle, "org.freedesktop.portal.Request",
                                 "Response", g_variant_new ("(ua{sv})", 0, &results), NULL);
}

static void
portal_set_up (Portal *portal, const void *data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr (GError) error = NULL;
  const char *kind = data;
  portal->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (portal->bus);
  portal->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  portal->grants = g_str_equal (kind, "grants");
  if (!g_str_equal (kind, "none"))
    {
      g_dbus_connection_register_object (portal->connection, "/org/freedesktop/portal/desktop",
                                         info->interfaces[0], &vtable, portal, NULL, &error);
      g_assert_no_error (error);
      g_bus_own_name_on_connection (portal->connection, "org.freedesktop.portal.Desktop", 0, NULL,
                                    NULL, NULL, NULL);
    }
  portal->application = g_application_new ("org.clawchat.Test", G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (portal->application, NULL, &error));
  portal->settings = claw_settings_new (NULL, NULL, &error);
  g_assert_no_error (error);
  g_object_set (portal->settings, "run-in-background", FALSE, NULL);
}

static void
portal_tear_down (Portal *portal, const void *data)
{
  g_object_unref (portal->settings);
  g_object_unref (portal->application);
  g_object_unref (portal->connection);
  g_test_dbus_stop (portal->bus);
  g_object_unref (portal->bus);
}

/* Outside of a sandbox the setting alone decides, at once. */
static void
test_setting (Portal *portal, const void *data)
{
  g_autoptr (ClawBackground) background = claw_background_new (portal->application,
                                                               portal->settings, FALSE);
  g_assert_false (claw_background_is_held (background));
  g_object_set (portal->settings, "run-in-background", TRUE, NULL);
  g_assert_true (claw_background_is_held (background));
  g_object_set (portal->settings, "run-in-background", FALSE, NULL);
  g_assert_false (claw_background_is_held (background));
  g_assert_cmpuint (portal->n_asked, ==, 0);
}

/* In a sandbox the portal is asked, never for a start at login; granted, it stays. */
static void
test_granted (Portal *portal, const void *data)
{
  g_autoptr (ClawBackground) background = claw_background_new (portal->application,
                                                               portal->settings, TRUE);
  g_assert_cmpuint (portal->n_asked, ==, 0);
  portal->autostart = TRUE;
  g_object_set (portal->settings, "run-in-background", TRUE, NULL);
  while (portal->n_asked == 0)
    g_main_context_iteration (NULL, TRUE);
  for (int i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_false (portal->autostart);
  g_assert_true (claw_background_is_held (background));
  g_assert_true (claw_settings_get_run_in_background (portal->settings));
}

static void
on_refused (ClawBackground *background, Portal *portal)
{
  portal->n_refused++;
  g_assert_true (claw_settings_get_run_in_background (portal->settings));
}

/* Refused, or with nobody to ask, the setting goes back and nothing is held; that is told before,
 * and is no choice of the user's. */
static void
test_refused (Portal *portal, const void *data)
{
  g_autoptr (ClawBackground) background = claw_background_new (portal->application,
                                                               portal->settings, TRUE);
  g_signal_connect (background, "refused", G_CALLBACK (on_refused), portal);
  g_object_set (portal->settings, "run-in-background", TRUE, NULL);
  g_assert_cmpuint (portal->n_refused, ==, 0);
  while (claw_settings_get_run_in_background (portal->settings))
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (claw_background_is_held (background));
  g_assert_cmpuint (portal->n_refused, ==, 1);
}

#define ADD(path, kind, function) \
  g_test_add (path, Portal, kind, portal_set_up, function, portal_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/background/no-sandbox/setting-decides", "none", test_setting);
  ADD ("/background/sandbox/granted", "grants", test_granted);
  ADD ("/background/sandbox/refused", "refuses", test_refused);
  ADD ("/background/sandbox/no-portal", "none", test_refused);
  return g_test_run ();
}
