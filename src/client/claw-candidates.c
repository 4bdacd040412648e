/* claw-candidates.c: see claw-candidates.h. */
#include "claw-candidates.h"

#include "claw-port-schedule.h"

/* The last port that the server told of, and those that are computed. */
#define PORTS_MAX (1 + CLAW_PORT_SCHEDULE_PORTS_MAX)
#define ALL_MAX (CLAW_SAVED_PAIRING_ADDRESSES_MAX + CLAW_CANDIDATES_HOSTS_MAX * PORTS_MAX)

typedef struct
{
  ClawAddress addresses[ALL_MAX];
  unsigned n;
} List;

static void
add (List *list, const ClawAddress *address)
{
  for (unsigned i = 0; i < list->n; i++)
    if (claw_address_equal (&list->addresses[i], address))
      return;
  g_assert (list->n < ALL_MAX);
  list->addresses[list->n++] = *address;
}

/* The saved ones, the families in turns; within a family the order stays. */
static void
alternate (const ClawSavedPairing *pairing, List *list)
{
  gboolean taken[CLAW_SAVED_PAIRING_ADDRESSES_MAX] = { FALSE };
  ClawAddressFamily last = CLAW_ADDRESS_NONE;

  while (list->n < pairing->n_addresses)
    {
      unsigned first = G_MAXUINT, next = G_MAXUINT;
      for (unsigned i = pairing->n_addresses; i > 0; i--)
        {
          if (taken[i - 1])
            continue;
          first = i - 1;
          if (pairing->addresses[i - 1].family != last)
            next = i - 1;
        }
      next = next == G_MAXUINT ? first : next;
      taken[next] = TRUE;
      last = pairing->addresses[next].family;
      list->addresses[list->n++] = pairing->addresses[next];
    }
}

/* Returns: how many hosts, in the order of @exact. */
static unsigned
collect_hosts (const List *exact, ClawAddress hosts[CLAW_CANDIDATES_HOSTS_MAX])
{
  List list = { .n = 0 };
  for (unsigned i = 0; i < exact->n && list.n < CLAW_CANDIDATES_HOSTS_MAX; i++)
    {
      ClawAddress host = exact->addresses[i];
      host.port = 0;
      add (&list, &host);
    }
  for (unsigned i = 0; i < list.n; i++)
    hosts[i] = list.addresses[i];
  return list.n;
}

/* Likeliest first: what the server told when that was not long ago, then what is computed. */
static unsigned
collect_ports (const ClawSavedPorts *ports, gint64 unix_s, uint16_t numbers[PORTS_MAX])
{
  unsigned n = 0;
  if (!claw_key_is_set (&ports->secret))
    return 0;
  uint64_t slot = claw_port_schedule_get_slot (unix_s, ports->interval_s);
  uint64_t distance = slot > ports->slot ? slot - ports->slot : ports->slot - slot;
  if (distance <= 1 && ports->port != 0)
    numbers[n++] = ports->port;
  return n + claw_port_schedule_list (&ports->secret, slot, numbers + n);
}

static void
collect (const ClawSavedPairing *pairing, gint64 unix_s, List *all)
{
  List exact = { .n = 0 };
  ClawAddress hosts[CLAW_CANDIDATES_HOSTS_MAX];
  uint16_t ports[PORTS_MAX];
  alternate (pairing, &exact);
  unsigned n_hosts = collect_hosts (&exact, hosts);
  unsigned n_ports = collect_ports (&pairing->ports, unix_s, ports);
  if (exact.n > 0)
    add (all, &exact.addresses[0]);
  for (unsigned port = 0; port < n_ports; port++)
    {
      for (unsigned host = 0; host < n_hosts; host++)
        {
          ClawAddress address = hosts[host];
          address.port = ports[port];
          add (all, &address);
        }
      /* The likeliest port of each host comes before the saved addresses, the others after. */
      for (unsigned i = 0; port == 0 && i < exact.n; i++)
        add (all, &exact.addresses[i]);
    }
  for (unsigned i = 0; i < exact.n; i++)
    add (all, &exact.addresses[i]);
}

unsigned
claw_candidates_list (const ClawSavedPairing *pairing,
                      gint64 unix_s,
                      unsigned attempt,
                      ClawAddress addresses[CLAW_ENDPOINT_ADDRESSES_MAX])
{
  List all = { .n = 0 };
  collect (pairing, unix_s, &all);
  unsigned n = MIN (all.n, CLAW_ENDPOINT_ADDRESSES_MAX);
  unsigned n_constant = all.n > n ? CLAW_CANDIDATES_CONSTANT : n;
  for (unsigned i = 0; i < n_constant; i++)
    addresses[i] = all.addresses[i];
  for (unsigned i = n_constant; i < n; i++)
    {
      unsigned n_others = all.n - n_constant;
      unsigned turn = attempt % n_others * (n - n_constant) + (i - n_constant);
      addresses[i] = all.addresses[n_constant + turn % n_others];
    }
  return n;
}

gboolean
claw_candidates_has_local (const ClawSavedPairing *pairing)
{
  for (unsigned i = 0; i < pairing->n_addresses; i++)
    if (claw_address_is_local (&pairing->addresses[i]))
      return TRUE;
  return FALSE;
}
