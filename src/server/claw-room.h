/* claw-room.h: the one room of a server, with its members and its operators.
 *
 * A message of a member goes to all other members and to the operators, one of an operator to all
 * members and to the other operators, each exactly once. Paired members that are away get it when
 * they return: it waits in the outbox of their ClawChat, which is bounded. A present member whose
 * outbox is full is disconnected as too slow, and nobody else notices; for one that is away, or
 * still takes what it missed, further messages are counted, and it is told how many were not kept.
 * Before its outbox is full the others wait for it, for 10 s at most, and when that was in vain not
 * again within 10 minutes.
 * Messages wait in memory: a restart of the server forgets them. What one who left, or was
 * disconnected, had still to say waits there too, until the limit lets it go on.
 *
 * Who says more than the limit, be it in frames that tell nothing, is slowed, by not being read
 * from, and told so; who does not stop is disconnected. Meanwhile all others go on as if it was not
 * there.
 *
 * The id that others see is a hash of the sender's key and its own id, so that a message sent again
 * after a restart is still shown once, and nobody can choose the id of another member's message.
 * An answer names that id, which its author computes as well, so that everybody finds the message.
 *
 * Who writes is told to the others by unreliable datagrams: claw-typing.h.
 */
#pragma once

#include "claw-chat.h"

#include <stdint.h>

/* While more than these are present, nobody is told who comes and goes: the list of a WELCOME does
 * not name more, and each of n would cost n notices. */
#define CLAW_ROOM_PRESENCE_MAX (CLAW_CHAT_MEMBERS_MAX)
/* While more than these are present, nobody is told who writes: each second might bring the square
 * of it in datagrams. */
#define CLAW_ROOM_TYPING_MAX 64
/* What a member may say at once after a pause, in seconds' worth of its messages. */
#define CLAW_ROOM_BURST_S 10

/* What one member may do. */
typedef struct
{
  unsigned messages_per_second; /* 0: any number */
  gint64 patience_us;           /* with one that always has more to say than that */
  size_t message_bytes;         /* of text */
  size_t kept_bytes;            /* of messages that wait for it */
} ClawRoomLimits;

/* What was dropped, or slowed, and why. */
typedef enum
{
  CLAW_ROOM_LIMIT_SLOWED,   /* a member says too much */
  CLAW_ROOM_LIMIT_TOO_FAST, /* it did not stop, and is disconnected */
  CLAW_ROOM_LIMIT_TOO_SLOW, /* it does not take what others say, and is disconnected */
  CLAW_ROOM_LIMIT_TOO_LONG, /* its message is not passed on */
  CLAW_ROOM_LIMIT_NOT_KEPT, /* the first message that found no room while it is away */
} ClawRoomLimit;

typedef struct
{
  /* For all operators but @origin, which is what claw_room_say () was given, or NULL for a member's
   * message. */
  void (*message) (ClawMessage *message, gpointer origin, gpointer user_data);
  void (*joined) (const char *name, gpointer user_data);
  void (*left) (const char *name, gpointer user_data);
  void (*limit) (uint32_t member, ClawRoomLimit limit, gpointer user_data); /* (nullable) */
  /* (nullable): one that stays has another name now; left () and joined () told of it. */
  void (*renamed) (uint32_t member, const char *name, gpointer user_data);
} ClawRoomListener;

typedef struct ClawRoom ClawRoom;

/* @operator_name: how the operators' messages are signed; no member may have it. */
ClawRoom *
claw_room_new (const char *operator_name, const ClawRoomListener *listener, gpointer user_data);
void claw_room_free (ClawRoom *room);
/* Without it, what the chat itself allows. To be called before there are members. @limits: copied.
 */
void claw_room_set_limits (ClawRoom *room, const ClawRoomLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawRoom, claw_room_free)

/* A member that is away at present. @name is made unique by " (2)" and so on. */
void claw_room_add (ClawRoom *room,
                    uint32_t id,
                    const uint8_t client_key[CLAW_PUBLIC_KEY_SIZE],
                    const char *name);
/* The member's connection is ESTABLISHED. Returns: (transfer none) (nullable): the connection that
 * it replaces. */
ClawConnection *
claw_room_join (ClawRoom *room, uint32_t id, const char *name, ClawConnection *connection);
/* @connection has ended. Returns: FALSE when the member has another one by now. */
gboolean claw_room_leave (ClawRoom *room, uint32_t id, ClawConnection *connection);
/* Forgets the member and what was kept for it. Returns: (transfer none) (nullable): its connection.
 */
ClawConnection *claw_room_remove (ClawRoom *room, uint32_t id);
/* Handles what the member's connection has to say, after READABLE and PROGRESS. @unix_us: now. */
void claw_room_pump (ClawRoom *room, uint32_t id, gint64 unix_us);
/* Speaks as the operator. Returns: FALSE with CLAW_MESSAGE_ERROR. */
gboolean
claw_room_say (ClawRoom *room, const char *text, gpointer origin, gint64 unix_us, GError **error);
/* How many operators listen: the first that comes and the last that goes are shown to the members.
 */
void claw_room_set_operators (ClawRoom *room, unsigned count);

/* Returns: (nullable): the unique name of the member. */
const char *claw_room_get_name (const ClawRoom *room, uint32_t id);
/* Returns: (transfer none) (nullable): NULL while the member is away. */
ClawConnection *claw_room_get_connection (const ClawRoom *room, uint32_t id);
/* Messages that wait for the member. */
unsigned claw_room_get_waiting (const ClawRoom *room, uint32_t id);
/* The same for all members together. */
uint64_t claw_room_get_all_waiting (const ClawRoom *room);
unsigned claw_room_get_present (const ClawRoom *room);
/* Whether somebody cannot keep up at present, so that others wait, or says too much; claw_room_pump
 * () then wants to be called every second even if nothing happens, to let the latter go on and to
 * notice when it was for too long. */
gboolean claw_room_is_behind (const ClawRoom *room);
/* Messages that went through the room since it was made. */
guint64 claw_room_get_messages (const ClawRoom *room);
