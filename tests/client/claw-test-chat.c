/* claw-test-chat.c: see claw-test-chat.h. */
#include "claw-test-chat.h"

#include "../support/test-support.h"

#define VALID_S 600

void
claw_test_chat_init (ClawTestChat *chat)
{
  g_autoptr (GError) error = NULL;
  claw_test_server_init (&chat->server);
  chat->key = claw_bootstrap_key_generate ();
  chat->directory = g_dir_make_tmp ("claw-chat-XXXXXX", &error);
  g_assert_no_error (error);
  chat->sec = g_build_filename (chat->directory, "test.sec", NULL);
  claw_test_chat_write_file (chat, VALID_S);
}

void
claw_test_chat_clear (ClawTestChat *chat)
{
  claw_test_server_clear (&chat->server);
  claw_bootstrap_key_unref (chat->key);
  remove_tree (chat->directory);
  g_free (chat->directory);
  g_free (chat->sec);
}

void
claw_test_chat_write_file (ClawTestChat *chat, gint64 valid_s)
{
  claw_test_server_write_file (&chat->server, chat->sec, chat->key,
                               g_get_real_time () / G_USEC_PER_SEC + valid_s);
}

void
claw_test_chat_renew_file (ClawTestChat *chat)
{
  claw_test_server_refuse_all (&chat->server);
  claw_key_clear (&chat->server.file_psk);
  claw_key_generate (&chat->server.file_psk);
  claw_test_chat_write_file (chat, VALID_S);
}
