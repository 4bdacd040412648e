/* claw-stun-watch.c: see claw-stun-watch.h. */
#include "claw-stun-watch.h"

#include "claw-nat-check.h"
#include "claw-stun-servers.h"

struct ClawStunWatch
{
  void (*done) (gpointer user_data);
  gpointer user_data;
  GMainContext *context;
  GStrv servers;
  ClawAddressFamily family;
  ClawStunWatchState state;
  ClawNatVerdict verdict;
  GCancellable *present; /* (nullable): of what is under way and still wanted */
  unsigned n_pending;    /* under way, wanted or not */
};

/* One asking. */
typedef struct
{
  ClawStunWatch *watch;
  GCancellable *cancellable;
} Asking;

static void
asking_free (Asking *asking)
{
  asking->watch->n_pending--;
  g_object_unref (asking->cancellable);
  g_free (asking);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Asking, asking_free)

static void
finish (Asking *asking, ClawStunWatchState state)
{
  ClawStunWatch *watch = asking->watch;
  if (watch->present != asking->cancellable)
    return;
  g_clear_object (&watch->present);
  watch->state = state;
  watch->done (watch->user_data);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  g_autoptr (GError) error = NULL;
  ClawNatVerdict verdict;
  gboolean is_checked = claw_nat_check_finish (result, &verdict, &error);
  if (is_checked && asking->watch->present == asking->cancellable)
    asking->watch->verdict = verdict;
  finish (asking, is_checked ? CLAW_STUN_WATCH_ANSWERED : CLAW_STUN_WATCH_UNREACHABLE);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Asking) asking = user_data;
  g_autoptr (ClawStunServers) servers = claw_stun_servers_resolve_finish (result, NULL);
  if (!servers)
    return;
  gboolean is_ipv6 = asking->watch->family == CLAW_ADDRESS_IPV6;
  const GArray *wanted = is_ipv6 ? servers->ipv6 : servers->ipv4;
  if (wanted->len == 0)
    wanted = is_ipv6 ? servers->ipv4 : servers->ipv6;
  if (wanted->len == 0)
    {
      finish (asking, CLAW_STUN_WATCH_NOT_FOUND);
      return;
    }
  GCancellable *cancellable = asking->cancellable;
  claw_nat_check_async ((const ClawAddress *) (gpointer) wanted->data, wanted->len, cancellable,
                        on_checked, g_steal_pointer (&asking));
}

ClawStunWatch *
claw_stun_watch_new (void (*done) (gpointer user_data), gpointer user_data)
{
  ClawStunWatch *watch = g_new0 (ClawStunWatch, 1);
  watch->done = done;
  watch->user_data = user_data;
  watch->servers = g_new0 (char *, 1);
  return watch;
}

static void
end_present (ClawStunWatch *watch)
{
  g_autoptr (GCancellable) present = g_steal_pointer (&watch->present);
  if (present)
    g_cancellable_cancel (present);
}

void
claw_stun_watch_free (ClawStunWatch *watch)
{
  if (!watch)
    return;
  end_present (watch);
  while (watch->n_pending > 0)
    g_main_context_iteration (watch->context, TRUE);
  g_clear_pointer (&watch->context, g_main_context_unref);
  g_strfreev (watch->servers);
  g_free (watch);
}

void
claw_stun_watch_forget (ClawStunWatch *watch)
{
  end_present (watch);
  watch->state = CLAW_STUN_WATCH_NOT_ASKED;
}

gboolean
claw_stun_watch_set_servers (ClawStunWatch *watch, const char *const *servers)
{
  if (g_strv_equal ((const char *const *) watch->servers, servers))
    return FALSE;
  claw_stun_watch_forget (watch);
  g_strfreev (watch->servers);
  watch->servers = g_strdupv ((char **) servers);
  return TRUE;
}

void
claw_stun_watch_ask (ClawStunWatch *watch, ClawAddressFamily family)
{
  end_present (watch);
  if (!watch->servers[0])
    return;
  if (!watch->context)
    watch->context = g_main_context_ref_thread_default ();
  watch->family = family;
  if (watch->state != CLAW_STUN_WATCH_ANSWERED)
    watch->state = CLAW_STUN_WATCH_ASKED;
  watch->present = g_cancellable_new ();
  watch->n_pending++;
  Asking *asking = g_new0 (Asking, 1);
  asking->watch = watch;
  asking->cancellable = g_object_ref (watch->present);
  claw_stun_servers_resolve_async ((const char *const *) watch->servers, asking->cancellable,
                                   on_resolved, asking);
}

ClawStunWatchState
claw_stun_watch_get_state (const ClawStunWatch *watch, ClawNatVerdict *verdict)
{
  if (watch->state == CLAW_STUN_WATCH_ANSWERED)
    *verdict = watch->verdict;
  return watch->state;
}
