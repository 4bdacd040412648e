/* claw-sent-map.c: see claw-sent-map.h. */
#include "claw-sent-map.h"

#define ALLOCATED_FIRST 8

enum
{
  IN_FLIGHT,
  ACKNOWLEDGED,
  LOST,
};

void
claw_sent_map_init (ClawSentMap *map)
{
  *map = (ClawSentMap){ 0 };
}

void
claw_sent_map_clear (ClawSentMap *map)
{
  g_free (map->packets);
  claw_sent_map_init (map);
}

gboolean
claw_sent_map_keeps_memory (const ClawSentMap *map)
{
  return map->packets != NULL && map->outstanding == 0;
}

void
claw_sent_map_trim (ClawSentMap *map)
{
  if (claw_sent_map_keeps_memory (map))
    claw_sent_map_clear (map);
}

gboolean
claw_sent_map_is_full (const ClawSentMap *map)
{
  return map->n == CLAW_SENT_MAP_MAX;
}

static ClawSentPacket *
at (const ClawSentMap *map, unsigned i)
{
  return &map->packets[(map->head + i) & (map->allocated - 1)];
}

static void
grow (ClawSentMap *map)
{
  unsigned allocated = MAX (ALLOCATED_FIRST, 2 * map->allocated);
  ClawSentPacket *packets = g_new (ClawSentPacket, allocated);

  for (unsigned i = 0; i < map->n; i++)
    packets[i] = *at (map, i);
  g_free (map->packets);
  map->packets = packets;
  map->allocated = allocated;
  map->head = 0;
}

void
claw_sent_map_add (ClawSentMap *map, const ClawSentPacket *packet)
{
  g_return_if_fail (!claw_sent_map_is_full (map));
  g_return_if_fail (map->n == 0 || at (map, map->n - 1)->number < packet->number);

  if (map->n == map->allocated)
    grow (map);
  ClawSentPacket *added = at (map, map->n++);
  *added = *packet;
  added->state = IN_FLIGHT;
  map->outstanding++;
}

/* The first packet whose number is not below @number. */
static unsigned
find (const ClawSentMap *map, uint64_t number)
{
  unsigned low = 0, high = map->n;

  while (low < high)
    {
      unsigned middle = low + (high - low) / 2;

      if (at (map, middle)->number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
drop_gone (ClawSentMap *map)
{
  if (map->outstanding == 0)
    {
      map->n = 0;
      if (map->allocated <= CLAW_SENT_MAP_SMALL_MAX)
        claw_sent_map_clear (map);
      return;
    }
  while (at (map, 0)->state != IN_FLIGHT)
    {
      map->head = (map->head + 1) & (map->allocated - 1);
      map->n--;
    }
}

void
claw_sent_map_acknowledge (
    ClawSentMap *map, uint64_t start, uint64_t end, ClawSentMapTake take, gpointer user_data)
{
  for (unsigned i = find (map, start); i < map->n && at (map, i)->number < end; i++)
    {
      ClawSentPacket *packet = at (map, i);

      if (packet->state != IN_FLIGHT)
        continue;
      packet->state = ACKNOWLEDGED;
      map->outstanding--;
      take (packet, user_data);
    }
  drop_gone (map);
}

static gboolean
is_lost (const ClawSentPacket *packet, const ClawSentMapLoss *loss)
{
  return packet->number + CLAW_SENT_PACKET_THRESHOLD <= loss->largest_acknowledged
         || packet->sent_at_us + loss->loss_delay_us <= loss->now_us;
}

void
claw_sent_map_detect_lost (ClawSentMap *map,
                           ClawSentMapLoss *loss,
                           ClawSentMapTake take,
                           gpointer user_data)
{
  const ClawSentPacket *first = NULL;

  loss->next_us = G_MAXINT64;
  loss->span_us = 0;
  for (unsigned i = 0; i < map->n && at (map, i)->number < loss->largest_acknowledged; i++)
    {
      ClawSentPacket *packet = at (map, i);

      if (packet->state == ACKNOWLEDGED)
        first = NULL;
      if (packet->state != IN_FLIGHT)
        continue;
      if (!is_lost (packet, loss))
        {
          loss->next_us = MIN (loss->next_us, packet->sent_at_us + loss->loss_delay_us);
          continue;
        }
      packet->state = LOST;
      map->outstanding--;
      take (packet, user_data);
      if (first == NULL && packet->sent_at_us >= loss->first_sample_us)
        first = packet;
      if (first != NULL)
        loss->span_us = MAX (loss->span_us, packet->sent_at_us - first->sent_at_us);
    }
  drop_gone (map);
}

ClawSentPacket *
claw_sent_map_get_oldest_unprobed (ClawSentMap *map)
{
  for (unsigned i = 0; i < map->n; i++)
    if (at (map, i)->state == IN_FLIGHT && !at (map, i)->probed)
      return at (map, i);
  return NULL;
}
