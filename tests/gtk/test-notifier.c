/* test-notifier.c: what is sent to the desktop for a message, on a bus of the test. */
#include "claw-notifier.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* Stands for the desktop: org.freedesktop.Notifications. */
typedef struct
{
  GTestDBus *bus;
  GDBusConnection *connection;
  GApplication *application;
  ClawSettings *settings;
  ClawNotifier *notifier;
  unsigned n_shown;
  unsigned n_closed;
  char *summary;
  char *body;
  GStrv actions;
  char *opened; /* what app.open-chat or app.reply-chat got */
} Desktop;

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
  Desktop *desktop = user_data;
  if (g_str_equal (method, "CloseNotification"))
    {
      desktop->n_closed++;
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_free (desktop->summary);
  g_free (desktop->body);
  g_strfreev (desktop->actions);
  g_variant_get (parameters, "(susss^as@a{sv}i)", NULL, NULL, NULL, &desktop->summary,
                 &desktop->body, &desktop->actions, NULL, NULL);
  desktop->n_shown++;
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", 7));
}

static const char introspection[]
    = "<node><interface name='org.freedesktop.Notifications'>"
      "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
      "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
      "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
      "<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
      "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
      "</interface></node>";

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Desktop *desktop = user_data;
  g_free (desktop->opened);
  desktop->opened = g_strdup_printf ("%s %s", g_action_get_name (G_ACTION (action)),
                                     g_variant_get_string (parameter, NULL));
}

static void
add_action (Desktop *desktop, const char *name)
{
  g_autoptr (GSimpleAction) action = g_simple_action_new (name, G_VARIANT_TYPE_STRING);
  g_signal_connect (action, "activate", G_CALLBACK (on_action), desktop);
  g_action_map_add_action (G_ACTION_MAP (desktop->application), G_ACTION (action));
}

/* One for all tests: GLib's watch of the desktop does not survive the end of its bus. */
static Desktop the_desktop;

static void
start_desktop (Desktop *desktop)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr (GError) error = NULL;
  desktop->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (desktop->bus);
  desktop->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_register_object (desktop->connection, "/org/freedesktop/Notifications",
                                     info->interfaces[0], &vtable, desktop, NULL, &error);
  g_assert_no_error (error);
  g_bus_own_name_on_connection (desktop->connection, "org.freedesktop.Notifications", 0, NULL, NULL,
                                NULL, NULL);
  desktop->application = g_application_new ("org.clawchat.Test", G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (desktop->application, NULL, &error));
  add_action (desktop, "open-chat");
  add_action (desktop, "reply-chat");
  desktop->settings = claw_settings_new (NULL, NULL, &error);
  g_assert_no_error (error);
  desktop->notifier = claw_notifier_new (desktop->application, desktop->settings);
}

static void
end_desktop (Desktop *desktop)
{
  g_dbus_connection_set_exit_on_close (desktop->connection, FALSE);
  g_test_dbus_stop (desktop->bus);
}

/* Returns: (transfer none): as at the beginning of a session */
static Desktop *
fresh_desktop (void)
{
  Desktop *desktop = &the_desktop;
  desktop->n_shown = desktop->n_closed = 0;
  g_object_set (desktop->settings, "notifications", TRUE, "notification-text", TRUE, NULL);
  return desktop;
}

static void
tell (Desktop *desktop, const char *sender, const char *text, unsigned unread)
{
  static const uint8_t id[CLAW_MESSAGE_ID_SIZE] = { 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new_full (id, sender, 0, text, -1, &error);
  g_assert_no_error (error);
  claw_notifier_tell (desktop->notifier, "0123", "Vault", message, unread);
}

/* Lets the desktop's answer, which names the notification, arrive: the bus keeps the order. */
static void
settle (Desktop *desktop)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) id = g_dbus_connection_call_sync (
      desktop->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetId", NULL, NULL, 0, -1, NULL, &error);
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
wait_for_count (const unsigned *count, unsigned wanted)
{
  while (*count < wanted)
    g_main_context_iteration (NULL, TRUE);
}

/* Title of the chat, who says what, and two ways to answer. */
static void
test_shown (void)
{
  Desktop *desktop = fresh_desktop ();
  tell (desktop, "anna", "Hello", 1);
  wait_for_count (&desktop->n_shown, 1);
  g_assert_cmpstr (desktop->summary, ==, "Vault");
  g_assert_cmpstr (desktop->body, ==, "anna: Hello");
  g_assert_true (g_strv_contains ((const char *const *) desktop->actions, "default"));
  g_assert_true (g_strv_contains ((const char *const *) desktop->actions, "Reply"));
  tell (desktop, "berta", "Me too", 3);
  wait_for_count (&desktop->n_shown, 2);
  g_assert_cmpstr (desktop->body, ==, "berta: Me too\nand 2 more messages");
}

/* With the text hidden neither it nor the sender is told. */
static void
test_text_hidden (void)
{
  Desktop *desktop = fresh_desktop ();
  g_object_set (desktop->settings, "notification-text", FALSE, NULL);
  tell (desktop, "anna", "Hello", 2);
  wait_for_count (&desktop->n_shown, 1);
  g_assert_cmpstr (desktop->body, ==, "2 new messages");
}

/* Switched off, nothing is sent: the next thing that comes is the one after it is on again. */
static void
test_off (void)
{
  Desktop *desktop = fresh_desktop ();
  g_object_set (desktop->settings, "notifications", FALSE, NULL);
  tell (desktop, "anna", "Unheard", 1);
  g_object_set (desktop->settings, "notifications", TRUE, NULL);
  tell (desktop, "anna", "Heard", 1);
  wait_for_count (&desktop->n_shown, 1);
  g_assert_cmpstr (desktop->body, ==, "anna: Heard");
}

/* A peer cannot put markup into the shell, nor turn its letters round, nor say more than a few
 * lines. */
static void
test_hostile_text (void)
{
  Desktop *desktop = fresh_desktop ();
  g_autofree char *longest = g_strnfill (CLAW_NOTIFIER_TEXT_MAX + 1, 'x');
  tell (desktop, "<b>a", "<img src='https://x'/>&lt;i&#62; a & b", 1);
  wait_for_count (&desktop->n_shown, 1);
  g_assert_null (strpbrk (desktop->body, "<>"));
  g_assert_null (strstr (desktop->body, "&lt;"));
  g_assert_null (strstr (desktop->body, "&#62;"));
  g_assert_nonnull (strstr (desktop->body, " a & b"));
  tell (desktop, "a", "\u2067\u202etxt.exe", 2);
  wait_for_count (&desktop->n_shown, 2);
  g_assert_cmpstr (desktop->body, ==, "a: txt.exe\nand 1 more message");
  tell (desktop, "a", longest, 1);
  wait_for_count (&desktop->n_shown, 3);
  g_assert_cmpint (g_utf8_strlen (desktop->body, -1), ==, 3 + CLAW_NOTIFIER_TEXT_MAX + 1);
}

/* As a client gets it. */
static void
receive (ClawSavedChat *chat, const char *text)
{
  static uint8_t id[CLAW_MESSAGE_ID_SIZE];
  id[0]++;
  g_autoptr (ClawMessage) message = claw_message_new_full (id, "anna", 0, text, -1, NULL);
  g_signal_emit_by_name (claw_saved_chat_get_client (chat), "message", message);
}

/* A chat that is in view notifies of nothing, also while it is scrolled up and the message is
 * unread; one that is not does, and looking at it takes the notification back. */
static void
test_in_view (void)
{
  Desktop *desktop = fresh_desktop ();
  ClawSavedChatsOptions options = { .timeout_s = 60 };
  g_autofree char *directory = g_dir_make_tmp ("claw-notifier-XXXXXX", NULL);
  g_autoptr (ClawSavedChats) chats = claw_saved_chats_new (directory, &options);
  ClawSavedChat *chat = claw_saved_chats_add (chats);
  claw_notifier_watch (desktop->notifier, chats);
  claw_saved_chat_set_is_in_view (chat, TRUE);
  claw_saved_chat_set_is_at_end (chat, FALSE);
  receive (chat, "Seen soon");
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 1);
  claw_saved_chat_set_is_in_view (chat, FALSE);
  receive (chat, "Away");
  wait_for_count (&desktop->n_shown, 1);
  g_assert_true (g_str_has_prefix (desktop->body, "anna: Away"));
  settle (desktop);
  claw_saved_chat_set_is_in_view (chat, TRUE);
  wait_for_count (&desktop->n_closed, 1);
  g_assert_cmpuint (claw_saved_chat_get_unread (chat), ==, 2);
  g_assert_cmpuint (desktop->n_shown, ==, 1);
  claw_saved_chats_shutdown (chats);
  g_rmdir (directory);
}

/* Read, it goes away; what was never shown is not asked for. */
static void
test_withdrawn (void)
{
  Desktop *desktop = fresh_desktop ();
  claw_notifier_withdraw (desktop->notifier, "9999");
  tell (desktop, "anna", "Hello", 1);
  wait_for_count (&desktop->n_shown, 1);
  settle (desktop);
  claw_notifier_withdraw (desktop->notifier, "0123");
  wait_for_count (&desktop->n_closed, 1);
  g_assert_cmpuint (desktop->n_closed, ==, 1);
}

static void
invoke (Desktop *desktop, const char *action)
{
  g_clear_pointer (&desktop->opened, g_free);
  g_dbus_connection_emit_signal (desktop->connection, NULL, "/org/freedesktop/Notifications",
                                 "org.freedesktop.Notifications", "ActionInvoked",
                                 g_variant_new ("(us)", 7, action), NULL);
  while (!desktop->opened)
    g_main_context_iteration (NULL, TRUE);
}

/* A click opens the chat, the button opens it for an answer. */
static void
test_actions (void)
{
  Desktop *desktop = fresh_desktop ();
  tell (desktop, "anna", "Hello", 1);
  wait_for_count (&desktop->n_shown, 1);
  g_autofree char *reply = NULL;
  for (int i = 0; desktop->actions[i]; i += 2)
    if (g_str_equal (desktop->actions[i + 1], "Reply"))
      reply = g_strdup (desktop->actions[i]);
  settle (desktop);
  invoke (desktop, "default");
  g_assert_cmpstr (desktop->opened, ==, "open-chat 0123");
  tell (desktop, "anna", "Hello again", 1);
  wait_for_count (&desktop->n_shown, 2);
  settle (desktop);
  invoke (desktop, reply);
  g_assert_cmpstr (desktop->opened, ==, "reply-chat 0123");
}

int
main (int argc, char **argv)
{
  /* GLib chooses what it talks to by what is there; this is what the test stands for. */
  g_setenv ("GNOTIFICATION_BACKEND", "freedesktop", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notifier/message/shown", test_shown);
  g_test_add_func ("/notifier/text-hidden/counts-only", test_text_hidden);
  g_test_add_func ("/notifier/switched-off/silent", test_off);
  g_test_add_func ("/notifier/hostile-text/plain-and-short", test_hostile_text);
  g_test_add_func ("/notifier/read/withdrawn", test_withdrawn);
  g_test_add_func ("/notifier/in-view/silent", test_in_view);
  g_test_add_func ("/notifier/clicked/opens-chat", test_actions);
  start_desktop (&the_desktop);
  int status = g_test_run ();
  end_desktop (&the_desktop);
  return status;
}
