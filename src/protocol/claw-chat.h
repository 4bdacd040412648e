/* claw-chat.h: the chat between two sides, over stream 0 of a connection, and across reconnections.
 *
 * Holds the messages that the peer has not confirmed yet (outbox) and the ids of those that came
 * (so that one sent twice is shown once). When a connection breaks, the chat is attached to the
 * next one and goes on; nothing is lost, doubled or put out of order. Symmetric: the server holds
 * one for each member, a client holds one.
 *
 * Notices stand in line with the messages, since someone who left must not speak afterwards; a
 * WELCOME goes ahead of all that waits. What goes over the stream is described in
 * claw-chat-frame.h.
 */
#pragma once

#include "claw-chat-frame.h"
#include "claw-connection.h"
#include "claw-message.h"

#define CLAW_CHAT_STREAM 0
#define CLAW_CHAT_OUTBOX_MESSAGES_MAX 1024
#define CLAW_CHAT_OUTBOX_BYTES_MAX (8 * 1024 * 1024)
#define CLAW_CHAT_SEEN_MAX 4096 /* remembered ids; more than an outbox holds */
#define CLAW_CHAT_MEMBERS_MAX CLAW_CHAT_FRAME_MEMBERS_MAX
#define CLAW_CHAT_NOTICES_MAX 1024 /* JOINED, LEFT, NAME that wait; further ones are not told */
#define CLAW_CHAT_EVENTS_MAX \
  256 /* not taken yet; nothing is read from the connection at this many */
/* The same for the text of messages among them, which one message may go beyond. */
#define CLAW_CHAT_EVENTS_BYTES_MAX (512 * 1024)
/* As many as a peer can have messages without a receipt, or two full outboxes would wait for each
 * other. */
#define CLAW_CHAT_RECEIPTS_MAX CLAW_CHAT_OUTBOX_MESSAGES_MAX

typedef struct ClawChat ClawChat;

typedef enum
{
  CLAW_CHAT_MESSAGE, /* message (the event's), seen for the first time; its receipt is on its way */
  CLAW_CHAT_STATE,   /* a message of ours is SENT or DELIVERED */
  CLAW_CHAT_WELCOME, /* name: ours; members: the others, NULL-terminated */
  CLAW_CHAT_JOINED,  /* name */
  CLAW_CHAT_LEFT,    /* name */
  CLAW_CHAT_NAME,    /* name: to a server, what the member wishes for; to a member, its name now */
  CLAW_CHAT_BROKEN,  /* the peer broke the format: close the connection */
  /* Only to a server, which may count them: a frame that told nothing. It was a message that came
   * before, a receipt for none, a name that cannot be used, a kind that is unknown, or one that
   * only servers say. */
  CLAW_CHAT_NOTHING,
} ClawChatEventType;

typedef struct
{
  ClawChatEventType type;
  ClawMessage *message;   /* (transfer full): MESSAGE, STATE */
  ClawMessageState state; /* STATE */
  char *name;             /* (transfer full): WELCOME, JOINED, LEFT, NAME */
  GStrv members;          /* (transfer full): WELCOME */
} ClawChatEvent;
void claw_chat_event_clear (ClawChatEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawChatEvent, claw_chat_event_clear)

ClawChat *claw_chat_new (void);
void claw_chat_free (ClawChat *chat);
/* Sets how many bytes of text the outbox takes, instead of CLAW_CHAT_OUTBOX_BYTES_MAX. */
void claw_chat_set_outbox_bytes (ClawChat *chat, size_t bytes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawChat, claw_chat_free)
/* @connection: (nullable): an ESTABLISHED connection, or NULL when there is none any more.
 * Unconfirmed messages are sent again over it, in order; a half-read frame of the last connection
 * is forgotten. */
void claw_chat_attach (ClawChat *chat, ClawConnection *connection);
/* Moves bytes both ways; call after READABLE and PROGRESS events and after each send. Then take
 * events until there are no more: taking them reads on where a full queue had stopped it. */
void claw_chat_pump (ClawChat *chat);
gboolean claw_chat_next_event (ClawChat *chat, ClawChatEvent *event);
/* Queues @message (which is referenced). Returns: FALSE with CLAW_MESSAGE_ERROR_QUEUE_FULL. */
gboolean claw_chat_send (ClawChat *chat, ClawMessage *message, GError **error);
/* The same for a message that an earlier chat may have written to a connection: the peer may have
 * it, and it is too late to take it back. */
gboolean claw_chat_send_again (ClawChat *chat, ClawMessage *message, GError **error);
/* Takes back a message of which no byte was ever written to any connection, so that the peer cannot
 * have it. Returns: FALSE when it is too late, or there is no such message. */
gboolean claw_chat_cancel (ClawChat *chat, const uint8_t id[CLAW_MESSAGE_ID_SIZE]);
/* Room notices, for a server; without effect while there is no connection, and not kept for the
 * next one. Names are as claw_name_sanitise () makes them. */
void claw_chat_send_welcome (ClawChat *chat, const char *name, const char *const *members);
void claw_chat_send_joined (ClawChat *chat, const char *name);
void claw_chat_send_left (ClawChat *chat, const char *name);
/* A member says so how it wants to be called from here on, and a server how it is; what comes with
 * the next connection is the application's to say. */
void claw_chat_send_name (ClawChat *chat, const char *name);
/* Messages and bytes of their text in the outbox. @bytes: (nullable). */
unsigned claw_chat_get_outbox (const ClawChat *chat, size_t *bytes);
