/* claw-source-address.h: which of this machine's addresses is used towards another. */
#pragma once

#include "claw-address.h"

#include <gio/gio.h>

/* Asks the routing table; nothing is sent. @source gets port 0. Returns: FALSE with an error of
 * G_IO_ERROR when there is no way to @destination. */
gboolean
claw_source_address_find (const ClawAddress *destination, ClawAddress *source, GError **error);
/* Returns: (transfer full): for GIO. @address has a family. */
GSocketAddress *claw_source_address_to_gio (const ClawAddress *address);
/* Returns: FALSE when @gio is no Internet address. */
gboolean claw_source_address_from_gio (GSocketAddress *gio, ClawAddress *address);
