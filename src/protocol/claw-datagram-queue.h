/* claw-datagram-queue.h: unreliable datagrams (RFC 9221) that wait: to be sent, or to be read.
 *
 * What is worth sending this way grows old soon, so that a full queue makes room by dropping the
 * oldest.
 */
#pragma once

#include "claw-connection.h"

#define CLAW_DATAGRAM_QUEUE_MAX 64 /* datagrams */

typedef struct
{
  GQueue datagrams;
  uint64_t n_dropped;
} ClawDatagramQueue;

void claw_datagram_queue_init (ClawDatagramQueue *queue);
void claw_datagram_queue_clear (ClawDatagramQueue *queue);
/* Copies @data, at most CLAW_CONNECTION_UNRELIABLE_MAX bytes. */
void claw_datagram_queue_push (ClawDatagramQueue *queue, const void *data, size_t length);
/* Returns: (nullable): the oldest one's bytes, which are the queue's. */
const uint8_t *claw_datagram_queue_peek (const ClawDatagramQueue *queue, size_t *length);
/* Takes the oldest one out. */
void claw_datagram_queue_pop (ClawDatagramQueue *queue);
