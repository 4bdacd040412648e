/* claw-hosting.c: see claw-hosting.h. */
#include "claw-hosting.h"

#include "claw-host-page.h"

#define SERVER_ID "clawchat-desktop"
#define HOSTING_DATA "claw-hosting"

typedef struct
{
  GtkApplication *application; /* that owns this */
  ClawHost *host;
  ClawSavedChats *chats;
  gboolean is_joining;       /* a file for this program is being made */
  gboolean is_loaded;        /* the chats are */
  gboolean is_begun_earlier; /* by an earlier run, whose chat may be among those that are locked */
  ClawHostingListener listener;
  gpointer user_data;
} Hosting;

static void
hosting_free (gpointer data)
{
  Hosting *hosting = data;
  g_signal_handlers_disconnect_by_data (hosting->host, hosting);
  g_object_unref (hosting->host);
  g_object_unref (hosting->chats);
  g_free (hosting);
}

static ClawHost *
make_host (const char *const *stun_servers)
{
  g_autofree char *directory = g_build_filename (g_get_user_data_dir (), "clawchat", "host", NULL);
  ClawServerConfig *config = claw_server_config_new ();
  g_free (config->id);
  config->id = g_strdup (SERVER_ID);
  /* Both families, where the machine has them. */
  g_free (config->ip);
  config->ip = g_strdup ("::");
  g_strfreev (config->stun_servers);
  config->stun_servers = stun_servers ? g_strdupv ((char **) stun_servers) : g_new0 (char *, 1);
  return claw_host_new (directory, config);
}

/* Taking part. */

typedef struct
{
  GWeakRef application;
} Joining;

static void
on_own_file (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Joining *joining = user_data;
  g_autoptr (GObject) application = g_weak_ref_get (&joining->application);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = claw_host_make_own_file_finish (CLAW_HOST (source), result, &error);
  Hosting *hosting = application ? g_object_get_data (application, HOSTING_DATA) : NULL;
  g_weak_ref_clear (&joining->application);
  g_free (joining);
  if (!hosting)
    return;
  hosting->is_joining = FALSE;
  if (!path)
    {
      g_warning ("Cannot take part in the hosted chat: %s", error->message);
      return;
    }
  g_autoptr (GFile) file = g_file_new_for_path (path);
  hosting->listener.open (file, claw_host_get_key_path (hosting->host), hosting->user_data);
}

/* Returns: (transfer none) (nullable) */
static ClawSavedChat *
find_chat (Hosting *hosting)
{
  const uint8_t *key = claw_host_get_public_key (hosting->host);
  return key ? claw_saved_chats_find_by_server_key (hosting->chats, key) : NULL;
}

static void
join (Hosting *hosting)
{
  gboolean is_running = claw_host_get_state (hosting->host) == CLAW_HOST_RUNNING;
  if (hosting->is_joining || !hosting->is_loaded || !is_running)
    return;
  Joining *joining = g_new0 (Joining, 1);
  g_weak_ref_init (&joining->application, hosting->application);
  hosting->is_joining = TRUE;
  claw_host_make_own_file_async (hosting->host, on_own_file, joining);
}

/* Who hosts takes part: in the chat of an earlier run, or else as a new member. */
static void
on_host_state (Hosting *hosting)
{
  ClawHostState state = claw_host_get_state (hosting->host);
  if (state == CLAW_HOST_OFF || state == CLAW_HOST_FAILED)
    hosting->is_begun_earlier = FALSE;
  if (state == CLAW_HOST_RUNNING && !hosting->is_begun_earlier && !find_chat (hosting))
    join (hosting);
}

static void
on_open_chat (ClawHostPage *page, Hosting *hosting)
{
  ClawSavedChat *chat = find_chat (hosting);
  if (chat)
    hosting->listener.show (chat, hosting->user_data);
  else
    join (hosting);
}

static void
on_host (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  Hosting *hosting = user_data;
  /* Asked for from outside the window may be hidden. */
  g_application_activate (G_APPLICATION (hosting->application));
  GtkWindow *parent = gtk_application_get_active_window (hosting->application);
  ClawHostPage *page = claw_host_page_show (parent, hosting->host);
  g_signal_connect (page, "open-chat", G_CALLBACK (on_open_chat), hosting);
}

static void
on_shutdown (Hosting *hosting)
{
  claw_host_shutdown (hosting->host);
}

void
claw_hosting_attach (GtkApplication *application,
                     ClawSavedChats *chats,
                     const char *const *stun_servers,
                     const ClawHostingListener *listener,
                     gpointer user_data)
{
  static const GActionEntry actions[] = { { "host", on_host, NULL, NULL, NULL, { 0 } } };
  Hosting *hosting = g_new0 (Hosting, 1);
  hosting->application = application;
  hosting->host = make_host (stun_servers);
  hosting->chats = g_object_ref (chats);
  hosting->listener = *listener;
  hosting->user_data = user_data;
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   hosting);
  g_signal_connect_swapped (application, "shutdown", G_CALLBACK (on_shutdown), hosting);
  g_object_set_data_full (G_OBJECT (application), HOSTING_DATA, hosting, hosting_free);
  g_signal_connect_swapped (hosting->host, "notify::state", G_CALLBACK (on_host_state), hosting);
  hosting->is_begun_earlier = claw_host_start_again (hosting->host);
}

void
claw_hosting_chats_loaded (GtkApplication *application, gboolean is_all)
{
  Hosting *hosting = g_object_get_data (G_OBJECT (application), HOSTING_DATA);
  g_return_if_fail (hosting != NULL);
  hosting->is_loaded = TRUE;
  if (is_all)
    hosting->is_begun_earlier = FALSE;
  on_host_state (hosting);
}

void
claw_hosting_set_stun_servers (GtkApplication *application, const char *const *servers)
{
  Hosting *hosting = g_object_get_data (G_OBJECT (application), HOSTING_DATA);
  g_return_if_fail (hosting != NULL);
  claw_host_set_stun_servers (hosting->host, servers);
}
