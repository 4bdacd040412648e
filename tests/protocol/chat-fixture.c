/* chat-fixture.c: see chat-fixture.h. */
#include "chat-fixture.h"

#include <string.h>

size_t
claw_connection_write (ClawConnection *connection, unsigned stream, const void *data, size_t length)
{
  size_t n = MIN (length, connection->capacity - connection->waiting->len);

  g_assert_cmpuint (stream, ==, CLAW_CHAT_STREAM);
  g_byte_array_append (connection->waiting, data, (guint) n);
  connection->written += n;
  if (!connection->holds)
    connection->sent = connection->written;
  return n;
}

size_t
claw_connection_read (ClawConnection *connection, unsigned stream, void *buffer, size_t size)
{
  GByteArray *waiting = connection->peer->waiting;
  size_t n = MIN (size, waiting->len);

  g_assert_cmpuint (size, >, 0);
  if (n == 0)
    return 0;
  memcpy (buffer, waiting->data, n);
  g_byte_array_remove_range (waiting, 0, (guint) n);
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
  return connection->sent;
}

gboolean
claw_connection_is_initiator (const ClawConnection *connection)
{
  return !connection->is_server;
}

void
connect_chats (Fixture *fixture)
{
  for (unsigned i = 0; i < 2; i++)
    {
      ClawConnection *wire = &fixture->wires[i];

      wire->peer = &fixture->wires[1 - i];
      g_byte_array_set_size (wire->waiting, 0);
      wire->capacity = 256 * 1024;
      wire->written = 0;
      wire->sent = 0;
      wire->holds = FALSE;
      claw_chat_attach (fixture->chats[i], NULL);
      claw_chat_attach (fixture->chats[i], wire);
    }
}

void
set_up (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      fixture->wires[i].waiting = g_byte_array_new ();
      fixture->chats[i] = claw_chat_new ();
      fixture->logs[i] = g_string_new (NULL);
    }
  connect_chats (fixture);
}

void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      claw_chat_free (fixture->chats[i]);
      g_byte_array_unref (fixture->wires[i].waiting);
      g_string_free (fixture->logs[i], TRUE);
    }
}

static void
log_event (GString *log, const ClawChatEvent *event)
{
  g_autofree char *members = NULL;

  switch (event->type)
    {
    case CLAW_CHAT_MESSAGE:
      g_string_append_printf (log, "%s: %.20s\n", claw_message_get_sender (event->message),
                              claw_message_get_text (event->message, NULL));
      break;
    case CLAW_CHAT_STATE:
      g_string_append_printf (log, "%s %.20s\n",
                              event->state == CLAW_MESSAGE_SENT ? "sent" : "delivered",
                              claw_message_get_text (event->message, NULL));
      break;
    case CLAW_CHAT_WELCOME:
      members = g_strjoinv (",", event->members);
      g_string_append_printf (log, "=%s [%s]\n", event->name, members);
      break;
    case CLAW_CHAT_JOINED:
      g_string_append_printf (log, "+%s\n", event->name);
      break;
    case CLAW_CHAT_LEFT:
      g_string_append_printf (log, "-%s\n", event->name);
      break;
    case CLAW_CHAT_NAME:
      g_string_append_printf (log, "~%s\n", event->name);
      break;
    case CLAW_CHAT_BROKEN:
      g_string_append (log, "broken\n");
      break;
    case CLAW_CHAT_NOTHING:
      g_string_append (log, "nothing\n");
      break;
    }
}

void
take_events (Fixture *fixture, unsigned side)
{
  for (;;)
    {
      g_auto (ClawChatEvent) event = { 0 };

      if (!claw_chat_next_event (fixture->chats[side], &event))
        return;
      log_event (fixture->logs[side], &event);
    }
}

void
pump (Fixture *fixture, unsigned side)
{
  claw_chat_pump (fixture->chats[side]);
  take_events (fixture, side);
}

void
settle (Fixture *fixture)
{
  for (unsigned i = 0; i < 200; i++)
    pump (fixture, i % 2);
}

void
say (Fixture *fixture, unsigned side, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_message_new (text, -1, 1, &error);

  g_assert_no_error (error);
  g_assert_true (claw_chat_send (fixture->chats[side], message, &error));
  g_assert_no_error (error);
}

void
assert_log (Fixture *fixture, unsigned side, const char *expected)
{
  g_assert_cmpstr (fixture->logs[side]->str, ==, expected);
  g_string_truncate (fixture->logs[side], 0);
}

void
write_frame (ClawConnection *wire, const void *bytes, size_t length)
{
  uint8_t head[8];
  ClawWriter writer;

  claw_writer_init (&writer, head, sizeof head);
  claw_writer_varint (&writer, length);
  claw_connection_write (wire, CLAW_CHAT_STREAM, head, writer.used);
  claw_connection_write (wire, CLAW_CHAT_STREAM, bytes, length);
}
