/* claw-frame.h: the frames inside a record, from bytes and to bytes.
 *
 * Each frame is one byte of type and the fields named below, integers as in RFC 9000 section 16. A
 * record's plaintext is frames one after another to its end. An unknown type or a malformed frame
 * breaks the protocol.
 */
#pragma once

#include "claw-bytes.h"
#include "claw-connection.h"
#include "claw-ranges.h"

#define CLAW_FRAME_ACK_RANGES_MAX 64 /* accepted in one ACK */
#define CLAW_FRAME_CHALLENGE_SIZE 8
#define CLAW_FRAME_STREAM_OVERHEAD 14 /* type, id, offset of 8 bytes, length of 4 bytes at most */

#define CLAW_FRAME_MAX_STREAM_DATA_SIZE 10 /* at most */

typedef enum
{
  CLAW_FRAME_PADDING = 0, /* a run of zero bytes counts as one */
  CLAW_FRAME_PING = 1,
  CLAW_FRAME_ACK
  = 2, /* largest, delay (µs >> 3), count of further ranges, first range, { gap, range } */
  CLAW_FRAME_PATH_CHALLENGE = 3,  /* 8 bytes */
  CLAW_FRAME_PATH_RESPONSE = 4,   /* 8 bytes */
  CLAW_FRAME_STREAM = 5,          /* stream, offset, length, data */
  CLAW_FRAME_MAX_STREAM_DATA = 6, /* stream, limit */
  CLAW_FRAME_CLOSE = 7,           /* code */
} ClawFrameType;

typedef struct
{
  gint64 delay_us;
  unsigned n_ranges;
  ClawRange ranges[CLAW_FRAME_ACK_RANGES_MAX]; /* descending */
} ClawFrameAck;

typedef struct
{
  ClawFrameType type;
  union
  {
    ClawFrameAck ack;
    uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE]; /* PATH_CHALLENGE, PATH_RESPONSE */
    struct
    {
      unsigned id;
      uint64_t offset;
      const uint8_t *data; /* inside the input */
      size_t length;
    } stream;
    struct
    {
      unsigned id;
      uint64_t limit;
    } max_stream_data;
    ClawCloseCode close;
  };
} ClawFrame;

/* Returns: FALSE when the next bytes are no frame. */
gboolean claw_frame_read (ClawReader *reader, ClawFrame *frame);
/* Whether the frame wants to be acknowledged, RFC 9002 section 2. */
gboolean claw_frame_is_ack_eliciting (ClawFrameType type);

void claw_frame_write_ping (ClawWriter *writer);
/* As many of the newest @ranges as fit, at most CLAW_FRAME_ACK_RANGES_MAX; there must be one. */
void claw_frame_write_ack (ClawWriter *writer, const ClawRanges *ranges, gint64 delay_us);
void claw_frame_write_path (ClawWriter *writer,
                            ClawFrameType type,
                            const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE]);
/* Returns: (nullable): where the caller puts the @length bytes of data. */
uint8_t *claw_frame_write_stream (ClawWriter *writer, unsigned id, uint64_t offset, size_t length);
void claw_frame_write_max_stream_data (ClawWriter *writer, unsigned id, uint64_t limit);
void claw_frame_write_close (ClawWriter *writer, ClawCloseCode code);
