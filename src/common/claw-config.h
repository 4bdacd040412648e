/* claw-config.h: reading YAML configuration against a table of known keys.
 *
 * Each fault is reported as FILE:LINE:COLUMN: what is wrong and what was expected; a reading goes on after a
 * fault, so that all of them are told at once.
 */
#pragma once

#include <gio/gio.h>

#define CLAW_CONFIG_ERROR (claw_config_error_quark ())
typedef enum
{
  CLAW_CONFIG_ERROR_UNREADABLE, /* no such file, not permitted, too large */
  CLAW_CONFIG_ERROR_INVALID,    /* the message holds every fault, one a line */
} ClawConfigError;
GQuark claw_config_error_quark (void);

typedef enum
{
  CLAW_CONFIG_STRING,
  CLAW_CONFIG_STRING_OR_NULL,
  CLAW_CONFIG_PATH,        /* an absolute path */
  CLAW_CONFIG_IP,          /* numeric IPv4 or IPv6 address */
  CLAW_CONFIG_IP_OR_NULL,
  CLAW_CONFIG_INTEGER,     /* within minimum … maximum */
  CLAW_CONFIG_INTEGER_OR_NULL, /* null is stored as 0 */
  CLAW_CONFIG_BOOLEAN,
  CLAW_CONFIG_LOG_LEVEL,
  CLAW_CONFIG_HOST_PORT_LIST, /* "host" or "host:port" each, into a GStrv */
} ClawConfigType;

typedef struct
{
  const char *section;
  const char *key;
  ClawConfigType type;
  size_t offset;    /* of the field in the settings struct: char *, int, gboolean, ClawLogLevel or GStrv */
  gint64 minimum, maximum; /* integers: range; strings: length in bytes */
} ClawConfigKey;

/* Fills @settings (which holds the defaults) from the file at @path. @keys ends with a NULL section. */
gboolean claw_config_load (const char *path, const ClawConfigKey *keys, void *settings, GError **error);
