/* claw-message.h: one line of chat, and the names beside it.
 *
 * A message is immutable and reference counted (atomic), so that a room keeps one copy of a text
 * for all its members. How far it got is told for each receiver on its own, by claw-chat.h.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define CLAW_MESSAGE_ID_SIZE 16
#define CLAW_MESSAGE_TEXT_MAX 65536 /* bytes of UTF-8 */
#define CLAW_MESSAGE_NAME_MAX 64    /* bytes of UTF-8 */

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
ClawMessage *claw_message_ref (ClawMessage *message);
void claw_message_unref (ClawMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawMessage, claw_message_unref)
const uint8_t *claw_message_get_id (const ClawMessage *message);
const char *claw_message_get_sender (const ClawMessage *message); /* (nullable): NULL for our own */
gint64 claw_message_get_time_us (const ClawMessage *message);     /* µs since 1970 */
const char *claw_message_get_text (const ClawMessage *message,
                                   size_t *length); /* @length: (nullable) */
/* Makes @name fit to be shown beside others' names: valid UTF-8 of at most CLAW_MESSAGE_NAME_MAX
 * bytes without control, format (bidi) or line-breaking characters, trimmed, NFC. White space
 * becomes spaces. Returns: (transfer full) (nullable): NULL when nothing is left. */
char *claw_name_sanitise (const char *name, gssize length);
