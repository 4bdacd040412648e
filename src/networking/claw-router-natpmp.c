/* claw-router-natpmp.c: NAT-PMP (RFC 6886) by libnatpmp.
 *
 * Routers that speak its successor PCP (RFC 6887) answer NAT-PMP too when they follow appendix A of
 * that RFC, which is why there is no PCP here. The library repeats a request after 250 ms, 500 ms,
 * …; the RFC's nine times are two minutes, so that this file gives up on its own clock.
 */
#include "config.h"

#include "claw-router.h"

#include <glib/gi18n-lib.h>
#include <natpmp.h>
#include <string.h>
#include <sys/time.h>

static const char *
describe (int code)
{
  switch (code)
    {
    case NATPMP_ERR_CANNOTGETGATEWAY:
      return _ ("there is no default route");
    case NATPMP_ERR_NOGATEWAYSUPPORT:
    case NATPMP_ERR_UNSUPPORTEDVERSION:
    case NATPMP_ERR_UNSUPPORTEDOPCODE:
    case NATPMP_ERR_RECVFROM:
      return _ ("the router does not speak it");
    case NATPMP_ERR_NOTAUTHORIZED:
      return _ ("the router's settings forbid it");
    case NATPMP_ERR_NETWORKFAILURE:
      return _ ("the router is not connected to the Internet");
    case NATPMP_ERR_OUTOFRESOURCES:
      return _ ("the router has no room for another mapping");
    default:
      return _ ("the network does not let a request through");
    }
}

static gboolean
fail (int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "NAT-PMP: %s", describe (code));
  return FALSE;
}

/* Waits for the socket until the library wants to repeat, at most until @give_up_us. */
static gboolean
wait_for_answer (natpmp_t *natpmp, gint64 give_up_us, GCancellable *cancellable)
{
  GPollFD fds[2] = { { .fd = natpmp->s, .events = G_IO_IN } };
  unsigned n = 1;
  struct timeval repeat = { 0 };
  gint64 wait_us = give_up_us - g_get_monotonic_time ();

  if (getnatpmprequesttimeout (natpmp, &repeat) == 0)
    wait_us = MIN (wait_us, (gint64) repeat.tv_sec * G_USEC_PER_SEC + repeat.tv_usec);
  if (cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fds[1]))
    n = 2;
  /* One more, since a wait of 0.4 ms must not become a busy loop. */
  g_poll (fds, n, (int) (MAX (wait_us, 0) / 1000 + 1));
  if (n == 2)
    g_cancellable_release_fd (cancellable);
  return g_get_monotonic_time () < give_up_us && !g_cancellable_is_cancelled (cancellable);
}

/* Waits for the answer to the request that was sent, which has to be of @type. */
static gboolean
await (
    natpmp_t *natpmp, int type, natpmpresp_t *response, GCancellable *cancellable, GError **error)
{
  gint64 give_up_us = g_get_monotonic_time () + CLAW_ROUTER_PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
  int result = NATPMP_TRYAGAIN;

  while (result == NATPMP_TRYAGAIN && wait_for_answer (natpmp, give_up_us, cancellable))
    result = readnatpmpresponseorretry (natpmp, response);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (result == NATPMP_TRYAGAIN)
    return fail (NATPMP_ERR_NOGATEWAYSUPPORT, error);
  if (result != 0)
    return fail (result, error);
  return response->type == type || fail (NATPMP_ERR_UNDEFINEDERROR, error);
}

static gboolean
ask_address (natpmp_t *natpmp, ClawAddress *external, GCancellable *cancellable, GError **error)
{
  natpmpresp_t response = { 0 };
  int result = sendpublicaddressrequest (natpmp);

  if (result < 0)
    return fail (result, error);
  if (!await (natpmp, NATPMP_RESPTYPE_PUBLICADDRESS, &response, cancellable, error))
    return FALSE;
  external->family = CLAW_ADDRESS_IPV4;
  memcpy (external->ip, &response.pnu.publicaddress.addr, 4);
  /* What a router says whose line is down, when it should have said so by a code. */
  return !claw_address_is_any (external) || fail (NATPMP_ERR_NETWORKFAILURE, error);
}

static void
natpmp_close (gpointer router)
{
  closenatpmp (router);
  g_free (router);
}

static gpointer
natpmp_open (GCancellable *cancellable, GError **error)
{
  natpmp_t *natpmp = g_new0 (natpmp_t, 1);
  ClawAddress external = { 0 };
  int result = initnatpmp (natpmp, 0, 0);

  if (result != 0)
    {
      g_free (natpmp);
      fail (result, error);
      return NULL;
    }
  if (ask_address (natpmp, &external, cancellable, error))
    return natpmp;
  natpmp_close (natpmp);
  return NULL;
}

static gboolean
natpmp_map (gpointer router,
            uint32_t lifetime_s,
            ClawRouterGrant *grant,
            GCancellable *cancellable,
            GError **error)
{
  ClawAddress external = { 0 };
  natpmpresp_t response = { 0 };
  uint16_t wanted = grant->external.port != 0 ? grant->external.port : grant->port;
  int result;

  if (!ask_address (router, &external, cancellable, error))
    return FALSE;
  result = sendnewportmappingrequest (router, NATPMP_PROTOCOL_UDP, grant->port, wanted, lifetime_s);
  if (result < 0)
    return fail (result, error);
  if (!await (router, NATPMP_RESPTYPE_UDPPORTMAPPING, &response, cancellable, error))
    return FALSE;
  if (response.pnu.newportmapping.privateport != grant->port
      || response.pnu.newportmapping.mappedpublicport == 0
      || response.pnu.newportmapping.lifetime == 0)
    return fail (NATPMP_ERR_OUTOFRESOURCES, error);
  external.port = response.pnu.newportmapping.mappedpublicport;
  grant->external = external;
  grant->lifetime_s = response.pnu.newportmapping.lifetime;
  return TRUE;
}

/* RFC 6886 3.4: a lifetime of 0, and 0 for the external port. */
static gboolean
natpmp_unmap (gpointer router, const ClawRouterGrant *grant, GError **error)
{
  natpmpresp_t response = { 0 };
  int result = sendnewportmappingrequest (router, NATPMP_PROTOCOL_UDP, grant->port, 0, 0);

  if (result < 0)
    return fail (result, error);
  return await (router, NATPMP_RESPTYPE_UDPPORTMAPPING, &response, NULL, error);
}

const ClawRouterProtocol claw_router_natpmp = {
  .name = "NAT-PMP",
  .open = natpmp_open,
  .close = natpmp_close,
  .map = natpmp_map,
  .unmap = natpmp_unmap,
};
