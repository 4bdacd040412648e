/* claw-nat-verdict.h: from what was seen to what kind of NAT this is, and what that means for the
 * user.
 *
 * Without sockets and time, because there are two sources of observations: STUN servers
 * (claw-nat-prober.h) and a paired server that answers probes inside the session. The words are
 * those of RFC 4787 (mapping in section 4, filtering in section 5), the rules those of RFC 5780
 * section 4, made so that they work with fewer addresses than RFC 5780 wants and then say "at
 * least".
 */
#pragma once

#include "claw-address.h"

/* How many of one socket's sightings are compared; further ones are passed over. */
#define CLAW_NAT_SIGHTINGS_MAX 20

typedef enum
{
  CLAW_NAT_ANSWER_UNKNOWN, /* not tried, or the server could not help */
  CLAW_NAT_ANSWER_YES,
  CLAW_NAT_ANSWER_NO,
} ClawNatAnswer;

/* One endpoint outside, and as whom it saw our socket. */
typedef struct
{
  ClawAddress by;
  ClawAddress mapped;
} ClawNatSighting;

typedef struct
{
  gboolean answered; /* by anybody at all */
  ClawAddress local; /* of the socket: the address it uses towards the servers; NONE: not known */
  /* All of one and the same socket: two sockets have two mappings, whatever the NAT. */
  ClawNatSighting sightings[CLAW_NAT_SIGHTINGS_MAX];
  unsigned n_sightings;
  /* Whether the NAT lets in what comes from elsewhere than where the socket had sent to. NO only
   * when that other endpoint is known to be able to send. */
  ClawNatAnswer from_other_address;
  ClawNatAnswer from_other_port; /* of the same address */
  ClawNatAnswer hairpin;         /* between two sockets of ours by their outer addresses */
} ClawNatObservations;

typedef enum
{
  CLAW_NAT_KIND_UNKNOWN, /* servers answered, but not as whom they see us */
  CLAW_NAT_KIND_BLOCKED, /* nobody answered */
  CLAW_NAT_KIND_NONE,    /* seen from outside under our own address */
  CLAW_NAT_KIND_NAT,
} ClawNatKind;

typedef enum
{
  CLAW_NAT_BEHAVIOUR_UNKNOWN,
  CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT,
  CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT,
  CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT,
} ClawNatBehaviour;

typedef struct
{
  ClawNatKind kind;
  ClawNatBehaviour mapping;  /* endpoint-independent where there is no NAT */
  gboolean mapping_at_least; /* what was seen does not rule out a stricter one */
  ClawNatBehaviour filtering;
  gboolean filtering_at_least; /* the same */
  ClawNatAnswer hairpin;
  ClawAddress local;  /* NONE: not known */
  ClawAddress mapped; /* as first seen from outside; NONE: not known */
  ClawAddress server; /* who saw it */
} ClawNatVerdict;

/* Adds that @by saw the socket as @mapped. The first for the same @by counts. */
void claw_nat_observations_add (ClawNatObservations *observations,
                                const ClawAddress *by,
                                const ClawAddress *mapped);
void claw_nat_verdict_decide (const ClawNatObservations *observations, ClawNatVerdict *verdict);
/* What it means for this user, in translated sentences. Returns: (transfer full). */
char *claw_nat_verdict_describe (const ClawNatVerdict *verdict);
/* RFC 4787's word, translated, with "at least" where that holds. Returns: (transfer full). */
char *claw_nat_behaviour_format (ClawNatBehaviour behaviour, gboolean at_least);
