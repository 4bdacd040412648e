/* claw-client-talk.c: answers, and who is typing. */
#include "claw-client-private.h"

#include "claw-source.h"
#include "claw-typing.h"

#include <string.h>

/* Answers. */

const uint8_t *
claw_client_get_own_key (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->has_keys ? client->own_key : NULL;
}

ClawMessage *
claw_client_make_message (ClawClient *client,
                          ClawMessage *original,
                          const char *text,
                          GError **error)
{
  if (!original)
    return claw_message_new (text, -1, g_get_real_time (), error);
  ClawMessageReply reply = {
    .sender = (char *) claw_message_get_sender (original),
    .excerpt = (char *) claw_message_get_text (original, NULL),
  };
  memcpy (reply.id, claw_message_get_id (original), sizeof reply.id);
  if (!reply.sender)
    {
      reply.sender = (char *) claw_client_get_name (client);
      if (client->has_keys)
        claw_message_share_id (claw_message_get_id (original), client->own_key, reply.id);
    }
  return claw_message_new_reply (&reply, text, -1, g_get_real_time (), error);
}

/* Typing. */

void
claw_client_set_typing (ClawClient *client, gboolean is_typing)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  if (!client->worker || client->state != CLAW_CLIENT_CONNECTED)
    {
      client->is_typing = FALSE;
      return;
    }
  gint64 now_us = g_get_monotonic_time ();
  if (is_typing == client->is_typing
      && (!is_typing || now_us - client->typing_told_us < CLAW_TYPING_REPEAT_US))
    return;
  client->is_typing = is_typing;
  client->typing_told_us = now_us;
  claw_worker_set_typing (client->worker, is_typing);
}

static void
tell (ClawClient *client, const char *name, gboolean is_typing)
{
  g_signal_emit_by_name (client, "typing", name, is_typing);
}

static gboolean on_timer (gpointer user_data);

/* Waits for the first of them to end. */
static void
arm_timer (ClawClient *client)
{
  GHashTableIter iter;
  gpointer value;
  gint64 first_us = G_MAXINT64;
  claw_source_clear (&client->typing_timer);
  if (!client->typing || g_hash_table_size (client->typing) == 0)
    return;
  g_hash_table_iter_init (&iter, client->typing);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    first_us = MIN (first_us, *(const gint64 *) value);
  gint64 delay_us = MAX (0, first_us - g_get_monotonic_time ());
  client->typing_timer = g_timeout_source_new ((guint) (delay_us / 1000) + 1);
  g_source_set_static_name (client->typing_timer, "claw-client-typing");
  g_source_set_callback (client->typing_timer, on_timer, client, NULL);
  g_source_attach (client->typing_timer, client->context);
}

/* Takes those out whose time is before @before_us. Returns: (transfer full): their names. */
static GPtrArray *
take_ended (ClawClient *client, gint64 before_us)
{
  GPtrArray *ended = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name, until_us;
  if (!client->typing)
    return ended;
  g_hash_table_iter_init (&iter, client->typing);
  while (g_hash_table_iter_next (&iter, &name, &until_us))
    {
      if (*(const gint64 *) until_us > before_us)
        continue;
      g_ptr_array_add (ended, g_strdup (name));
      g_hash_table_iter_remove (&iter);
    }
  return ended;
}

static void
end_those_before (ClawClient *client, gint64 before_us)
{
  g_autoptr (GPtrArray) ended = take_ended (client, before_us);
  arm_timer (client);
  for (unsigned i = 0; i < ended->len; i++)
    tell (client, ended->pdata[i], FALSE);
}

static gboolean
on_timer (gpointer user_data)
{
  g_autoptr (ClawClient) client = g_object_ref (user_data);
  end_those_before (client, g_get_monotonic_time ());
  return G_SOURCE_REMOVE;
}

static gboolean
is_member (ClawClient *client, const char *name)
{
  return g_strv_contains ((const char *const *) client->members->pdata, name);
}

void
claw_client_hear_typing (ClawClient *client, const char *name, gboolean is_typing)
{
  if (!name)
    return;
  if (!is_typing)
    {
      if (!client->typing || !g_hash_table_remove (client->typing, name))
        return;
      arm_timer (client);
      tell (client, name, FALSE);
      return;
    }
  /* So that nobody can name more than there are. */
  if (!is_member (client, name))
    return;
  if (!client->typing)
    client->typing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gint64 *until_us = g_new (gint64, 1);
  *until_us = g_get_monotonic_time () + CLAW_TYPING_SHOWN_US;
  gboolean is_new = g_hash_table_replace (client->typing, g_strdup (name), until_us);
  arm_timer (client);
  if (is_new)
    tell (client, name, TRUE);
}

void
claw_client_clear_typing (ClawClient *client)
{
  client->is_typing = FALSE;
  end_those_before (client, G_MAXINT64);
  g_clear_pointer (&client->typing, g_hash_table_unref);
}
