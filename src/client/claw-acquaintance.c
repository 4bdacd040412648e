/* claw-acquaintance.c: see claw-acquaintance.h. */
#include "claw-acquaintance.h"

struct ClawAcquaintance
{
  ClawStore *store;
  ClawSavedPairing *pairing;
  GError *save_error; /* (nullable) */
};

/* @pairing: (transfer full) */
static ClawAcquaintance *
acquaintance_new (ClawStore *store, ClawSavedPairing *pairing)
{
  ClawAcquaintance *acquaintance = g_new0 (ClawAcquaintance, 1);
  acquaintance->store = store;
  acquaintance->pairing = pairing;
  return acquaintance;
}

ClawAcquaintance *
claw_acquaintance_new_by_file (ClawStore *store, const ClawSecFile *file)
{
  g_autoptr (GError) error = NULL;
  ClawSavedPairing *pairing = claw_store_load_pairing (store, file->server_public_key, &error);
  if (error)
    g_warning ("%s", error->message);
  if (!pairing)
    pairing = claw_saved_pairing_new (file->server_public_key);
  ClawAcquaintance *acquaintance = acquaintance_new (store, pairing);
  claw_acquaintance_take_file (acquaintance, file);
  return acquaintance;
}

ClawAcquaintance *
claw_acquaintance_new_last (ClawStore *store, GError **error)
{
  ClawSavedPairing *pairing = claw_store_load_last_pairing (store, error);
  return pairing ? acquaintance_new (store, pairing) : NULL;
}

void
claw_acquaintance_free (ClawAcquaintance *acquaintance)
{
  if (!acquaintance)
    return;
  claw_saved_pairing_free (acquaintance->pairing);
  g_clear_error (&acquaintance->save_error);
  g_free (acquaintance);
}

static void
save (ClawAcquaintance *acquaintance)
{
  gboolean is_known = acquaintance->save_error != NULL;
  g_clear_error (&acquaintance->save_error);
  if (!claw_store_save_pairing (acquaintance->store, acquaintance->pairing,
                                &acquaintance->save_error)
      && !is_known)
    g_warning ("Cannot save the pairing: %s", acquaintance->save_error->message);
}

/* What is learnt before the first session is saved with its secret. */
static void
save_if_paired (ClawAcquaintance *acquaintance)
{
  if (claw_saved_pairing_has_secret (acquaintance->pairing))
    save (acquaintance);
}

void
claw_acquaintance_take_file (ClawAcquaintance *acquaintance, const ClawSecFile *file)
{
  claw_saved_pairing_take_file (acquaintance->pairing, file);
}

void
claw_acquaintance_begin_session (ClawAcquaintance *acquaintance,
                                 uint64_t used,
                                 const ClawKey *secret,
                                 gint64 unix_us)
{
  ClawSavedPairing *pairing = acquaintance->pairing;
  claw_resumption_on_established (&pairing->secrets, used, secret);
  pairing->connected_us = MAX (unix_us, 1);
  if (pairing->created_s == 0)
    pairing->created_s = unix_us / G_USEC_PER_SEC;
  save (acquaintance);
}

void
claw_acquaintance_prove_session (ClawAcquaintance *acquaintance, uint64_t used)
{
  claw_resumption_on_proven (&acquaintance->pairing->secrets, used);
  save (acquaintance);
}

void
claw_acquaintance_change_secret (ClawAcquaintance *acquaintance, const ClawKey *secret)
{
  claw_resumption_on_rotated (&acquaintance->pairing->secrets, secret);
  save (acquaintance);
}

void
claw_acquaintance_save_again (ClawAcquaintance *acquaintance)
{
  if (acquaintance->save_error)
    save (acquaintance);
}

void
claw_acquaintance_learn_address (ClawAcquaintance *acquaintance, const ClawAddress *address)
{
  if (claw_saved_pairing_prefer_address (acquaintance->pairing, address))
    save_if_paired (acquaintance);
}

void
claw_acquaintance_learn_name (ClawAcquaintance *acquaintance, const char *name)
{
  if (g_strcmp0 (name, acquaintance->pairing->server_name) == 0)
    return;
  claw_saved_pairing_set_server_name (acquaintance->pairing, name);
  save_if_paired (acquaintance);
}

void
claw_acquaintance_learn_ports (ClawAcquaintance *acquaintance, const ClawSavedPorts *ports)
{
  ClawSavedPorts *own = &acquaintance->pairing->ports;
  gboolean has_schedule = claw_key_is_set (&ports->secret);
  gboolean is_same = has_schedule ? claw_key_equal (&own->secret, &ports->secret)
                                  : !claw_key_is_set (&own->secret);
  g_return_if_fail (!has_schedule || ports->interval_s > 0);
  if (is_same && own->interval_s == ports->interval_s && own->slot == ports->slot
      && own->port == ports->port)
    return;
  claw_key_clear (&own->secret);
  if (has_schedule)
    claw_key_copy (&own->secret, &ports->secret);
  own->interval_s = ports->interval_s;
  own->slot = ports->slot;
  own->port = ports->port;
  save_if_paired (acquaintance);
}

void
claw_acquaintance_forget (ClawAcquaintance *acquaintance)
{
  g_autoptr (GError) error = NULL;
  g_clear_error (&acquaintance->save_error);
  claw_saved_pairing_clear_secrets (acquaintance->pairing);
  if (!claw_store_forget_pairing (acquaintance->store, acquaintance->pairing->server_key, &error))
    g_warning ("Cannot erase the pairing: %s", error->message);
}

gboolean
claw_acquaintance_compromise (ClawAcquaintance *acquaintance, gboolean *is_over, GError **error)
{
  g_clear_error (&acquaintance->save_error);
  claw_saved_pairing_clear_secrets (acquaintance->pairing);
  return claw_store_compromise (acquaintance->store, acquaintance->pairing->server_key, is_over,
                                error);
}

const GError *
claw_acquaintance_get_save_error (const ClawAcquaintance *acquaintance)
{
  return acquaintance->save_error;
}

const ClawSavedPairing *
claw_acquaintance_get_pairing (const ClawAcquaintance *acquaintance)
{
  return acquaintance->pairing;
}

gboolean
claw_acquaintance_get_psks (const ClawAcquaintance *acquaintance,
                            const ClawKey *psks[CLAW_ACQUAINTANCE_PSKS])
{
  gboolean any = FALSE;
  for (unsigned i = 0; i < CLAW_ACQUAINTANCE_PSKS; i++)
    {
      const ClawKey *psk = &acquaintance->pairing->secrets.keys[i];
      psks[i] = claw_key_is_set (psk) ? psk : NULL;
      any = any || psks[i];
    }
  return any;
}
