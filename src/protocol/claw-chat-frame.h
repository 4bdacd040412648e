/* claw-chat-frame.h: the frames of a chat as bytes: writing them, and taking a stream of bytes
 * apart again.
 *
 * varint length | kind 1 | body, where the length counts kind and body:
 *   TEXT     id 16 | time 8 | flags 1 | sender length 1 | sender
 *            | with flag 1, in reply to: id 16 | sender length 1 | sender | excerpt length 2
 *            | excerpt of at most 256
 *            | text to the end
 *   RECEIPT  id 16
 *   WELCOME  name length 1 | your name | n times: name length 1 | name of another member
 *   JOINED   name to the end
 *   LEFT     name to the end
 *   NAME     name to the end
 * Further kinds may follow, and are passed over by those who do not know them.
 */
#pragma once

#include "claw-bytes.h"
#include "claw-message.h"

#define CLAW_CHAT_FRAME_MEMBERS_MAX 1024

/* Room for everything of a TEXT frame ahead of its text, or for the whole of a frame with one name.
 */
#define CLAW_CHAT_FRAME_HEAD_MAX \
  (8 + 1 + CLAW_MESSAGE_ID_SIZE + 8 + 1 + 1 + CLAW_MESSAGE_NAME_MAX + CLAW_CHAT_FRAME_REPLY_MAX)
/* Room for what says which message one answers. */
#define CLAW_CHAT_FRAME_REPLY_MAX \
  (CLAW_MESSAGE_ID_SIZE + 1 + CLAW_MESSAGE_NAME_MAX + 2 + CLAW_MESSAGE_EXCERPT_MAX)
/* A flag of TEXT; the others are 0. */
#define CLAW_CHAT_FRAME_FLAG_REPLY 1
#define CLAW_CHAT_FRAME_RECEIPT_SIZE (1 + 1 + CLAW_MESSAGE_ID_SIZE)
/* Largest length that a frame may claim: that of a WELCOME with all members, which is a little more
 * than that of the longest TEXT. */
#define CLAW_CHAT_FRAME_LENGTH_MAX \
  (1 + (1 + CLAW_CHAT_FRAME_MEMBERS_MAX) * (1 + CLAW_MESSAGE_NAME_MAX))

typedef enum
{
  CLAW_CHAT_FRAME_TEXT = 1,
  CLAW_CHAT_FRAME_RECEIPT = 2,
  CLAW_CHAT_FRAME_WELCOME = 3,
  CLAW_CHAT_FRAME_JOINED = 4,
  CLAW_CHAT_FRAME_LEFT = 5,
  CLAW_CHAT_FRAME_NAME = 6,
} ClawChatFrameKind;

/* What was read. All pointers lead into the parser's buffer, and nothing is sanitised yet. */
typedef struct
{
  ClawChatFrameKind kind;
  const uint8_t *id; /* TEXT, RECEIPT */
  gint64 time_us;    /* TEXT */
  const char *name;  /* TEXT: sender; WELCOME: yours; JOINED, LEFT, NAME */
  size_t name_length;
  const char *text; /* TEXT; not checked */
  size_t text_length;
  const uint8_t *reply_id; /* TEXT: NULL for one that is no answer; the rest is NULL then too */
  const char *reply_sender;
  size_t reply_sender_length;
  const char *reply_excerpt;
  size_t reply_excerpt_length;
  ClawReader members; /* WELCOME: for claw_chat_frame_next_member () */
} ClawChatFrame;

/* Writing. The head of a TEXT frame, which its text has to follow. */
void claw_chat_frame_write_text_head (ClawWriter *writer, const ClawMessage *message);
void claw_chat_frame_write_receipt (ClawWriter *writer, const uint8_t id[CLAW_MESSAGE_ID_SIZE]);
/* JOINED, LEFT and NAME. @name is at most CLAW_MESSAGE_NAME_MAX bytes. */
void claw_chat_frame_write_name (ClawWriter *writer, ClawChatFrameKind kind, const char *name);
/* Members over the maximum are left out. */
GBytes *claw_chat_frame_new_welcome (const char *name, const char *const *members);

/* Reading. Reads one frame without its length. Returns: FALSE when it does not keep to the format;
 * frames of a kind that is unknown do. */
gboolean claw_chat_frame_read (ClawChatFrame *frame, const uint8_t *bytes, size_t length);
/* Returns: FALSE when there are no more. */
gboolean claw_chat_frame_next_member (ClawChatFrame *frame, const char **name, size_t *length);

/* Takes bytes as they come and gives frames. Zero-initialise. Its buffer grows with what came, not
 * with what a length claims, and is given back when nothing is left in it. */
typedef struct
{
  uint8_t *bytes;
  size_t start; /* of what was not given as a frame yet */
  size_t end;
  size_t size;
} ClawChatParser;

typedef enum
{
  CLAW_CHAT_PARSER_FRAME,
  CLAW_CHAT_PARSER_MORE, /* more bytes are needed */
  CLAW_CHAT_PARSER_BROKEN,
} ClawChatParserResult;

void claw_chat_parser_clear (ClawChatParser *parser);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawChatParser, claw_chat_parser_clear)
/* Where to put what comes next. Only after claw_chat_parser_next () asked for more; frames given
 * before end their life. Returns: @room bytes, at least one. */
uint8_t *claw_chat_parser_reserve (ClawChatParser *parser, size_t *room);
/* @length bytes were put there. */
void claw_chat_parser_commit (ClawChatParser *parser, size_t length);
ClawChatParserResult claw_chat_parser_next (ClawChatParser *parser, ClawChatFrame *frame);
