/* claw-sec-file.c: what is inside a .sec file.
 *
 * json-glib keeps what it reads and writes in ordinary memory and frees it without wiping. So the
 * shared secret never goes through it: on the way out it is put over a blank in the finished text,
 * on the way in it is taken out of the text and blanked before the text is parsed. Both happen in
 * locked memory.
 */
#include "claw-sec-file.h"

#include "claw-file.h"
#include "claw-sec-envelope.h"
#include "claw-sec-json.h"

#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

#define VERSION "2.0"
/* The end of the year 9999: whoever claims more is not telling the time. */
#define TIME_MAX_S G_GINT64_CONSTANT (253402300799)
#define DEPTH_MAX 8

#define SECRET_FIELD "\"shared_secret\""
#define SECRET_TEXT_LENGTH 44
#define SECRET_BLANK "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
G_STATIC_ASSERT (sizeof SECRET_BLANK == SECRET_TEXT_LENGTH + 1);
#define KEY_TEXT_SIZE \
  sodium_base64_ENCODED_LEN (CLAW_PUBLIC_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL)
G_STATIC_ASSERT (KEY_TEXT_SIZE == SECRET_TEXT_LENGTH + 1);

#define SECONDS_PER_MINUTE 60
#define SECONDS_PER_HOUR 3600
#define SECONDS_PER_DAY 86400

/* clang-format off */
G_DEFINE_QUARK (claw-sec-file-error-quark, claw_sec_file_error)
/* clang-format on */

ClawSecFile *
claw_sec_file_new (void)
{
  return g_new0 (ClawSecFile, 1);
}

void
claw_sec_file_free (ClawSecFile *file)
{
  if (file == NULL)
    return;

  claw_key_clear (&file->shared_secret);
  g_free (file->server_id);
  g_free (file->server_name);
  g_free (file);
}

/* Rules that hold on both ways */

/* Marks that change the direction of what follows could make a name look like another. */
static gboolean
is_fit_for_name (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type != G_UNICODE_CONTROL && type != G_UNICODE_LINE_SEPARATOR
         && type != G_UNICODE_PARAGRAPH_SEPARATOR && !(c >= 0x202a && c <= 0x202e)
         && !(c >= 0x2066 && c <= 0x2069);
}

static gboolean
check_name (const char *name, const char *field, GError **error)
{
  gboolean fit = name != NULL && *name != '\0' && strlen (name) <= CLAW_SEC_FILE_NAME_MAX
                 && g_utf8_validate (name, -1, NULL);

  for (const char *c = name; fit && *c != '\0'; c = g_utf8_next_char (c))
    fit = is_fit_for_name (g_utf8_get_char (c));
  if (fit)
    return TRUE;

  g_autofree char *expected = g_strdup_printf (
      _ ("a name of at most %d bytes without control characters"), CLAW_SEC_FILE_NAME_MAX);
  claw_sec_json_set_field_error (error, field, expected);
  return FALSE;
}

/* Sealing */

static void
set_candidates (JsonObject *object, const ClawSecFile *file)
{
  JsonArray *candidates = json_array_new ();
  char buffer[CLAW_ADDRESS_STRING_SIZE];

  for (unsigned i = 0; i < file->n_candidates; i++)
    json_array_add_string_element (candidates, claw_address_format (&file->candidates[i], buffer));
  json_object_set_array_member (object, "candidates", candidates);
}

/* Returns: (transfer full): the text with a blank for the secret. */
static char *
print_without_secret (const ClawSecFile *file)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  char address[CLAW_ADDRESS_STRING_SIZE];
  char public_key[KEY_TEXT_SIZE];

  sodium_bin2base64 (public_key, sizeof public_key, file->server_public_key, CLAW_PUBLIC_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  json_object_set_string_member (object, "version", VERSION);
  json_object_set_string_member (object, "server_public_ip",
                                 claw_address_format_ip (&file->server, address));
  json_object_set_int_member (object, "server_udp_port", file->server.port);
  json_object_set_string_member (object, "shared_secret", SECRET_BLANK);
  json_object_set_int_member (object, "timestamp", file->timestamp_s);
  json_object_set_int_member (object, "valid_until", file->valid_until_s);
  json_object_set_string_member (object, "server_public_key", public_key);
  json_object_set_string_member (object, "server_id", file->server_id);
  json_object_set_string_member (object, "server_name", file->server_name);
  set_candidates (object, file);

  json_node_set_object (root, object);
  return json_to_string (root, FALSE);
}

static const char *
skip_space (const char *text, const char *end)
{
  while (text < end && strchr (" \t\r\n", *text) != NULL)
    text++;
  return text;
}

/* Finds the 44 characters that are the value of "shared_secret". In well-formed JSON these quotes
 * and letters cannot stand in the middle of a string, where the quotes would have backslashes. */
static char *
find_secret (char *text, size_t length)
{
  char *end = text + length;
  char *field = memmem (text, length, SECRET_FIELD, strlen (SECRET_FIELD));

  while (field != NULL)
    {
      char *after = field + strlen (SECRET_FIELD);
      const char *colon = skip_space (after, end);
      const char *quote = colon < end && *colon == ':' ? skip_space (colon + 1, end) : end;

      if (end - quote >= SECRET_TEXT_LENGTH + 2 && quote[0] == '"'
          && quote[SECRET_TEXT_LENGTH + 1] == '"')
        return text + (quote + 1 - text);
      field = memmem (after, (size_t) (end - after), SECRET_FIELD, strlen (SECRET_FIELD));
    }
  return NULL;
}

static void
put_secret (const ClawSecFile *file, char *text, size_t length)
{
  char *place = find_secret (text, length);

  g_assert (place != NULL);
  /* The NUL of sodium_bin2base64 () goes over the closing quote, which is put back. */
  sodium_bin2base64 (place, SECRET_TEXT_LENGTH + 1, file->shared_secret.bytes, CLAW_KEY_SIZE,
                     sodium_base64_VARIANT_ORIGINAL);
  place[SECRET_TEXT_LENGTH] = '"';
}

static gboolean
check_contents (const ClawSecFile *file, GError **error)
{
  g_return_val_if_fail (claw_key_is_set (&file->shared_secret), FALSE);
  g_return_val_if_fail (file->server.family != CLAW_ADDRESS_NONE && file->server.port != 0, FALSE);
  g_return_val_if_fail (file->n_candidates <= CLAW_SEC_FILE_CANDIDATES_MAX, FALSE);
  g_return_val_if_fail (file->timestamp_s > 0 && file->timestamp_s < file->valid_until_s
                            && file->valid_until_s <= TIME_MAX_S,
                        FALSE);

  return check_name (file->server_id, "server_id", error)
         && check_name (file->server_name, "server_name", error);
}

char *
claw_sec_file_seal (const ClawSecFile *file, const ClawBootstrapKey *key, GError **error)
{
  g_return_val_if_fail (file != NULL && key != NULL, NULL);

  if (!check_contents (file, error))
    return NULL;

  g_autofree char *blank = print_without_secret (file);
  size_t length = strlen (blank);
  char *plaintext = claw_secret_new (length);
  memcpy (plaintext, blank, length);
  put_secret (file, plaintext, length);
  char *text = claw_sec_envelope_seal (plaintext, length, key, error);
  claw_secret_free (plaintext);
  return text;
}

/* Opening */

gboolean
claw_sec_file_probe (const char *text, size_t length, gboolean *needs_passphrase, GError **error)
{
  g_return_val_if_fail (text != NULL && needs_passphrase != NULL, FALSE);

  return claw_sec_envelope_probe (text, length, needs_passphrase, error);
}

static gboolean
take_secret (ClawSecFile *file, char *text, size_t length, GError **error)
{
  g_auto (ClawKey) secret = { claw_secret_new_pooled (CLAW_KEY_SIZE) };
  char *place = find_secret (text, length);
  size_t decoded_length;

  if (place == NULL
      || sodium_base642bin (secret.bytes, CLAW_KEY_SIZE, place, SECRET_TEXT_LENGTH, NULL,
                            &decoded_length, NULL, sodium_base64_VARIANT_ORIGINAL)
             != 0
      || decoded_length != CLAW_KEY_SIZE || sodium_is_zero (secret.bytes, CLAW_KEY_SIZE))
    {
      claw_sec_json_set_field_error (error, "shared_secret", _ ("32 random bytes in base64"));
      return FALSE;
    }

  memcpy (place, SECRET_BLANK, SECRET_TEXT_LENGTH);
  claw_key_move (&file->shared_secret, &secret);
  return TRUE;
}

/* Whether what was taken out was the field, and not something that looks like it further inside. */
static gboolean
check_blank (JsonObject *object, GError **error)
{
  const char *blank = claw_sec_json_get_string (object, "shared_secret", error);

  if (blank == NULL)
    return FALSE;
  if (g_str_equal (blank, SECRET_BLANK))
    return TRUE;

  claw_sec_json_set_field_error (error, "shared_secret", _ ("32 random bytes in base64"));
  return FALSE;
}

static gboolean
read_version (JsonObject *object, GError **error)
{
  const char *version = claw_sec_json_get_string (object, "version", error);

  if (version == NULL)
    return FALSE;
  if (g_str_equal (version, VERSION))
    return TRUE;

  g_autofree char *quoted = claw_sec_json_quote (version);
  g_set_error (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_VERSION,
               _ ("This file was made by another version of ClawChat: its field “%s” says “%s”. "
                  "Install the newest version on both machines."),
               "version", quoted);
  return FALSE;
}

static gboolean
read_server (JsonObject *object, ClawSecFile *file, GError **error)
{
  const char *ip = claw_sec_json_get_string (object, "server_public_ip", error);
  gint64 port;

  if (ip == NULL
      || !claw_sec_json_get_integer (object, "server_udp_port", 1, G_MAXUINT16, &port, error))
    return FALSE;
  if (claw_address_parse_ip (ip, (uint16_t) port, &file->server)
      && !claw_address_is_any (&file->server))
    return TRUE;

  claw_sec_json_set_field_error (error, "server_public_ip", _ ("an IPv4 or IPv6 address"));
  return FALSE;
}

static gboolean
read_names (JsonObject *object, ClawSecFile *file, GError **error)
{
  file->server_id = g_strdup (claw_sec_json_get_string (object, "server_id", error));
  if (file->server_id == NULL || !check_name (file->server_id, "server_id", error))
    return FALSE;

  file->server_name = g_strdup (claw_sec_json_get_string (object, "server_name", error));
  return file->server_name != NULL && check_name (file->server_name, "server_name", error);
}

static gboolean
read_times (JsonObject *object, ClawSecFile *file, GError **error)
{
  return claw_sec_json_get_integer (object, "timestamp", 1, TIME_MAX_S - 1, &file->timestamp_s,
                                    error)
         && claw_sec_json_get_integer (object, "valid_until", file->timestamp_s + 1, TIME_MAX_S,
                                       &file->valid_until_s, error);
}

static gboolean
read_candidate (JsonNode *element, ClawAddress *candidate)
{
  return JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING
         && claw_address_parse (json_node_get_string (element), candidate)
         && !claw_address_is_any (candidate);
}

static gboolean
read_candidates (JsonObject *object, ClawSecFile *file, GError **error)
{
  JsonNode *node = json_object_get_member (object, "candidates");
  gboolean right = node != NULL && JSON_NODE_HOLDS_ARRAY (node);
  JsonArray *array = right ? json_node_get_array (node) : NULL;

  right = right && json_array_get_length (array) <= CLAW_SEC_FILE_CANDIDATES_MAX;
  for (guint i = 0; right && i < json_array_get_length (array); i++)
    {
      right = read_candidate (json_array_get_element (array, i), &file->candidates[i]);
      file->n_candidates = i + 1;
    }
  if (right)
    return TRUE;

  g_autofree char *expected = g_strdup_printf (_ ("a list of at most %d addresses with ports"),
                                               CLAW_SEC_FILE_CANDIDATES_MAX);
  claw_sec_json_set_field_error (error, "candidates", expected);
  return FALSE;
}

static gboolean
read_fields (JsonObject *object, ClawSecFile *file, GError **error)
{
  return read_version (object, error) && check_blank (object, error)
         && read_server (object, file, error) && read_times (object, file, error)
         && claw_sec_json_take_base64 (object, "server_public_key", file->server_public_key,
                                       CLAW_PUBLIC_KEY_SIZE, error)
         && read_names (object, file, error) && read_candidates (object, file, error);
}

/* @text: in locked memory; its secret is overwritten. */
static ClawSecFile *
parse (char *text, size_t length, GError **error)
{
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();

  if (!take_secret (file, text, length, error))
    return NULL;

  g_autoptr (JsonObject) object = claw_json_parse_object (text, length, DEPTH_MAX);
  if (object == NULL)
    {
      g_set_error_literal (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_NOT_SEC,
                           _ ("What is sealed in this file is not what a .sec file holds."));
      return NULL;
    }
  return read_fields (object, file, error) ? g_steal_pointer (&file) : NULL;
}

ClawSecFile *
claw_sec_file_open (const char *text, size_t length, const ClawBootstrapKey *key, GError **error)
{
  size_t plaintext_length;

  g_return_val_if_fail (text != NULL && key != NULL, NULL);

  char *plaintext = claw_sec_envelope_open (text, length, key, &plaintext_length, error);
  if (plaintext == NULL)
    return NULL;

  ClawSecFile *file = parse (plaintext, plaintext_length, error);
  claw_secret_free (plaintext);
  return file;
}

ClawSecFile *
claw_sec_file_load (const char *path, const ClawBootstrapKey *key, GError **error)
{
  g_autofree char *text = g_malloc (CLAW_SEC_FILE_SIZE_MAX);
  g_autoptr (GError) local_error = NULL;
  size_t length;

  g_return_val_if_fail (path != NULL && key != NULL, NULL);

  if (claw_file_read (path, CLAW_FILE_READ_FOLLOW_SYMLINKS, text, CLAW_SEC_FILE_SIZE_MAX, &length,
                      &local_error))
    return claw_sec_file_open (text, length, key, error);

  gboolean too_large = g_error_matches (local_error, CLAW_FILE_ERROR, CLAW_FILE_ERROR_TOO_LARGE);
  g_set_error (error, CLAW_SEC_FILE_ERROR,
               too_large ? CLAW_SEC_FILE_ERROR_TOO_LARGE : CLAW_SEC_FILE_ERROR_UNREADABLE,
               too_large ? _ ("This is not a .sec file of ClawChat: %s.")
                         : _ ("The .sec file cannot be read: %s."),
               local_error->message);
  return NULL;
}

/* The time */

/* @text: (transfer full) */
static void
set_time_error (GError **error, ClawSecFileError code, char *text)
{
  g_set_error_literal (error, CLAW_SEC_FILE_ERROR, (int) code, text);
  g_free (text);
}

/* Whole sentences, since "%d minutes" cannot be put into a sentence of every language. */
static char *
describe_expired (gint64 seconds)
{
  seconds = MIN (seconds, G_MAXINT);
  int minutes = (int) MAX (seconds / SECONDS_PER_MINUTE, 1);
  int hours = (int) (seconds / SECONDS_PER_HOUR);
  int days = (int) (seconds / SECONDS_PER_DAY);

  if (days >= 2)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "This file expired %d day ago, unless the clock of this "
                                         "computer is wrong. Ask for a new one.",
                                         "This file expired %d days ago, unless the clock of this "
                                         "computer is wrong. Ask for a new one.",
                                         (gulong) days),
                            days);
  if (hours >= 2)
    return g_strdup_printf (
        g_dngettext (GETTEXT_PACKAGE, "This file expired %d hour ago. Ask for a new one.",
                     "This file expired %d hours ago. Ask for a new one.", (gulong) hours),
        hours);
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "This file expired %d minute ago. Ask for a new one.",
                   "This file expired %d minutes ago. Ask for a new one.", (gulong) minutes),
      minutes);
}

static char *
describe_future (gint64 seconds)
{
  int minutes = (int) MIN (seconds / SECONDS_PER_MINUTE, G_MAXINT);

  return g_strdup_printf (
      g_dngettext (
          GETTEXT_PACKAGE,
          "By the clock of this computer, this file will only be made in %d minute. Look at "
          "the date and time of this computer, and of the server.",
          "By the clock of this computer, this file will only be made in %d minutes. Look at "
          "the date and time of this computer, and of the server.",
          (gulong) minutes),
      minutes);
}

gboolean
claw_sec_file_check_time (const ClawSecFile *file, gint64 now_s, GError **error)
{
  g_return_val_if_fail (file != NULL, FALSE);

  if (file->timestamp_s - CLAW_SEC_FILE_CLOCK_TOLERANCE_S > now_s)
    {
      set_time_error (error, CLAW_SEC_FILE_ERROR_CLOCK,
                      describe_future (file->timestamp_s - now_s));
      return FALSE;
    }
  if (file->valid_until_s + CLAW_SEC_FILE_CLOCK_TOLERANCE_S < now_s)
    {
      set_time_error (error, CLAW_SEC_FILE_ERROR_EXPIRED,
                      describe_expired (now_s - file->valid_until_s));
      return FALSE;
    }
  return TRUE;
}

char *
claw_sec_file_list_addresses (const ClawSecFile *file)
{
  char text[CLAW_ADDRESS_STRING_SIZE];

  g_return_val_if_fail (file != NULL, NULL);

  GString *list = g_string_new (claw_address_format (&file->server, text));
  for (unsigned i = 0; i < file->n_candidates; i++)
    g_string_append_printf (list, " %s", claw_address_format (&file->candidates[i], text));
  return g_string_free (list, FALSE);
}
