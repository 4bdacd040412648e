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
#define CLAW_FRAME_STREAM_OVERHEAD 14  /* type, id, offset of 8 bytes, length of 4 bytes at most */
#define CLAW_FRAME_DATAGRAM_OVERHEAD 3 /* type, length of 2 bytes at most */

#define CLAW_FRAME_MAX_STREAM_DATA_SIZE 10 /* at most */
#define CLAW_FRAME_REKEY_SIZE 41           /* at most */
#define CLAW_FRAME_PORT_SIZE 51            /* at most */
#define CLAW_FRAME_PROBE_SIZE 10
#define CLAW_FRAME_REPORT_SIZE 30 /* at most */
#define CLAW_FRAME_COMPROMISED_SIZE 2

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
  CLAW_FRAME_ACK_ECN = 8,         /* as ACK, then the counts of ECT(0), ECT(1), CE */
  CLAW_FRAME_DATAGRAM = 9,        /* length, data */
  CLAW_FRAME_REKEY = 10,          /* epoch, public key 32 */
  CLAW_FRAME_PORT = 11,           /* slot, interval (s), port 2, secret 32 */
  CLAW_FRAME_PROBE = 12,          /* token 8, flags 1 */
  CLAW_FRAME_REPORT = 13,         /* token 8, family 1, ip 4 or 16, port 2, other port 2 */
  CLAW_FRAME_QUIET = 14,          /* seconds */
  CLAW_FRAME_COMPROMISED = 15,    /* kind */
} ClawFrameType;

/* RFC 9000 section 13.4.1: records received with each mark since the session began. */
typedef struct
{
  uint64_t ect0, ect1, ce;
} ClawEcnCounts;

typedef struct
{
  gint64 delay_us;
  gboolean has_counts; /* ACK_ECN */
  ClawEcnCounts counts;
  unsigned n_ranges;
  ClawRange ranges[CLAW_FRAME_ACK_RANGES_MAX]; /* descending */
} ClawFrameAck;

/* Where the server can be knocked at in the hours to come. */
typedef struct
{
  uint64_t slot;         /* number of the interval that @port belongs to */
  uint64_t interval_s;   /* 0: the port does not rotate */
  uint16_t port;         /* to be used from now on */
  const uint8_t *secret; /* CLAW_KEY_SIZE bytes inside the input */
} ClawFramePort;

/* What the peer sees of us, in answer to a PROBE. */
typedef struct
{
  uint8_t token[CLAW_FRAME_CHALLENGE_SIZE];
  ClawAddress seen;    /* where the PROBE came from */
  uint16_t other_port; /* where another socket of the peer listens; 0 for none */
} ClawFrameReport;

/* Of a COMPROMISED frame. */
typedef enum
{
  CLAW_FRAME_COMPROMISED_SIGNAL = 0,          /* erase all keys of this pairing */
  CLAW_FRAME_COMPROMISED_ACKNOWLEDGEMENT = 1, /* they are erased here */
} ClawFrameCompromised;

typedef struct
{
  ClawFrameType type;
  union
  {
    ClawFrameAck ack;                             /* ACK, ACK_ECN */
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
    struct
    {
      const uint8_t *data; /* inside the input */
      size_t length;
    } datagram;
    struct
    {
      uint64_t epoch;
      const uint8_t *public_key; /* CLAW_PUBLIC_KEY_SIZE bytes inside the input */
    } rekey;
    ClawFramePort port;
    struct
    {
      uint8_t token[CLAW_FRAME_CHALLENGE_SIZE];
      gboolean from_other; /* answer from another socket than this came to */
    } probe;
    ClawFrameReport report;
    uint64_t quiet_s;
    ClawFrameCompromised compromised;
  };
} ClawFrame;

/* Returns: FALSE when the next bytes are no frame. */
gboolean claw_frame_read (ClawReader *reader, ClawFrame *frame);
/* Whether the frame wants to be acknowledged, RFC 9002 section 2. */
gboolean claw_frame_is_ack_eliciting (ClawFrameType type);

void claw_frame_write_ping (ClawWriter *writer);
/* Whether the frame only asks about a path, and so moves nothing to it, RFC 9000 section 9.1. */
gboolean claw_frame_is_probing (ClawFrameType type);
/* As many of the newest @ranges as fit, at most CLAW_FRAME_ACK_RANGES_MAX; there must be one.
 * @counts: (nullable): makes it an ACK_ECN. */
void claw_frame_write_ack (ClawWriter *writer,
                           const ClawRanges *ranges,
                           gint64 delay_us,
                           const ClawEcnCounts *counts);
void claw_frame_write_path (ClawWriter *writer,
                            ClawFrameType type,
                            const uint8_t challenge[CLAW_FRAME_CHALLENGE_SIZE]);
/* Returns: (nullable): where the caller puts the @length bytes of data. */
uint8_t *claw_frame_write_stream (ClawWriter *writer, unsigned id, uint64_t offset, size_t length);
void claw_frame_write_max_stream_data (ClawWriter *writer, unsigned id, uint64_t limit);
void claw_frame_write_close (ClawWriter *writer, ClawCloseCode code);
void claw_frame_write_datagram (ClawWriter *writer, const void *data, size_t length);
void claw_frame_write_rekey (ClawWriter *writer,
                             uint64_t epoch,
                             const uint8_t public_key[CLAW_PUBLIC_KEY_SIZE]);
void claw_frame_write_port (ClawWriter *writer, const ClawFramePort *port);
void claw_frame_write_probe (ClawWriter *writer,
                             const uint8_t token[CLAW_FRAME_CHALLENGE_SIZE],
                             gboolean from_other);
void claw_frame_write_report (ClawWriter *writer, const ClawFrameReport *report);
void claw_frame_write_quiet (ClawWriter *writer, uint64_t quiet_s);
void claw_frame_write_compromised (ClawWriter *writer, ClawFrameCompromised kind);
