/* test-sealed-chat.c: what the directory of a chat tells somebody who has the disk, but not the
 * key.
 *
 * A chat is used as people do, against a small server in the same process; then every byte of every
 * file, and every name, is searched for whatever could tell with whom it is, and of what.
 */
#include "claw-chat-trust.h"
#include "claw-client-details.h"
#include "claw-test-chat.h"
#include "../support/test-support.h"

#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>

#define OWN_NAME "Wilhelmine"
#define TITLE "The Orchard"
#define DRAFT "an unfinished sentence"
#define RECEIVED "the pears are ripe"
#define SENT "then bring the ladder"
#define QUEUED "and a basket for them"
#define SENDER "Bartholomew"
#define NAME_GIVEN "Wilhelmine (2)"
#define SECRET_MIN 8

typedef struct
{
  ClawTestChat peer;
  ClawKey key;
  char *chats_directory;
  ClawSavedChats *chats;
  ClawSavedChat *chat; /* (nullable) */
  unsigned n_messages;
  GHashTable *secrets; /* of what it is (char *) to GBytes */
  char *port;          /* (nullable): in digits */
  unsigned n_files, n_found;
} Fixture;

static void
on_message (Fixture *fixture)
{
  fixture->n_messages++;
}

static void
make_chats (Fixture *fixture)
{
  ClawSavedChatsOptions options = { .name = OWN_NAME, .timeout_s = 60 };
  fixture->chats = claw_saved_chats_new (fixture->chats_directory, &options);
  if (claw_key_is_set (&fixture->key))
    claw_saved_chats_set_key (fixture->chats, &fixture->key);
  g_signal_connect_swapped (fixture->chats, "message", G_CALLBACK (on_message), fixture);
  claw_saved_chats_load (fixture->chats);
}

static void
end_chats (Fixture *fixture)
{
  g_clear_object (&fixture->chat);
  claw_saved_chats_shutdown (fixture->chats);
  wait_for_end_of_threads ("claw-network");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->chats);
  fixture->chats = NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  claw_test_chat_init (&fixture->peer);
  /* Of a length that no sealed bytes have by chance. */
  fixture->peer.server.name = NAME_GIVEN;
  fixture->chats_directory = g_build_filename (fixture->peer.directory, "chats", NULL);
  fixture->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) g_bytes_unref);
  claw_key_generate (&fixture->key);
  claw_test_server_accept_file (&fixture->peer.server);
  make_chats (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->chats)) > 0)
    {
      g_autoptr (ClawSavedChat) chat = g_list_model_get_item (G_LIST_MODEL (fixture->chats), 0);
      claw_saved_chats_forget (fixture->chats, chat, &error);
      g_assert_no_error (error);
    }
  end_chats (fixture);
  g_remove (fixture->peer.sec);
  g_assert_cmpint (g_rmdir (fixture->chats_directory), ==, 0);
  g_assert_cmpint (g_rmdir (fixture->peer.directory), ==, 0);
  claw_test_chat_clear (&fixture->peer);
  claw_key_clear (&fixture->key);
  g_hash_table_unref (fixture->secrets);
  g_free (fixture->port);
  g_free (fixture->chats_directory);
}

/* What is not to be found. */

static void
add_bytes (Fixture *fixture, const char *what, const void *bytes, size_t length)
{
  g_hash_table_replace (fixture->secrets, g_strdup (what), g_bytes_new (bytes, length));
}

static void
add_text (Fixture *fixture, const char *what, const char *text)
{
  g_assert_nonnull (text);
  g_assert_cmpuint (strlen (text), >=, SECRET_MIN);
  add_bytes (fixture, what, text, strlen (text));
}

static void
add_coded (Fixture *fixture, const char *what, const char *code, char *text)
{
  g_autofree char *name = g_strconcat (what, code, NULL);
  g_autofree char *owned = text;
  add_text (fixture, name, owned);
}

/* As it is, in hexadecimal digits of either case, in base64 of either alphabet, and as the hash
 * that anybody can make of it. */
static void
add_key (Fixture *fixture, const char *what, const uint8_t *key)
{
  char hex[2 * CLAW_PUBLIC_KEY_SIZE + 1];
  char base64[64];
  add_bytes (fixture, what, key, CLAW_PUBLIC_KEY_SIZE);
  sodium_bin2hex (hex, sizeof hex, key, CLAW_PUBLIC_KEY_SIZE);
  add_coded (fixture, what, " in hex", g_strdup (hex));
  add_coded (fixture, what, " in HEX", g_ascii_strup (hex, -1));
  sodium_bin2base64 (base64, sizeof base64, key, CLAW_PUBLIC_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  add_coded (fixture, what, " in base64", g_strdup (base64));
  sodium_bin2base64 (base64, sizeof base64, key, CLAW_PUBLIC_KEY_SIZE,
                     sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  add_coded (fixture, what, " in URL-safe base64", g_strdup (base64));
  g_autofree char *hash = g_compute_checksum_for_data (G_CHECKSUM_SHA256, key,
                                                       CLAW_PUBLIC_KEY_SIZE);
  hash[16] = '\0';
  uint8_t digest[32];
  gsize length = sizeof digest;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, key, CLAW_PUBLIC_KEY_SIZE);
  g_checksum_get_digest (checksum, digest, &length);
  add_coded (fixture, what, " hashed", g_strdup (hash));
  g_autofree char *raw = g_strconcat (what, " hashed, in bytes", NULL);
  add_bytes (fixture, raw, digest, 8);
}

static void
add_address (Fixture *fixture)
{
  g_autoptr (ClawSecFile) file = claw_sec_file_load (fixture->peer.sec, fixture->peer.key, NULL);
  g_assert_nonnull (file);
  g_autofree char *port = g_strdup_printf ("%u", file->server.port);
  add_text (fixture, "host", "127.0.0.1");
  fixture->port = g_steal_pointer (&port);
  /* As the sealed pairing has it: address, scope and port. */
  uint8_t bytes[] = {
    127, 0, 0, 1, 0, 0, 0, 0, (uint8_t) (file->server.port >> 8), (uint8_t) file->server.port
  };
  add_bytes (fixture, "address in bytes", bytes, sizeof bytes);
  add_text (fixture, "server's name", file->server_name);
  add_text (fixture, "server's id", file->server_id);
  add_bytes (fixture, "secret of the file", file->shared_secret.bytes, CLAW_KEY_SIZE);
}

static void
add_secrets (Fixture *fixture)
{
  static const char *const texts[] = { OWN_NAME, TITLE, DRAFT, RECEIVED, SENT, QUEUED, SENDER };
  ClawClient *client = claw_saved_chat_get_client (fixture->chat);
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    add_text (fixture, texts[i], texts[i]);
  add_key (fixture, "server's key", fixture->peer.server.identity.public_key);
  add_key (fixture, "own key", fixture->peer.server.client_key);
  add_bytes (fixture, "secret of the pairing", fixture->peer.server.resumption.bytes,
             CLAW_KEY_SIZE);
  add_bytes (fixture, "key of the store", fixture->key.bytes, CLAW_KEY_SIZE);
  add_text (fixture, "name of a setting", "verified-key");
  add_text (fixture, "server's name as it says", claw_client_get_server_name (client));
  add_text (fixture, "name that it gave", claw_client_get_name (client));
  add_address (fixture);
}

/* Searching: counts the files, and what is found in one or in its name. */

/* Five digits stand in enough sealed bytes, and in a name of hexadecimal digits, by chance. What
 * tells a port sets them apart from what is around them. */
static gboolean
has_number (const char *text, gsize length, const char *digits)
{
  static const char around[] = " :/\"',;=-_.[](){}\n\t";
  gsize size = strlen (digits);
  for (const char *at = text; (at = memmem (at, length - (gsize) (at - text), digits, size)); at++)
    {
      const char *end = at + size;
      if ((at == text || memchr (around, at[-1], sizeof around))
          && (end == text + length || memchr (around, *end, sizeof around)))
        return TRUE;
    }
  return FALSE;
}

static void
search_file (Fixture *fixture, const char *path)
{
  GHashTableIter iter;
  gpointer what = NULL, secret = NULL;
  const char *name = path + strlen (fixture->chats_directory);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0, size = 0;
  /* What was still being written has got its name by now. */
  if (!g_file_get_contents (path, &content, &length, &error)
      && g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return;
  g_assert_no_error (error);
  fixture->n_files++;
  g_hash_table_iter_init (&iter, fixture->secrets);
  while (g_hash_table_iter_next (&iter, &what, &secret))
    {
      const void *bytes = g_bytes_get_data (secret, &size);
      gboolean is_found = memmem (content, length, bytes, size)
                          || memmem (name, strlen (name), bytes, size);
      if (is_found)
        g_test_message ("%s: the %s is in the clear", name, (const char *) what);
      fixture->n_found += is_found;
    }
  if (fixture->port
      && (has_number (content, length, fixture->port)
          || has_number (name, strlen (name), fixture->port)))
    {
      g_test_message ("%s: the port is in the clear", name);
      fixture->n_found++;
    }
}

static void
search (Fixture *fixture, const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        search (fixture, child);
      else
        search_file (fixture, child);
    }
}

/* Identity, timestamp, pairing and archive, and its log while it is open. The thread of the client
 * may still write, so it is searched until there are so many: each time nothing is to be found. */
static void
search_all (Fixture *fixture, unsigned n_files)
{
  do
    {
      fixture->n_files = 0;
      fixture->n_found = 0;
      search (fixture, fixture->chats_directory);
      g_assert_cmpuint (fixture->n_found, ==, 0);
    }
  while (fixture->n_files != n_files);
}

/* Using. */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;
  fixture->chat = claw_saved_chats_open_file_finish (CLAW_SAVED_CHATS (source), result, &error);
  g_assert_no_error (error);
}

static void
connect_chat (Fixture *fixture)
{
  claw_saved_chats_open_file_async (fixture->chats, fixture->peer.sec, fixture->peer.key,
                                    CLAW_CLIENT_OPEN_DEFAULT, NULL, on_opened, fixture);
  RUN_UNTIL (fixture->chat && claw_saved_chat_get_state (fixture->chat) == CLAW_CLIENT_CONNECTED);
  RUN_UNTIL (fixture->peer.server.connection
             && claw_client_get_server_name (claw_saved_chat_get_client (fixture->chat)));
}

static void
send (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_saved_chat_send (fixture->chat, NULL, text, &error);
  g_assert_no_error (error);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  claw_archive_flush_finish (CLAW_ARCHIVE (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
flush (Fixture *fixture)
{
  gboolean is_done = FALSE;
  ClawKeeper *keeper = claw_saved_chat_get_keeper (fixture->chat);
  claw_archive_flush_async (claw_keeper_get_archive (keeper), on_flushed, &is_done);
  RUN_UNTIL (is_done);
}

/* Connected, named, verified, with messages in both directions, one that waits, and a draft. */
static void
use (Fixture *fixture)
{
  connect_chat (fixture);
  claw_saved_chat_rename (fixture->chat, TITLE);
  claw_chat_trust_set (fixture->chat, CLAW_CHAT_TRUST_VERIFIED);
  claw_test_server_send (&fixture->peer.server, SENDER, RECEIVED);
  RUN_UNTIL (fixture->n_messages == 1);
  send (fixture, SENT);
  RUN_UNTIL (fixture->peer.server.received->len == 1);
  add_secrets (fixture);
  claw_test_server_refuse_all (&fixture->peer.server);
  claw_test_server_close (&fixture->peer.server, CLAW_CLOSE_CODE_BYE);
  RUN_UNTIL (claw_saved_chat_get_state (fixture->chat) != CLAW_CLIENT_CONNECTED);
  send (fixture, QUEUED);
  claw_saved_chat_set_draft (fixture->chat, DRAFT);
}

/* Neither while the program runs, nor after it ended, nor after the next start is anything to be
 * found; and all of it is there again for who has the key. */
static void
test_searched (Fixture *fixture, gconstpointer data)
{
  use (fixture);
  g_autofree char *id = g_strdup (claw_saved_chat_get_id (fixture->chat));
  flush (fixture);
  search_all (fixture, 5);
  end_chats (fixture);
  search_all (fixture, 4);
  make_chats (fixture);
  fixture->chat = g_object_ref (claw_saved_chats_find_by_id (fixture->chats, id));
  g_assert_cmpstr (claw_saved_chat_get_title (fixture->chat), ==, TITLE);
  g_assert_cmpstr (claw_saved_chat_get_draft (fixture->chat), ==, DRAFT);
  g_assert_cmpint (claw_chat_trust_get (fixture->chat), ==, CLAW_CHAT_TRUST_VERIFIED);
  g_assert_cmpuint (claw_keeper_get_queued (claw_saved_chat_get_keeper (fixture->chat))->len, ==,
                    1);
  flush (fixture);
  search_all (fixture, 5);
}

/* The search finds what is there: without a key, as in the terminal client's directory, the name of
 * the pairing. */
static void
test_control (Fixture *fixture, gconstpointer data)
{
  claw_key_clear (&fixture->key);
  end_chats (fixture);
  make_chats (fixture);
  connect_chat (fixture);
  add_key (fixture, "server's key", fixture->peer.server.identity.public_key);
  end_chats (fixture);
  search (fixture, fixture->chats_directory);
  g_assert_cmpuint (fixture->n_found, ==, 1);
  g_assert_true (has_number ("{\"port\": 50123}", 15, "50123"));
  g_assert_false (has_number ("7f50123a, 501234, x50123", 24, "50123"));
  make_chats (fixture);
}

/* What begins with a dot is still being written. */
static char *
find_pairing (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (claw_saved_chat_get_directory (fixture->chat),
                                            "pairings", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    if (name[0] != '.')
      return g_strdup (name);
  return NULL;
}

/* Two people who know the same server have nothing of the same name for it. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  connect_chat (fixture);
  g_autofree char *first = NULL;
  while (!(first = find_pairing (fixture)))
    g_usleep (1000);
  g_autoptr (GError) error = NULL;
  claw_saved_chats_forget (fixture->chats, fixture->chat, &error);
  g_assert_no_error (error);
  g_clear_object (&fixture->chat);
  claw_test_chat_renew_file (&fixture->peer);
  claw_test_server_accept_file (&fixture->peer.server);
  connect_chat (fixture);
  g_autofree char *second = NULL;
  while (!(second = find_pairing (fixture)))
    g_usleep (1000);
  g_assert_cmpuint (strlen (first), ==, strlen (second));
  g_assert_cmpstr (first, !=, second);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  claw_secret_init ();
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/sealed-chat/used/nothing-in-the-clear", test_searched);
  ADD ("/sealed-chat/no-key/found", test_control);
  ADD ("/sealed-chat/names/nothing-in-common", test_names);
  return g_test_run ();
}
