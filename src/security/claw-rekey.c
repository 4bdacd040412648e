/* claw-rekey.c: see claw-rekey.h. */
#include "claw-rekey.h"

#include "claw-bytes.h"
#include "claw-hkdf.h"

#define LABEL "clawchat rekey"
#define LABEL_SIZE (sizeof LABEL - 1)
#define INFO_SIZE (LABEL_SIZE + 8 + 2 * CLAW_PUBLIC_KEY_SIZE)
#define OUTPUT_SIZE (4 * CLAW_KEY_SIZE)

G_STATIC_ASSERT (OUTPUT_SIZE <= CLAW_SECRET_POOLED_MAX);

static void
make_info (uint64_t epoch, const uint8_t *initiator, const uint8_t *responder, uint8_t *info)
{
  ClawWriter writer;

  claw_writer_init (&writer, info, INFO_SIZE);
  claw_writer_bytes (&writer, LABEL, LABEL_SIZE);
  claw_writer_u64 (&writer, epoch);
  claw_writer_bytes (&writer, initiator, CLAW_PUBLIC_KEY_SIZE);
  claw_writer_bytes (&writer, responder, CLAW_PUBLIC_KEY_SIZE);
  g_assert (!writer.failed && writer.used == INFO_SIZE);
}

gboolean
claw_rekey_derive (ClawKey *chain,
                   ClawIdentity *ephemeral,
                   const uint8_t peer[CLAW_PUBLIC_KEY_SIZE],
                   gboolean is_initiator,
                   uint64_t epoch,
                   ClawHandshakeKeys *keys)
{
  g_auto (ClawKey) shared = { 0 };
  uint8_t info[INFO_SIZE];

  g_return_val_if_fail (chain != NULL && claw_key_is_set (chain), FALSE);
  g_return_val_if_fail (ephemeral != NULL && peer != NULL && keys != NULL, FALSE);

  if (!claw_identity_agree (ephemeral, peer, &shared))
    return FALSE;

  make_info (epoch, is_initiator ? ephemeral->public_key : peer,
             is_initiator ? peer : ephemeral->public_key, info);
  uint8_t *output = claw_secret_new_pooled (OUTPUT_SIZE);
  claw_hkdf (chain->bytes, CLAW_KEY_SIZE, shared.bytes, CLAW_KEY_SIZE, info, sizeof info, output,
             OUTPUT_SIZE);
  claw_key_set (&keys->chain, output);
  claw_key_set (is_initiator ? &keys->send : &keys->receive, output + CLAW_KEY_SIZE);
  claw_key_set (is_initiator ? &keys->receive : &keys->send, output + 2 * CLAW_KEY_SIZE);
  claw_key_set (&keys->resumption, output + 3 * CLAW_KEY_SIZE);
  claw_secret_free_pooled (output, OUTPUT_SIZE);
  claw_key_clear (chain);
  claw_identity_clear (ephemeral);
  return TRUE;
}
