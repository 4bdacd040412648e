/* claw-room.c: fan-out of messages, names and notices.
 *
 * Pumping a member's chat may bring messages, which are put into other members' chats, which then
 * need pumping in turn. Members that do are marked and worked off one after the other, so that
 * nothing recurses and a burst of messages costs each receiver one pump.
 */
#include "config.h"

#include "claw-room-private.h"

#include "claw-events.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

/* A member is behind while this many messages, or half of the bytes that are kept, wait for it;
 * what others have to say waits in their own outboxes meanwhile, so that one who is quick does not
 * drive out one who is not. */
#define BEHIND_MESSAGES (CLAW_CHAT_OUTBOX_MESSAGES_MAX / 2)
/* For so long the others wait. Then it is disconnected, may come back, and catches up alone. */
#define BEHIND_PATIENCE_US (10 * G_USEC_PER_SEC)
/* For so long after that nobody waits for it again: one that comes back at once and stops to read
 * once more would keep the others from talking for most of the time. */
#define BEHIND_PAUSE_US (10 * 60 * (gint64) G_USEC_PER_SEC)
/* Who is slowed again and again is told of it so often. */
#define SLOWED_TOLD_US (60 * G_USEC_PER_SEC)

static void
member_free (gpointer data)
{
  ClawRoomMember *member = data;

  claw_chat_free (member->chat);
  g_free (member->name);
  g_free (member->name_key);
  g_free (member);
}

ClawRoom *
claw_room_new (const char *operator_name, const ClawRoomListener *listener, gpointer user_data)
{
  ClawRoom *room = g_new0 (ClawRoom, 1);

  room->operator_name = claw_name_sanitise (operator_name, -1);
  if (room->operator_name == NULL)
    room->operator_name = g_strdup ("operator");
  room->listener = *listener;
  room->user_data = user_data;
  room->members = g_hash_table_new_full (NULL, NULL, NULL, member_free);
  room->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&room->dirty);
  g_queue_init (&room->slowed);
  room->limits = (ClawRoomLimits){ .message_bytes = CLAW_MESSAGE_TEXT_MAX,
                                   .kept_bytes = CLAW_CHAT_OUTBOX_BYTES_MAX };
  return room;
}

void
claw_room_set_limits (ClawRoom *room, const ClawRoomLimits *limits)
{
  g_return_if_fail (room != NULL && limits != NULL);
  g_return_if_fail (g_hash_table_size (room->members) == 0);

  room->limits = *limits;
}

void
claw_room_free (ClawRoom *room)
{
  if (room == NULL)
    return;
  g_queue_clear (&room->dirty);
  g_hash_table_unref (room->by_name);
  g_hash_table_unref (room->members);
  g_free (room->operator_name);
  g_free (room);
}

static ClawRoomMember *
find (const ClawRoom *room, uint32_t id)
{
  return g_hash_table_lookup (room->members, GUINT_TO_POINTER (id));
}

void
claw_room_add (ClawRoom *room,
               uint32_t id,
               const uint8_t client_key[CLAW_PUBLIC_KEY_SIZE],
               const char *name)
{
  ClawRoomMember *member;

  g_return_if_fail (find (room, id) == NULL);
  member = g_new0 (ClawRoomMember, 1);
  member->id = id;
  memcpy (member->client_key, client_key, CLAW_PUBLIC_KEY_SIZE);
  claw_room_set_name (room, member, claw_room_make_unique (room, name, client_key, NULL));
  member->chat = claw_chat_new ();
  claw_chat_set_outbox_bytes (member->chat, room->limits.kept_bytes);
  claw_token_bucket_init (&member->bucket, room->limits.messages_per_second,
                          MAX (1, room->limits.messages_per_second * CLAW_ROOM_BURST_S));
  member->slowed_link.data = member;
  g_hash_table_insert (room->members, GUINT_TO_POINTER (id), member);
}

static void
mark (ClawRoom *room, ClawRoomMember *member)
{
  /* Of those who are away only who has left something to be said. */
  if (member->dirty || (member->connection == NULL && member->slowed_since_us == 0))
    return;
  member->dirty = TRUE;
  g_queue_push_tail (&room->dirty, member);
}

typedef void (*SendNotice) (ClawChat *chat, const char *name);

static void
notify_members (ClawRoom *room, SendNotice send, const char *name, const ClawRoomMember *except)
{
  GHashTableIter iter;
  gpointer value;

  if (room->present > CLAW_ROOM_PRESENCE_MAX)
    return;
  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ClawRoomMember *member = value;

      if (member == except || member->connection == NULL)
        continue;
      send (member->chat, name);
      mark (room, member);
    }
}

static void
tell_joined (ClawRoom *room, const ClawRoomMember *member)
{
  notify_members (room, claw_chat_send_joined, member->name, member);
  room->listener.joined (member->name, room->user_data);
}

static void
tell_left (ClawRoom *room, const char *name, const ClawRoomMember *member)
{
  notify_members (room, claw_chat_send_left, name, member);
  room->listener.left (name, room->user_data);
}

/* Lets those go on who waited for somebody. */
static void
release_held (ClawRoom *room)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ClawRoomMember *member = value;

      if (!member->held)
        continue;
      member->held = FALSE;
      mark (room, member);
    }
}

static gboolean
was_waited_for (const ClawRoom *room, const ClawRoomMember *member)
{
  return member->waited_for_us != 0 && room->unix_us >= member->waited_for_us
         && room->unix_us - member->waited_for_us < BEHIND_PAUSE_US;
}

static void
check_behind (ClawRoom *room, ClawRoomMember *member)
{
  size_t bytes;
  unsigned messages = claw_chat_get_outbox (member->chat, &bytes);
  /* What a member confirms stands in line behind what it says; when that is slowed, it is not to
   * slow others too. */
  gboolean behind = member->connection != NULL && !member->catching_up
                    && member->slowed_since_us == 0 && !was_waited_for (room, member)
                    && (messages >= BEHIND_MESSAGES || bytes >= room->limits.kept_bytes / 2);

  if (behind == (member->behind_since_us != 0))
    return;
  member->behind_since_us = behind ? room->unix_us : 0;
  if (behind)
    room->behind++;
  else if (--room->behind == 0)
    release_held (room);
}

static void
tell_limit (ClawRoom *room, const ClawRoomMember *member, ClawRoomLimit limit)
{
  if (room->listener.limit != NULL)
    room->listener.limit (member->id, limit, room->user_data);
}

/* @text: (transfer full): said by the operator to this member alone. Returns: whether it found
 * room.
 */
static gboolean
tell (ClawRoom *room, ClawRoomMember *member, char *text, gint64 unix_us)
{
  g_autofree char *owned = text;
  g_autoptr (ClawMessage) message = NULL;
  uint8_t id[CLAW_MESSAGE_ID_SIZE];

  randombytes_buf (id, sizeof id);
  message = claw_message_new_full (id, room->operator_name, unix_us, text, -1, NULL);
  if (message == NULL || !claw_chat_send (member->chat, message, NULL))
    return FALSE;
  claw_chat_pump (member->chat);
  return TRUE;
}

static void
slow_down (ClawRoom *room, ClawRoomMember *member, gint64 unix_us)
{
  unsigned limit = room->limits.messages_per_second;

  if (member->slowed_since_us != 0)
    return;
  member->slowed_since_us = unix_us;
  g_queue_push_tail_link (&room->slowed, &member->slowed_link);
  check_behind (room, member);
  if (member->told_slowed_us != 0 && unix_us >= member->told_slowed_us
      && unix_us - member->told_slowed_us < SLOWED_TOLD_US)
    return;
  claw_event (CLAW_EVENT_MEMBER_SLOWED, &(ClawEventFields){ .member = member->id },
              _ ("Slowing down member %u: it says more than %u messages a second"), member->id,
              limit);
  if (tell (room, member,
            g_strdup_printf (ngettext ("You say more than %u message a second. What you say goes "
                                       "on more slowly; if it does not stop, you are "
                                       "disconnected.",
                                       "You say more than %u messages a second. What you say goes "
                                       "on more slowly; if it does not stop, you are "
                                       "disconnected.",
                                       limit),
                             limit),
            unix_us))
    member->told_slowed_us = unix_us;
  tell_limit (room, member, CLAW_ROOM_LIMIT_SLOWED);
}

static void
end_slowing (ClawRoom *room, ClawRoomMember *member)
{
  if (member->slowed_since_us == 0)
    return;
  member->slowed_since_us = 0;
  g_queue_unlink (&room->slowed, &member->slowed_link);
  check_behind (room, member);
}

/* Takes the connection away from the member. */
static void
detach (ClawRoom *room, ClawRoomMember *member)
{
  claw_chat_attach (member->chat, NULL);
  member->connection = NULL;
  room->present--;
  end_slowing (room, member);
  member->catching_up = FALSE;
  if (member->dirty)
    g_queue_remove (&room->dirty, member);
  member->dirty = FALSE;
  member->held = FALSE;
  check_behind (room, member);
  tell_left (room, member->name, member);
}

/* Has what one who is away has left go on, by take_rest (), once the turn comes to it. */
static void
leave_rest (ClawRoom *room, ClawRoomMember *member)
{
  member->slowed_since_us = room->unix_us;
  g_queue_push_tail_link (&room->slowed, &member->slowed_link);
  mark (room, member);
}

static void
close_member (ClawRoom *room, ClawRoomMember *member, ClawCloseCode code)
{
  ClawConnection *connection = member->connection;

  detach (room, member);
  leave_rest (room, member);
  claw_connection_close (connection, code);
}

static void
close_too_slow (ClawRoom *room, ClawRoomMember *member)
{
  claw_event (CLAW_EVENT_MEMBER_DISCONNECTED,
              &(ClawEventFields){ .member = member->id, .reason = "too-slow" },
              _ ("Disconnecting member %u: it takes messages too slowly"), member->id);
  tell_limit (room, member, CLAW_ROOM_LIMIT_TOO_SLOW);
  close_member (room, member, CLAW_CLOSE_CODE_TOO_SLOW);
}

/* Puts one message into one outbox. */
static void
deliver (ClawRoom *room, ClawRoomMember *member, ClawMessage *message)
{
  g_autoptr (GError) error = NULL;

  if (claw_chat_send (member->chat, message, &error))
    {
      mark (room, member);
      check_behind (room, member);
      return;
    }
  if (member->missed++ == 0)
    tell_limit (room, member, CLAW_ROOM_LIMIT_NOT_KEPT);
  if (member->connection != NULL && !member->catching_up)
    close_too_slow (room, member);
}

/* Closing a member for being too slow does not change the table, so that it may be done during the
 * walk. */
static void
fan_out (ClawRoom *room, ClawMessage *message, const ClawRoomMember *from, gpointer origin)
{
  GHashTableIter iter;
  gpointer value;

  room->messages++;
  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value != from)
      deliver (room, value, message);
  room->listener.message (message, origin, room->user_data);
}

static void
tell_too_long (ClawRoom *room, ClawRoomMember *from, gint64 unix_us)
{
  tell (
      room, from,
      g_strdup_printf (_ ("Your message was not passed on: it has more than %u bytes, which is the "
                          "most that this server takes."),
                       (unsigned) room->limits.message_bytes),
      unix_us);
}

static void
relay (ClawRoom *room, ClawRoomMember *from, const ClawMessage *message, gint64 unix_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) copy = NULL;
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  size_t length;
  const char *text = claw_message_get_text (message, &length);

  if (length > room->limits.message_bytes)
    {
      tell_too_long (room, from, unix_us);
      tell_limit (room, from, CLAW_ROOM_LIMIT_TOO_LONG);
      return;
    }
  claw_message_share_id (claw_message_get_id (message), from->client_key, id);
  /* A sender's clock may be wrong, yet nothing was written in the future. */
  copy = claw_message_new_with_reply (
      id, from->name, MIN (claw_message_get_time_us (message), unix_us),
      claw_message_get_reply (message), text, (gssize) length, &error);
  if (copy == NULL)
    {
      g_debug ("Dropping a message of member %u: %s", from->id, error->message);
      return;
    }
  fan_out (room, copy, from, NULL);
}

/* Tells the others that @from writes or has stopped. What gets lost on the way is not missed. */
static void
fan_out_typing (ClawRoom *room, const ClawRoomMember *from, gboolean is_typing)
{
  uint8_t news[CLAW_TYPING_SIZE_MAX];
  size_t length = claw_typing_write (news, is_typing, from->name);
  GHashTableIter iter;
  gpointer value;

  if (room->present > CLAW_ROOM_TYPING_MAX)
    return;
  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ClawRoomMember *member = value;

      if (member != from && member->connection != NULL)
        claw_connection_send_datagram (member->connection, news, length);
    }
}

static void
read_datagrams (ClawRoom *room, ClawRoomMember *member)
{
  uint8_t datagram[CLAW_CONNECTION_UNRELIABLE_MAX];
  size_t length;

  while (claw_connection_read_datagram (member->connection, datagram, &length))
    {
      ClawTyping typing;

      if (claw_typing_read (&typing, datagram, length) && typing.name_length == 0
          && claw_typing_gate_pass (&member->typing, typing.is_typing, room->unix_us))
        fan_out_typing (room, member, typing.is_typing);
    }
}

static void
tell_missed (ClawRoom *room, ClawRoomMember *member, gint64 unix_us)
{
  if (tell (room, member,
            g_strdup_printf (ngettext ("%u message was not kept for you while you were away.",
                                       "%u messages were not kept for you while you were away.",
                                       member->missed),
                             member->missed),
            unix_us))
    member->missed = 0;
}

/* As a member says in the middle of its session; when it joins, its hello says so. */
static void
rename_member (ClawRoom *room, ClawRoomMember *member, const char *wish)
{
  g_autofree char *old_name = g_strdup (member->name);

  claw_room_set_name (room, member, claw_room_make_unique (room, wish, member->client_key, member));
  claw_chat_send_name (member->chat, member->name);
  mark (room, member);
  if (strcmp (old_name, member->name) == 0)
    return;
  tell_left (room, old_name, member);
  tell_joined (room, member);
  if (room->listener.renamed != NULL)
    room->listener.renamed (member->id, member->name, room->user_data);
}

static void
handle_event (ClawRoom *room, ClawRoomMember *member, ClawChatEvent *event, gint64 unix_us)
{
  switch (event->type)
    {
    case CLAW_CHAT_MESSAGE:
      claw_token_bucket_take (&member->bucket, unix_us);
      relay (room, member, event->message, unix_us);
      break;
    case CLAW_CHAT_BROKEN:
      claw_event (CLAW_EVENT_MEMBER_DISCONNECTED,
                  &(ClawEventFields){ .member = member->id, .reason = "broken" },
                  _ ("Disconnecting member %u: it broke the format of the chat"), member->id);
      close_member (room, member, CLAW_CLOSE_CODE_PROTOCOL);
      break;
    case CLAW_CHAT_NAME:
      claw_token_bucket_take (&member->bucket, unix_us);
      rename_member (room, member, event->name);
      break;
    /* It costs work as well, and nobody who keeps to the rules has much of it. */
    case CLAW_CHAT_NOTHING:
      claw_token_bucket_take (&member->bucket, unix_us);
      break;
    case CLAW_CHAT_STATE:
      break;
    /* From a member they come as NOTHING. */
    case CLAW_CHAT_WELCOME:
    case CLAW_CHAT_JOINED:
    case CLAW_CHAT_LEFT:
      break;
    }
}

/* What one who leaves, or is put out, has said is confirmed already, however much it had to wait:
 * it does not say that again, and need not come back. So that goes on, no faster than the limit.
 * Returns: FALSE when something has to wait still. */
static gboolean
take_rest (ClawRoom *room, ClawRoomMember *member)
{
  gboolean more = TRUE;

  while (more && claw_token_bucket_has (&member->bucket, room->unix_us))
    {
      g_auto (ClawChatEvent) event = { 0 };

      more = claw_chat_next_event (member->chat, &event);
      if (more
          && (event.type == CLAW_CHAT_MESSAGE
              || (event.type == CLAW_CHAT_NAME && member->connection != NULL)))
        handle_event (room, member, &event, room->unix_us);
    }
  return !more;
}

static void
pump_member (ClawRoom *room, ClawRoomMember *member, gint64 unix_us)
{
  gboolean more = TRUE;

  if (member->connection == NULL)
    {
      if (take_rest (room, member))
        end_slowing (room, member);
      return;
    }
  read_datagrams (room, member);
  claw_chat_pump (member->chat);
  check_behind (room, member);
  while (more && member->connection != NULL)
    {
      /* One who is behind is never held: its receipts stand in line with its messages. */
      if (room->behind > 0 && member->behind_since_us == 0)
        {
          member->held = TRUE;
          return;
        }

      /* Nothing is taken, so that soon nothing is read, and the client finds no room to write. */
      if (!claw_token_bucket_has (&member->bucket, unix_us))
        {
          slow_down (room, member, unix_us);
          return;
        }

      g_auto (ClawChatEvent) event = { 0 };

      more = claw_chat_next_event (member->chat, &event);
      if (more)
        handle_event (room, member, &event, unix_us);
    }
  if (member->connection == NULL)
    return;
  end_slowing (room, member);
  if (claw_chat_get_outbox (member->chat, NULL) > 0)
    return;
  member->catching_up = FALSE;
  if (member->missed > 0)
    tell_missed (room, member, unix_us);
}

static void
close_those_long_behind (ClawRoom *room)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, room->members);
  while (room->behind > 0 && g_hash_table_iter_next (&iter, NULL, &value))
    {
      ClawRoomMember *member = value;

      if (member->behind_since_us == 0
          || room->unix_us - member->behind_since_us < BEHIND_PATIENCE_US)
        continue;
      member->waited_for_us = room->unix_us;
      close_too_slow (room, member);
    }
}

/* Lets those who are slowed go on as far as they may, and ends it with those who never have enough.
 */
static void
look_at_slowed (ClawRoom *room)
{
  GList *next;

  for (GList *link = room->slowed.head; link != NULL; link = next)
    {
      ClawRoomMember *member = link->data;

      next = link->next;
      if (member->connection != NULL
          && room->unix_us - member->slowed_since_us >= room->limits.patience_us)
        {
          claw_event (CLAW_EVENT_MEMBER_DISCONNECTED,
                      &(ClawEventFields){ .member = member->id, .reason = "too-fast" },
                      _ ("Disconnecting member %u: it does not stop to say too much"), member->id);
          tell_limit (room, member, CLAW_ROOM_LIMIT_TOO_FAST);
          close_member (room, member, CLAW_CLOSE_CODE_TOO_FAST);
        }
      else if (claw_token_bucket_has (&member->bucket, room->unix_us))
        mark (room, member);
    }
}

static void
work_off (ClawRoom *room, gint64 unix_us)
{
  ClawRoomMember *member;

  room->unix_us = unix_us;
  close_those_long_behind (room);
  look_at_slowed (room);
  while ((member = g_queue_pop_head (&room->dirty)) != NULL)
    {
      member->dirty = FALSE;
      pump_member (room, member, unix_us);
    }
}

void
claw_room_pump (ClawRoom *room, uint32_t id, gint64 unix_us)
{
  ClawRoomMember *member = find (room, id);

  if (member != NULL)
    mark (room, member);
  work_off (room, unix_us);
}

static void
send_welcome (ClawRoom *room, ClawRoomMember *member)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  if (room->operators > 0)
    g_ptr_array_add (names, room->operator_name);
  g_hash_table_iter_init (&iter, room->members);
  while (names->len < CLAW_ROOM_PRESENCE_MAX && g_hash_table_iter_next (&iter, NULL, &value))
    if (value != member && ((ClawRoomMember *) value)->connection != NULL)
      g_ptr_array_add (names, ((ClawRoomMember *) value)->name);
  g_ptr_array_add (names, NULL);
  claw_chat_send_welcome (member->chat, member->name, (const char *const *) names->pdata);
}

ClawConnection *
claw_room_join (ClawRoom *room, uint32_t id, const char *name, ClawConnection *connection)
{
  ClawRoomMember *member = find (room, id);
  g_autofree char *old_name = NULL;
  ClawConnection *old;
  gboolean renamed;

  g_return_val_if_fail (member != NULL, NULL);
  old = member->connection;
  if (old == NULL)
    {
      room->present++;
      end_slowing (room, member);
    }
  old_name = g_strdup (member->name);
  claw_room_set_name (room, member, claw_room_make_unique (room, name, member->client_key, member));
  renamed = strcmp (old_name, member->name) != 0;
  if (old != NULL && renamed)
    tell_left (room, old_name, member);
  member->connection = connection;
  member->catching_up = claw_chat_get_outbox (member->chat, NULL) > 0 || member->missed > 0;
  claw_chat_attach (member->chat, connection);
  send_welcome (room, member);
  if (old == NULL || renamed)
    tell_joined (room, member);
  mark (room, member);
  return old;
}

gboolean
claw_room_leave (ClawRoom *room, uint32_t id, ClawConnection *connection)
{
  ClawRoomMember *member = find (room, id);

  if (member == NULL || member->connection != connection)
    return FALSE;
  gboolean is_done = take_rest (room, member);
  detach (room, member);
  if (!is_done)
    leave_rest (room, member);
  return TRUE;
}

ClawConnection *
claw_room_remove (ClawRoom *room, uint32_t id)
{
  ClawRoomMember *member = find (room, id);
  ClawConnection *connection;

  if (member == NULL)
    return NULL;
  connection = member->connection;
  if (connection != NULL)
    detach (room, member);
  end_slowing (room, member);
  if (member->dirty)
    g_queue_remove (&room->dirty, member);
  g_hash_table_remove (room->by_name, member->name_key);
  g_hash_table_remove (room->members, GUINT_TO_POINTER (id));
  return connection;
}

gboolean
claw_room_say (ClawRoom *room, const char *text, gpointer origin, gint64 unix_us, GError **error)
{
  g_autoptr (ClawMessage) message = NULL;
  g_autoptr (ClawMessage) checked = claw_message_new (text, -1, unix_us, error);
  size_t length;

  if (checked == NULL)
    return FALSE;
  text = claw_message_get_text (checked, &length);
  message = claw_message_new_full (claw_message_get_id (checked), room->operator_name, unix_us,
                                   text, (gssize) length, error);
  if (message == NULL)
    return FALSE;
  room->unix_us = unix_us;
  fan_out (room, message, NULL, origin);
  work_off (room, unix_us);
  return TRUE;
}

void
claw_room_set_operators (ClawRoom *room, unsigned count)
{
  gboolean before = room->operators > 0;

  room->operators = count;
  if (!before && count > 0)
    notify_members (room, claw_chat_send_joined, room->operator_name, NULL);
  if (before && count == 0)
    notify_members (room, claw_chat_send_left, room->operator_name, NULL);
}

const char *
claw_room_get_name (const ClawRoom *room, uint32_t id)
{
  const ClawRoomMember *member = find (room, id);

  return member == NULL ? NULL : member->name;
}

ClawConnection *
claw_room_get_connection (const ClawRoom *room, uint32_t id)
{
  const ClawRoomMember *member = find (room, id);

  return member == NULL ? NULL : member->connection;
}

unsigned
claw_room_get_waiting (const ClawRoom *room, uint32_t id)
{
  const ClawRoomMember *member = find (room, id);

  return member == NULL ? 0 : claw_chat_get_outbox (member->chat, NULL);
}

uint64_t
claw_room_get_all_waiting (const ClawRoom *room)
{
  GHashTableIter iter;
  gpointer value;
  uint64_t n = 0;

  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += claw_chat_get_outbox (((ClawRoomMember *) value)->chat, NULL);
  return n;
}

unsigned
claw_room_get_present (const ClawRoom *room)
{
  return room->present;
}

gboolean
claw_room_is_behind (const ClawRoom *room)
{
  return room->behind > 0 || room->slowed.length > 0;
}

guint64
claw_room_get_messages (const ClawRoom *room)
{
  return room->messages;
}
