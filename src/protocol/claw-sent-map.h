/* claw-sent-map.h: the packets in flight and what each carried.
 *
 * Only packets that want to be acknowledged are kept, in the order of their numbers. An
 * acknowledged or lost one is handed to the caller once and is gone; memory goes back when nothing
 * is in flight, and that of many packets when it is trimmed.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define CLAW_SENT_MAP_SMALL_MAX 64 /* room for more packets stays when nothing is in flight */
/* More than the largest congestion window in datagrams of 1200 bytes. */
#define CLAW_SENT_MAP_MAX 8192
#define CLAW_SENT_CHUNKS_MAX 4       /* parts of streams in one packet */
#define CLAW_SENT_PACKET_THRESHOLD 3 /* RFC 9002 section 6.1.1 */

/* Frames that are sent again as they are at that time, bits. */
typedef enum
{
  CLAW_SENT_REKEY = 1 << 0,
} ClawSentControl;

typedef struct
{
  uint64_t offset;
  uint16_t length;
  uint8_t stream;
} ClawSentChunk;

typedef struct
{
  uint64_t number;
  gint64 sent_at_us;
  uint64_t ack_end; /* one more than the largest number its ACK frame named; 0 without one */
  uint16_t size;    /* of the datagram */
  uint16_t windows; /* bit n: it carried a MAX_STREAM_DATA of stream n */
  uint8_t n_chunks;
  uint8_t port_news; /* number of the claw-port-news.h it carried; 0 for none */
  uint8_t control;   /* of ClawSentControl: what it carried */
  uint8_t state;     /* the map's own */
  uint8_t probed;    /* what it carries was queued again by a probe timeout */
  uint8_t is_marked; /* ECT(0) */
  uint8_t quiet;     /* it carried a QUIET */
  ClawSentChunk chunks[CLAW_SENT_CHUNKS_MAX];
} ClawSentPacket;

typedef struct
{
  ClawSentPacket *packets; /* ring; NULL while empty */
  unsigned allocated;      /* a power of two */
  unsigned head;
  unsigned n;           /* with those that are gone but have older ones before them */
  unsigned outstanding; /* without them */
} ClawSentMap;

typedef void (*ClawSentMapTake) (const ClawSentPacket *packet, gpointer user_data);

typedef struct
{
  uint64_t largest_acknowledged;
  gint64 now_us;
  gint64 loss_delay_us;
  gint64 first_sample_us; /* packets sent before are no sign of persistent congestion */
  /* Results */
  gint64 next_us; /* when the next one is late enough; G_MAXINT64 for none */
  gint64 span_us; /* longest time between two lost packets with none acknowledged in between */
} ClawSentMapLoss;

void claw_sent_map_init (ClawSentMap *map);
void claw_sent_map_clear (ClawSentMap *map);
/* Whether nothing is in flight, but memory was kept for more to come, which trim () gives back. */
gboolean claw_sent_map_keeps_memory (const ClawSentMap *map);
void claw_sent_map_trim (ClawSentMap *map);
gboolean claw_sent_map_is_full (const ClawSentMap *map);
/* Copies @packet, whose number must be greater than all before. */
void claw_sent_map_add (ClawSentMap *map, const ClawSentPacket *packet);
/* Takes out those with @start <= number < @end. */
void claw_sent_map_acknowledge (
    ClawSentMap *map, uint64_t start, uint64_t end, ClawSentMapTake take, gpointer user_data);
/* Takes out the lost ones, RFC 9002 section 6.1. */
void claw_sent_map_detect_lost (ClawSentMap *map,
                                ClawSentMapLoss *loss,
                                ClawSentMapTake take,
                                gpointer user_data);
/* Returns: (nullable): the oldest one in flight that was not probed yet. */
ClawSentPacket *claw_sent_map_get_oldest_unprobed (ClawSentMap *map);
