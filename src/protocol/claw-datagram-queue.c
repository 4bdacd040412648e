/* claw-datagram-queue.c: see claw-datagram-queue.h. */
#include "claw-datagram-queue.h"

#include <string.h>

typedef struct
{
  size_t length;
  uint8_t data[];
} Datagram;

void
claw_datagram_queue_init (ClawDatagramQueue *queue)
{
  *queue = (ClawDatagramQueue){ 0 };
  g_queue_init (&queue->datagrams);
}

void
claw_datagram_queue_clear (ClawDatagramQueue *queue)
{
  while (queue->datagrams.length > 0)
    claw_datagram_queue_pop (queue);
}

void
claw_datagram_queue_push (ClawDatagramQueue *queue, const void *data, size_t length)
{
  g_return_if_fail (length <= CLAW_CONNECTION_UNRELIABLE_MAX);

  if (queue->datagrams.length == CLAW_DATAGRAM_QUEUE_MAX)
    {
      claw_datagram_queue_pop (queue);
      queue->n_dropped++;
    }
  Datagram *datagram = g_malloc (sizeof *datagram + length);
  datagram->length = length;
  if (length > 0)
    memcpy (datagram->data, data, length);
  g_queue_push_tail (&queue->datagrams, datagram);
}

const uint8_t *
claw_datagram_queue_peek (const ClawDatagramQueue *queue, size_t *length)
{
  const Datagram *datagram = queue->datagrams.head != NULL ? queue->datagrams.head->data : NULL;

  if (datagram == NULL)
    return NULL;
  *length = datagram->length;
  return datagram->data;
}

void
claw_datagram_queue_pop (ClawDatagramQueue *queue)
{
  Datagram *datagram = g_queue_pop_head (&queue->datagrams);

  if (datagram == NULL)
    return;
  /* As with streams: plaintext does not stay in freed memory. */
  explicit_bzero (datagram, sizeof *datagram + datagram->length);
  g_free (datagram);
}
