/* claw-udp-input.h: datagrams on their way in from a UDP socket, in as few calls as the kernel
 * allows.
 *
 * With UDP_GRO (Linux 5.0) the kernel hands over runs of equal-sized datagrams of one peer as one
 * super-datagram, which is cut up here. Without it, recvmmsg () takes several single ones.
 */
#pragma once

#include "claw-route.h"

#include <stddef.h>

#define CLAW_UDP_INPUT_DATAGRAM_MAX 2048

typedef struct ClawUdpInput ClawUdpInput;

/* Called for each datagram; @from has its ECN mark; @data is valid during the call only. */
typedef void (*ClawUdpInputReceived) (const ClawRoute *from,
                                      const uint8_t *data,
                                      size_t length,
                                      gpointer user_data);

/* @has_runs: whether UDP_GRO is on. */
ClawUdpInput *claw_udp_input_new (gboolean has_runs);
void claw_udp_input_free (ClawUdpInput *input);
/* Receives what is there, until that were @limit datagrams or, with the last run, somewhat more.
 * Those larger than CLAW_UDP_INPUT_DATAGRAM_MAX are counted and left out. Returns: how many. */
unsigned claw_udp_input_receive (
    ClawUdpInput *input, int fd, unsigned limit, ClawUdpInputReceived received, gpointer user_data);
gboolean claw_udp_input_has_runs (const ClawUdpInput *input);
