/* claw-source-address.c: see claw-source-address.h. */
#include "claw-source-address.h"

#include <glib/gi18n-lib.h>
#include <string.h>

GSocketAddress *
claw_source_address_to_gio (const ClawAddress *address)
{
  g_return_val_if_fail (address != NULL && address->family != CLAW_ADDRESS_NONE, NULL);

  GSocketFamily family = address->family == CLAW_ADDRESS_IPV4 ? G_SOCKET_FAMILY_IPV4
                                                              : G_SOCKET_FAMILY_IPV6;
  g_autoptr (GInetAddress) ip = g_inet_address_new_from_bytes (address->ip, family);
  return g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", ip, "port", (guint) address->port,
                       "scope-id", (guint) address->scope_id, NULL);
}

gboolean
claw_source_address_from_gio (GSocketAddress *gio, ClawAddress *address)
{
  g_return_val_if_fail (address != NULL, FALSE);

  if (!G_IS_INET_SOCKET_ADDRESS (gio))
    return FALSE;
  GInetSocketAddress *inet = G_INET_SOCKET_ADDRESS (gio);
  GInetAddress *ip = g_inet_socket_address_get_address (inet);
  gboolean is_ipv4 = g_inet_address_get_family (ip) == G_SOCKET_FAMILY_IPV4;

  memset (address, 0, sizeof *address);
  address->family = is_ipv4 ? CLAW_ADDRESS_IPV4 : CLAW_ADDRESS_IPV6;
  address->port = g_inet_socket_address_get_port (inet);
  memcpy (address->ip, g_inet_address_to_bytes (ip), is_ipv4 ? 4 : 16);
  if (!is_ipv4 && g_inet_address_get_is_link_local (ip))
    address->scope_id = g_inet_socket_address_get_scope_id (inet);
  return TRUE;
}

gboolean
claw_source_address_find (const ClawAddress *destination, ClawAddress *source, GError **error)
{
  g_return_val_if_fail (destination != NULL, FALSE);
  g_return_val_if_fail (source != NULL, FALSE);

  /* Connecting a datagram socket sends nothing, but makes the system choose. */
  g_autoptr (GSocketAddress) remote = claw_source_address_to_gio (destination);
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (remote),
                                             G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  if (socket == NULL || !g_socket_connect (socket, remote, NULL, error))
    return FALSE;
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, error);
  if (local == NULL)
    return FALSE;
  if (!claw_source_address_from_gio (local, source))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("the system did not tell its own address"));
      return FALSE;
    }
  source->port = 0;
  return TRUE;
}
