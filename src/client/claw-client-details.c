/* claw-client-details.c: see claw-client-details.h. */
#include "claw-client-details.h"

#include "claw-aead.h"
#include "claw-client-private.h"
#include "claw-engine-report.h"
#include "claw-pump.h"

#include <glib/gi18n-lib.h>

static void
detail_free (gpointer data)
{
  ClawClientDetail *detail = data;
  g_free (detail->title);
  g_free (detail->value);
  g_free (detail);
}

GPtrArray *
claw_client_details_new (void)
{
  return g_ptr_array_new_with_free_func (detail_free);
}

void
claw_client_detail_add (
    GPtrArray *details, ClawClientDetailSection section, const char *title, const char *format, ...)
{
  ClawClientDetail *detail = g_new0 (ClawClientDetail, 1);
  va_list arguments;
  va_start (arguments, format);
  detail->section = section;
  detail->title = g_strdup (title);
  detail->value = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (details, detail);
}

char *
claw_client_details_to_text (GPtrArray *details)
{
  GString *text = g_string_new (NULL);
  for (unsigned i = 0; i < details->len; i++)
    {
      const ClawClientDetail *detail = details->pdata[i];
      /* Translators: a title and what is said about it, as in "Round trip: 23 ms". */
      g_string_append_printf (text, _ ("%s: %s"), detail->title, detail->value);
      if (i + 1 < details->len)
        g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static void
list_chat (ClawClient *client, GPtrArray *details)
{
  const char *name = claw_client_get_name (client);
  g_autofree char *status = claw_client_format_status (client);
  if (client->server_name)
    claw_client_detail_add (details, CLAW_CLIENT_DETAIL_CHAT, _ ("Server"), "%s",
                            client->server_name);
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_CHAT, _ ("State"), "%s", status);
  if (name)
    claw_client_detail_add (details, CLAW_CLIENT_DETAIL_CHAT, _ ("Your name"), "%s", name);
}

GPtrArray *
claw_client_list_details (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  GPtrArray *details = claw_client_details_new ();
  list_chat (client, details);
  claw_engine_report_list (&client->report, claw_pump_now_us (),
                           g_get_real_time () / G_USEC_PER_SEC, details);
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_DATA, _ ("Messages not delivered yet"), "%u",
                          client->pending_messages);
  claw_client_detail_add (details, CLAW_CLIENT_DETAIL_KEYS, _ ("Encryption"),
                          _ ("AES-256-GCM by %s"), claw_aead_get_backend ());
  claw_client_detail_add (
      details, CLAW_CLIENT_DETAIL_KEYS, _ ("Keys in memory"), "%s",
      claw_secret_lock_failed ()
          ? _ ("not locked, so they may reach swap. Raise the limit of locked memory (ulimit -l).")
          : _ ("locked"));
  return details;
}

char *
claw_client_describe (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  g_autoptr (GPtrArray) details = claw_client_list_details (client);
  return claw_client_details_to_text (details);
}

void
claw_client_refresh_details (ClawClient *client)
{
  g_return_if_fail (CLAW_IS_CLIENT (client));
  if (client->worker && client->state == CLAW_CLIENT_CONNECTED)
    claw_worker_report (client->worker);
}

/* The status. */

static char *
format_connected (ClawClient *client)
{
  gint64 rtt_us = client->report.stats.smoothed_rtt_us;
  if (rtt_us <= 0)
    return g_strdup (_ ("Connected directly"));
  /* Translators: the number is a round trip in milliseconds. */
  return g_strdup_printf (_ ("Connected directly · %d ms"), (int) MAX (1, (rtt_us + 500) / 1000));
}

static char *
format_reconnecting (ClawClient *client)
{
  gint64 wait_us = client->next_attempt_us - claw_pump_now_us ();
  if (client->next_attempt_us == 0 || wait_us <= 0)
    return g_strdup (_ ("Reconnecting…"));
  return g_strdup_printf (_ ("Reconnecting in %d s"),
                          (int) ((wait_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
}

char *
claw_client_format_status (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  switch (client->state)
    {
    case CLAW_CLIENT_IDLE:
      return g_strdup (client->opening ? _ ("Opening the file…") : _ ("Not connected"));
    case CLAW_CLIENT_KNOCKING:
      return g_strdup (claw_client_is_offline (client) ? _ ("No network") : _ ("Connecting…"));
    case CLAW_CLIENT_CONNECTED:
      return format_connected (client);
    case CLAW_CLIENT_RECONNECTING:
      return claw_client_is_offline (client) ? g_strdup (_ ("No network"))
                                             : format_reconnecting (client);
    case CLAW_CLIENT_COMPROMISED:
      return g_strdup (client->error ? _ ("Keys erased") : _ ("Telling the server…"));
    case CLAW_CLIENT_FAILED:
      return g_strdup (_ ("Not connected"));
    }
  return NULL;
}

gint64
claw_client_get_next_attempt_us (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), 0);
  return client->state == CLAW_CLIENT_RECONNECTING ? client->next_attempt_us : 0;
}

/* The keys. */

const char *
claw_client_get_server_id (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->server_id;
}

const uint8_t *
claw_client_get_server_key (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  return client->has_keys ? client->server_key : NULL;
}

const char *
claw_client_get_safety_number (ClawClient *client)
{
  g_return_val_if_fail (CLAW_IS_CLIENT (client), NULL);
  if (!client->has_keys)
    return NULL;
  if (client->safety_number[0] == '\0')
    claw_safety_number (client->own_key, client->server_key, client->safety_number);
  return client->safety_number;
}
