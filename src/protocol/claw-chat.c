/* claw-chat.c: outbox, receipts and events around one stream.
 *
 * The line of things to write is one list: messages, which stay in it until the peer has confirmed
 * them, and notices, which leave it once written. A cursor, next, parts what was written to the
 * present connection from what was not; attaching to another connection puts it back to the head.
 * Only one frame at a time is under way to the connection, and a text is taken straight from its
 * message, so that a full outbox is never copied.
 *
 * Reading stops while too many events wait to be taken or too many receipts wait to be written. It
 * never depends on writing otherwise: a peer has at most an outbox without receipts, so that two
 * sides which both have their buffers full still read each other's messages.
 */
#include "config.h"

#include "claw-chat.h"
#include "claw-seen-ids.h"

#define GETTEXT_PACKAGE CLAW_GETTEXT_DOMAIN
#include <glib/gi18n-lib.h>
#include <string.h>

#define RECEIPTS_AT_ONCE 8

/* One of the line: a message or, with a frame, a notice. */
typedef struct
{
  GList link;
  ClawMessage *message;
  ClawMessageState state;
  gboolean is_touched; /* a byte of it was written to some connection */
  uint64_t end; /* offset in the present connection's stream behind its last byte, once written */
  GBytes *frame;
} Item;

/* The frame that is being written. */
typedef struct
{
  uint8_t head[MAX (CLAW_CHAT_FRAME_HEAD_MAX, RECEIPTS_AT_ONCE *CLAW_CHAT_FRAME_RECEIPT_SIZE)];
  size_t head_length;
  const uint8_t *body; /* the item's */
  size_t body_length;
  size_t written; /* of both */
  Item *item;     /* NULL: receipts */
} Outgoing;

struct ClawChat
{
  ClawConnection *connection;
  GQueue line;
  GList *next;   /* first item not written to the present connection */
  GList *unsent; /* first item whose last byte the network does not have yet */
  unsigned messages;
  size_t bytes, bytes_max;
  unsigned notices;
  Outgoing outgoing;
  GByteArray *receipts; /* ids that still have to be confirmed; NULL for none */
  ClawChatParser parser;
  ClawSeenIds *seen;
  GQueue events;
  size_t event_bytes; /* of text in messages that came */
  gboolean stalled;   /* there may be more to read than was read */
  gboolean broken;    /* by the peer; nothing more is read from this connection */
};

void
claw_chat_event_clear (ClawChatEvent *event)
{
  g_clear_pointer (&event->message, claw_message_unref);
  g_clear_pointer (&event->name, g_free);
  g_clear_pointer (&event->members, g_strfreev);
}

static void
event_free (gpointer data)
{
  ClawChatEvent *event = data;

  claw_chat_event_clear (event);
  g_free (event);
}

static ClawChatEvent *
push_event (ClawChat *chat, ClawChatEventType type)
{
  ClawChatEvent *event = g_new0 (ClawChatEvent, 1);

  event->type = type;
  g_queue_push_tail (&chat->events, event);
  return event;
}

static gboolean
has_room_for_events (const ClawChat *chat)
{
  return chat->events.length < CLAW_CHAT_EVENTS_MAX
         && chat->event_bytes < CLAW_CHAT_EVENTS_BYTES_MAX;
}

static void
set_state (ClawChat *chat, Item *item, ClawMessageState state)
{
  ClawChatEvent *event;

  g_assert (state > item->state);
  item->state = state;
  event = push_event (chat, CLAW_CHAT_STATE);
  event->message = claw_message_ref (item->message);
  event->state = state;
}

/* The line. */

static Item *
item_new (ClawMessage *message, GBytes *frame)
{
  Item *item = g_new0 (Item, 1);

  item->link.data = item;
  item->message = message;
  item->frame = frame;
  return item;
}

static size_t
get_text_length (const Item *item)
{
  size_t length;

  claw_message_get_text (item->message, &length);
  return length;
}

static void
remove_item (ClawChat *chat, Item *item)
{
  if (chat->next == &item->link)
    chat->next = item->link.next;
  if (chat->unsent == &item->link)
    chat->unsent = item->link.next;
  g_queue_unlink (&chat->line, &item->link);
  if (item->message != NULL)
    {
      chat->messages--;
      chat->bytes -= get_text_length (item);
    }
  else
    chat->notices--;
  g_clear_pointer (&item->message, claw_message_unref);
  g_clear_pointer (&item->frame, g_bytes_unref);
  g_free (item);
}

/* Puts @item behind everything, or ahead of all that was not begun to be written. */
static void
insert_item (ClawChat *chat, Item *item, gboolean ahead)
{
  GList *before = ahead ? chat->next : NULL;

  if (before != NULL && chat->outgoing.item == before->data)
    before = before->next;
  if (before == NULL)
    g_queue_push_tail_link (&chat->line, &item->link);
  else
    g_queue_insert_before_link (&chat->line, before, &item->link);
  if (chat->next == NULL || chat->next == before)
    chat->next = &item->link;
  if (chat->unsent == NULL || chat->unsent == before)
    chat->unsent = &item->link;
}

static void
remove_waiting_notices (ClawChat *chat)
{
  GList *link = chat->next;

  while (link != NULL)
    {
      Item *item = link->data;

      link = link->next;
      if (item->frame != NULL && item != chat->outgoing.item)
        remove_item (chat, item);
    }
}

/* Life cycle. */

ClawChat *
claw_chat_new (void)
{
  ClawChat *chat = g_new0 (ClawChat, 1);

  g_queue_init (&chat->line);
  g_queue_init (&chat->events);
  chat->seen = claw_seen_ids_new (CLAW_CHAT_SEEN_MAX);
  chat->bytes_max = CLAW_CHAT_OUTBOX_BYTES_MAX;
  return chat;
}

void
claw_chat_set_outbox_bytes (ClawChat *chat, size_t bytes)
{
  g_return_if_fail (chat != NULL && bytes >= CLAW_MESSAGE_TEXT_MAX);
  chat->bytes_max = MIN (bytes, CLAW_CHAT_OUTBOX_BYTES_MAX);
}

/* It told to close a connection that is gone. There is one at most; what was sent may be told
 * behind it. */
static void
forget_broken (ClawChat *chat)
{
  for (GList *link = chat->events.head; link != NULL; link = link->next)
    {
      ClawChatEvent *event = link->data;

      if (event->type != CLAW_CHAT_BROKEN)
        continue;
      g_queue_delete_link (&chat->events, link);
      event_free (event);
      return;
    }
}

static void
forget_connection (ClawChat *chat)
{
  chat->connection = NULL;
  memset (&chat->outgoing, 0, sizeof chat->outgoing);
  remove_waiting_notices (chat);
  chat->next = chat->line.head;
  chat->unsent = chat->line.head;
  g_clear_pointer (&chat->receipts, g_byte_array_unref);
  claw_chat_parser_clear (&chat->parser);
  chat->stalled = FALSE;
  chat->broken = FALSE;
  forget_broken (chat);
}

void
claw_chat_free (ClawChat *chat)
{
  if (chat == NULL)
    return;
  forget_connection (chat);
  while (chat->line.head != NULL)
    remove_item (chat, chat->line.head->data);
  g_queue_clear_full (&chat->events, event_free);
  claw_seen_ids_free (chat->seen);
  g_free (chat);
}

void
claw_chat_attach (ClawChat *chat, ClawConnection *connection)
{
  g_return_if_fail (chat != NULL);
  if (connection == chat->connection)
    return;
  forget_connection (chat);
  chat->connection = connection;
}

/* Writing. */

static void
begin_receipts (ClawChat *chat)
{
  unsigned n = MIN (chat->receipts->len / CLAW_MESSAGE_ID_SIZE, RECEIPTS_AT_ONCE);
  ClawWriter writer;

  claw_writer_init (&writer, chat->outgoing.head, sizeof chat->outgoing.head);
  for (unsigned i = 0; i < n; i++)
    claw_chat_frame_write_receipt (&writer, chat->receipts->data + i * CLAW_MESSAGE_ID_SIZE);
  chat->outgoing.head_length = writer.used;
  g_byte_array_remove_range (chat->receipts, 0, n * CLAW_MESSAGE_ID_SIZE);
  if (chat->receipts->len == 0)
    g_clear_pointer (&chat->receipts, g_byte_array_unref);
}

static void
begin_item (ClawChat *chat, Item *item)
{
  Outgoing *outgoing = &chat->outgoing;
  ClawWriter writer;

  outgoing->item = item;
  if (item->frame != NULL)
    {
      outgoing->body = g_bytes_get_data (item->frame, &outgoing->body_length);
      return;
    }
  claw_writer_init (&writer, outgoing->head, sizeof outgoing->head);
  claw_chat_frame_write_text_head (&writer, item->message);
  outgoing->head_length = writer.used;
  outgoing->body = (const uint8_t *) claw_message_get_text (item->message, &outgoing->body_length);
}

static gboolean
has_outgoing (const ClawChat *chat)
{
  return chat->outgoing.head_length + chat->outgoing.body_length > 0;
}

/* Returns: FALSE when there is nothing to write. */
static gboolean
begin_outgoing (ClawChat *chat)
{
  if (has_outgoing (chat))
    return TRUE;
  if (chat->receipts != NULL)
    begin_receipts (chat);
  else if (chat->next != NULL)
    begin_item (chat, chat->next->data);
  else
    return FALSE;
  return TRUE;
}

/* Returns: whether all of it is written. */
static gboolean
write_bytes (ClawChat *chat)
{
  Outgoing *outgoing = &chat->outgoing;
  size_t body_at;
  size_t length;

  if (outgoing->written < outgoing->head_length)
    outgoing->written += claw_connection_write (chat->connection, CLAW_CHAT_STREAM,
                                                outgoing->head + outgoing->written,
                                                outgoing->head_length - outgoing->written);
  if (outgoing->written < outgoing->head_length)
    return FALSE;
  body_at = outgoing->written - outgoing->head_length;
  length = outgoing->body_length - body_at;
  if (length > 0)
    outgoing->written += claw_connection_write (chat->connection, CLAW_CHAT_STREAM,
                                                outgoing->body + body_at, length);
  return outgoing->written == outgoing->head_length + outgoing->body_length;
}

static gboolean
write_outgoing (ClawChat *chat)
{
  gboolean is_whole = write_bytes (chat);

  if (chat->outgoing.item != NULL && chat->outgoing.written > 0)
    chat->outgoing.item->is_touched = TRUE;
  return is_whole;
}

static void
end_outgoing (ClawChat *chat)
{
  Item *item = chat->outgoing.item;

  memset (&chat->outgoing, 0, sizeof chat->outgoing);
  if (item == NULL)
    return;
  item->end = claw_connection_get_written (chat->connection, CLAW_CHAT_STREAM);
  chat->next = item->link.next;
  if (item->frame != NULL)
    remove_item (chat, item);
}

static void
write_line (ClawChat *chat)
{
  while (begin_outgoing (chat) && write_outgoing (chat))
    end_outgoing (chat);
}

static void
notice_sent (ClawChat *chat)
{
  uint64_t sent = claw_connection_get_sent (chat->connection, CLAW_CHAT_STREAM);

  while (chat->unsent != chat->next && has_room_for_events (chat))
    {
      Item *item = chat->unsent->data;

      if (item->end > sent)
        return;
      if (item->state == CLAW_MESSAGE_QUEUED)
        set_state (chat, item, CLAW_MESSAGE_SENT);
      chat->unsent = item->link.next;
    }
}

/* Reading. */

static gboolean
is_server (const ClawChat *chat)
{
  return !claw_connection_is_initiator (chat->connection);
}

/* Reading stops at many of them as at anything else. */
static void
note_nothing (ClawChat *chat)
{
  if (is_server (chat))
    push_event (chat, CLAW_CHAT_NOTHING);
}

/* A name that a peer gave is shown in any case: what one version of Unicode lets through, another
 * may not. */
static char *
take_name (const char *name, size_t length)
{
  char *sane = claw_name_sanitise (name, (gssize) length);

  return sane != NULL ? sane : g_strdup ("?");
}

static ClawMessage *
take_message (const ClawChatFrame *frame)
{
  ClawMessageReply reply = { 0 };
  g_autofree char *sender = NULL;
  g_autofree char *reply_sender = NULL;
  g_autofree char *excerpt = NULL;

  if (frame->name_length > 0)
    sender = take_name (frame->name, frame->name_length);
  if (frame->reply_id == NULL)
    return claw_message_new_full (frame->id, sender, frame->time_us, frame->text,
                                  (gssize) frame->text_length, NULL);
  if (frame->reply_sender_length > 0)
    reply_sender = take_name (frame->reply_sender, frame->reply_sender_length);
  excerpt = claw_excerpt_sanitise (frame->reply_excerpt, (gssize) frame->reply_excerpt_length);
  memcpy (reply.id, frame->reply_id, sizeof reply.id);
  reply.sender = reply_sender;
  reply.excerpt = excerpt;
  return claw_message_new_with_reply (frame->id, sender, frame->time_us, &reply, frame->text,
                                      (gssize) frame->text_length, NULL);
}

static gboolean
read_text (ClawChat *chat, const ClawChatFrame *frame)
{
  g_autoptr (ClawMessage) message = take_message (frame);

  if (message == NULL)
    return FALSE;
  /* One seen before is confirmed again: the receipt may have been lost with the last connection. */
  if (chat->receipts == NULL)
    chat->receipts = g_byte_array_new ();
  g_byte_array_append (chat->receipts, frame->id, CLAW_MESSAGE_ID_SIZE);
  if (!claw_seen_ids_add (chat->seen, frame->id))
    {
      note_nothing (chat);
      return TRUE;
    }
  push_event (chat, CLAW_CHAT_MESSAGE)->message = g_steal_pointer (&message);
  chat->event_bytes += frame->text_length;
  return TRUE;
}

/* Receipts come in the order of the messages, so that the first item is the one meant. One that
 * fits nothing which was written to this connection means nothing. */
static void
read_receipt (ClawChat *chat, const uint8_t *id)
{
  for (GList *link = chat->line.head; link != chat->next; link = link->next)
    {
      Item *item = link->data;

      if (memcmp (claw_message_get_id (item->message), id, CLAW_MESSAGE_ID_SIZE) != 0)
        continue;
      set_state (chat, item, CLAW_MESSAGE_DELIVERED);
      remove_item (chat, item);
      return;
    }
  note_nothing (chat);
}

static void
read_welcome (ClawChat *chat, ClawChatFrame *frame)
{
  g_autoptr (GStrvBuilder) members = g_strv_builder_new ();
  ClawChatEvent *event = push_event (chat, CLAW_CHAT_WELCOME);
  const char *name;
  size_t length;

  event->name = take_name (frame->name, frame->name_length);
  while (claw_chat_frame_next_member (frame, &name, &length))
    {
      g_autofree char *member = take_name (name, length);

      g_strv_builder_add (members, member);
    }
  event->members = g_strv_builder_end (members);
}

/* One that cannot be used is passed over: nobody is to be called "?" by his own wish. */
static void
read_name (ClawChat *chat, const ClawChatFrame *frame)
{
  char *name = claw_name_sanitise (frame->name, (gssize) frame->name_length);

  if (name != NULL)
    push_event (chat, CLAW_CHAT_NAME)->name = name;
  else
    note_nothing (chat);
}

/* What only a server says: to a server it is not worth the work, nor the memory, of its names. */
static void
read_notice (ClawChat *chat, ClawChatFrame *frame)
{
  if (is_server (chat))
    note_nothing (chat);
  else if (frame->kind == CLAW_CHAT_FRAME_WELCOME)
    read_welcome (chat, frame);
  else
    {
      ClawChatEventType type = frame->kind == CLAW_CHAT_FRAME_JOINED ? CLAW_CHAT_JOINED
                                                                     : CLAW_CHAT_LEFT;

      push_event (chat, type)->name = take_name (frame->name, frame->name_length);
    }
}

static gboolean
read_frame (ClawChat *chat, ClawChatFrame *frame)
{
  switch (frame->kind)
    {
    case CLAW_CHAT_FRAME_TEXT:
      return read_text (chat, frame);
    case CLAW_CHAT_FRAME_RECEIPT:
      read_receipt (chat, frame->id);
      return TRUE;
    case CLAW_CHAT_FRAME_WELCOME:
    case CLAW_CHAT_FRAME_JOINED:
    case CLAW_CHAT_FRAME_LEFT:
      read_notice (chat, frame);
      return TRUE;
    case CLAW_CHAT_FRAME_NAME:
      read_name (chat, frame);
      return TRUE;
    default: /* A kind of a later version. */
      note_nothing (chat);
      return TRUE;
    }
}

/* Returns: whether anything came. */
static gboolean
fill_parser (ClawChat *chat)
{
  size_t room;
  uint8_t *place = claw_chat_parser_reserve (&chat->parser, &room);
  size_t length = claw_connection_read (chat->connection, CLAW_CHAT_STREAM, place, room);

  claw_chat_parser_commit (&chat->parser, length);
  if (length == 0 && chat->parser.end == 0)
    claw_chat_parser_clear (&chat->parser);
  return length > 0;
}

static void
set_broken (ClawChat *chat)
{
  chat->broken = TRUE;
  claw_chat_parser_clear (&chat->parser);
  push_event (chat, CLAW_CHAT_BROKEN);
}

static gboolean
may_read (const ClawChat *chat)
{
  unsigned receipts = chat->receipts == NULL ? 0 : chat->receipts->len / CLAW_MESSAGE_ID_SIZE;

  return has_room_for_events (chat) && receipts < CLAW_CHAT_RECEIPTS_MAX;
}

static void
read_stream (ClawChat *chat)
{
  ClawChatFrame frame;

  while (!chat->broken && may_read (chat))
    switch (claw_chat_parser_next (&chat->parser, &frame))
      {
      case CLAW_CHAT_PARSER_FRAME:
        if (!read_frame (chat, &frame))
          set_broken (chat);
        break;
      case CLAW_CHAT_PARSER_BROKEN:
        set_broken (chat);
        break;
      case CLAW_CHAT_PARSER_MORE:
        if (!fill_parser (chat))
          return;
        break;
      }
  chat->stalled = !chat->broken;
}

void
claw_chat_pump (ClawChat *chat)
{
  g_return_if_fail (chat != NULL);
  if (chat->connection == NULL)
    return;
  /* Once more when writing receipts made room to read on. */
  do
    {
      chat->stalled = FALSE;
      notice_sent (chat);
      read_stream (chat);
      write_line (chat);
    }
  while (chat->stalled && may_read (chat));
  chat->stalled = chat->stalled || !has_room_for_events (chat);
}

gboolean
claw_chat_next_event (ClawChat *chat, ClawChatEvent *event)
{
  ClawChatEvent *first;

  g_return_val_if_fail (chat != NULL && event != NULL, FALSE);
  if (chat->events.length == 0 && chat->stalled)
    claw_chat_pump (chat);
  first = g_queue_pop_head (&chat->events);
  if (first == NULL)
    return FALSE;
  *event = *first;
  g_free (first);
  if (event->type == CLAW_CHAT_MESSAGE)
    {
      size_t length;

      claw_message_get_text (event->message, &length);
      chat->event_bytes -= length;
    }
  return TRUE;
}

/* What the application says. */

static gboolean
send_message (ClawChat *chat, ClawMessage *message, gboolean is_touched, GError **error)
{
  size_t length;
  Item *item;

  claw_message_get_text (message, &length);
  if (chat->messages >= CLAW_CHAT_OUTBOX_MESSAGES_MAX || chat->bytes + length > chat->bytes_max)
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_QUEUE_FULL,
                   _ ("%u messages are waiting to be delivered already; try again once some "
                      "of them are"),
                   chat->messages);
      return FALSE;
    }
  item = item_new (claw_message_ref (message), NULL);
  item->is_touched = is_touched;
  chat->messages++;
  chat->bytes += length;
  insert_item (chat, item, FALSE);
  return TRUE;
}

gboolean
claw_chat_send (ClawChat *chat, ClawMessage *message, GError **error)
{
  g_return_val_if_fail (chat != NULL && message != NULL, FALSE);
  return send_message (chat, message, FALSE, error);
}

gboolean
claw_chat_send_again (ClawChat *chat, ClawMessage *message, GError **error)
{
  g_return_val_if_fail (chat != NULL && message != NULL, FALSE);
  return send_message (chat, message, TRUE, error);
}

gboolean
claw_chat_cancel (ClawChat *chat, const uint8_t id[CLAW_MESSAGE_ID_SIZE])
{
  g_return_val_if_fail (chat != NULL && id != NULL, FALSE);
  for (GList *link = chat->next; link != NULL; link = link->next)
    {
      Item *item = link->data;

      if (item->message == NULL
          || memcmp (claw_message_get_id (item->message), id, CLAW_MESSAGE_ID_SIZE) != 0)
        continue;
      if (item->is_touched)
        return FALSE;
      if (chat->outgoing.item == item)
        memset (&chat->outgoing, 0, sizeof chat->outgoing);
      remove_item (chat, item);
      return TRUE;
    }
  return FALSE;
}

void
claw_chat_send_welcome (ClawChat *chat, const char *name, const char *const *members)
{
  g_return_if_fail (chat != NULL && name != NULL && members != NULL);
  if (chat->connection == NULL)
    return;
  /* It says all that waiting notices would. */
  remove_waiting_notices (chat);
  chat->notices++;
  insert_item (chat, item_new (NULL, claw_chat_frame_new_welcome (name, members)), TRUE);
}

static void
send_notice (ClawChat *chat, ClawChatFrameKind kind, const char *name)
{
  uint8_t bytes[CLAW_CHAT_FRAME_HEAD_MAX];
  ClawWriter writer;

  g_return_if_fail (chat != NULL && name != NULL);
  if (chat->connection == NULL || chat->notices >= CLAW_CHAT_NOTICES_MAX)
    return;
  claw_writer_init (&writer, bytes, sizeof bytes);
  claw_chat_frame_write_name (&writer, kind, name);
  chat->notices++;
  insert_item (chat, item_new (NULL, g_bytes_new (bytes, writer.used)), FALSE);
}

void
claw_chat_send_joined (ClawChat *chat, const char *name)
{
  send_notice (chat, CLAW_CHAT_FRAME_JOINED, name);
}

void
claw_chat_send_left (ClawChat *chat, const char *name)
{
  send_notice (chat, CLAW_CHAT_FRAME_LEFT, name);
}

void
claw_chat_send_name (ClawChat *chat, const char *name)
{
  send_notice (chat, CLAW_CHAT_FRAME_NAME, name);
}

unsigned
claw_chat_get_outbox (const ClawChat *chat, size_t *bytes)
{
  g_return_val_if_fail (chat != NULL, 0);
  if (bytes != NULL)
    *bytes = chat->bytes;
  return chat->messages;
}
