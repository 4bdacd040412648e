/* claw-bootstrap-key.c: see claw-bootstrap-key.h. */
#include "claw-bootstrap-key.h"

#include "claw-file.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define RANDOM_TEXT_LENGTH 44 /* 32 bytes in base64 */
#define CREDENTIAL_NAME "bootstrap-key"
/* A key and what an editor may leave around it. */
#define FILE_SIZE_MAX (CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX + 64)

struct ClawBootstrapKey
{
  gatomicrefcount references;
  ClawKey random; /* empty for a passphrase */
  char *text;     /* locked, NUL-terminated */
  size_t length;
};

/* clang-format off */
G_DEFINE_QUARK (claw-bootstrap-key-error-quark, claw_bootstrap_key_error)
/* clang-format on */

static void
decode_random (ClawBootstrapKey *key)
{
  g_auto (ClawKey) decoded = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  size_t length;

  if (key->length == RANDOM_TEXT_LENGTH
      && sodium_base642bin (decoded.bytes, CLAW_KEY_SIZE, key->text, key->length, NULL, &length,
                            NULL, sodium_base64_VARIANT_ORIGINAL)
             == 0
      && length == CLAW_KEY_SIZE)
    claw_key_move (&key->random, &decoded);
}

/* @text: not NUL-terminated. */
static ClawBootstrapKey *
new_from_bytes (const char *text, size_t length, GError **error)
{
  for (; length > 0 && g_ascii_isspace (text[0]); length--)
    text++;
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;

  if (length == 0)
    {
      g_set_error_literal (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_EMPTY,
                           _ ("The bootstrap key is empty."));
      return NULL;
    }
  if (length > CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX)
    {
      g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_TOO_LONG,
                   _ ("The bootstrap key is longer than %d bytes."),
                   CLAW_BOOTSTRAP_KEY_PASSPHRASE_MAX);
      return NULL;
    }

  ClawBootstrapKey *key = g_new0 (ClawBootstrapKey, 1);
  g_atomic_ref_count_init (&key->references);
  key->text = claw_secret_new (length + 1);
  key->length = length;
  memcpy (key->text, text, length);
  decode_random (key);
  return key;
}

ClawBootstrapKey *
claw_bootstrap_key_new (const char *text, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);

  return new_from_bytes (text, strlen (text), error);
}

ClawBootstrapKey *
claw_bootstrap_key_generate (void)
{
  ClawBootstrapKey *key = g_new0 (ClawBootstrapKey, 1);

  g_atomic_ref_count_init (&key->references);
  claw_key_generate (&key->random);
  key->length = RANDOM_TEXT_LENGTH;
  key->text = claw_secret_new (RANDOM_TEXT_LENGTH + 1);
  sodium_bin2base64 (key->text, RANDOM_TEXT_LENGTH + 1, key->random.bytes, CLAW_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  return key;
}

/* Finding it */

/* systemd shows a credential to the service alone, by means that a file's mode does not always
 * tell. */
static gboolean
is_credential (const char *path)
{
  const char *directory = g_getenv ("CREDENTIALS_DIRECTORY");

  if (directory == NULL || *directory == '\0')
    return FALSE;

  g_autofree char *prefix = g_strconcat (directory, "/", NULL);
  return g_str_has_prefix (path, prefix) && strstr (path, "/../") == NULL;
}

static ClawBootstrapKey *
parse_file_content (const char *path, const char *content, size_t length, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  if (memchr (content, '\0', length) != NULL)
    {
      g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE,
                   _ ("%s: this is not a bootstrap key but a binary file."), name);
      return NULL;
    }

  ClawBootstrapKey *key = new_from_bytes (content, length, error);
  if (key == NULL)
    g_prefix_error (error, "%s: ", name);
  return key;
}

static ClawBootstrapKey *
load (const char *path, GError **error)
{
  ClawFileReadFlags flags = CLAW_FILE_READ_FOLLOW_SYMLINKS;
  g_autoptr (GError) local_error = NULL;
  ClawBootstrapKey *key = NULL;
  size_t length;

  if (!is_credential (path))
    flags |= CLAW_FILE_READ_PRIVATE;

  char *content = claw_secret_new (FILE_SIZE_MAX);
  if (claw_file_read (path, flags, content, FILE_SIZE_MAX, &length, &local_error))
    key = parse_file_content (path, content, length, error);
  else if (g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE))
    g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_TOO_LONG,
                 _ ("The bootstrap key cannot be read: %s"), local_error->message);
  else
    g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE,
                 _ ("The bootstrap key cannot be read: %s"), local_error->message);
  claw_secret_free (content);
  return key;
}

/* Returns: (transfer full) (nullable): the path of systemd's credential, when there is one. */
static char *
find_credential (void)
{
  const char *directory = g_getenv ("CREDENTIALS_DIRECTORY");

  if (directory == NULL || *directory == '\0')
    return NULL;

  g_autofree char *path = g_build_filename (directory, CREDENTIAL_NAME, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

ClawBootstrapKey *
claw_bootstrap_key_find (const char *path, GError **error)
{
  if (path != NULL)
    return load (path, error);

  const char *variable = g_getenv ("CLAWCHAT_BOOTSTRAP_KEY");
  if (variable != NULL && *variable != '\0')
    {
      ClawBootstrapKey *key = claw_bootstrap_key_new (variable, error);
      if (key == NULL)
        g_prefix_error (error, "CLAWCHAT_BOOTSTRAP_KEY: ");
      return key;
    }

  g_autofree char *credential = find_credential ();
  if (credential != NULL)
    return load (credential, error);

  g_set_error_literal (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN,
                       _ ("No bootstrap key was given. Use --bootstrap-key-file, or set "
                          "CLAWCHAT_BOOTSTRAP_KEY."));
  return NULL;
}

/* Using it */

ClawBootstrapKey *
claw_bootstrap_key_ref (ClawBootstrapKey *key)
{
  g_return_val_if_fail (key != NULL, NULL);

  g_atomic_ref_count_inc (&key->references);
  return key;
}

void
claw_bootstrap_key_unref (ClawBootstrapKey *key)
{
  if (key == NULL || !g_atomic_ref_count_dec (&key->references))
    return;

  claw_key_clear (&key->random);
  claw_secret_free (key->text);
  g_free (key);
}

gboolean
claw_bootstrap_key_is_passphrase (const ClawBootstrapKey *key)
{
  g_return_val_if_fail (key != NULL, FALSE);

  return !claw_key_is_set (&key->random);
}

const char *
claw_bootstrap_key_peek_text (const ClawBootstrapKey *key)
{
  g_return_val_if_fail (key != NULL, NULL);

  return key->text;
}

gboolean
claw_bootstrap_key_save (const ClawBootstrapKey *key, const char *path, GError **error)
{
  g_return_val_if_fail (key != NULL && path != NULL, FALSE);

  char *line = claw_secret_new (key->length + 1);
  memcpy (line, key->text, key->length);
  line[key->length] = '\n';
  gboolean saved = claw_file_write (path, line, key->length + 1, error);
  claw_secret_free (line);
  return saved;
}

gboolean
claw_bootstrap_key_derive (const ClawBootstrapKey *key,
                           const uint8_t *salt,
                           uint64_t operations,
                           uint64_t memory,
                           ClawKey *derived,
                           GError **error)
{
  g_auto (ClawKey) result = { claw_secret_new_pooled (CLAW_KEY_SIZE) };

  g_return_val_if_fail (key != NULL && derived != NULL, FALSE);

  if (!claw_bootstrap_key_is_passphrase (key))
    {
      claw_key_copy (derived, &key->random);
      return TRUE;
    }

  g_return_val_if_fail (salt != NULL, FALSE);
  if (crypto_pwhash (result.bytes, CLAW_KEY_SIZE, key->text, key->length, salt, operations, memory,
                     crypto_pwhash_ALG_ARGON2ID13)
      != 0)
    {
      g_set_error (error, CLAW_BOOTSTRAP_KEY_ERROR, CLAW_BOOTSTRAP_KEY_ERROR_DERIVE,
                   _ ("There is not enough memory to use the passphrase: %llu MiB are needed."),
                   (unsigned long long) (memory / (1024 * 1024)));
      return FALSE;
    }

  claw_key_move (derived, &result);
  return TRUE;
}
