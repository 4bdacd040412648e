/* test-noise.c: the published vectors of three other implementations, both sides at once. */
#include "claw-aead.h"
#include "claw-noise-pattern.h"
#include "claw-noise.h"
#include "vectors.h"

#include <sodium.h>
#include <string.h>

typedef struct
{
  const char *file;
  unsigned n_vectors;
  gboolean
      restarts; /* the initiator sends the first message after the handshake, whoever ended it */
} VectorSet;

typedef struct
{
  ClawNoise *noise;
  ClawAead *send;
  ClawAead *receive;
  uint64_t n_sent, n_received;
} Side;

static void
clear_side (Side *side)
{
  claw_noise_free (side->noise);
  claw_aead_free (side->send);
  claw_aead_free (side->receive);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, clear_side)

static gboolean
get_key (JsonObject *vector, const char *prefix, const char *name, ClawKey *key)
{
  g_autofree char *member = g_strconcat (prefix, name, NULL);
  g_autoptr (GBytes) bytes = vectors_get_bytes (vector, member);

  if (g_bytes_get_size (bytes) == 0)
    return FALSE;
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, CLAW_KEY_SIZE);
  claw_key_set (key, g_bytes_get_data (bytes, NULL));
  return TRUE;
}

static gboolean
get_identity (JsonObject *vector, const char *prefix, const char *name, ClawIdentity *identity)
{
  g_auto (ClawKey) key = { 0 };

  if (!get_key (vector, prefix, name, &key))
    return FALSE;
  claw_identity_set (identity, &key);
  return TRUE;
}

static unsigned
get_psks (JsonObject *vector, const char *prefix, ClawKey psks[CLAW_NOISE_PSKS_MAX])
{
  g_autofree char *member = g_strconcat (prefix, "psks", NULL);

  if (!json_object_has_member (vector, member))
    return 0;

  JsonArray *array = json_object_get_array_member (vector, member);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *hex = json_array_get_string_element (array, i);
      uint8_t bytes[CLAW_KEY_SIZE];

      g_assert_cmpint (sodium_hex2bin (bytes, sizeof bytes, hex, strlen (hex), NULL, NULL, NULL),
                       ==, 0);
      claw_key_set (&psks[i], bytes);
    }
  return json_array_get_length (array);
}

static ClawNoise *
new_side (JsonObject *vector, gboolean initiator)
{
  const char *prefix = initiator ? "init_" : "resp_";
  const char *protocol = json_object_get_string_member (vector, "protocol_name");
  g_autofree char *prologue_member = g_strconcat (prefix, "prologue", NULL);
  g_autoptr (GBytes) prologue = vectors_get_bytes (vector, prologue_member);
  g_auto (ClawIdentity) local = { 0 };
  g_auto (ClawIdentity) remote = { 0 };
  g_auto (ClawIdentity) ephemeral = { 0 };
  ClawKey psks[CLAW_NOISE_PSKS_MAX] = { 0 };
  const ClawKey *psk_pointers[] = { &psks[0], &psks[1], &psks[2], &psks[3] };
  unsigned modifiers;
  const ClawNoisePattern *pattern = claw_noise_pattern_find (protocol, &modifiers);

  g_assert_nonnull (pattern);
  ClawNoiseConfig config = { .protocol = protocol,
                             .initiator = initiator,
                             .prologue = g_bytes_get_data (prologue, NULL),
                             .prologue_length = g_bytes_get_size (prologue),
                             .psks = psk_pointers,
                             .n_psks = get_psks (vector, prefix, psks) };
  if (get_identity (vector, prefix, "static", &local))
    config.local = &local;
  if (get_identity (vector, prefix, "ephemeral", &ephemeral))
    config.ephemeral = &ephemeral;
  if (strstr (pattern->premessages, initiator ? "<- s" : "-> s") != NULL)
    {
      g_assert_true (get_identity (vector, initiator ? "resp_" : "init_", "static", &remote));
      config.remote = remote.public_key;
    }

  ClawNoise *noise = claw_noise_new (&config);
  for (unsigned i = 0; i < G_N_ELEMENTS (psks); i++)
    claw_key_clear (&psks[i]);
  return noise;
}

static void
split (Side *side)
{
  g_auto (ClawKey) send = { 0 };
  g_auto (ClawKey) receive = { 0 };

  claw_noise_split (side->noise, &send, &receive);
  side->send = claw_aead_new (&send);
  side->receive = claw_aead_new (&receive);
}

static void
run_handshake_message (Side *from, Side *to, GBytes *payload, GBytes *expected)
{
  uint8_t message[1024], read[1024];
  size_t length, read_length;

  g_assert_true (claw_noise_write (from->noise, g_bytes_get_data (payload, NULL),
                                   g_bytes_get_size (payload), message, sizeof message, &length));
  g_assert_cmpmem (message, length, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
  g_assert_true (claw_noise_read (to->noise, message, length, read, &read_length));
  g_assert_cmpmem (read, read_length, g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
}

static void
run_transport_message (Side *from, Side *to, GBytes *payload, GBytes *expected)
{
  uint8_t nonce[CLAW_AEAD_NONCE_SIZE] = { 0 };
  uint8_t message[1024], read[1024];
  size_t length = g_bytes_get_size (payload);

  g_assert_cmpuint (from->n_sent, ==, to->n_received);
  nonce[CLAW_AEAD_NONCE_SIZE - 1] = (uint8_t) from->n_sent++;
  to->n_received++;
  claw_aead_seal (from->send, nonce, NULL, 0, g_bytes_get_data (payload, NULL), length, message);
  g_assert_cmpmem (message, length + CLAW_AEAD_TAG_SIZE, g_bytes_get_data (expected, NULL),
                   g_bytes_get_size (expected));
  g_assert_true (
      claw_aead_open (to->receive, nonce, NULL, 0, message, length + CLAW_AEAD_TAG_SIZE, read));
  g_assert_cmpmem (read, length, g_bytes_get_data (payload, NULL), length);
}

/* The keys both sides derive beside Split () are the same, and different for each label. */
static void
check_exports (const Side *a, const Side *b)
{
  g_auto (ClawKey) key_a = { 0 };
  g_auto (ClawKey) key_b = { 0 };
  g_auto (ClawKey) other = { 0 };

  claw_noise_export (a->noise, "one", &key_a);
  claw_noise_export (b->noise, "one", &key_b);
  claw_noise_export (a->noise, "two", &other);
  g_assert_true (claw_key_equal (&key_a, &key_b));
  g_assert_false (claw_key_equal (&key_a, &other));
}

static void
finish_handshake (JsonObject *vector, Side *initiator, Side *responder)
{
  g_autoptr (GBytes) hash = vectors_get_bytes (vector, "handshake_hash");

  split (initiator);
  split (responder);
  check_exports (initiator, responder);
  g_assert_cmpmem (claw_noise_get_hash (initiator->noise), CLAW_NOISE_HASH_SIZE,
                   claw_noise_get_hash (responder->noise), CLAW_NOISE_HASH_SIZE);
  if (g_bytes_get_size (hash) > 0)
    g_assert_cmpmem (claw_noise_get_hash (initiator->noise), CLAW_NOISE_HASH_SIZE,
                     g_bytes_get_data (hash, NULL), g_bytes_get_size (hash));
}

static void
run_vector (const VectorSet *set, JsonObject *vector)
{
  unsigned modifiers;
  const ClawNoisePattern *pattern = claw_noise_pattern_find (
      json_object_get_string_member (vector, "protocol_name"), &modifiers);
  unsigned n_handshake = claw_noise_pattern_count_messages (pattern);
  JsonArray *messages = json_object_get_array_member (vector, "messages");
  g_auto (Side) initiator = { .noise = new_side (vector, TRUE) };
  g_auto (Side) responder = { .noise = new_side (vector, FALSE) };

  g_assert_cmpuint (json_array_get_length (messages), >=, n_handshake);
  for (guint i = 0; i < json_array_get_length (messages); i++)
    {
      JsonObject *message = json_array_get_object_element (messages, i);
      g_autoptr (GBytes) payload = vectors_get_bytes (message, "payload");
      g_autoptr (GBytes) expected = vectors_get_bytes (message, "ciphertext");
      guint turn = set->restarts && i >= n_handshake ? i - n_handshake : i;
      gboolean forward = n_handshake == 1 || turn % 2 == 0;
      Side *from = forward ? &initiator : &responder;
      Side *to = forward ? &responder : &initiator;

      if (i < n_handshake)
        run_handshake_message (from, to, payload, expected);
      else
        run_transport_message (from, to, payload, expected);
      g_assert_true (claw_noise_is_finished (from->noise) == (i + 1 >= n_handshake));
      if (i + 1 == n_handshake)
        finish_handshake (vector, &initiator, &responder);
    }
}

/* Every message of every vector comes out byte for byte, and is read by the other side. */
static void
test_vectors (gconstpointer data)
{
  const VectorSet *set = data;
  g_autoptr (JsonObject) file = vectors_load (set->file);
  JsonArray *vectors = json_object_get_array_member (file, "vectors");

  g_assert_cmpuint (json_array_get_length (vectors), ==, set->n_vectors);
  for (guint i = 0; i < json_array_get_length (vectors); i++)
    {
      JsonObject *vector = json_array_get_object_element (vectors, i);

      g_test_message ("vector %u, %s", i, json_object_get_string_member (vector, "protocol_name"));
      run_vector (set, vector);
    }
}

static ClawNoise *
new_nn (gboolean initiator)
{
  ClawNoiseConfig config = { .protocol = "Noise_NN_25519_AESGCM_SHA256", .initiator = initiator };

  return claw_noise_new (&config);
}

/* Two handshakes never have the same ephemeral key. */
static void
test_ephemeral_fresh (void)
{
  g_autoptr (ClawNoise) a = new_nn (TRUE);
  g_autoptr (ClawNoise) b = new_nn (TRUE);
  uint8_t message_a[64], message_b[64];
  size_t length;

  g_assert_true (claw_noise_write (a, NULL, 0, message_a, sizeof message_a, &length));
  g_assert_cmpuint (length, ==, 32);
  g_assert_true (claw_noise_write (b, NULL, 0, message_b, sizeof message_b, &length));
  g_assert_cmpint (memcmp (message_a, message_b, 32), !=, 0);
}

/* A message cut short anywhere is refused, and so is one whose point is of small order. */
static void
test_read_refused (void)
{
  static const uint8_t zeros[48];
  uint8_t first[64], second[64], payload[64];
  size_t first_length, length, payload_length;
  g_autoptr (ClawNoise) responder = new_nn (FALSE);
  g_autoptr (ClawNoise) initiator = new_nn (TRUE);

  g_assert_true (claw_noise_write (initiator, "x", 1, first, sizeof first, &first_length));
  g_assert_true (claw_noise_read (responder, first, first_length, payload, &payload_length));
  g_assert_cmpmem (payload, payload_length, "x", 1);
  g_assert_true (claw_noise_write (responder, NULL, 0, second, sizeof second, &length));

  for (size_t cut = 0; cut < length; cut++)
    {
      g_autoptr (ClawNoise) copy = claw_noise_copy (initiator);
      g_assert_false (claw_noise_read (copy, second, cut, payload, &payload_length));
    }
  g_autoptr (ClawNoise) copy = claw_noise_copy (initiator);
  g_assert_false (claw_noise_read (copy, zeros, sizeof zeros, payload, &payload_length));
  g_assert_true (claw_noise_read (initiator, second, length, payload, &payload_length));
}

/* A buffer that is too small is an error, never written over. */
static void
test_write_too_small (void)
{
  uint8_t message[33];
  size_t length;

  for (size_t size = 0; size < sizeof message; size++)
    {
      g_autoptr (ClawNoise) noise = new_nn (TRUE);
      g_assert_false (claw_noise_write (noise, "x", 1, message, size, &length));
    }
  g_autoptr (ClawNoise) noise = new_nn (TRUE);
  g_assert_true (claw_noise_write (noise, "x", 1, message, sizeof message, &length));
}

/* A message of the largest size goes through, one byte more is refused on both ways. */
static void
test_message_limit (void)
{
  size_t size = CLAW_NOISE_MESSAGE_MAX + 1;
  g_autofree uint8_t *message = g_malloc0 (size);
  g_autofree uint8_t *payload = g_malloc0 (size);
  g_autoptr (ClawNoise) initiator = new_nn (TRUE);
  g_autoptr (ClawNoise) failing = new_nn (TRUE);
  g_autoptr (ClawNoise) responder = new_nn (FALSE);
  size_t length, payload_length;

  g_assert_false (claw_noise_write (failing, payload, size - 32, message, size, &length));
  g_assert_true (claw_noise_write (initiator, payload, size - 33, message, size, &length));
  g_assert_cmpuint (length, ==, CLAW_NOISE_MESSAGE_MAX);
  g_autoptr (ClawNoise) copy = claw_noise_copy (responder);
  g_assert_false (claw_noise_read (copy, message, size, payload, &payload_length));
  g_assert_true (claw_noise_read (responder, message, length, payload, &payload_length));
}

/* A protocol that is not known is not started. */
static void
test_protocol_unknown (void)
{
  ClawNoiseConfig config = { .protocol = "Noise_NN_25519_ChaChaPoly_BLAKE2s", .initiator = TRUE };

  g_assert_null (claw_noise_new (&config));
}

int
main (int argc, char **argv)
{
  static const VectorSet sets[] = {
    { "noise-cacophony-25519_AESGCM_SHA256.json", 59, FALSE },
    { "noise-snow-25519_AESGCM_SHA256.json", 51, FALSE },
    { "noise-flynn-25519_AESGCM_SHA256.json", 204, TRUE },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/noise/vectors/cacophony", &sets[0], test_vectors);
  g_test_add_data_func ("/noise/vectors/snow", &sets[1], test_vectors);
  g_test_add_data_func ("/noise/vectors/flynn", &sets[2], test_vectors);
  g_test_add_func ("/noise/ephemeral/fresh", test_ephemeral_fresh);
  g_test_add_func ("/noise/read/refused", test_read_refused);
  g_test_add_func ("/noise/write/too-small", test_write_too_small);
  g_test_add_func ("/noise/message/limit", test_message_limit);
  g_test_add_func ("/noise/protocol/unknown", test_protocol_unknown);
  return g_test_run ();
}
