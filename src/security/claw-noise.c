/* claw-noise.c: symmetric state and handshake state, sections 5.2 and 5.3 of the Noise
 * specification.
 *
 * The names h, ck, k, n, s, e, rs and re are those of the specification.
 */
#include "claw-noise.h"

#include "claw-aead.h"
#include "claw-bytes.h"
#include "claw-hkdf.h"
#include "claw-noise-pattern.h"

#include <sodium.h>
#include <string.h>

struct ClawNoise
{
  const ClawNoisePattern *pattern;
  unsigned psk_modifiers; /* bit N for pskN */
  gboolean initiator;
  gboolean has_rs;
  gboolean has_re;
  unsigned message; /* number of the next one, from 0 */
  unsigned next_psk;
  unsigned n_psks;
  ClawKey psks[CLAW_NOISE_PSKS_MAX];
  ClawIdentity s;
  ClawIdentity e;
  ClawKey ck;
  ClawKey k; /* empty while nothing is encrypted yet */
  uint64_t n;
  uint8_t h[CLAW_NOISE_HASH_SIZE];
  uint8_t rs[CLAW_PUBLIC_KEY_SIZE];
  uint8_t re[CLAW_PUBLIC_KEY_SIZE];
};
G_STATIC_ASSERT (sizeof (struct ClawNoise) <= CLAW_SECRET_POOLED_MAX);
G_STATIC_ASSERT (CLAW_NOISE_HASH_SIZE == crypto_hash_sha256_BYTES);

#define KEYS_MAX 3

/* Symmetric state, section 5.2 */

static void
initialize_symmetric (ClawNoise *noise, const char *protocol)
{
  size_t length = strlen (protocol);

  memset (noise->h, 0, sizeof noise->h);
  if (length <= sizeof noise->h)
    memcpy (noise->h, protocol, length);
  else
    crypto_hash_sha256 (noise->h, (const uint8_t *) protocol, length);
  claw_key_set (&noise->ck, noise->h);
}

static void
mix_hash (ClawNoise *noise, const void *data, size_t length)
{
  crypto_hash_sha256_state state;

  crypto_hash_sha256_init (&state);
  crypto_hash_sha256_update (&state, noise->h, sizeof noise->h);
  crypto_hash_sha256_update (&state, data, length);
  crypto_hash_sha256_final (&state, noise->h);
}

/* HKDF of section 4.3: ck and @secret into @n_keys keys. */
static void
derive_keys (const ClawNoise *noise,
             const void *secret,
             size_t secret_length,
             ClawKey *const keys[],
             unsigned n_keys)
{
  size_t size = n_keys * CLAW_KEY_SIZE;
  uint8_t *derived = claw_secret_new_pooled (KEYS_MAX * CLAW_KEY_SIZE);

  g_assert (n_keys <= KEYS_MAX);
  claw_hkdf (noise->ck.bytes, CLAW_KEY_SIZE, secret, secret_length, NULL, 0, derived, size);
  for (unsigned i = 0; i < n_keys; i++)
    claw_key_set (keys[i], derived + i * CLAW_KEY_SIZE);
  claw_secret_free_pooled (derived, KEYS_MAX * CLAW_KEY_SIZE);
}

static void
mix_key (ClawNoise *noise, const uint8_t *secret)
{
  derive_keys (noise, secret, CLAW_KEY_SIZE, (ClawKey *[]){ &noise->ck, &noise->k }, 2);
  noise->n = 0;
}

static void
mix_key_and_hash (ClawNoise *noise, const ClawKey *psk)
{
  g_auto (ClawKey) hashed = { 0 };

  derive_keys (noise, psk->bytes, CLAW_KEY_SIZE, (ClawKey *[]){ &noise->ck, &hashed, &noise->k },
               3);
  mix_hash (noise, hashed.bytes, CLAW_KEY_SIZE);
  noise->n = 0;
}

/* Section 12.4: 32 bits of zeros and the counter, big-endian. */
static void
next_nonce (ClawNoise *noise, uint8_t nonce[CLAW_AEAD_NONCE_SIZE])
{
  ClawWriter writer;

  claw_writer_init (&writer, nonce, CLAW_AEAD_NONCE_SIZE);
  claw_writer_u32 (&writer, 0);
  claw_writer_u64 (&writer, noise->n++);
}

static size_t
sealed_size (const ClawNoise *noise, size_t length)
{
  return claw_key_is_set (&noise->k) ? length + CLAW_AEAD_TAG_SIZE : length;
}

static gboolean
encrypt_and_hash (ClawNoise *noise, const void *plaintext, size_t length, ClawWriter *writer)
{
  size_t size = sealed_size (noise, length);
  uint8_t *out = claw_writer_reserve (writer, size);

  if (out == NULL)
    return FALSE;

  if (claw_key_is_set (&noise->k))
    {
      g_autoptr (ClawAead) aead = claw_aead_new (&noise->k);
      uint8_t nonce[CLAW_AEAD_NONCE_SIZE];

      next_nonce (noise, nonce);
      claw_aead_seal (aead, nonce, noise->h, sizeof noise->h, plaintext, length, out);
    }
  else if (length > 0)
    memcpy (out, plaintext, length);

  mix_hash (noise, out, size);
  return TRUE;
}

/* Reads the @size bytes, tag included, that encrypt_and_hash () wrote. */
static gboolean
decrypt_and_hash (ClawNoise *noise, ClawReader *reader, size_t size, uint8_t *plaintext)
{
  const uint8_t *sealed = claw_reader_bytes (reader, size);

  if (sealed == NULL)
    return FALSE;

  if (claw_key_is_set (&noise->k))
    {
      g_autoptr (ClawAead) aead = claw_aead_new (&noise->k);
      uint8_t nonce[CLAW_AEAD_NONCE_SIZE];

      next_nonce (noise, nonce);
      if (!claw_aead_open (aead, nonce, noise->h, sizeof noise->h, sealed, size, plaintext))
        return FALSE;
    }
  else if (size > 0)
    memcpy (plaintext, sealed, size);

  mix_hash (noise, sealed, size);
  return TRUE;
}

/* Handshake state, section 5.3 */

static void
mix_premessages (ClawNoise *noise)
{
  const char *premessages = noise->pattern->premessages;
  const uint8_t *initiator = noise->initiator ? noise->s.public_key : noise->rs;
  const uint8_t *responder = noise->initiator ? noise->rs : noise->s.public_key;

  if (strstr (premessages, "-> s") != NULL)
    mix_hash (noise, initiator, CLAW_PUBLIC_KEY_SIZE);
  if (strstr (premessages, "<- s") != NULL)
    mix_hash (noise, responder, CLAW_PUBLIC_KEY_SIZE);
}

static gboolean
has_premessage_keys (const ClawNoiseConfig *config, const ClawNoisePattern *pattern)
{
  gboolean initiator = strstr (pattern->premessages, "-> s") != NULL;
  gboolean responder = strstr (pattern->premessages, "<- s") != NULL;
  gboolean needs_local = config->initiator ? initiator : responder;
  gboolean needs_remote = config->initiator ? responder : initiator;

  return (!needs_local || config->local != NULL) && (!needs_remote || config->remote != NULL);
}

static unsigned
count_bits (unsigned bits)
{
  unsigned n = 0;

  for (; bits != 0; bits &= bits - 1)
    n++;
  return n;
}

static void
copy_config (ClawNoise *noise, const ClawNoiseConfig *config)
{
  noise->initiator = config->initiator;
  if (config->local != NULL)
    claw_identity_copy (&noise->s, config->local);
  if (config->ephemeral != NULL)
    claw_identity_copy (&noise->e, config->ephemeral);
  if (config->remote != NULL)
    {
      memcpy (noise->rs, config->remote, sizeof noise->rs);
      noise->has_rs = TRUE;
    }
  noise->n_psks = config->n_psks;
  for (unsigned i = 0; i < config->n_psks; i++)
    claw_key_copy (&noise->psks[i], config->psks[i]);
}

ClawNoise *
claw_noise_new (const ClawNoiseConfig *config)
{
  unsigned psk_modifiers;

  g_return_val_if_fail (config != NULL && config->protocol != NULL, NULL);

  const ClawNoisePattern *pattern = claw_noise_pattern_find (config->protocol, &psk_modifiers);
  if (pattern == NULL || count_bits (psk_modifiers) > CLAW_NOISE_PSKS_MAX)
    return NULL;
  g_return_val_if_fail (config->n_psks == count_bits (psk_modifiers), NULL);
  g_return_val_if_fail (has_premessage_keys (config, pattern), NULL);

  ClawNoise *noise = claw_secret_new_pooled (sizeof *noise);
  noise->pattern = pattern;
  noise->psk_modifiers = psk_modifiers;
  copy_config (noise, config);
  initialize_symmetric (noise, config->protocol);
  mix_hash (noise, config->prologue, config->prologue_length);
  mix_premessages (noise);
  return noise;
}

ClawNoise *
claw_noise_copy (const ClawNoise *noise)
{
  g_return_val_if_fail (noise != NULL, NULL);

  ClawNoise *copy = claw_secret_new_pooled (sizeof *copy);
  memcpy (copy, noise, sizeof *copy);

  /* The pointers inside belong to the original. */
  memset (copy->psks, 0, sizeof copy->psks);
  memset (&copy->s, 0, sizeof copy->s);
  memset (&copy->e, 0, sizeof copy->e);
  copy->ck.bytes = copy->k.bytes = NULL;

  for (unsigned i = 0; i < noise->n_psks; i++)
    claw_key_copy (&copy->psks[i], &noise->psks[i]);
  claw_identity_copy (&copy->s, &noise->s);
  claw_identity_copy (&copy->e, &noise->e);
  claw_key_copy (&copy->ck, &noise->ck);
  claw_key_copy (&copy->k, &noise->k);
  return copy;
}

void
claw_noise_free (ClawNoise *noise)
{
  if (noise == NULL)
    return;

  for (unsigned i = 0; i < noise->n_psks; i++)
    claw_key_clear (&noise->psks[i]);
  claw_identity_clear (&noise->s);
  claw_identity_clear (&noise->e);
  claw_key_clear (&noise->ck);
  claw_key_clear (&noise->k);
  claw_secret_free_pooled (noise, sizeof *noise);
}

/* Tokens "ee", "es", "se" and "ss": the first letter is the initiator's key, the second the
 * responder's. */
static gboolean
mix_agreement (ClawNoise *noise, const char *token)
{
  char local = noise->initiator ? token[0] : token[1];
  char remote = noise->initiator ? token[1] : token[0];
  g_auto (ClawKey) shared = { 0 };

  g_assert (remote == 'e' ? noise->has_re : noise->has_rs);
  if (!claw_identity_agree (local == 'e' ? &noise->e : &noise->s,
                            remote == 'e' ? noise->re : noise->rs, &shared))
    return FALSE;

  mix_key (noise, shared.bytes);
  return TRUE;
}

/* Section 9.2: with a psk the ephemeral is mixed into the key as well, which makes the keys unique.
 */
static void
mix_ephemeral (ClawNoise *noise, const uint8_t *public_key)
{
  mix_hash (noise, public_key, CLAW_PUBLIC_KEY_SIZE);
  if (noise->psk_modifiers != 0)
    mix_key (noise, public_key);
}

static void
mix_psk (ClawNoise *noise)
{
  g_assert (noise->next_psk < noise->n_psks);
  mix_key_and_hash (noise, &noise->psks[noise->next_psk++]);
}

static gboolean
write_token (ClawNoise *noise, const char *token, ClawWriter *writer)
{
  if (token[1] != '\0')
    return mix_agreement (noise, token);

  if (token[0] == 's')
    {
      g_return_val_if_fail (claw_key_is_set (&noise->s.private_key), FALSE);
      return encrypt_and_hash (noise, noise->s.public_key, CLAW_PUBLIC_KEY_SIZE, writer);
    }

  if (!claw_key_is_set (&noise->e.private_key))
    claw_identity_generate (&noise->e);
  claw_writer_bytes (writer, noise->e.public_key, CLAW_PUBLIC_KEY_SIZE);
  mix_ephemeral (noise, noise->e.public_key);
  return !writer->failed;
}

static gboolean
read_token (ClawNoise *noise, const char *token, ClawReader *reader)
{
  if (token[1] != '\0')
    return mix_agreement (noise, token);

  if (token[0] == 's')
    {
      noise->has_rs = decrypt_and_hash (noise, reader, sealed_size (noise, CLAW_PUBLIC_KEY_SIZE),
                                        noise->rs);
      return noise->has_rs;
    }

  noise->has_re = claw_reader_copy (reader, noise->re, CLAW_PUBLIC_KEY_SIZE);
  if (noise->has_re)
    mix_ephemeral (noise, noise->re);
  return noise->has_re;
}

/* Takes the next token off a message like "-> e, es, s, ss". */
static gboolean
next_token (const char **message, char token[3])
{
  *message += strspn (*message, "<->, ");
  size_t length = strcspn (*message, ", ");

  if (length == 0)
    return FALSE;

  g_assert (length <= 2);
  memset (token, 0, 3);
  memcpy (token, *message, length);
  *message += length;
  return TRUE;
}

/* Runs the tokens of the current message, writing to @writer or else reading from @reader. */
static gboolean
run_tokens (ClawNoise *noise, ClawWriter *writer, ClawReader *reader)
{
  const char *message = noise->pattern->messages[noise->message];
  char token[3];

  if (noise->message == 0 && (noise->psk_modifiers & 1) != 0)
    mix_psk (noise);
  while (next_token (&message, token))
    if (!(writer != NULL ? write_token (noise, token, writer) : read_token (noise, token, reader)))
      return FALSE;

  noise->message++;
  if ((noise->psk_modifiers & 1u << noise->message) != 0)
    mix_psk (noise);
  return TRUE;
}

static gboolean
is_our_turn (const ClawNoise *noise)
{
  return noise->initiator == (noise->message % 2 == 0);
}

gboolean
claw_noise_write (ClawNoise *noise,
                  const void *payload,
                  size_t payload_length,
                  uint8_t *message,
                  size_t size,
                  size_t *length)
{
  ClawWriter writer;

  g_return_val_if_fail (noise != NULL && message != NULL && length != NULL, FALSE);
  g_return_val_if_fail (!claw_noise_is_finished (noise) && is_our_turn (noise), FALSE);

  claw_writer_init (&writer, message, MIN (size, CLAW_NOISE_MESSAGE_MAX));
  if (!run_tokens (noise, &writer, NULL)
      || !encrypt_and_hash (noise, payload, payload_length, &writer))
    return FALSE;

  *length = writer.used;
  return TRUE;
}

gboolean
claw_noise_read (ClawNoise *noise,
                 const uint8_t *message,
                 size_t length,
                 uint8_t *payload,
                 size_t *payload_length)
{
  ClawReader reader;

  g_return_val_if_fail (noise != NULL && payload != NULL && payload_length != NULL, FALSE);
  g_return_val_if_fail (!claw_noise_is_finished (noise) && !is_our_turn (noise), FALSE);

  *payload_length = 0;
  if (length > CLAW_NOISE_MESSAGE_MAX)
    return FALSE;

  claw_reader_init (&reader, message, length);
  if (!run_tokens (noise, NULL, &reader))
    return FALSE;

  size_t sealed = reader.left;
  if (sealed < sealed_size (noise, 0) || !decrypt_and_hash (noise, &reader, sealed, payload))
    return FALSE;

  *payload_length = sealed - sealed_size (noise, 0);
  return TRUE;
}

gboolean
claw_noise_is_finished (const ClawNoise *noise)
{
  return noise->message == claw_noise_pattern_count_messages (noise->pattern);
}

void
claw_noise_split (const ClawNoise *noise, ClawKey *send, ClawKey *receive)
{
  g_return_if_fail (noise != NULL && send != NULL && receive != NULL && send != receive);
  g_return_if_fail (claw_noise_is_finished (noise));

  ClawKey *first = noise->initiator ? send : receive;
  ClawKey *second = noise->initiator ? receive : send;
  derive_keys (noise, NULL, 0, (ClawKey *[]){ first, second }, 2);
}

void
claw_noise_export (const ClawNoise *noise, const char *label, ClawKey *key)
{
  g_return_if_fail (noise != NULL && label != NULL && *label != '\0' && key != NULL);
  g_return_if_fail (claw_noise_is_finished (noise));

  g_auto (ClawKey) exported = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  size_t label_length = strlen (label);
  g_autofree uint8_t *info = g_malloc (label_length + sizeof noise->h);
  memcpy (info, label, label_length);
  memcpy (info + label_length, noise->h, sizeof noise->h);

  claw_hkdf (noise->ck.bytes, CLAW_KEY_SIZE, NULL, 0, info, label_length + sizeof noise->h,
             exported.bytes, CLAW_KEY_SIZE);
  claw_key_move (key, &exported);
}

const uint8_t *
claw_noise_get_hash (const ClawNoise *noise)
{
  return noise->h;
}

const uint8_t *
claw_noise_get_remote (const ClawNoise *noise)
{
  return noise->has_rs ? noise->rs : NULL;
}
