/* claw-status-ticker.c: see claw-status-ticker.h. */
#include "claw-status-ticker.h"

#define TICK_MS 1000

typedef struct
{
  GtkWidget *target; /* that owns this */
  char *property;
  ClawClient *client;
  guint source; /* while it ticks */
} ClawStatusTicker;

static gboolean on_tick (gpointer user_data);

static void
update (ClawStatusTicker *ticker)
{
  g_autofree char *status = claw_client_format_status (ticker->client);
  gint64 wait_us = claw_client_get_next_attempt_us (ticker->client) - g_get_monotonic_time ();
  gboolean must_tick = wait_us > 0 && gtk_widget_get_mapped (ticker->target);
  g_object_set (ticker->target, ticker->property, status, NULL);
  if (must_tick && ticker->source == 0)
    ticker->source = g_timeout_add (TICK_MS, on_tick, ticker);
  else if (!must_tick)
    g_clear_handle_id (&ticker->source, g_source_remove);
}

static gboolean
on_tick (gpointer user_data)
{
  ClawStatusTicker *ticker = user_data;
  /* Stops itself, too. */
  guint source = ticker->source;
  update (ticker);
  return ticker->source == source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
ticker_free (gpointer data)
{
  ClawStatusTicker *ticker = data;
  g_clear_handle_id (&ticker->source, g_source_remove);
  g_signal_handlers_disconnect_by_data (ticker->client, ticker);
  g_signal_handlers_disconnect_by_data (ticker->target, ticker);
  g_object_unref (ticker->client);
  g_free (ticker->property);
  g_free (ticker);
}

void
claw_status_ticker_follow (GtkWidget *target, const char *property, ClawClient *client)
{
  static const char key[] = "claw-status-ticker";
  g_return_if_fail (GTK_IS_WIDGET (target) && property != NULL);
  g_object_set_data (G_OBJECT (target), key, NULL);
  if (!client)
    return;
  ClawStatusTicker *ticker = g_new0 (ClawStatusTicker, 1);
  ticker->target = target;
  ticker->property = g_strdup (property);
  ticker->client = g_object_ref (client);
  g_signal_connect_swapped (client, "notify::status", G_CALLBACK (update), ticker);
  g_signal_connect_swapped (target, "map", G_CALLBACK (update), ticker);
  g_signal_connect_swapped (target, "unmap", G_CALLBACK (update), ticker);
  g_object_set_data_full (G_OBJECT (target), key, ticker, ticker_free);
  update (ticker);
}
