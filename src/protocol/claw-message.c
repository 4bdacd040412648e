/* claw-message.c: making and checking one line of chat, and the names beside it. */
#include "config.h"

#include "claw-message.h"

#define GETTEXT_PACKAGE CLAW_GETTEXT_DOMAIN
#include <glib/gi18n-lib.h>
#include <sodium.h>
#include <string.h>

/* clang-format off */
G_DEFINE_QUARK (claw-message-error-quark, claw_message_error)
/* clang-format on */

/* The last microsecond of the year 9999: the latest time that GDateTime can hold. */
#define TIME_MAX_US (INT64_C (253402300799) * G_USEC_PER_SEC + G_USEC_PER_SEC - 1)

struct ClawMessage
{
  gatomicrefcount references;
  uint8_t id[CLAW_MESSAGE_ID_SIZE];
  char *sender;
  ClawMessageReply *reply; /* (nullable) */
  gint64 time_us;
  size_t length;
  char text[]; /* and a NUL */
};

static gboolean
check_text (const char *text, size_t length, GError **error)
{
  if (length == 0)
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_EMPTY, _ ("The message is empty"));
      return FALSE;
    }
  if (length > CLAW_MESSAGE_TEXT_MAX)
    {
      size_t over = length - CLAW_MESSAGE_TEXT_MAX;

      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG,
                   g_dngettext (GETTEXT_PACKAGE,
                                "The message is %zu byte too long; shorten it or send it in parts",
                                "The message is %zu bytes too long; shorten it or send it in parts",
                                over),
                   over);
      return FALSE;
    }
  if (!g_utf8_validate_len (text, length, NULL))
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_NOT_UTF8,
                   _ ("The message is not valid UTF-8 text"));
      return FALSE;
    }
  return TRUE;
}

static ClawMessageReply *
reply_copy (const ClawMessageReply *reply)
{
  ClawMessageReply *copy = g_new0 (ClawMessageReply, 1);

  memcpy (copy->id, reply->id, sizeof copy->id);
  copy->sender = reply->sender == NULL ? NULL : claw_name_sanitise (reply->sender, -1);
  copy->excerpt = reply->excerpt == NULL ? NULL : claw_excerpt_sanitise (reply->excerpt, -1);
  if (copy->excerpt == NULL)
    copy->excerpt = g_strdup ("");
  return copy;
}

static void
reply_free (ClawMessageReply *reply)
{
  if (reply == NULL)
    return;
  g_free (reply->sender);
  g_free (reply->excerpt);
  g_free (reply);
}

ClawMessage *
claw_message_new (const char *text, gssize length, gint64 time_us, GError **error)
{
  return claw_message_new_reply (NULL, text, length, time_us, error);
}

ClawMessage *
claw_message_new_reply (
    const ClawMessageReply *reply, const char *text, gssize length, gint64 time_us, GError **error)
{
  uint8_t id[CLAW_MESSAGE_ID_SIZE];

  randombytes_buf (id, sizeof id);
  return claw_message_new_with_reply (id, NULL, time_us, reply, text, length, error);
}

ClawMessage *
claw_message_new_full (const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                       const char *sender,
                       gint64 time_us,
                       const char *text,
                       gssize length,
                       GError **error)
{
  return claw_message_new_with_reply (id, sender, time_us, NULL, text, length, error);
}

ClawMessage *
claw_message_new_with_reply (const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                             const char *sender,
                             gint64 time_us,
                             const ClawMessageReply *reply,
                             const char *text,
                             gssize length,
                             GError **error)
{
  size_t size;
  ClawMessage *message;

  g_return_val_if_fail (text != NULL, NULL);
  size = length < 0 ? strlen (text) : (size_t) length;
  if (!check_text (text, size, error))
    return NULL;
  message = g_malloc (sizeof *message + size + 1);
  g_atomic_ref_count_init (&message->references);
  memcpy (message->id, id, CLAW_MESSAGE_ID_SIZE);
  message->sender = sender == NULL ? NULL : claw_name_sanitise (sender, -1);
  message->reply = reply == NULL ? NULL : reply_copy (reply);
  message->time_us = CLAMP (time_us, 0, TIME_MAX_US);
  message->length = size;
  memcpy (message->text, text, size);
  message->text[size] = '\0';
  return message;
}

ClawMessage *
claw_message_ref (ClawMessage *message)
{
  g_return_val_if_fail (message != NULL, NULL);
  g_atomic_ref_count_inc (&message->references);
  return message;
}

void
claw_message_unref (ClawMessage *message)
{
  if (message == NULL || !g_atomic_ref_count_dec (&message->references))
    return;
  g_free (message->sender);
  reply_free (message->reply);
  g_free (message);
}

const uint8_t *
claw_message_get_id (const ClawMessage *message)
{
  return message->id;
}

const char *
claw_message_get_sender (const ClawMessage *message)
{
  return message->sender;
}

gint64
claw_message_get_time_us (const ClawMessage *message)
{
  return message->time_us;
}

const char *
claw_message_get_text (const ClawMessage *message, size_t *length)
{
  if (length != NULL)
    *length = message->length;
  return message->text;
}

const ClawMessageReply *
claw_message_get_reply (const ClawMessage *message)
{
  return message->reply;
}

void
claw_message_share_id (const uint8_t id[CLAW_MESSAGE_ID_SIZE],
                       const uint8_t author_key[CLAW_PUBLIC_KEY_SIZE],
                       uint8_t shared_id[CLAW_MESSAGE_ID_SIZE])
{
  crypto_generichash (shared_id, CLAW_MESSAGE_ID_SIZE, id, CLAW_MESSAGE_ID_SIZE, author_key,
                      CLAW_PUBLIC_KEY_SIZE);
}

/* Letters and symbols that are drawn as nothing although Unicode does not call them format
 * characters: a name of them would look like no name. */
static gboolean
is_blank (gunichar character)
{
  switch (character)
    {
    case 0x034f: /* combining grapheme joiner */
    case 0x115f: /* Hangul fillers */
    case 0x1160:
    case 0x3164:
    case 0xffa0:
    case 0x17b4: /* Khmer inherent vowels */
    case 0x17b5:
    case 0x2800: /* Braille pattern blank */
      return TRUE;
    default:
      return FALSE;
    }
}

/* Zero width non-joiner and joiner: they shape letters and join emoji. */
static gboolean
is_joiner (gunichar character)
{
  return character == 0x200c || character == 0x200d;
}

/* Appends what of @character may stand in a line that is shown. */
static void
append_line_character (GString *name, gunichar character, gboolean keeps_joiners)
{
  GUnicodeType type = g_unichar_type (character);

  if (keeps_joiners && is_joiner (character))
    {
      g_string_append_unichar (name, character);
      return;
    }

  if (g_unichar_isspace (character) || type == G_UNICODE_SPACE_SEPARATOR)
    {
      g_string_append_c (name, ' ');
      return;
    }
  if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_SURROGATE
      || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR
      || is_blank (character))
    return;
  g_string_append_unichar (name, character);
}

static gboolean
has_visible_character (const char *name)
{
  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (g_unichar_isgraph (character) && !g_unichar_iszerowidth (character))
        return TRUE;
    }
  return FALSE;
}

static void
cut_line (char *name, size_t length_max)
{
  char *end = name;

  while (*end != '\0')
    {
      char *next = g_utf8_next_char (end);

      if ((size_t) (next - name) > length_max)
        break;
      end = next;
    }
  *end = '\0';
}

/* Of a long text only the beginning is looked at: what a peer may send in one frame has room for so
 * many accents that putting them in order would take seconds. */
static char *
sanitise_line (const char *text, gssize length, size_t length_max, gboolean keeps_joiners)
{
  size_t size = length < 0 ? strnlen (text, 4 * length_max) : MIN ((size_t) length, 4 * length_max);
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) size);
  g_autofree char *composed = NULL;
  g_autoptr (GString) kept = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    append_line_character (kept, g_utf8_get_char (at), keeps_joiners);
  composed = g_utf8_normalize (kept->str, -1, G_NORMALIZE_NFC);
  if (composed == NULL)
    return NULL;
  g_strchug (composed);
  cut_line (composed, length_max);
  g_strchomp (composed);
  return has_visible_character (composed) ? g_steal_pointer (&composed) : NULL;
}

char *
claw_name_sanitise (const char *name, gssize length)
{
  g_return_val_if_fail (name != NULL || length == 0, NULL);
  if (length == 0)
    return NULL;
  return sanitise_line (name, length, CLAW_MESSAGE_NAME_MAX, FALSE);
}

char *
claw_excerpt_sanitise (const char *text, gssize length)
{
  g_return_val_if_fail (text != NULL || length == 0, NULL);
  if (length == 0)
    return NULL;
  return sanitise_line (text, length, CLAW_MESSAGE_EXCERPT_MAX, TRUE);
}
