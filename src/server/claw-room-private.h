/* claw-room-private.h: what the parts of a room share. Private to src/server. */
#pragma once

#include "claw-room.h"

#include "claw-token-bucket.h"
#include "claw-typing.h"

typedef struct
{
  uint32_t id;
  uint8_t client_key[CLAW_PUBLIC_KEY_SIZE];
  char *name;
  char *name_key;             /* key of by_name */
  ClawChat *chat;             /* kept over connections */
  ClawConnection *connection; /* NULL while away */
  gboolean catching_up;       /* still takes what waited for it: not too slow yet */
  gboolean dirty;             /* in the room's queue */
  gboolean held;              /* has more to say, but somebody is behind */
  gint64 behind_since_us;     /* 0 while it keeps up */
  gint64 waited_for_us;       /* when the others last waited for it in vain; 0: never */
  unsigned missed;            /* messages that found no room */
  ClawTokenBucket bucket;     /* what it may say; kept over connections too */
  gint64 slowed_since_us;     /* 0 while it says no more than that */
  gint64 told_slowed_us;
  GList slowed_link; /* in the room's queue then */
  ClawTypingGate typing;
} ClawRoomMember;

struct ClawRoom
{
  char *operator_name;
  ClawRoomListener listener;
  gpointer user_data;
  ClawRoomLimits limits;
  GHashTable *members; /* of Member, by id */
  GHashTable *by_name; /* the same, by name_key */
  GQueue dirty;        /* of Member */
  GQueue slowed;       /* of Member */
  unsigned present;    /* members that are */
  unsigned behind;
  gint64 unix_us; /* of the present turn */
  unsigned operators;
  guint64 messages;
};

/* claw-room-names.c */
/* The name for who wishes to be called @wish: unique among the members but @except, not the
 * operator's, and not too long. @wish, @except: (nullable). Returns: (transfer full) */
char *claw_room_make_unique (ClawRoom *room,
                             const char *wish,
                             const uint8_t *client_key,
                             const ClawRoomMember *except);
/* @name: (transfer full): unique. */
void claw_room_set_name (ClawRoom *room, ClawRoomMember *member, char *name);
