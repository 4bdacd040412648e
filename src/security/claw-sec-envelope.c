/* claw-sec-envelope.c: see claw-sec-envelope.h. */
#include "claw-sec-envelope.h"

#include "claw-aead.h"
#include "claw-sec-file.h"
#include "claw-sec-json.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define FORMAT "clawchat-sec"
#define VERSION "2.0"
#define CIPHER "aes-256-gcm"
#define KDF_NONE "none"
#define KDF_ARGON2ID "argon2id"

/* Three passes over 64 MiB are the second choice that RFC 9106 section 4 recommends, for small
 * machines. The first (or libsodium's MODERATE, 256 MiB) would be a danger to a small server, which
 * does this every few minutes. */
#define KDF_OPERATIONS crypto_pwhash_OPSLIMIT_MODERATE
#define KDF_MEMORY crypto_pwhash_MEMLIMIT_INTERACTIVE
/* What a file may ask of its reader: a stranger's file must not take all memory, or an hour. */
#define KDF_OPERATIONS_MIN 1
#define KDF_OPERATIONS_MAX 10
#define KDF_MEMORY_MIN (8 * 1024)
#define KDF_MEMORY_MAX (1024 * 1024 * 1024)

/* A flat object; a later minor version may put more inside. */
#define DEPTH_MAX 8
#define BASE64_VARIANT sodium_base64_VARIANT_ORIGINAL

typedef struct
{
  gboolean passphrase;
  gint64 operations;
  gint64 memory;
  uint8_t salt[crypto_pwhash_SALTBYTES]; /* of no use without a passphrase */
  uint8_t nonce[CLAW_AEAD_NONCE_SIZE];
  uint8_t *ciphertext;
  size_t ciphertext_length;
} Envelope;

static void
clear_envelope (Envelope *envelope)
{
  g_free (envelope->ciphertext);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Envelope, clear_envelope)

static char *
encode (const uint8_t *bytes, size_t length)
{
  size_t size = sodium_base64_encoded_len (length, BASE64_VARIANT);

  return sodium_bin2base64 (g_malloc (size), size, bytes, length, BASE64_VARIANT);
}

static char *
encode_salt (const Envelope *envelope)
{
  return encode (envelope->salt, envelope->passphrase ? sizeof envelope->salt : 0);
}

/* The envelope's own fields, joined by newlines. All are in their one canonical form. */
static char *
associated_data (const Envelope *envelope)
{
  g_autofree char *salt = encode_salt (envelope);
  g_autofree char *nonce = encode (envelope->nonce, sizeof envelope->nonce);

  return g_strdup_printf (FORMAT "\n" VERSION "\n" CIPHER "\n%s\n%" G_GINT64_FORMAT
                                 "\n%" G_GINT64_FORMAT "\n%s\n%s",
                          envelope->passphrase ? KDF_ARGON2ID : KDF_NONE, envelope->operations,
                          envelope->memory, salt, nonce);
}

/* Sealing */

static char *
print (const Envelope *envelope)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *salt = encode_salt (envelope);
  g_autofree char *nonce = encode (envelope->nonce, sizeof envelope->nonce);
  g_autofree char *ciphertext = encode (envelope->ciphertext, envelope->ciphertext_length);

  json_object_set_string_member (object, "format", FORMAT);
  json_object_set_string_member (object, "version", VERSION);
  json_object_set_string_member (object, "cipher", CIPHER);
  json_object_set_string_member (object, "kdf", envelope->passphrase ? KDF_ARGON2ID : KDF_NONE);
  json_object_set_int_member (object, "kdf_ops", envelope->operations);
  json_object_set_int_member (object, "kdf_mem", envelope->memory);
  json_object_set_string_member (object, "salt", salt);
  json_object_set_string_member (object, "nonce", nonce);
  json_object_set_string_member (object, "ciphertext", ciphertext);

  json_node_set_object (root, object);
  g_autofree char *text = json_to_string (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}

char *
claw_sec_envelope_seal (const char *plaintext,
                        size_t length,
                        const ClawBootstrapKey *key,
                        GError **error)
{
  g_auto (Envelope) envelope = { .passphrase = claw_bootstrap_key_is_passphrase (key) };
  g_auto (ClawKey) derived = { 0 };

  g_return_val_if_fail (plaintext != NULL && length <= CLAW_SEC_ENVELOPE_PLAINTEXT_MAX, NULL);

  if (envelope.passphrase)
    {
      envelope.operations = KDF_OPERATIONS;
      envelope.memory = KDF_MEMORY;
      randombytes_buf (envelope.salt, sizeof envelope.salt);
    }
  randombytes_buf (envelope.nonce, sizeof envelope.nonce);
  if (!claw_bootstrap_key_derive (key, envelope.salt, (uint64_t) envelope.operations,
                                  (uint64_t) envelope.memory, &derived, error))
    return NULL;

  g_autofree char *associated = associated_data (&envelope);
  g_autoptr (ClawAead) aead = claw_aead_new (&derived);
  envelope.ciphertext_length = length + CLAW_AEAD_TAG_SIZE;
  envelope.ciphertext = g_malloc (envelope.ciphertext_length);
  claw_aead_seal (aead, envelope.nonce, associated, strlen (associated), plaintext, length,
                  envelope.ciphertext);
  return print (&envelope);
}

/* Opening */

static gboolean
check_known (JsonObject *object,
             const char *field,
             const char *const known[],
             const char **value,
             GError **error)
{
  *value = claw_sec_json_get_string (object, field, error);
  if (*value == NULL)
    return FALSE;
  if (g_strv_contains (known, *value))
    return TRUE;

  g_autofree char *quoted = claw_sec_json_quote (*value);
  g_set_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_VERSION,
               _ ("This file was made by another version of ClawChat: its field “%s” says “%s”. "
                  "Install the newest version on both machines."),
               field, quoted);
  return FALSE;
}

static gboolean
check_format (JsonObject *object)
{
  return object != NULL
         && g_strcmp0 (claw_sec_json_get_string (object, "format", NULL), FORMAT) == 0;
}

static gboolean
read_kdf (JsonObject *object, Envelope *envelope, GError **error)
{
  static const char *const kdfs[] = { KDF_NONE, KDF_ARGON2ID, NULL };
  const char *kdf;

  if (!check_known (object, "kdf", kdfs, &kdf, error))
    return FALSE;

  envelope->passphrase = g_str_equal (kdf, KDF_ARGON2ID);
  if (!envelope->passphrase)
    return claw_sec_json_get_integer (object, "kdf_ops", 0, 0, &envelope->operations, error)
           && claw_sec_json_get_integer (object, "kdf_mem", 0, 0, &envelope->memory, error)
           && claw_sec_json_take_base64 (object, "salt", envelope->salt, 0, error);

  return claw_sec_json_get_integer (object, "kdf_ops", KDF_OPERATIONS_MIN, KDF_OPERATIONS_MAX,
                                    &envelope->operations, error)
         && claw_sec_json_get_integer (object, "kdf_mem", KDF_MEMORY_MIN, KDF_MEMORY_MAX,
                                       &envelope->memory, error)
         && claw_sec_json_take_base64 (object, "salt", envelope->salt, sizeof envelope->salt,
                                       error);
}

static gboolean
read_ciphertext (JsonObject *object, Envelope *envelope, GError **error)
{
  const char *text = claw_sec_json_get_string (object, "ciphertext", error);

  if (text == NULL)
    return FALSE;

  size_t length = strlen (text);
  envelope->ciphertext = g_malloc (length / 4 * 3 + 1);
  if (sodium_base642bin (envelope->ciphertext, length / 4 * 3, text, length, NULL,
                         &envelope->ciphertext_length, NULL, BASE64_VARIANT)
          == 0
      && envelope->ciphertext_length >= CLAW_AEAD_TAG_SIZE
      && envelope->ciphertext_length <= CLAW_SEC_ENVELOPE_PLAINTEXT_MAX + CLAW_AEAD_TAG_SIZE)
    return TRUE;

  claw_sec_json_set_field_error (error, "ciphertext", _ ("sealed data in base64"));
  return FALSE;
}

static gboolean
read_envelope (const char *text, size_t length, Envelope *envelope, GError **error)
{
  static const char *const versions[] = { VERSION, NULL };
  static const char *const ciphers[] = { CIPHER, NULL };
  g_autoptr (JsonObject) object = NULL;
  const char *value;

  if (length > CLAW_SEC_FILE_SIZE_MAX)
    {
      g_set_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_TOO_LARGE,
                   _ ("This is not a .sec file of ClawChat: it is larger than %d KiB."),
                   CLAW_SEC_FILE_SIZE_MAX / 1024);
      return FALSE;
    }

  object = claw_json_parse_object (text, length, DEPTH_MAX);
  if (!check_format (object))
    {
      g_set_error_literal (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_NOT_SEC,
                           _ ("This is not a .sec file of ClawChat, or it is damaged."));
      return FALSE;
    }
  return check_known (object, "version", versions, &value, error)
         && check_known (object, "cipher", ciphers, &value, error)
         && read_kdf (object, envelope, error)
         && claw_sec_json_take_base64 (object, "nonce", envelope->nonce, sizeof envelope->nonce,
                                       error)
         && read_ciphertext (object, envelope, error);
}

gboolean
claw_sec_envelope_probe (const char *text,
                         size_t length,
                         gboolean *needs_passphrase,
                         GError **error)
{
  g_auto (Envelope) envelope = { 0 };

  if (!read_envelope (text, length, &envelope, error))
    return FALSE;

  *needs_passphrase = envelope.passphrase;
  return TRUE;
}

static gboolean
check_kind_of_key (const Envelope *envelope, const ClawBootstrapKey *key, GError **error)
{
  if (envelope->passphrase == claw_bootstrap_key_is_passphrase (key))
    return TRUE;

  g_set_error_literal (
      error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY,
      envelope->passphrase
          ? _ ("This file was sealed with a passphrase, but the bootstrap key given "
               "is a random key.")
          : _ ("This file was sealed with a random key, but the bootstrap key given "
               "is a passphrase."));
  return FALSE;
}

static gboolean
derive (const Envelope *envelope, const ClawBootstrapKey *key, ClawKey *derived, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (claw_bootstrap_key_derive (key, envelope->salt, (uint64_t) envelope->operations,
                                 (uint64_t) envelope->memory, derived, &local_error))
    return TRUE;

  g_set_error_literal (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_UNREADABLE,
                       local_error->message);
  return FALSE;
}

char *
claw_sec_envelope_open (const char *text,
                        size_t length,
                        const ClawBootstrapKey *key,
                        size_t *plaintext_length,
                        GError **error)
{
  g_auto (Envelope) envelope = { 0 };
  g_auto (ClawKey) derived = { 0 };

  if (!read_envelope (text, length, &envelope, error) || !check_kind_of_key (&envelope, key, error)
      || !derive (&envelope, key, &derived, error))
    return NULL;

  g_autofree char *associated = associated_data (&envelope);
  g_autoptr (ClawAead) aead = claw_aead_new (&derived);
  size_t opened_length = envelope.ciphertext_length - CLAW_AEAD_TAG_SIZE;
  char *plaintext = claw_secret_new (opened_length + 1);

  if (claw_aead_open (aead, envelope.nonce, associated, strlen (associated), envelope.ciphertext,
                      envelope.ciphertext_length, plaintext))
    {
      *plaintext_length = opened_length;
      return plaintext;
    }

  claw_secret_free (plaintext);
  g_set_error_literal (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY,
                       _ ("The bootstrap key does not open this file, or the file was changed."));
  return NULL;
}
