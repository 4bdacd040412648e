/* claw-config.h: reading YAML configuration against a table of known keys.
 *
 * Each fault is reported as FILE:LINE:COLUMN: what is wrong and what was expected; a reading goes
 * on after a fault, so that all of them are told at once. The subset of YAML is small on purpose: a
 * mapping of sections to mappings of keys to plain values; anchors, aliases and tags are refused.
 */
#pragma once

#include <gio/gio.h>

#define CLAW_CONFIG_SIZE_MAX (1024 * 1024)
#define CLAW_CONFIG_LIST_MAX 16 /* entries of one list */
#define CLAW_CONFIG_FAULTS_MAX \
  100 /* told of one file; one more line says that there are others \
       */

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
  CLAW_CONFIG_PATH, /* an absolute path */
  CLAW_CONFIG_PATH_OR_NULL,
  CLAW_CONFIG_IP, /* numeric IPv4 or IPv6 address */
  CLAW_CONFIG_IP_OR_NULL,
  CLAW_CONFIG_INTEGER,         /* within minimum … maximum */
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
  size_t offset; /* of the field in the settings struct: char *, int, gboolean, ClawLogLevel or
                    GStrv */
  gint64 minimum, maximum; /* integers: range; strings: length in bytes */
} ClawConfigKey;

typedef struct ClawConfigReading ClawConfigReading;

/* Looks at what several keys say together, when the whole file has been read. */
typedef void (*ClawConfigCheck) (const void *settings, ClawConfigReading *reading);

/* Fills @settings (which holds the defaults) from the file at @path. @keys ends with a NULL
 * section. On failure @settings holds what could be read and has still to be freed. */
gboolean
claw_config_load (const char *path, const ClawConfigKey *keys, void *settings, GError **error);
/* The same with a @check (nullable) over the whole, whose faults are told with all others. */
gboolean claw_config_load_checked (const char *path,
                                   const ClawConfigKey *keys,
                                   void *settings,
                                   ClawConfigCheck check,
                                   GError **error);
/* For a ClawConfigCheck: whether the file says something of @key, and be it the default. */
gboolean
claw_config_is_set (const ClawConfigReading *reading, const char *section, const char *key);
/* For a ClawConfigCheck: @key and @other_key of @section do not fit together. The fault stands
 * where the file sets @key, else where it sets @other_key; it is left out when one of the two has a
 * fault of its own. */
void claw_config_report_conflict (ClawConfigReading *reading,
                                  const char *section,
                                  const char *key,
                                  const char *other_key,
                                  const char *text);
