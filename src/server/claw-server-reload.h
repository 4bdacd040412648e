/* claw-server-reload.h: takes a changed configuration over while the server runs.
 *
 * What can change under those who are connected does: how much is logged, how long files and
 * pairings live, and the address at which clients are told to knock. Everything else (sockets,
 * directories, what members have been told in their handshake) takes a restart, and that is said by
 * the setting's name.
 */
#pragma once

#include "claw-server-config.h"
#include "claw-server.h"

/* Copies the settings that may change at run time from @fresh into @running.
 * @adopted, @later: (transfer full): the names ("logging.level") of the settings that differed:
 * those that were copied, and those that need a restart. */
void claw_server_reload_settings (ClawServerConfig *running,
                                  const ClawServerConfig *fresh,
                                  GStrv *adopted,
                                  GStrv *later);
/* The same for the configuration that @server runs with, acts on what has changed, and logs what
 * has and what will have to wait. */
void
claw_server_reload (ClawServer *server, ClawServerConfig *running, const ClawServerConfig *fresh);
