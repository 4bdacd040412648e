/* claw-server-compromise.c: the end of one pairing, or of all, when keys may be in wrong hands.
 *
 * What is erased from the disk goes first, then what is in memory, then the clients that are there
 * are told, or hear that it is done. A failing disk stops none of this: it is reported, the note of
 * claw-erasure.h stays, and the rest is made up for later, at the latest at the next start.
 */
#include "config.h"

#include "claw-server-events.h"
#include "claw-server-private.h"

#include "claw-events.h"
#include "claw-key-file.h"

#include <glib/gi18n-lib.h>

static void
warn (const char *text, const GError *error)
{
  claw_event (CLAW_EVENT_DISK_ERROR, NULL, "%s: %s", text, error->message);
}

/* Tells programs at the control socket. @name: (nullable): of the member, for one. */
static void
announce (ClawServer *server, const char *name, gboolean by_member, const ClawControlPeer *except)
{
  claw_server_events_compromised (server, name, by_member, except);
  server->announces_file = TRUE;
}

void
claw_server_compromise_announce_file (ClawServer *server, const char *path, gint64 valid_until_s)
{
  if (!server->announces_file)
    return;
  server->announces_file = FALSE;
  claw_server_events_announce_file (server, path, valid_until_s);
}

/* Ends the pairing in memory. Returns: (transfer none) (nullable): its session, which goes on. */
static ClawConnection *
take_apart (ClawServer *server, ClawPairing *pairing)
{
  ClawConnection *connection = claw_room_remove (server->room, pairing->id);

  claw_endpoint_refuse (server->endpoint, pairing->resumption_psk_id);
  if (pairing->previous_psk_id != 0)
    claw_endpoint_refuse (server->endpoint, pairing->previous_psk_id);
  claw_pairings_remove (server->pairings, pairing);
  return connection;
}

static gboolean
save_keys (ClawServer *server, GError **error)
{
  g_autofree char *path = g_build_filename (server->config->state_directory, "server.key", NULL);

  return claw_key_file_save (&server->identity.private_key, path, error)
         && claw_server_ports_save (server->ports, server->config, error)
         && claw_pairings_save (server->pairings, error);
}

gboolean
claw_server_compromise_settle (ClawServer *server, GError **error)
{
  if (!claw_erasure_is_pending (server->erasure))
    return TRUE;
  if (!claw_erasure_run (server->erasure, error))
    return FALSE;
  /* What was saved of the new keys before may have gone with the old ones. */
  if (claw_erasure_is_all (server->erasure) && !save_keys (server, error))
    return FALSE;
  return claw_erasure_finish (server->erasure, error);
}

static gboolean
save_without (ClawServer *server, GError **error)
{
  if (claw_server_save (server, error))
    return TRUE;
  claw_server_save_soon (server);
  if (claw_erasure_is_all (server->erasure) || !claw_pairings_are_erased (server->pairings))
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

static gboolean
erase_member (ClawServer *server, ClawPairing *pairing, ClawConnection **connection, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (!claw_erasure_note_member (server->erasure, pairing->id, &fault))
    warn (_ ("Erasing cannot be noted, and is not finished if the server is stopped now"), fault);
  *connection = take_apart (server, pairing);
  return save_without (server, error);
}

gboolean
claw_server_revoke (ClawServer *server, ClawPairing *pairing, GError **error)
{
  g_autoptr (GError) fault = NULL;
  gboolean is_noted = claw_erasure_note_member (server->erasure, pairing->id, NULL);

  claw_server_forget (server, pairing, CLAW_CLOSE_CODE_REVOKED);
  if (save_without (server, &fault))
    return TRUE;
  if (is_noted)
    {
      warn (_ ("The pairing is not erased from the disk yet, trying again soon"), fault);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

static void
go_on (ClawServer *server)
{
  claw_server_maintain (server);
  claw_server_turn_soon (server);
  claw_server_update_status (server);
}

void
claw_server_compromise_told (ClawServer *server, ClawConnection *connection)
{
  ClawPairing *pairing = claw_pairings_find_key (server->pairings,
                                                 claw_connection_get_peer_key (connection));
  g_autofree char *name = pairing != NULL ? g_strdup (pairing->name) : NULL;
  g_autoptr (GError) error = NULL;
  ClawConnection *session = NULL;
  gboolean is_erased = TRUE;

  if (pairing != NULL)
    {
      claw_event (
          CLAW_EVENT_COMPROMISED, &(ClawEventFields){ .member = pairing->id, .reason = "member" },
          _ ("Member %u says that its keys are compromised: erasing the pairing"), pairing->id);
      is_erased = erase_member (server, pairing, &session, &error);
      announce (server, name, TRUE, NULL);
      claw_issuer_demand (server->issuer);
    }
  if (session != NULL && session != connection)
    claw_connection_close (session, CLAW_CLOSE_CODE_REVOKED);
  /* That the note of it is still there is nothing to the client. */
  if (is_erased || claw_erasure_is_erased (server->erasure))
    claw_connection_confirm_compromised (connection);
  else
    warn (_ ("The pairing is not erased from the disk yet, trying again soon"), error);
  go_on (server);
}

static void
add_told (ClawConnection *connection, ClawServerCompromised *result)
{
  if (connection != NULL && claw_connection_compromise (connection))
    result->told++;
  else
    result->away++;
}

gboolean
claw_server_compromise_member (ClawServer *server,
                               ClawPairing *pairing,
                               const ClawControlPeer *origin,
                               ClawServerCompromised *result,
                               GError **error)
{
  g_autofree char *name = g_strdup (pairing->name);
  ClawConnection *connection = NULL;

  claw_event (CLAW_EVENT_COMPROMISED,
              &(ClawEventFields){ .member = pairing->id, .reason = "operator" },
              _ ("The operator says that keys are compromised: erasing the pairing of member %u"),
              pairing->id);
  gboolean is_erased = erase_member (server, pairing, &connection, error);
  add_told (connection, result);
  announce (server, name, FALSE, origin);
  claw_issuer_demand (server->issuer);
  go_on (server);
  return is_erased;
}

/* New keys in memory; claw_server_compromise_settle () puts them on the disk. */
static void
renew_keys (ClawServer *server)
{
  claw_identity_clear (&server->identity);
  claw_identity_generate (&server->identity);
  claw_endpoint_set_identity (server->endpoint, &server->identity);
  claw_issuer_set_server_key (server->issuer, server->identity.public_key);
  claw_server_ports_renew (server->ports, g_get_real_time () / G_USEC_PER_SEC);
}

static void
note_all (ClawServer *server)
{
  g_auto (GStrv) files = claw_issuer_list (server->issuer);
  g_autoptr (GError) error = NULL;

  if (!claw_erasure_note_all (server->erasure, (const char *const *) files, &error))
    warn (_ ("Erasing cannot be noted, and is not finished if the server is stopped now"), error);
}

gboolean
claw_server_compromise_all (ClawServer *server,
                            const ClawControlPeer *origin,
                            ClawServerCompromised *result,
                            GError **error)
{
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();

  claw_event (CLAW_EVENT_COMPROMISED, &(ClawEventFields){ .reason = "operator" }, "%s",
              _ ("The operator says that keys are compromised: erasing all pairings, the server's "
                 "key and all .sec files"));
  note_all (server);
  while (claw_pairings_get_count (server->pairings) > 0)
    g_ptr_array_add (sessions, take_apart (server, claw_pairings_get (server->pairings, 0)));
  claw_issuer_erase (server->issuer);
  renew_keys (server);
  gboolean is_erased = claw_server_compromise_settle (server, error);
  if (!is_erased)
    claw_server_save_soon (server);
  for (unsigned i = 0; i < sessions->len; i++)
    add_told (g_ptr_array_index (sessions, i), result);
  announce (server, NULL, FALSE, origin);
  claw_issuer_demand (server->issuer);
  go_on (server);
  return is_erased;
}

void
claw_server_compromise_ended (ClawServer *server, const ClawEndpointEvent *event)
{
  uint32_t member = GPOINTER_TO_UINT (claw_connection_get_user_data (event->connection));

  if (member == 0)
    return;
  if (event->peer_knows)
    claw_event (CLAW_EVENT_COMPROMISE_ENDED,
                &(ClawEventFields){ .member = member, .reason = "erased" },
                _ ("Member %u has erased the keys of its pairing as well"), member);
  else
    claw_event (
        CLAW_EVENT_COMPROMISE_ENDED, &(ClawEventFields){ .member = member, .reason = "no-answer" },
        _ ("Member %u did not answer, and may not know that the keys are compromised"), member);
}

gboolean
claw_server_compromise_resume (ClawServer *server, GError **error)
{
  const ClawServerConfig *config = server->config;

  server->erasure = claw_erasure_new (config->state_directory, config->security_directory, error);
  if (server->erasure == NULL)
    return FALSE;
  if (!claw_erasure_is_pending (server->erasure))
    return TRUE;
  if (claw_erasure_is_all (server->erasure))
    claw_event (CLAW_EVENT_COMPROMISED, &(ClawEventFields){ .reason = "before" }, "%s",
                _ ("Keys were compromised before the last stop: finishing to erase them"));
  if (claw_erasure_run (server->erasure, error))
    return TRUE;
  g_prefix_error (error, "%s", _ ("Compromised keys could not be erased, mend this first: "));
  return FALSE;
}

/* Whoever was to go does not come in, whether the disk lets go of them or not: that is tried again
 * soon. */
static void
leave_out_noted (ClawServer *server)
{
  g_autoptr (GError) error = NULL;

  for (unsigned at = claw_pairings_get_count (server->pairings); at-- > 0;)
    {
      ClawPairing *pairing = claw_pairings_get (server->pairings, at);

      if (!claw_erasure_has_member (server->erasure, pairing->id))
        continue;
      claw_event (CLAW_EVENT_PAIRING_REVOKED, &(ClawEventFields){ .member = pairing->id },
                  _ ("The pairing of member %u was ended before the last stop: erasing it"),
                  pairing->id);
      claw_pairings_remove (server->pairings, pairing);
    }
  if ((claw_pairings_are_erased (server->pairings) || claw_pairings_save (server->pairings, &error))
      && claw_erasure_finish (server->erasure, &error))
    return;
  warn (_ ("The pairing is not erased from the disk yet, trying again soon"), error);
  claw_server_save_soon (server);
}

gboolean
claw_server_compromise_finish_resume (ClawServer *server, GError **error)
{
  if (claw_erasure_is_all (server->erasure))
    return claw_erasure_finish (server->erasure, error);
  if (claw_erasure_is_pending (server->erasure) || !claw_pairings_are_erased (server->pairings))
    leave_out_noted (server);
  return TRUE;
}
