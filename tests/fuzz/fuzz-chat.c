/* fuzz-chat.c: any bytes as what a peer sends to a chat, of a server and of a client.
 *
 * The connection is defined here, so that the linker takes this one: it gives the input in pieces,
 * whose size the first byte says, and takes all that is written.
 */
#include "claw-chat.h"

#include <string.h>

struct ClawConnection
{
  const uint8_t *data;
  size_t left;
  size_t step;
  uint64_t written;
  gboolean is_initiator;
};

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

size_t
claw_connection_write (ClawConnection *connection, unsigned stream, const void *data, size_t length)
{
  connection->written += length;
  return length;
}

size_t
claw_connection_read (ClawConnection *connection, unsigned stream, void *buffer, size_t size)
{
  size_t n = MIN (MIN (size, connection->step), connection->left);

  memcpy (buffer, connection->data, n);
  connection->data += n;
  connection->left -= n;
  return n;
}

uint64_t
claw_connection_get_written (const ClawConnection *connection, unsigned stream)
{
  return connection->written;
}

uint64_t
claw_connection_get_sent (const ClawConnection *connection, unsigned stream)
{
  return connection->written;
}

gboolean
claw_connection_is_initiator (const ClawConnection *connection)
{
  return connection->is_initiator;
}

static void
check_event (const ClawChatEvent *event)
{
  size_t length;
  const char *text;
  const ClawMessageReply *reply;

  if (event->name != NULL)
    g_assert_cmpuint (strlen (event->name), <=, CLAW_MESSAGE_NAME_MAX);
  if (event->members != NULL)
    g_assert_cmpuint (g_strv_length (event->members), <=, CLAW_CHAT_MEMBERS_MAX);
  if (event->type != CLAW_CHAT_MESSAGE)
    return;
  reply = claw_message_get_reply (event->message);
  if (reply != NULL)
    {
      g_assert_cmpuint (strlen (reply->excerpt), <=, CLAW_MESSAGE_EXCERPT_MAX);
      g_assert_true (g_utf8_validate (reply->excerpt, -1, NULL));
    }
  text = claw_message_get_text (event->message, &length);
  g_assert_cmpuint (length, >, 0);
  g_assert_cmpuint (length, <=, CLAW_MESSAGE_TEXT_MAX);
  g_assert_true (g_utf8_validate_len (text, length, NULL));
}

static void
run (const uint8_t *data, size_t size, gboolean is_initiator)
{
  g_autoptr (ClawChat) chat = claw_chat_new ();
  g_autoptr (ClawMessage) message = claw_message_new ("ours", -1, 1, NULL);
  ClawConnection connection = { .is_initiator = is_initiator };
  gboolean more = TRUE;

  connection.step = (size_t) data[0] + 1;
  connection.data = data + 1;
  connection.left = size - 1;
  claw_chat_attach (chat, &connection);
  g_assert_true (claw_chat_send (chat, message, NULL));
  claw_chat_pump (chat);
  while (more)
    {
      g_auto (ClawChatEvent) event = { 0 };

      more = claw_chat_next_event (chat, &event);
      if (!more)
        break;
      check_event (&event);
      g_assert_false (is_initiator && event.type == CLAW_CHAT_NOTHING);
      g_assert_false (!is_initiator && event.type == CLAW_CHAT_WELCOME);
      if (event.type == CLAW_CHAT_BROKEN)
        break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  run (data, size, FALSE);
  run (data, size, TRUE);
  return 0;
}
