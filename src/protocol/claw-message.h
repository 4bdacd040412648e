/* claw-message.h: one line of chat, and the names beside it.
 *
 * A message is immutable and reference counted (atomic), so that a room keeps one copy of a text
 * for all its members. How far it got is told for each receiver on its own, by claw-chat.h.
 */
#pragma once

#include "claw-identity.h"

#include <glib.h>
#include <stdint.h>

#define CLAW_MESSAGE_ID_SIZE 16
#define CLAW_MESSAGE_TEXT_MAX 65536 /* bytes of UTF-8 */
#define CLAW_MESSAGE_NAME_MAX 64    /* bytes of UTF-8 */
#define CLAW_MESSAGE_EXCERPT_MAX 256

#define CLAW_MESSAGE_ERROR (claw_message_error_quark ())
typedef enum
{
  CLAW_MESSAGE_ERROR_EMPTY,
  CLAW_MESSAGE_ERROR_TOO_LONG, /* the message says by how much */
  CLAW_MESSAGE_ERROR_NOT_UTF8, /* also for NUL bytes */
  CLAW_MESSAGE_ERROR_QUEUE_FULL,
} ClawMessageError;
GQuark claw_message_error_quark (void);

typedef enum
{
  CLAW_MESSAGE_QUEUED,    /* waits here */
  CLAW_MESSAGE_SENT,      /* its last byte was handed to the network */
  CLAW_MESSAGE_DELIVERED, /* the peer has it and said so */
} ClawMessageState;

typedef struct ClawMessage ClawMessage;

/* Which message one answers. The id is the one by which others know it: claw_message_share_id ().
 * What is quoted comes from who answers and proves nothing; whoever holds the message itself shows
 * that. */
typedef struct
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  char *sender;  /* (nullable) */
  char *excerpt; /* one line of at most CLAW_MESSAGE_EXCERPT_MAX bytes, possibly empty */
} ClawMessageReply;

/* A message of our own with a fresh random id. @length may be -1 for NUL-terminated text.
 * Returns: (transfer full) (nullable) */
ClawMessage *claw_message_new (const char *text, gssize length, gint64 time_us, GError **error);
/* One that came from elsewhere: @sender (nullable) is sanitised, @time_us is brought within the
 * years 1970 … 9999, the text is checked as above. */
ClawMessage *claw_message_new_full (const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                                    const char *sender,
                                    gint64 time_us,
                                    const char *text,
                                    gssize length,
                                    GError **error);
/* The same for an answer. @reply: (nullable): copied, with name and excerpt sanitised and cut. */
ClawMessage *claw_message_new_with_reply (const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                                          const char *sender,
                                          gint64 time_us,
                                          const ClawMessageReply *reply,
                                          const char *text,
                                          gssize length,
                                          GError **error);
/* An answer of our own, as claw_message_new (). */
ClawMessage *claw_message_new_reply (
    const ClawMessageReply *reply, const char *text, gssize length, gint64 time_us, GError **error);
ClawMessage *claw_message_ref (ClawMessage *message);
void claw_message_unref (ClawMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawMessage, claw_message_unref)
const uint8_t *claw_message_get_id (const ClawMessage *message);
const char *claw_message_get_sender (const ClawMessage *message); /* (nullable): NULL for our own */
gint64 claw_message_get_time_us (const ClawMessage *message);     /* µs since 1970 */
const char *claw_message_get_text (const ClawMessage *message,
                                   size_t *length); /* @length: (nullable) */
const ClawMessageReply *claw_message_get_reply (const ClawMessage *message); /* (nullable) */
/* The id that others see of a message which its author, whose key that is, knows by @id. So that a
 * room needs no memory to find a message, and nobody can choose the id of another's. */
void claw_message_share_id (const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                            const uint8_t author_key[CLAW_PUBLIC_KEY_SIZE],
                            uint8_t shared_id[CLAW_MESSAGE_ID_SIZE]);
/* Makes @name fit to be shown beside others' names: valid UTF-8 of at most CLAW_MESSAGE_NAME_MAX
 * bytes without control, format (bidi) or line-breaking characters, trimmed, NFC. White space
 * becomes spaces; what is further off than four times as many bytes is not looked at.
 * Returns: (transfer full) (nullable): NULL when nothing is left. */
char *claw_name_sanitise (const char *name, gssize length);
/* The beginning of @text as one line that is fit to be quoted: as a name, but longer, and with the
 * joiners that some scripts and emoji need. Returns: (transfer full) (nullable): as above. */
char *claw_excerpt_sanitise (const char *text, gssize length);
