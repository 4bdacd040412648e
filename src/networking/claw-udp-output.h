/* claw-udp-output.h: datagrams on their way out of a UDP socket, in as few calls as the kernel
 * allows.
 *
 * Datagrams are written side by side into one buffer. Neighbours of equal size (the last may be
 * shorter) to the same peer with the same ECN mark are a run, which the kernel takes as one
 * super-datagram (UDP_SEGMENT, Linux 4.18) and cuts up again as late as it can. Without that, each
 * datagram is a message of its own in a sendmmsg ().
 */
#pragma once

#include "claw-route.h"

#include <stddef.h>

#define CLAW_UDP_OUTPUT_DATAGRAM_MAX 2048
#define CLAW_UDP_OUTPUT_SIZE (128 * 1024) /* bytes that can wait */
#define CLAW_UDP_OUTPUT_RUNS_MAX 64       /* runs that can wait */
#define CLAW_UDP_OUTPUT_SEGMENTS_MAX 64   /* datagrams of a run, UDP_MAX_SEGMENTS of old kernels */
#define CLAW_UDP_OUTPUT_RUN_SIZE_MAX 65000

typedef struct ClawUdpOutput ClawUdpOutput;

/* @local: what the socket is bound to. @has_segments: whether the kernel knows UDP_SEGMENT. */
ClawUdpOutput *claw_udp_output_new (const ClawAddress *local, gboolean has_segments);
void claw_udp_output_free (ClawUdpOutput *output);

/* Returns: (nullable): where the next datagram may be written, CLAW_UDP_OUTPUT_DATAGRAM_MAX bytes,
 * until the next call; NULL while there is no room. */
uint8_t *claw_udp_output_reserve (ClawUdpOutput *output);
/* Queues what was written there. Dropped when the socket cannot reach @to. */
void claw_udp_output_commit (ClawUdpOutput *output, const ClawRoute *to, size_t length);
/* Returns: FALSE when the socket is full, and the rest is kept. What the system refuses is dropped,
 * and UDP_SEGMENT is given up when it is what the system refuses. */
gboolean claw_udp_output_flush (ClawUdpOutput *output, int fd);
gboolean claw_udp_output_is_empty (const ClawUdpOutput *output);
gboolean claw_udp_output_has_segments (const ClawUdpOutput *output);
