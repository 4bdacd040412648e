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

  /* What the file says itself, and be it the default: a program that has preferences of its own
   * leaves these alone. A name of null is left to the user. */
  gboolean has_name;
  gboolean has_hole_punch_timeout;
  gboolean has_nat_detection;
  gboolean has_stun_servers;
} ClawClientConfig;

ClawClientConfig *claw_client_config_new (void);
/* Returns: (transfer full): NULL with CLAW_CONFIG_ERROR. */
ClawClientConfig *claw_client_config_load (const char *path, GError **error);
void claw_client_config_free (ClawClientConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawClientConfig, claw_client_config_free)
