/* claw-stun-servers.h: the STUN servers of the configuration, from names to addresses. */
#pragma once

#include "claw-address.h"

#include <gio/gio.h>

#define CLAW_STUN_SERVERS_MAX 16 /* further ones are not looked up */

/* What is known about them after the resolver was asked. */
typedef struct
{
  GArray *ipv4;        /* of ClawAddress: one for each name that has one */
  GArray *ipv6;        /* the same */
  GPtrArray *failures; /* of char *: a message for each name that could not be resolved */
} ClawStunServers;

void claw_stun_servers_free (ClawStunServers *servers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawStunServers, claw_stun_servers_free)
/* @entries: "host", "host:port", or an address of either kind with or without a port; without one
 * it is 3478. All are looked up side by side, and who has no answer within 5 s has failed. */
void claw_stun_servers_resolve_async (const char *const *entries,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
/* Returns: (transfer full): NULL only when cancelled. */
ClawStunServers *claw_stun_servers_resolve_finish (GAsyncResult *result, GError **error);
