/* claw-application.c: see claw-application.h. */
#include "claw-application.h"

#include "claw-background.h"
#include "claw-client-config.h"
#include "claw-dialogs.h"
#include "claw-hosting.h"
#include "claw-keyring.h"
#include "claw-live-settings.h"
#include "claw-notifier.h"
#include "claw-preferences.h"
#include "claw-resources.h"
#include "claw-settings.h"
#include "claw-shortcuts.h"
#include "claw-unlock.h"
#include "claw-window.h"
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <sysexits.h>

struct _ClawApplication
{
  AdwApplication parent_instance;

  ClawSettings *settings; /* (nullable): before the first window */
  ClawSavedChats *chats;  /* (nullable): before the settings are known */
  ClawWindow *window;     /* (nullable) (weak) */
  ClawNotifier *notifier;
  ClawBackground *background;
  gboolean is_quitting;  /* the window is to take the program with it */
  ClawKeyring *keyring;  /* with the chats */
  gboolean is_unlocking; /* or done with it */
  gboolean is_loaded;    /* the chats are */
  char *wanted;          /* (nullable): the chat to be shown once they are, by its id */
};

G_DEFINE_FINAL_TYPE (ClawApplication, claw_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
  { "file", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    N_ ("Connect with this .sec file, as a bare FILE.sec does; else to the server used last"),
    N_ ("FILE") },
  { "bootstrap-key-file", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    N_ ("The key that opens .sec files; else $CLAWCHAT_BOOTSTRAP_KEY"), N_ ("FILE") },
  { "name", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("The name to be shown to others"), N_ ("NAME") },
  { "config", 0, 0, G_OPTION_ARG_FILENAME, NULL,
    N_ ("Settings; else clawchat/client.yaml in the user's configuration"), N_ ("FILE") },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, NULL, NULL, N_ ("[FILE.sec]") },
  { NULL },
};

/* @path: (nullable). Returns: (transfer full) (nullable) */
static ClawClientConfig *
load_config (const char *path, GError **error)
{
  g_autofree char *usual = g_build_filename (g_get_user_config_dir (), "clawchat", "client.yaml",
                                             NULL);
  if (path)
    return claw_client_config_load (path, error);
  if (g_file_test (usual, G_FILE_TEST_EXISTS))
    return claw_client_config_load (usual, error);
  return claw_client_config_new ();
}

/* The hosted chat is one among the others. */
static void
on_open_hosted (GFile *file, const char *key_path, gpointer user_data)
{
  ClawApplication *application = user_data;
  if (application->window)
    claw_window_open (application->window, file, key_path);
}

static void
on_show_hosted (ClawSavedChat *chat, gpointer user_data)
{
  ClawApplication *application = user_data;
  if (application->window)
    claw_window_show_chat (application->window, chat);
}

static const ClawHostingListener hosting_listener = { on_open_hosted, on_show_hosted };

/* The configuration and the name count at the first time: later command lines have no say.
 * Returns: (transfer none) (nullable) */
static ClawSettings *
ensure_settings (ClawApplication *application,
                 const char *name,
                 const char *config_path,
                 GError **error)
{
  if (application->settings)
    return application->settings;
  ClawClientConfig *config = load_config (config_path, error);
  if (config)
    application->settings = claw_settings_new (config, name, error);
  return application->settings;
}

static void
on_stun_servers (ClawSettings *settings, GParamSpec *pspec, GtkApplication *application)
{
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  claw_hosting_set_stun_servers (application, (const char *const *) servers);
}

/* Asked to close, a window of libadwaita closes the dialog that it shows, and stays. */
static void
close_dialogs (ClawWindow *window)
{
#if ADW_CHECK_VERSION(1, 5, 0)
  g_autoptr (GListModel) dialogs = adw_application_window_get_dialogs (
      ADW_APPLICATION_WINDOW (window));
  for (unsigned left = g_list_model_get_n_items (dialogs); left > 0; left--)
    {
      g_autoptr (AdwDialog) dialog = g_list_model_get_item (dialogs, left - 1);
      adw_dialog_force_close (dialog);
    }
#endif
}

/* The window may be closed by now: its closing was to leave the program running. */
static void
on_refused (ClawApplication *application)
{
  const char *text = _ ("The system does not let ClawChat run in the background");
  if (application->window && gtk_widget_get_visible (GTK_WIDGET (application->window)))
    {
      claw_window_toast (application->window, text);
      return;
    }
  g_autoptr (GNotification) notification = g_notification_new (text);
  g_application_send_notification (G_APPLICATION (application), "background", notification);
}

/* A closed window does not keep a program running that is not to run without one. */
static void
on_run_in_background (ClawApplication *application)
{
  GtkWindow *window = GTK_WINDOW (application->window);
  if (!window || gtk_widget_get_visible (GTK_WIDGET (window))
      || claw_settings_get_run_in_background (application->settings))
    return;
  close_dialogs (application->window);
  gtk_window_set_hide_on_close (window, FALSE);
  gtk_window_close (window);
}

static void
connect_background (ClawApplication *application)
{
  application->background = claw_background_new (G_APPLICATION (application), application->settings,
                                                 claw_background_is_sandboxed ());
  g_signal_connect_object (application->background, "refused", G_CALLBACK (on_refused), application,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (application->settings, "notify::run-in-background",
                           G_CALLBACK (on_run_in_background), application, G_CONNECT_SWAPPED);
}

/* Returns: FALSE for wrong settings. */
static gboolean
ensure_chats (ClawApplication *application,
              const char *name,
              const char *config_path,
              GError **error)
{
  if (application->chats)
    return TRUE;
  ClawSettings *settings = ensure_settings (application, name, config_path, error);
  if (!settings)
    return FALSE;
  g_auto (GStrv) stun_servers = claw_settings_dup_stun_servers (settings);
  ClawSavedChatsOptions chat_options = {
    .name = claw_settings_get_name (settings),
    .timeout_s = claw_settings_get_hole_punch_timeout_s (settings),
    .nat_detection = claw_settings_get_nat_detection (settings),
    .stun_servers = (const char *const *) stun_servers,
    .drops_history = !claw_settings_get_keep_history (settings),
    .monitor = g_network_monitor_get_default (),
  };
  application->chats = claw_saved_chats_new (NULL, &chat_options);
  g_autofree char *directory = g_build_filename (g_get_user_data_dir (), "clawchat", NULL);
  application->keyring = claw_keyring_new (directory);
  claw_live_settings_follow (settings, application->chats);
  claw_hosting_attach (GTK_APPLICATION (application), application->chats,
                       (const char *const *) stun_servers, &hosting_listener, application);
  g_signal_connect_object (settings, "notify::stun-servers", G_CALLBACK (on_stun_servers),
                           application, 0);
  application->notifier = claw_notifier_new (G_APPLICATION (application), settings);
  claw_notifier_watch (application->notifier, application->chats);
  connect_background (application);
  return TRUE;
}

/* A directory that goes with the session, for chats that are not to be kept. */
static void
use_temporary_directory (ClawApplication *application)
{
  g_autofree char *directory = g_build_filename (g_get_user_runtime_dir (), "clawchat-XXXXXX",
                                                 NULL);
  if (g_mkdtemp (directory))
    claw_saved_chats_set_temporary (application->chats, directory);
  else
    g_warning ("%s: %s", directory, g_strerror (errno));
}

/* A notification outlives the program, and its click may be what starts it. Shown at last, the
 * cursor is in the composer: an answer can be written at once. */
static void
show_wanted (ClawApplication *application)
{
  if (!application->window || !application->is_loaded || !application->wanted)
    return;
  ClawSavedChat *chat = claw_saved_chats_find_by_id (application->chats, application->wanted);
  g_clear_pointer (&application->wanted, g_free);
  if (chat)
    claw_window_show_chat (application->window, chat);
}

static void
on_unlocked (ClawKeyring *keyring, gpointer user_data)
{
  g_autoptr (ClawApplication) application = user_data;
  gboolean is_kept = claw_keyring_get_kind (keyring) != CLAW_KEYRING_MEMORY;
  if (!is_kept)
    use_temporary_directory (application);
  claw_saved_chats_set_key (application->chats, claw_keyring_get_key (keyring));
  claw_saved_chats_load (application->chats);
  claw_saved_chats_resume (application->chats);
  application->is_loaded = TRUE;
  claw_hosting_chats_loaded (GTK_APPLICATION (application), is_kept);
  if (application->window)
    claw_window_focus (application->window);
  show_wanted (application);
}

/* The end was taken back: closing the window is again what the settings say. */
static void
on_stays (ClawApplication *application, ClawWindow *window)
{
  application->is_quitting = FALSE;
  gtk_window_set_hide_on_close (GTK_WINDOW (window),
                                claw_settings_get_run_in_background (application->settings));
}

/* Returns: (transfer none) (nullable) */
static ClawWindow *
ensure_window (ClawApplication *application,
               const char *name,
               const char *config_path,
               GError **error)
{
  if (application->window)
    return application->window;
  if (!ensure_chats (application, name, config_path, error))
    return NULL;
  ClawWindow *window = claw_window_new (ADW_APPLICATION (application), application->chats);
  g_set_weak_pointer (&application->window, window);
  /* What the pages hold stays while nothing is shown of it. */
  g_object_bind_property (application->settings, "run-in-background", window, "hide-on-close",
                          G_BINDING_SYNC_CREATE);
  g_signal_connect_object (window, "stays", G_CALLBACK (on_stays), application, G_CONNECT_SWAPPED);
  if (!application->is_unlocking)
    claw_unlock_run (GTK_WINDOW (window), application->keyring, on_unlocked,
                     g_object_ref (application));
  application->is_unlocking = TRUE;
  return window;
}

/* Without a command line there is nobody to tell of wrong settings but in the log. */
static ClawWindow *
show_window (ClawApplication *application)
{
  g_autoptr (GError) error = NULL;
  ClawWindow *window = ensure_window (application, NULL, NULL, &error);
  if (!window)
    {
      g_warning ("%s", error->message);
      return NULL;
    }
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static void
claw_application_activate (GApplication *application)
{
  show_window (CLAW_APPLICATION (application));
}

static void
claw_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  ClawWindow *window = show_window (CLAW_APPLICATION (application));
  for (int i = 0; window && i < n_files; i++)
    claw_window_open (window, files[i], NULL);
}

/* Paths on a command line are relative to where it was given. Returns: (transfer full) (nullable)
 */
static GFile *
lookup_file (GApplicationCommandLine *command_line, const char *option)
{
  GVariantDict *dict = g_application_command_line_get_options_dict (command_line);
  const char *path = NULL;
  if (!g_variant_dict_lookup (dict, option, "^&ay", &path))
    return NULL;
  return g_application_command_line_create_file_for_arg (command_line, path);
}

static char *
lookup_path (GApplicationCommandLine *command_line, const char *option)
{
  g_autoptr (GFile) file = lookup_file (command_line, option);
  return file ? g_file_get_path (file) : NULL;
}

/* Those of --file and of bare arguments. */
static void
open_files (GApplicationCommandLine *command_line, ClawWindow *window, const char *key_file)
{
  GVariantDict *dict = g_application_command_line_get_options_dict (command_line);
  g_autoptr (GFile) option = lookup_file (command_line, "file");
  g_autofree const char **paths = NULL;
  g_variant_dict_lookup (dict, G_OPTION_REMAINING, "^a&ay", &paths);
  if (option)
    claw_window_open (window, option, key_file);
  for (unsigned i = 0; paths && paths[i]; i++)
    {
      g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (command_line,
                                                                               paths[i]);
      claw_window_open (window, file, key_file);
    }
}

static int
claw_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  GVariantDict *dict = g_application_command_line_get_options_dict (command_line);
  g_autofree char *config_path = lookup_path (command_line, "config");
  g_autofree char *key_file = lookup_path (command_line, "bootstrap-key-file");
  g_autoptr (GError) error = NULL;
  const char *name = NULL;
  g_variant_dict_lookup (dict, "name", "&s", &name);
  ClawWindow *window = ensure_window (CLAW_APPLICATION (application), name, config_path, &error);
  if (!window)
    {
      g_application_command_line_printerr (command_line, "%s\n", error->message);
      return EX_CONFIG;
    }
  gtk_window_present (GTK_WINDOW (window));
  open_files (command_line, window, key_file);
  return EX_OK;
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawApplication *application = user_data;
  if (!application->window)
    {
      g_application_quit (G_APPLICATION (application));
      return;
    }
  close_dialogs (application->window);
  /* The window may ask first, or stay. */
  application->is_quitting = TRUE;
  gtk_window_set_hide_on_close (GTK_WINDOW (application->window), FALSE);
  gtk_window_close (GTK_WINDOW (application->window));
}

static void
on_open_chat (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawApplication *application = user_data;
  g_free (application->wanted);
  application->wanted = g_variant_dup_string (parameter, NULL);
  show_window (application);
  show_wanted (application);
}

/* Asked for from outside there may be no window yet, or one that is hidden. Returns: (transfer
 * none) (nullable): above what is to be shown. */
static GtkWindow *
get_parent (ClawApplication *application)
{
  return show_window (application)
             ? gtk_application_get_active_window (GTK_APPLICATION (application))
             : NULL;
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  claw_dialogs_show_about (get_parent (user_data));
}

static void
on_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  claw_dialogs_show_shortcuts (get_parent (user_data));
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ClawApplication *application = user_data;
  GtkWindow *parent = get_parent (application);
  if (parent)
    claw_preferences_show (parent, application->settings, application->chats);
}

static void
claw_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { "quit", on_quit, NULL, NULL, NULL, { 0 } },
    { "open-chat", on_open_chat, "s", NULL, NULL, { 0 } },
    { "reply-chat", on_open_chat, "s", NULL, NULL, { 0 } },
    { "preferences", on_preferences, NULL, NULL, NULL, { 0 } },
    { "about", on_about, NULL, NULL, NULL, { 0 } },
    { "shortcuts", on_shortcuts, NULL, NULL, NULL, { 0 } },
  };
  G_APPLICATION_CLASS (claw_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  claw_shortcuts_set_accelerators (GTK_APPLICATION (application));
  gtk_window_set_default_icon_name (CLAW_APPLICATION_ID);
}

static void
claw_application_window_removed (GtkApplication *application, GtkWindow *window)
{
  GTK_APPLICATION_CLASS (claw_application_parent_class)->window_removed (application, window);
  if (CLAW_APPLICATION (application)->is_quitting && CLAW_IS_WINDOW (window))
    g_application_quit (G_APPLICATION (application));
}

static void
claw_application_shutdown (GApplication *application)
{
  ClawApplication *self = CLAW_APPLICATION (application);
  GdkDisplay *display = gdk_display_get_default ();
  g_clear_object (&self->background);
  /* Out of sight first: on a slow disk what follows takes some time. */
  if (self->window)
    gtk_widget_set_visible (GTK_WIDGET (self->window), FALSE);
  if (display)
    gdk_display_flush (display);
  if (self->chats)
    claw_saved_chats_shutdown (self->chats);
  /* By now it has taken back what it told of chats that are gone with the program. */
  g_clear_object (&self->notifier);
  G_APPLICATION_CLASS (claw_application_parent_class)->shutdown (application);
}

static void
claw_application_dispose (GObject *object)
{
  g_clear_object (&CLAW_APPLICATION (object)->chats);
  g_clear_object (&CLAW_APPLICATION (object)->keyring);
  g_clear_weak_pointer (&CLAW_APPLICATION (object)->window);
  g_clear_object (&CLAW_APPLICATION (object)->settings);
  g_clear_pointer (&CLAW_APPLICATION (object)->wanted, g_free);
  G_OBJECT_CLASS (claw_application_parent_class)->dispose (object);
}

static void
claw_application_class_init (ClawApplicationClass *class)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = claw_application_dispose;
  application_class->startup = claw_application_startup;
  application_class->shutdown = claw_application_shutdown;
  GTK_APPLICATION_CLASS (class)->window_removed = claw_application_window_removed;
  application_class->activate = claw_application_activate;
  application_class->open = claw_application_open;
  application_class->command_line = claw_application_command_line;
  claw_register_resource ();
}

static void
claw_application_init (ClawApplication *application)
{
  g_application_add_main_option_entries (G_APPLICATION (application), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (application), NULL);
}

ClawSettings *
claw_application_get_settings (ClawApplication *application)
{
  g_return_val_if_fail (CLAW_IS_APPLICATION (application), NULL);
  return application->settings;
}

ClawApplication *
claw_application_new (void)
{
  return g_object_new (CLAW_TYPE_APPLICATION, "application-id", CLAW_APPLICATION_ID,
                       "resource-base-path", "/org/clawchat/ClawChat", "flags",
                       G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE, NULL);
}
