/* claw-nat-check.h: NAT detection with STUN servers, on the thread-default main context of the
 * caller.
 *
 * The sockets and the timer around claw-nat-prober.h and claw-nat-lifetime.h. One check is for one
 * address family; IPv4 and IPv6 are different networks and may be checked at the same time.
 */
#pragma once

#include "claw-nat-lifetime.h"
#include "claw-nat-verdict.h"

#include <gio/gio.h>

/* @servers: of one family, at most CLAW_NAT_PROBER_SERVERS_MAX of them are asked. Takes about 1.3
 * s, 9 s at the very worst. */
void claw_nat_check_async (const ClawAddress *servers,
                           unsigned n_servers,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
/* Returns: FALSE with an error of G_IO_ERROR when it was cancelled, or there is no network of this
 * family. That nobody answered is a verdict. */
gboolean claw_nat_check_finish (GAsyncResult *result, ClawNatVerdict *verdict, GError **error);

/* Called whenever more is known. */
typedef void (*ClawNatCheckProgress) (const ClawNatLifetimeResult *result, gpointer user_data);

/* Measures how long the NAT remembers a mapping that is not used: up to 5 minutes. @server: one
 * that answered, as ClawNatVerdict.server. */
void claw_nat_check_lifetime_async (const ClawAddress *server,
                                    ClawNatCheckProgress progress,
                                    gpointer progress_data,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/* Returns: FALSE as claw_nat_check_finish (). */
gboolean claw_nat_check_lifetime_finish (GAsyncResult *result,
                                         ClawNatLifetimeResult *lifetime,
                                         GError **error);
