/* claw-host-port.c: see claw-host-port.h. */
#include "claw-host-port.h"

#include "claw-address.h"

#include <string.h>

/* RFC 1035, section 2.3.4, without the root's label. */
#define HOST_NAME_MAX_BYTES 253

/* A numeric address, or a name of the letters that names are made of. */
static gboolean
is_host (const char *text)
{
  ClawAddress address;

  if (claw_address_parse_ip (text, 0, &address))
    return TRUE;
  if (!g_ascii_isalnum (text[0]) || strlen (text) > HOST_NAME_MAX_BYTES)
    return FALSE;
  return strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
         == strlen (text);
}

gboolean
claw_host_port_is_valid (const char *text, size_t length)
{
  ClawAddress address;

  if (strlen (text) != length)
    return FALSE;
  if (is_host (text) || claw_address_parse (text, &address))
    return TRUE;

  const char *colon = strchr (text, ':');
  if (colon == NULL)
    return FALSE;

  g_autofree char *host = g_strndup (text, (gsize) (colon - text));
  return colon[1] != '0' && is_host (host)
         && g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, NULL, NULL);
}
