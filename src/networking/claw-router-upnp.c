/* claw-router-upnp.c: UPnP Internet Gateway Device by libminiupnpc.
 *
 * The library cannot be interrupted within a step (finding devices: DISCOVER_MS for each of the few
 * kinds that it looks for; an HTTP request: its own time-outs of a few seconds); between steps the
 * cancellable is looked at.
 */
#include "config.h"

#include "claw-router.h"

#include <glib/gi18n-lib.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <string.h>

#define DISCOVER_MS 2000
/* When somebody else has the port: another one, this often in all. */
#define ATTEMPTS 5
#define PORT_FIRST 49152
#define PORTS 16384
/* UPnP Device Architecture 1.1, 1.3.2: what devices expect. */
#define TTL 2

/* The standard's error codes that have a remedy (WANIPConnection:1, table 2.4.16). */
#define CONFLICT_IN_MAPPING_ENTRY 718
#define ONLY_PERMANENT_LEASES 725

typedef struct
{
  struct UPNPUrls urls;
  struct IGDdatas data;
  char own_ip[64]; /* of this machine, as the router sees it */
} Upnp;

static gboolean
fail (const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "UPnP: %s", why);
  return FALSE;
}

static gboolean
fail_with_code (int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("UPnP: the router refuses a mapping with error %d"), code);
  return FALSE;
}

static void
upnp_close (gpointer router)
{
  Upnp *upnp = router;

  FreeUPNPUrls (&upnp->urls);
  g_free (upnp);
}

/* Returns: the library's verdict. */
static int
choose_router (struct UPNPDev *devices, Upnp *upnp)
{
#if MINIUPNPC_API_VERSION >= 18
  char external[64] = { 0 };

  return UPNP_GetValidIGD (devices, &upnp->urls, &upnp->data, upnp->own_ip, sizeof upnp->own_ip,
                           external, sizeof external);
#else
  return UPNP_GetValidIGD (devices, &upnp->urls, &upnp->data, upnp->own_ip, sizeof upnp->own_ip);
#endif
}

/* 1 is a router that is connected. 2 was “not connected” before API 18, also said of one that has
 * but a private address, and is only the latter since; ask_address () tells the two apart. */
static gboolean
is_router (int verdict)
{
  return verdict == 1 || verdict == 2;
}

static gpointer
upnp_open (GCancellable *cancellable, GError **error)
{
  int problem = 0;
  struct UPNPDev *devices = upnpDiscover (DISCOVER_MS, NULL, NULL, UPNP_LOCAL_PORT_ANY, 0, TTL,
                                          &problem);
  Upnp *upnp;
  int verdict = 0;

  if (devices == NULL)
    {
      fail (_ ("no router in this network answers"), error);
      return NULL;
    }
  upnp = g_new0 (Upnp, 1);
  if (!g_cancellable_is_cancelled (cancellable))
    verdict = choose_router (devices, upnp);
  freeUPNPDevlist (devices);
  if (is_router (verdict))
    return upnp;
  upnp_close (upnp);
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    fail (_ ("no router in this network answers that is connected to the Internet"), error);
  return NULL;
}

static int
add (Upnp *upnp, uint16_t port, uint16_t external_port, uint32_t lifetime_s)
{
  char internal[8], external[8], lease[16];

  g_snprintf (internal, sizeof internal, "%u", port);
  g_snprintf (external, sizeof external, "%u", external_port);
  g_snprintf (lease, sizeof lease, "%u", lifetime_s);
  return UPNP_AddPortMapping (upnp->urls.controlURL, upnp->data.first.servicetype, external,
                              internal, upnp->own_ip, "ClawChat", "UDP", NULL, lease);
}

/* Returns: 0, or the router's error code. */
static int
add_somewhere (Upnp *upnp, uint32_t lifetime_s, ClawRouterGrant *grant, GCancellable *cancellable)
{
  uint16_t external = grant->external.port != 0 ? grant->external.port : grant->port;
  int result = CONFLICT_IN_MAPPING_ENTRY;

  for (unsigned i = 0; i < ATTEMPTS && result == CONFLICT_IN_MAPPING_ENTRY
                       && !g_cancellable_is_cancelled (cancellable);
       i++)
    {
      if (i > 0)
        external = (uint16_t) (PORT_FIRST + g_random_int_range (0, PORTS));
      grant->lifetime_s = lifetime_s;
      result = add (upnp, grant->port, external, lifetime_s);
      if (result != ONLY_PERMANENT_LEASES)
        continue;
      grant->lifetime_s = 0;
      result = add (upnp, grant->port, external, 0);
    }
  grant->external.port = external;
  return result;
}

static gboolean
ask_address (Upnp *upnp, ClawAddress *external, GError **error)
{
  char text[64] = { 0 }; /* the library writes 16 bytes */
  int result = UPNP_GetExternalIPAddress (upnp->urls.controlURL, upnp->data.first.servicetype,
                                          text);

  if (result != UPNPCOMMAND_SUCCESS || !claw_address_parse_ip (text, 0, external)
      || external->family != CLAW_ADDRESS_IPV4 || claw_address_is_any (external))
    return fail (_ ("the router does not know its address on the Internet"), error);
  return TRUE;
}

static gboolean
upnp_map (gpointer router,
          uint32_t lifetime_s,
          ClawRouterGrant *grant,
          GCancellable *cancellable,
          GError **error)
{
  Upnp *upnp = router;
  ClawRouterGrant wanted = *grant;
  ClawAddress external = { 0 };
  int result;

  if (!ask_address (upnp, &external, error))
    return FALSE;
  result = add_somewhere (upnp, lifetime_s, &wanted, cancellable);
  if (g_cancellable_is_cancelled (cancellable) && result != UPNPCOMMAND_SUCCESS)
    return !g_cancellable_set_error_if_cancelled (cancellable, error);
  if (result != UPNPCOMMAND_SUCCESS)
    return fail_with_code (result, error);
  external.port = wanted.external.port;
  wanted.external = external;
  *grant = wanted;
  return TRUE;
}

static gboolean
upnp_unmap (gpointer router, const ClawRouterGrant *grant, GError **error)
{
  Upnp *upnp = router;
  char external[8];
  int result;

  g_snprintf (external, sizeof external, "%u", grant->external.port);
  result = UPNP_DeletePortMapping (upnp->urls.controlURL, upnp->data.first.servicetype, external,
                                   "UDP", NULL);
  return result == UPNPCOMMAND_SUCCESS || fail_with_code (result, error);
}

const ClawRouterProtocol claw_router_upnp = {
  .name = "UPnP",
  .open = upnp_open,
  .close = upnp_close,
  .map = upnp_map,
  .unmap = upnp_unmap,
};
