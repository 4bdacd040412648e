/* claw-reach.c: sorts and judges addresses. */
#include "config.h"

#include "claw-reach.h"

#include "claw-interfaces.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Whether a socket bound to all addresses of @listening's family can be reached at @address. */
static gboolean
is_covered (const ClawAddress *listening, const ClawAddress *address)
{
  return listening->family == CLAW_ADDRESS_IPV6 || address->family == CLAW_ADDRESS_IPV4;
}

void
claw_reach_set_own (ClawReach *reach, const ClawAddress *addresses, unsigned n)
{
  g_return_if_fail (reach != NULL);

  reach->n_own = 0;
  /* One that was bound to counts, whether the system lists it or not. */
  if (!claw_address_is_any (&reach->listening) && !claw_address_is_loopback (&reach->listening))
    reach->own[reach->n_own++] = reach->listening;
  for (unsigned i = 0; i < n && reach->n_own < G_N_ELEMENTS (reach->own); i++)
    if (claw_address_is_any (&reach->listening) && is_covered (&reach->listening, &addresses[i])
        && !claw_address_is_loopback (&addresses[i]))
      reach->own[reach->n_own++] = addresses[i];
}

static gboolean
has_own (const ClawReach *reach, ClawAddressFamily family, gboolean is_global)
{
  for (unsigned i = 0; i < reach->n_own; i++)
    if (reach->own[i].family == family && claw_interfaces_is_global (&reach->own[i]) == is_global)
      return TRUE;
  return FALSE;
}

gboolean
claw_reach_is_behind_nat (const ClawReach *reach)
{
  g_return_val_if_fail (reach != NULL, FALSE);

  return has_own (reach, CLAW_ADDRESS_IPV4, FALSE) && !has_own (reach, CLAW_ADDRESS_IPV4, TRUE);
}

gboolean
claw_reach_has_public_ipv6 (const ClawReach *reach)
{
  g_return_val_if_fail (reach != NULL, FALSE);

  return has_own (reach, CLAW_ADDRESS_IPV6, TRUE);
}

static ClawReachKind
judge_nat (const ClawReach *reach)
{
  gboolean is_mapped = reach->mapped.family != CLAW_ADDRESS_NONE;

  if (is_mapped && claw_interfaces_is_global (&reach->mapped))
    return CLAW_REACH_MAPPED;
  if (reach->configured.family != CLAW_ADDRESS_NONE)
    return CLAW_REACH_CONFIGURED;
  if (is_mapped)
    return CLAW_REACH_DOUBLE_NAT;
  return reach->is_asking ? CLAW_REACH_ASKING : CLAW_REACH_NAT;
}

ClawReachKind
claw_reach_judge (const ClawReach *reach)
{
  g_return_val_if_fail (reach != NULL, CLAW_REACH_OFFLINE);

  if (claw_address_is_loopback (&reach->listening))
    return CLAW_REACH_LOCAL;
  if (has_own (reach, CLAW_ADDRESS_IPV4, TRUE))
    return CLAW_REACH_PUBLIC;
  if (claw_reach_is_behind_nat (reach))
    return judge_nat (reach);
  if (claw_reach_has_public_ipv6 (reach))
    return CLAW_REACH_PUBLIC;
  if (reach->configured.family != CLAW_ADDRESS_NONE)
    return CLAW_REACH_CONFIGURED;
  return reach->n_own > 0 ? CLAW_REACH_LAN : CLAW_REACH_OFFLINE;
}

static const struct
{
  ClawReachKind kind;
  const char *word;
} kinds[] = {
  { CLAW_REACH_LOCAL, "local" },
  { CLAW_REACH_OFFLINE, "offline" },
  { CLAW_REACH_LAN, "lan" },
  { CLAW_REACH_PUBLIC, "public" },
  { CLAW_REACH_MAPPED, "mapped" },
  { CLAW_REACH_CONFIGURED, "configured" },
  { CLAW_REACH_DOUBLE_NAT, "double-nat" },
  { CLAW_REACH_ASKING, "asking" },
  { CLAW_REACH_NAT, "nat" },
};

const char *
claw_reach_kind_to_string (ClawReachKind kind)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].kind == kind)
      return kinds[i].word;
  g_return_val_if_reached ("");
}

gboolean
claw_reach_kind_from_string (const char *text, ClawReachKind *kind)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].word, text) == 0)
      {
        *kind = kinds[i].kind;
        return TRUE;
      }
  return FALSE;
}

/* One more than there are candidates, as the first one is the file's server. */
typedef struct
{
  ClawAddress addresses[CLAW_SEC_FILE_CANDIDATES_MAX + 1];
  unsigned n;
} List;

static void
append (List *list, const ClawAddress *address)
{
  if (address->family == CLAW_ADDRESS_NONE || list->n == G_N_ELEMENTS (list->addresses))
    return;
  for (unsigned i = 0; i < list->n; i++)
    if (claw_address_equal (&list->addresses[i], address))
      return;
  list->addresses[list->n++] = *address;
}

/* What others told: an address that leads nowhere, or to whoever knocks, is left out. */
static void
append_told (List *list, const ClawAddress *address)
{
  ClawAddress ranked = *address;

  if (claw_interfaces_rank (&ranked, 1, NULL) == 1 && address->port != 0)
    append (list, address);
}

static void
append_own (List *list, const ClawReach *reach, ClawAddressFamily family, gboolean is_global)
{
  for (unsigned i = 0; i < reach->n_own; i++)
    if (reach->own[i].family == family && claw_interfaces_is_global (&reach->own[i]) == is_global)
      append (list, &reach->own[i]);
}

/* A loopback address would lead a client elsewhere to itself: it is there only when nothing else
 * is.
 */
static void
append_guess (List *list, const ClawReach *reach)
{
  ClawAddress guess = reach->listening;

  if (list->n > 0)
    return;
  if (claw_address_is_any (&guess))
    claw_address_parse_ip (guess.family == CLAW_ADDRESS_IPV6 ? "::1" : "127.0.0.1", guess.port,
                           &guess);
  append (list, &guess);
}

gboolean
claw_reach_fill (const ClawReach *reach, ClawSecFile *file)
{
  gboolean is_mapped_global = claw_interfaces_is_global (&reach->mapped);
  gboolean is_guess;
  List list = { .n = 0 };

  g_return_val_if_fail (reach != NULL && file != NULL, FALSE);

  append (&list, &reach->configured);
  append_own (&list, reach, CLAW_ADDRESS_IPV4, TRUE);
  if (is_mapped_global)
    append_told (&list, &reach->mapped);
  append_told (&list, &reach->seen);
  append_own (&list, reach, CLAW_ADDRESS_IPV6, TRUE);
  append_own (&list, reach, CLAW_ADDRESS_IPV4, FALSE);
  append_own (&list, reach, CLAW_ADDRESS_IPV6, FALSE);
  /* Of use to those between two routers in a row. */
  if (!is_mapped_global)
    append_told (&list, &reach->mapped);
  is_guess = list.n == 0 && claw_address_is_any (&reach->listening);
  append_guess (&list, reach);
  file->server = list.addresses[0];
  file->n_candidates = list.n - 1;
  if (file->n_candidates > 0)
    memcpy (file->candidates, &list.addresses[1], file->n_candidates * sizeof *file->candidates);
  return !is_guess;
}

static char *
describe_nat (const ClawReachWords *words)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (
      text,
      _ ("behind a NAT without a mapping: clients outside can reach the server only if you forward "
         "UDP port %u on the router to this machine"),
      words->port);
  if (words->problem != NULL)
    g_string_append_printf (text, _ (" (the router was asked for it: %s)"), words->problem);
  if (words->seen != NULL)
    g_string_append_printf (
        text,
        _ (". A STUN server sees this port as %s, which a NAT of the open kind (full cone) passes "
           "on to everybody; with any other one the server would have to write first, and nothing "
           "tells it to whom"),
        words->seen);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_double_nat (const ClawReachWords *words)
{
  return g_strdup_printf (
      _ ("behind two NATs: the router maps the port, but has no public address itself (%s). "
         "Clients outside can reach the server only if you forward that port on the router in "
         "front of it, too; a provider that shares addresses among customers cannot do that"),
      words->mapped != NULL ? words->mapped : "");
}

char *
claw_reach_describe (const ClawReachWords *words)
{
  g_return_val_if_fail (words != NULL, NULL);

  switch (words->kind)
    {
    case CLAW_REACH_LOCAL:
      return g_strdup (_ ("by programs on this machine only"));
    case CLAW_REACH_OFFLINE:
      if (words->is_hosted)
        return g_strdup (_ ("by programs on this computer only, until it is connected to a "
                            "network"));
      return g_strdup (_ ("this machine has no address that others could know; set one with "
                          "--public-ip or in the configuration (server.public_ip)"));
    case CLAW_REACH_LAN:
      return g_strdup (_ ("from the local network only"));
    case CLAW_REACH_PUBLIC:
      return g_strdup_printf (
          _ ("public address on this machine; its firewall has to let UDP port %u in"),
          words->port);
    case CLAW_REACH_MAPPED:
      return g_strdup_printf (_ ("behind a NAT; the router maps UDP port %u (%s) to this machine"),
                              words->mapped_port, words->mapped != NULL ? words->mapped : "");
    case CLAW_REACH_CONFIGURED:
      return g_strdup_printf (
          _ ("at the configured address, if UDP port %u is forwarded from there "
             "to this machine"),
          words->port);
    case CLAW_REACH_DOUBLE_NAT:
      return describe_double_nat (words);
    case CLAW_REACH_ASKING:
      return g_strdup_printf (_ ("behind a NAT; the router is being asked to map UDP port %u"),
                              words->port);
    case CLAW_REACH_NAT:
      return describe_nat (words);
    }
  g_return_val_if_reached (NULL);
}
