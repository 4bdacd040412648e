/* claw-public-address.c: one STUN question at a time, again and again. */
#include "claw-public-address.h"

#include "claw-stun-query.h"

#include <string.h>

/* RFC 8489 section 5: the length of a header, and what stands in it. */
#define HEADER_SIZE 20
static const uint8_t magic_cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

struct ClawPublicAddress
{
  ClawAddress servers[CLAW_PUBLIC_ADDRESS_SERVERS_MAX];
  unsigned n_servers;
  unsigned current;
  ClawStunQuery query;
  unsigned n_looks;
  unsigned n_silent; /* questions without an answer, in a row */
  gint64 pause_us;
  gint64 next_us;
  ClawAddress address; /* CLAW_ADDRESS_NONE: not known */
};

static gint64
draw_interval_us (void)
{
  const gint64 span_us = CLAW_PUBLIC_ADDRESS_INTERVAL_MAX_US - CLAW_PUBLIC_ADDRESS_INTERVAL_MIN_US;

  return CLAW_PUBLIC_ADDRESS_INTERVAL_MIN_US + g_random_int_range (0, (int) span_us + 1);
}

ClawPublicAddress *
claw_public_address_new (void)
{
  ClawPublicAddress *self = g_new0 (ClawPublicAddress, 1);

  self->pause_us = CLAW_PUBLIC_ADDRESS_INTERVAL_MAX_US;
  return self;
}

void
claw_public_address_free (ClawPublicAddress *self)
{
  g_free (self);
}

static gboolean
has_same_servers (const ClawPublicAddress *self, const ClawAddress *servers, unsigned n)
{
  if (n != self->n_servers)
    return FALSE;
  for (unsigned i = 0; i < n; i++)
    if (!claw_address_equal (&servers[i], &self->servers[i]))
      return FALSE;
  return TRUE;
}

void
claw_public_address_set_servers (ClawPublicAddress *self,
                                 const ClawAddress *servers,
                                 unsigned n,
                                 gint64 now_us)
{
  g_return_if_fail (self != NULL);

  n = MIN (n, CLAW_PUBLIC_ADDRESS_SERVERS_MAX);
  if (has_same_servers (self, servers, n))
    return;
  for (unsigned i = 0; i < n; i++)
    self->servers[i] = servers[i];
  self->n_servers = n;
  self->current = 0;
  self->n_silent = 0;
  self->query.state = CLAW_STUN_QUERY_IDLE;
  self->next_us = now_us;
}

void
claw_public_address_restart (ClawPublicAddress *self, gint64 now_us)
{
  g_return_if_fail (self != NULL);

  memset (&self->address, 0, sizeof self->address);
  self->n_silent = 0;
  self->pause_us = CLAW_PUBLIC_ADDRESS_INTERVAL_MAX_US;
  self->query.state = CLAW_STUN_QUERY_IDLE;
  self->next_us = now_us;
}

/* The next one is asked at once; after the last one there is a pause. */
static void
take_silence (ClawPublicAddress *self, gint64 now_us)
{
  self->n_silent++;
  self->current = (self->current + 1) % self->n_servers;
  self->next_us = now_us;
  if (self->n_silent % self->n_servers == 0)
    {
      self->next_us += self->pause_us;
      self->pause_us = MIN (2 * self->pause_us, CLAW_PUBLIC_ADDRESS_PAUSE_MAX_US);
    }
  if (self->n_silent >= CLAW_PUBLIC_ADDRESS_ROUNDS * self->n_servers)
    memset (&self->address, 0, sizeof self->address);
}

static void
take_answer (ClawPublicAddress *self, gint64 now_us)
{
  self->address = self->query.mapped;
  self->n_silent = 0;
  self->pause_us = CLAW_PUBLIC_ADDRESS_INTERVAL_MAX_US;
  self->next_us = now_us + draw_interval_us ();
}

size_t
claw_public_address_send (
    ClawPublicAddress *self, ClawAddress *to, uint8_t *buffer, size_t size, gint64 now_us)
{
  size_t length;

  g_return_val_if_fail (self != NULL && to != NULL, 0);

  if (self->n_servers == 0)
    return 0;
  if (self->query.state != CLAW_STUN_QUERY_PENDING)
    {
      if (now_us < self->next_us)
        return 0;
      claw_stun_query_start (&self->query, 0, &self->servers[self->current],
                             &claw_stun_schedule_patient, now_us);
      self->n_looks = 0;
    }
  length = claw_stun_query_send (&self->query, now_us, buffer, size);
  if (self->query.state != CLAW_STUN_QUERY_PENDING)
    take_silence (self, now_us);
  *to = self->query.to;
  return length;
}

/* By the first bytes: RFC 8489 section 5. */
static gboolean
may_be_stun (const uint8_t *data, size_t length)
{
  return length >= HEADER_SIZE && (data[0] & 0xc0) == 0
         && memcmp (data + 4, magic_cookie, sizeof magic_cookie) == 0;
}

gboolean
claw_public_address_receive (ClawPublicAddress *self,
                             const ClawAddress *from,
                             const uint8_t *data,
                             size_t length,
                             gint64 now_us)
{
  ClawStunMessage message;

  g_return_val_if_fail (self != NULL && from != NULL, FALSE);

  if (self->query.state != CLAW_STUN_QUERY_PENDING || !may_be_stun (data, length)
      || !claw_address_equal (from, &self->query.to)
      || self->n_looks == CLAW_PUBLIC_ADDRESS_LOOKS_MAX)
    return FALSE;
  self->n_looks++;
  if (!claw_stun_read (data, length, &message)
      || !claw_stun_query_receive (&self->query, 0, from, &message, now_us))
    return FALSE;
  if (self->query.state == CLAW_STUN_QUERY_ANSWERED)
    take_answer (self, now_us);
  else
    take_silence (self, now_us);
  return TRUE;
}

gint64
claw_public_address_get_deadline (const ClawPublicAddress *self)
{
  g_return_val_if_fail (self != NULL, G_MAXINT64);

  if (self->n_servers == 0)
    return G_MAXINT64;
  if (self->query.state == CLAW_STUN_QUERY_PENDING)
    return claw_stun_query_get_deadline (&self->query);
  return self->next_us;
}

gboolean
claw_public_address_get (const ClawPublicAddress *self, ClawAddress *address)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->address.family == CLAW_ADDRESS_NONE)
    return FALSE;
  *address = self->address;
  return TRUE;
}

gboolean
claw_public_address_is_asking (const ClawPublicAddress *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->query.state == CLAW_STUN_QUERY_PENDING;
}

gboolean
claw_public_address_has_failed (const ClawPublicAddress *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->n_servers > 0 && self->n_silent >= self->n_servers;
}
