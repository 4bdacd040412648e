/* claw-fake-network.h: a network monitor that says what the test wants. */
#pragma once

#include <gio/gio.h>

/* Returns: (transfer full) */
GNetworkMonitor *claw_fake_network_new (gboolean is_available);
/* Emits "network-changed" in any case, as real ones do for news that change nothing. */
void claw_fake_network_set_available (GNetworkMonitor *monitor, gboolean is_available);
