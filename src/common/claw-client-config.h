/* claw-client-config.h: the client's settings, config/client.yaml. */
#pragma once

#include "claw-log.h"

#include <gio/gio.h>

typedef struct
{
  char *name; /* (nullable): the name to be shown as */
  gboolean use_gui;
  int hole_punch_timeout_s;
  gboolean nat_detection;
  GStrv stun_servers;
  ClawLogLevel log_level;
} ClawClientConfig;

ClawClientConfig *claw_client_config_new (void);
/* Returns: (transfer full): NULL with CLAW_CONFIG_ERROR. */
ClawClientConfig *claw_client_config_load (const char *path, GError **error);
void claw_client_config_free (ClawClientConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawClientConfig, claw_client_config_free)
