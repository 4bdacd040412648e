/* claw-sim-secrets.c: see claw-sim-secrets.h. */
#include "claw-sim-secrets.h"

#include "claw-connection-private.h"

void
claw_sim_secrets_init (ClawSimSecrets *client,
                       ClawSimSecrets *server,
                       uint64_t *next_psk_id,
                       const uint8_t *client_key)
{
  *client = (ClawSimSecrets){ .is_client = TRUE };
  *server = (ClawSimSecrets){ .next_psk_id = next_psk_id, .client_key = client_key };
  server->file_id = (*next_psk_id)++;
  claw_key_generate (&server->file);
  claw_key_copy (&client->file, &server->file);
  claw_key_copy (&client->kept.keys[CLAW_RESUMPTION_FILE], &server->file);
}

void
claw_sim_secrets_clear (ClawSimSecrets *secrets)
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    claw_key_clear (&secrets->disk[i]);
  for (unsigned i = 0; i < 2; i++)
    claw_key_clear (&secrets->psks[i]);
  claw_resumption_clear (&secrets->kept);
  claw_key_clear (&secrets->file);
}

static void
accept_psk (const ClawSimSecrets *secrets,
            ClawEndpoint *endpoint,
            unsigned i,
            uint64_t greatest_timestamp_us)
{
  ClawPskEntry entry = { .id = secrets->psk_ids[i],
                         .kind = CLAW_PSK_PAIRING,
                         .psk = &secrets->psks[i],
                         .client_key = secrets->client_key,
                         .greatest_timestamp_us = greatest_timestamp_us };

  claw_endpoint_accept (endpoint, &entry);
}

void
claw_sim_secrets_accept (const ClawSimSecrets *secrets,
                         ClawEndpoint *endpoint,
                         uint64_t greatest_timestamp_us)
{
  ClawPskEntry file = { .id = secrets->file_id, .kind = CLAW_PSK_ONCE, .psk = &secrets->file };

  if (claw_key_is_set (&secrets->file))
    claw_endpoint_accept (endpoint, &file);
  for (unsigned i = 0; i < 2; i++)
    if (secrets->psk_ids[i] != 0)
      accept_psk (secrets, endpoint, i, greatest_timestamp_us);
}

void
claw_sim_secrets_fill (const ClawSimSecrets *secrets, ClawConnectRequest *request)
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    request->psks[i] = claw_key_is_set (&secrets->kept.keys[i]) ? &secrets->kept.keys[i] : NULL;
}

/* It is a secret of this client alone from now on, and takes the place of all before. */
static uint64_t
take_file (ClawSimSecrets *secrets, ClawEndpoint *endpoint)
{
  g_assert_true (claw_key_is_set (&secrets->file));
  claw_endpoint_refuse (endpoint, secrets->file_id);
  for (unsigned i = 0; i < 2; i++)
    if (secrets->psk_ids[i] != 0)
      claw_endpoint_refuse (endpoint, secrets->psk_ids[i]);
  claw_key_move (&secrets->psks[0], &secrets->file);
  secrets->psk_ids[0] = (*secrets->next_psk_id)++;
  claw_key_clear (&secrets->psks[1]);
  secrets->psk_ids[1] = 0;
  return secrets->psk_ids[0];
}

static void
renew (ClawSimSecrets *secrets,
       ClawEndpoint *endpoint,
       uint64_t shown,
       const ClawConnection *connection)
{
  uint64_t greatest_us = claw_endpoint_get_greatest_timestamp_us (endpoint, shown);

  if (shown == secrets->file_id)
    shown = take_file (secrets, endpoint);
  if (shown == secrets->psk_ids[0])
    {
      if (secrets->psk_ids[1] != 0)
        claw_endpoint_refuse (endpoint, secrets->psk_ids[1]);
      secrets->psk_ids[1] = shown;
      claw_key_move (&secrets->psks[1], &secrets->psks[0]);
    }
  else
    {
      g_assert_cmpuint (shown, ==, secrets->psk_ids[1]);
      claw_endpoint_refuse (endpoint, secrets->psk_ids[0]);
    }
  secrets->psk_ids[0] = (*secrets->next_psk_id)++;
  claw_key_copy (&secrets->psks[0], claw_connection_get_resumption (connection));
  for (unsigned i = 0; i < 2; i++)
    if (secrets->psk_ids[i] != 0)
      accept_psk (secrets, endpoint, i, greatest_us);
}

gboolean
claw_sim_secrets_on_established (ClawSimSecrets *secrets,
                                 ClawEndpoint *endpoint,
                                 const ClawConnection *connection)
{
  uint64_t used = claw_connection_get_psk_id (connection);

  if (secrets->is_client)
    {
      claw_resumption_on_established (&secrets->kept, used,
                                      claw_connection_get_resumption (connection));
      return TRUE;
    }
  /* One crash must not take two secrets. */
  gboolean is_unsaved = !claw_key_equal (&secrets->disk[0], &secrets->psks[0]);
  renew (secrets, endpoint, used, connection);
  return used == secrets->file_id || is_unsaved;
}

gboolean
claw_sim_secrets_on_rekeyed (ClawSimSecrets *secrets,
                             ClawEndpoint *endpoint,
                             const ClawConnection *connection)
{
  ClawConnectionStats stats;

  claw_connection_get_stats (connection, &stats);
  if (!secrets->is_client)
    renew (secrets, endpoint, secrets->psk_ids[0], connection);
  else if (stats.key_epoch > 0)
    claw_resumption_on_rotated (&secrets->kept, claw_connection_get_resumption (connection));
  else
    claw_resumption_on_proven (&secrets->kept, claw_connection_get_psk_id (connection));
  return secrets->is_client;
}

void
claw_sim_secrets_save (ClawSimSecrets *secrets, ClawConnection *connection)
{
  const ClawKey *newest = secrets->is_client ? &secrets->kept.keys[CLAW_RESUMPTION_NEWEST]
                                             : &secrets->psks[0];

  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX && secrets->is_client; i++)
    claw_key_copy (&secrets->disk[i], &secrets->kept.keys[i]);
  for (unsigned i = 0; i < 2 && !secrets->is_client; i++)
    claw_key_copy (&secrets->disk[i], &secrets->psks[i]);
  if (connection != NULL && claw_key_equal (claw_connection_get_resumption (connection), newest))
    claw_connection_resumption_saved (connection);
}

static gboolean
is_any_set (const ClawKey keys[CLAW_RESUMPTION_MAX])
{
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    if (claw_key_is_set (&keys[i]))
      return TRUE;
  return FALSE;
}

void
claw_sim_secrets_restore (ClawSimSecrets *secrets)
{
  if (secrets->is_client && !is_any_set (secrets->disk))
    claw_key_copy (&secrets->disk[CLAW_RESUMPTION_FILE], &secrets->file);
  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX && secrets->is_client; i++)
    claw_key_copy (&secrets->kept.keys[i], &secrets->disk[i]);
  for (unsigned i = 0; i < 2 && !secrets->is_client; i++)
    {
      claw_key_copy (&secrets->psks[i], &secrets->disk[i]);
      secrets->psk_ids[i] = claw_key_is_set (&secrets->psks[i]) ? (*secrets->next_psk_id)++ : 0;
    }
}

uint64_t
claw_sim_secrets_get_greatest_us (const ClawSimSecrets *secrets, const ClawEndpoint *endpoint)
{
  return MAX (claw_endpoint_get_greatest_timestamp_us (endpoint, secrets->psk_ids[0]),
              claw_endpoint_get_greatest_timestamp_us (endpoint, secrets->psk_ids[1]));
}

void
claw_sim_secrets_check (const ClawSimSecrets *secrets, const ClawSimSecrets *other)
{
  const ClawSimSecrets *client = secrets->is_client ? secrets : other;
  const ClawSimSecrets *server = secrets->is_client ? other : secrets;
  /* Before its first session a client has only the stick. */
  gboolean shared = !is_any_set (client->disk) && claw_key_is_set (&server->file);

  for (unsigned i = 0; i < CLAW_RESUMPTION_MAX; i++)
    shared |= claw_key_equal (&client->disk[i], &server->file)
              || claw_key_equal (&client->disk[i], &server->disk[0])
              || claw_key_equal (&client->disk[i], &server->disk[1]);
  g_assert_true (shared);
}

void
claw_sim_secrets_check_session (const ClawConnection *connection, gint64 now_us)
{
  const ClawKeySlots *keys = &connection->keys;
  const ClawRotation *rotation = &connection->rotation;

  if (claw_key_slots_has_previous (keys) && rotation->state != CLAW_ROTATION_SWITCHED)
    {
      g_assert_cmpint (claw_key_slots_get_deadline (keys), >, now_us);
      g_assert_cmpint (claw_key_slots_get_deadline (keys), <=, now_us + CLAW_ROTATION_GRACE_MAX_US);
    }
  g_assert_true (rotation->state == CLAW_ROTATION_BEGUN
                 || !claw_key_is_set (&rotation->ephemeral.private_key));
}
