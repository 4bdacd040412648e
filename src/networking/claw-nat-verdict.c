/* claw-nat-verdict.c: see claw-nat-verdict.h. */
#include "claw-nat-verdict.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Observations */

static gboolean
is_same_ip (const ClawAddress *a, const ClawAddress *b)
{
  ClawAddress other = *b;

  other.port = a->port;
  return claw_address_equal (a, &other);
}

void
claw_nat_observations_add (ClawNatObservations *observations,
                           const ClawAddress *by,
                           const ClawAddress *mapped)
{
  g_return_if_fail (observations != NULL);
  g_return_if_fail (by != NULL);
  g_return_if_fail (mapped != NULL && mapped->family != CLAW_ADDRESS_NONE);

  if (observations->n_sightings == CLAW_NAT_SIGHTINGS_MAX)
    return;
  for (unsigned i = 0; i < observations->n_sightings; i++)
    if (claw_address_equal (&observations->sightings[i].by, by))
      return;
  observations->sightings[observations->n_sightings++] = (ClawNatSighting){ .by = *by,
                                                                            .mapped = *mapped };
}

/* Mapping */

/* What two sightings can tell together. */
typedef struct
{
  gboolean same_over_addresses;
  gboolean same_over_ports;
  gboolean differ_over_addresses;
  gboolean differ_over_ports;
} Comparison;

static Comparison
compare_sightings (const ClawNatObservations *observations)
{
  Comparison comparison = { 0 };

  for (unsigned i = 0; i < observations->n_sightings; i++)
    for (unsigned j = 0; j < i; j++)
      {
        const ClawNatSighting *a = &observations->sightings[i], *b = &observations->sightings[j];
        gboolean is_same = claw_address_equal (&a->mapped, &b->mapped);
        gboolean is_one_address = is_same_ip (&a->by, &b->by);

        comparison.same_over_ports |= is_same && is_one_address;
        comparison.same_over_addresses |= is_same && !is_one_address;
        comparison.differ_over_ports |= !is_same && is_one_address;
        comparison.differ_over_addresses |= !is_same && !is_one_address;
      }
  return comparison;
}

static void
decide_mapping (const ClawNatObservations *observations, ClawNatVerdict *verdict)
{
  Comparison seen = compare_sightings (observations);

  if (seen.differ_over_ports)
    verdict->mapping = CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT;
  else if (seen.differ_over_addresses)
    {
      verdict->mapping = CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT;
      verdict->mapping_at_least = !seen.same_over_ports;
    }
  else if (seen.same_over_addresses || seen.same_over_ports)
    {
      verdict->mapping = CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT;
      verdict->mapping_at_least = !seen.same_over_addresses;
    }
}

/* Filtering */

static void
decide_filtering (const ClawNatObservations *observations, ClawNatVerdict *verdict)
{
  ClawNatAnswer address = observations->from_other_address;
  ClawNatAnswer port = observations->from_other_port;

  if (address == CLAW_NAT_ANSWER_YES)
    verdict->filtering = CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT;
  else if (port == CLAW_NAT_ANSWER_NO)
    verdict->filtering = CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT;
  else if (address == CLAW_NAT_ANSWER_NO)
    {
      verdict->filtering = CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT;
      verdict->filtering_at_least = port == CLAW_NAT_ANSWER_UNKNOWN;
    }
  else if (port == CLAW_NAT_ANSWER_YES)
    {
      verdict->filtering = CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT;
      verdict->filtering_at_least = TRUE;
    }
}

void
claw_nat_verdict_decide (const ClawNatObservations *observations, ClawNatVerdict *verdict)
{
  g_return_if_fail (observations != NULL);
  g_return_if_fail (verdict != NULL);

  memset (verdict, 0, sizeof *verdict);
  verdict->local = observations->local;
  if (observations->n_sightings == 0)
    {
      verdict->kind = observations->answered ? CLAW_NAT_KIND_UNKNOWN : CLAW_NAT_KIND_BLOCKED;
      return;
    }

  verdict->mapped = observations->sightings[0].mapped;
  verdict->server = observations->sightings[0].by;
  decide_filtering (observations, verdict);
  if (claw_address_equal (&verdict->mapped, &verdict->local))
    {
      verdict->kind = CLAW_NAT_KIND_NONE;
      verdict->mapping = CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT;
      return;
    }
  verdict->kind = CLAW_NAT_KIND_NAT;
  verdict->hairpin = observations->hairpin;
  decide_mapping (observations, verdict);
}

/* Words */

/* Who can be reached from behind this, in the order in which it gets worse. From measurements with
 * simultaneous probes, where the real source of an authenticated probe is adopted. */
static const char *
describe_reach (const ClawNatVerdict *verdict)
{
  if (verdict->mapping == CLAW_NAT_BEHAVIOUR_UNKNOWN
      || verdict->filtering == CLAW_NAT_BEHAVIOUR_UNKNOWN)
    return NULL;

  if (verdict->mapping != CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT)
    return _ (
        "It shows every destination another address of yours, so that friends cannot know where "
        "to knock. Direct connections work only with friends whose own network is open or only a "
        "little strict; with all others a server between you is needed.");
  if (verdict->filtering == CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT && !verdict->filtering_at_least)
    return _ ("Friends can reach you directly, whatever network they are in.");
  if (verdict->filtering == CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT)
    return _ (
        "Friends behind most home routers can connect directly with you when both sides knock at "
        "the same moment. With friends behind a strict (“symmetric”) NAT, as some mobile "
        "and company networks have, a direct connection will most likely fail, and a server "
        "between you is needed.");
  return _ ("Friends can connect directly with you, whatever network they are in, when both sides "
            "knock at the same moment.");
}

static const char *
describe_kind (const ClawNatVerdict *verdict)
{
  switch (verdict->kind)
    {
    case CLAW_NAT_KIND_UNKNOWN:
      return _ (
          "The servers answered, but did not tell which address they see. Nothing can be said "
          "about your network; try other STUN servers.");
    case CLAW_NAT_KIND_BLOCKED:
      return _ (
          "Nobody answered. Either UDP is blocked in this network, and then ClawChat cannot work "
          "in it, or the servers asked are off. Try another server, or another network.");
    case CLAW_NAT_KIND_NONE:
      if (verdict->filtering == CLAW_NAT_BEHAVIOUR_UNKNOWN)
        return _ ("There is no NAT: this machine is seen under its own address.");
      if (verdict->filtering == CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT
          && !verdict->filtering_at_least)
        return _ ("There is no NAT, and no firewall that keeps callers out.");
      return _ (
          "There is no NAT: this machine is seen under its own address, but a firewall may keep "
          "out callers to whom you did not speak first.");
    case CLAW_NAT_KIND_NAT:
      return _ ("You are behind a NAT: your router shows another address to the outside than this "
                "machine has.");
    }
  g_return_val_if_reached (NULL);
}

/* What is left open, and why. Returns: (nullable). */
static const char *
describe_doubt (const ClawNatVerdict *verdict)
{
  if (verdict->mapping == CLAW_NAT_BEHAVIOUR_UNKNOWN
      || verdict->filtering == CLAW_NAT_BEHAVIOUR_UNKNOWN)
    return _ (
        "Whether friends can reach you directly cannot be told from these answers alone: that "
        "takes a STUN server with two addresses.");
  if (verdict->mapping_at_least || verdict->filtering_at_least)
    return _ (
        "This is the best that can be told without a STUN server with two addresses; the network "
        "may be stricter than this.");
  return NULL;
}

char *
claw_nat_verdict_describe (const ClawNatVerdict *verdict)
{
  g_return_val_if_fail (verdict != NULL, NULL);

  g_autoptr (GString) text = g_string_new (describe_kind (verdict));
  if (verdict->kind == CLAW_NAT_KIND_NONE || verdict->kind == CLAW_NAT_KIND_NAT)
    {
      const char *parts[] = { describe_reach (verdict), describe_doubt (verdict),
                              verdict->hairpin == CLAW_NAT_ANSWER_NO ? _ (
                                  "Machines behind this same router cannot reach each other by "
                                  "their outer addresses, only by their inner ones.")
                                                                     : NULL };
      for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
        if (parts[i] != NULL)
          g_string_append_printf (text, " %s", parts[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const char *
behaviour_word (ClawNatBehaviour behaviour)
{
  switch (behaviour)
    {
    case CLAW_NAT_BEHAVIOUR_UNKNOWN:
      return _ ("unknown");
    case CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT:
      return _ ("endpoint-independent");
    case CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT:
      return _ ("address-dependent");
    case CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT:
      return _ ("address-and-port-dependent");
    }
  g_return_val_if_reached (NULL);
}

char *
claw_nat_behaviour_format (ClawNatBehaviour behaviour, gboolean at_least)
{
  if (!at_least)
    return g_strdup (behaviour_word (behaviour));
  /* Translators: %s is one of the words for what a NAT does, as "address-dependent" */
  return g_strdup_printf (_ ("at least %s"), behaviour_word (behaviour));
}
