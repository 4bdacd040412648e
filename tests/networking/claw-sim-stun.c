/* claw-sim-stun.c: see claw-sim-stun.h. */
#include "claw-sim-stun.h"

#include "claw-stun.h"

#include <string.h>

#define DELAY_US (20 * 1000)
#define MAPPINGS_MAX 64
#define CONTACTS_MAX 256
#define ARRIVALS_MAX 256
#define SEED 5780

typedef struct
{
  unsigned socket;
  ClawAddress key; /* the part of the destination that the mapping depends on */
  uint16_t port;   /* outside */
  gint64 used_us;
} Mapping;

/* A mapping has been used to send there. */
typedef struct
{
  uint16_t port;
  ClawAddress to;
} Contact;

typedef struct
{
  gint64 at_us;
  unsigned socket;
  ClawAddress from;
  size_t length;
  uint8_t data[CLAW_SIM_STUN_DATAGRAM_MAX];
} Arrival;

struct ClawSimStun
{
  ClawSimStunConfig config;
  GRand *random;
  Mapping mappings[MAPPINGS_MAX];
  unsigned n_mappings;
  Contact contacts[CONTACTS_MAX];
  unsigned n_contacts;
  Arrival arrivals[ARRIVALS_MAX]; /* in order */
  unsigned n_arrivals;
  unsigned n_strays;
};

ClawSimStun *
claw_sim_stun_new (const ClawSimStunConfig *config)
{
  ClawSimStun *sim = g_new0 (ClawSimStun, 1);

  sim->config = *config;
  sim->random = g_rand_new_with_seed (SEED);
  return sim;
}

void
claw_sim_stun_free (ClawSimStun *sim)
{
  g_rand_free (sim->random);
  g_free (sim);
}

/* Addresses */

static void
parse (const ClawSimStun *sim, const char *ipv4, const char *ipv6, unsigned port, ClawAddress *out)
{
  g_assert_true (claw_address_parse_ip (sim->config.is_ipv6 ? ipv6 : ipv4, (uint16_t) port, out));
}

void
claw_sim_stun_get_server (const ClawSimStun *sim,
                          unsigned address,
                          unsigned port,
                          ClawAddress *server)
{
  parse (sim, address == 0 ? "198.51.100.1" : "198.51.100.2",
         address == 0 ? "2001:db8:1::1" : "2001:db8:1::2", port == 0 ? 3478 : 3479, server);
}

void
claw_sim_stun_get_plain (const ClawSimStun *sim, unsigned number, ClawAddress *server)
{
  parse (sim, "192.0.2.0", "2001:db8:2::", 3478, server);
  server->ip[sim->config.is_ipv6 ? 15 : 3] = (uint8_t) (number + 1);
}

void
claw_sim_stun_get_local (const ClawSimStun *sim, unsigned socket, ClawAddress *local)
{
  parse (sim, "192.168.1.2", "fd00::2", 50000 + socket, local);
}

static void
get_outer (const ClawSimStun *sim, uint16_t port, ClawAddress *outer)
{
  parse (sim, "203.0.113.9", "2001:db8:9::9", port, outer);
  if (sim->config.is_untranslated)
    claw_sim_stun_get_local (sim, port - 50000u, outer);
}

static gboolean
is_same_ip (const ClawAddress *a, const ClawAddress *b)
{
  return memcmp (a->ip, b->ip, sizeof a->ip) == 0;
}

/* The NAT */

static gboolean
is_remembered (const ClawSimStun *sim, const Mapping *mapping, gint64 now_us)
{
  return sim->config.lifetime_us == 0 || now_us - mapping->used_us < sim->config.lifetime_us;
}

static Mapping *
map_out (ClawSimStun *sim, unsigned socket, const ClawAddress *to, gint64 now_us)
{
  ClawAddress key = *to;

  if (sim->config.mapping != CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT)
    key.port = 0;
  if (sim->config.mapping == CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT)
    memset (key.ip, 0, sizeof key.ip);
  for (unsigned i = 0; i < sim->n_mappings; i++)
    {
      Mapping *mapping = &sim->mappings[i];
      if (mapping->socket == socket && claw_address_equal (&mapping->key, &key)
          && is_remembered (sim, mapping, now_us))
        {
          mapping->used_us = now_us;
          return mapping;
        }
    }
  g_assert_cmpuint (sim->n_mappings, <, MAPPINGS_MAX);
  Mapping *mapping = &sim->mappings[sim->n_mappings++];
  uint16_t port = (uint16_t) (sim->config.is_untranslated ? 50000 + socket
                                                          : 20000 + sim->n_mappings);
  *mapping = (Mapping){ .socket = socket, .key = key, .port = port, .used_us = now_us };
  return mapping;
}

static gboolean
passes_filter (const ClawSimStun *sim, uint16_t port, const ClawAddress *from)
{
  if (sim->config.filtering == CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT)
    return TRUE;
  for (unsigned i = 0; i < sim->n_contacts; i++)
    {
      const Contact *contact = &sim->contacts[i];
      if (contact->port == port && is_same_ip (&contact->to, from)
          && (contact->to.port == from->port
              || sim->config.filtering == CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT))
        return TRUE;
    }
  return FALSE;
}

static void
arrive (ClawSimStun *sim,
        gint64 now_us,
        uint16_t port,
        const ClawAddress *from,
        const uint8_t *data,
        size_t length)
{
  const Mapping *mapping = NULL;

  for (unsigned i = 0; i < sim->n_mappings; i++)
    if (sim->mappings[i].port == port && is_remembered (sim, &sim->mappings[i], now_us))
      mapping = &sim->mappings[i];
  if (mapping == NULL || !passes_filter (sim, port, from)
      || g_rand_int_range (sim->random, 0, 100) < (int) sim->config.loss_percent)
    return;
  g_assert_cmpuint (sim->n_arrivals, <, ARRIVALS_MAX);
  Arrival *arrival = &sim->arrivals[sim->n_arrivals++];
  *arrival = (Arrival){
    .at_us = now_us + 2 * DELAY_US, .socket = mapping->socket, .from = *from, .length = length
  };
  memcpy (arrival->data, data, length);
}

/* The servers */

static void
answer (ClawSimStun *sim,
        gint64 now_us,
        const ClawAddress *outer,
        const ClawStunMessage *request,
        unsigned address,
        unsigned port)
{
  const ClawSimStunConfig *config = &sim->config;
  ClawStunMessage response = { .class = CLAW_STUN_SUCCESS, .mapped = *outer };
  gboolean is_change = request->change_ip || request->change_port;
  uint8_t buffer[CLAW_SIM_STUN_DATAGRAM_MAX];
  ClawAddress from;

  memcpy (response.id, request->id, sizeof response.id);
  if (config->has_two_addresses || config->has_two_ports)
    claw_sim_stun_get_server (sim, config->has_two_addresses, config->has_two_ports,
                              &response.other);
  if (config->other != NULL)
    g_assert_true (claw_address_parse (config->other, &response.other));
  if ((is_change && config->change == CLAW_SIM_STUN_REFUSES_CHANGE)
      || (request->response_port != 0 && !config->has_response_port))
    {
      response = (ClawStunMessage){ .class = CLAW_STUN_ERROR, .error_code = 420 };
      memcpy (response.id, request->id, sizeof response.id);
    }
  else if (is_change && config->change == CLAW_SIM_STUN_CHANGES)
    {
      address ^= request->change_ip;
      port ^= request->change_port;
    }
  if (address == 1 && config->other_is_dead)
    return;
  claw_sim_stun_get_server (sim, address, port, &from);
  size_t length = claw_stun_write (&response, buffer, sizeof buffer);
  arrive (sim, now_us,
          request->response_port != 0 && response.class == CLAW_STUN_SUCCESS
              ? request->response_port
              : outer->port,
          &from, buffer, length);
}

static gboolean
find_server (const ClawSimStun *sim, const ClawAddress *to, unsigned *address, unsigned *port)
{
  for (*address = 0; *address < 1u + (unsigned) sim->config.has_two_addresses; (*address)++)
    for (*port = 0; *port < 1u + (unsigned) sim->config.has_two_ports; (*port)++)
      {
        ClawAddress server;
        claw_sim_stun_get_server (sim, *address, *port, &server);
        if (claw_address_equal (&server, to))
          return TRUE;
      }
  return FALSE;
}

/* Plain servers answer everything as if nothing special had been asked. */
static gboolean
answer_plainly (ClawSimStun *sim,
                gint64 now_us,
                const ClawAddress *outer,
                const ClawAddress *to,
                const ClawStunMessage *request)
{
  ClawStunMessage response = { .class = CLAW_STUN_SUCCESS, .mapped = *outer };
  uint8_t buffer[CLAW_SIM_STUN_DATAGRAM_MAX];
  ClawAddress plain;

  for (unsigned i = 0; i < 20; i++)
    {
      claw_sim_stun_get_plain (sim, i, &plain);
      if (!claw_address_equal (&plain, to))
        continue;
      memcpy (response.id, request->id, sizeof response.id);
      arrive (sim, now_us, outer->port, &plain, buffer,
              claw_stun_write (&response, buffer, sizeof buffer));
      return TRUE;
    }
  return FALSE;
}

void
claw_sim_stun_send (ClawSimStun *sim,
                    gint64 now_us,
                    unsigned socket,
                    const ClawAddress *to,
                    const uint8_t *data,
                    size_t length)
{
  ClawStunMessage request;
  unsigned address, port;
  ClawAddress outer;

  g_assert_cmpuint (socket, <, CLAW_SIM_STUN_SOCKETS_MAX);
  g_assert_true (claw_stun_read (data, length, &request));
  g_assert_cmpint (request.class, ==, CLAW_STUN_REQUEST);
  if (sim->config.is_blocked)
    return;
  const Mapping *mapping = map_out (sim, socket, to, now_us);
  get_outer (sim, mapping->port, &outer);
  g_assert_cmpuint (sim->n_contacts, <, CONTACTS_MAX);
  sim->contacts[sim->n_contacts++] = (Contact){ .port = mapping->port, .to = *to };
  if (g_rand_int_range (sim->random, 0, 100) < (int) sim->config.loss_percent)
    return;

  if (is_same_ip (to, &outer))
    {
      if (sim->config.hairpins)
        arrive (sim, now_us, to->port, &outer, data, length);
    }
  else if (find_server (sim, to, &address, &port))
    {
      if (address == 0 || !sim->config.other_is_dead)
        answer (sim, now_us, &outer, &request, address, port);
    }
  else if (!answer_plainly (sim, now_us, &outer, to, &request))
    sim->n_strays++;
}

/* What arrives */

gint64
claw_sim_stun_get_next_us (const ClawSimStun *sim)
{
  return sim->n_arrivals > 0 ? sim->arrivals[0].at_us : G_MAXINT64;
}

gboolean
claw_sim_stun_receive (ClawSimStun *sim,
                       gint64 now_us,
                       unsigned *socket,
                       ClawAddress *from,
                       uint8_t data[CLAW_SIM_STUN_DATAGRAM_MAX],
                       size_t *length)
{
  const Arrival *arrival = &sim->arrivals[0];

  if (sim->n_arrivals == 0 || arrival->at_us > now_us)
    return FALSE;
  *socket = arrival->socket;
  *from = arrival->from;
  *length = arrival->length;
  memcpy (data, arrival->data, arrival->length);
  sim->n_arrivals--;
  memmove (sim->arrivals, sim->arrivals + 1, sim->n_arrivals * sizeof *sim->arrivals);
  return TRUE;
}

unsigned
claw_sim_stun_get_n_strays (const ClawSimStun *sim)
{
  return sim->n_strays;
}
