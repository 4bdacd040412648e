/* claw-control-request.c: from a line of JSON to a checked request. */
#include "config.h"

#include "claw-control-request.h"

#include "claw-issuer.h"
#include "claw-json.h"
#include "claw-message.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* clang-format off */
G_DEFINE_QUARK (claw-control-error-quark, claw_control_error)
/* clang-format on */

static const struct
{
  const char *name;
  ClawControlCommand command;
} commands[] = {
  { "status", CLAW_CONTROL_STATUS },
  { "new-file", CLAW_CONTROL_NEW_FILE },
  { "files", CLAW_CONTROL_FILES },
  { "withdraw", CLAW_CONTROL_WITHDRAW },
  { "sessions", CLAW_CONTROL_SESSIONS },
  { "members", CLAW_CONTROL_MEMBERS },
  { "disconnect", CLAW_CONTROL_DISCONNECT },
  { "revoke", CLAW_CONTROL_REVOKE },
  { "compromised", CLAW_CONTROL_COMPROMISED },
  { "attach", CLAW_CONTROL_ATTACH },
  { "send", CLAW_CONTROL_SEND },
  { "rotate", CLAW_CONTROL_ROTATE },
  { "metrics", CLAW_CONTROL_METRICS },
  { "tail", CLAW_CONTROL_TAIL },
  { "safety-number", CLAW_CONTROL_SAFETY_NUMBER },
};

static const char *const codes[] = {
  [CLAW_CONTROL_ERROR_INVALID] = "invalid",
  [CLAW_CONTROL_ERROR_UNKNOWN] = "unknown",
  [CLAW_CONTROL_ERROR_NOT_FOUND] = "not-found",
  [CLAW_CONTROL_ERROR_FAILED] = "failed",
  [CLAW_CONTROL_ERROR_DENIED] = "denied",
  [CLAW_CONTROL_ERROR_BUSY] = "busy",
  [CLAW_CONTROL_ERROR_TEXT] = "text",
  [CLAW_CONTROL_ERROR_TOO_MANY] = "too-many",
  [CLAW_CONTROL_ERROR_UNAVAILABLE] = "unavailable",
};

const char *
claw_control_error_to_code (const GError *error)
{
  if (error->domain == CLAW_MESSAGE_ERROR)
    return codes[CLAW_CONTROL_ERROR_TEXT];
  if (g_error_matches (error, CLAW_ISSUER_ERROR, CLAW_ISSUER_ERROR_TOO_MANY))
    return codes[CLAW_CONTROL_ERROR_TOO_MANY];
  if (error->domain != CLAW_CONTROL_ERROR || (unsigned) error->code >= G_N_ELEMENTS (codes))
    return codes[CLAW_CONTROL_ERROR_FAILED];
  return codes[error->code];
}

ClawControlError
claw_control_error_from_code (const char *code)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_strcmp0 (codes[i], code) == 0)
      return (ClawControlError) i;
  return CLAW_CONTROL_ERROR_FAILED;
}

void
claw_control_request_clear (ClawControlRequest *request)
{
  g_clear_pointer (&request->text, g_free);
  claw_control_file_wish_clear (&request->file);
}

static gboolean
invalid (GError **error, const char *message)
{
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID, message);
  return FALSE;
}

static gboolean
read_command (JsonObject *object, ClawControlRequest *request, GError **error)
{
  const char *name = claw_json_get_string (object, "command");

  if (name == NULL)
    return invalid (error, _ ("\"command\" is missing or not a string"));
  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      {
        request->command = commands[i].command;
        return TRUE;
      }
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_UNKNOWN,
                       _ ("no such command"));
  return FALSE;
}

static gboolean
read_arguments (JsonObject *object, ClawControlRequest *request, GError **error)
{
  gboolean needs_member = request->command == CLAW_CONTROL_DISCONNECT
                          || request->command == CLAW_CONTROL_REVOKE
                          || request->command == CLAW_CONTROL_SAFETY_NUMBER
                          || ((request->command == CLAW_CONTROL_COMPROMISED
                               || request->command == CLAW_CONTROL_ROTATE)
                              && json_object_has_member (object, "member"));
  gint64 member;

  if (needs_member)
    {
      if (!claw_json_get_integer (object, "member", 1, G_MAXUINT32, &member))
        return invalid (error, _ ("\"member\" is missing or not the number of a member"));
      request->member = (uint32_t) member;
    }
  if (request->command == CLAW_CONTROL_NEW_FILE)
    {
      const char *fault = claw_control_files_read (object, &request->file);

      if (fault != NULL)
        return invalid (error, fault);
    }
  if (request->command == CLAW_CONTROL_WITHDRAW)
    {
      request->text = g_strdup (claw_json_get_string (object, "file"));
      if (request->text == NULL || request->text[0] == '\0')
        return invalid (error, _ ("\"file\" is missing or not the ID of a file"));
    }
  if (request->command == CLAW_CONTROL_SEND)
    {
      request->text = g_strdup (claw_json_get_string (object, "text"));
      if (request->text == NULL)
        return invalid (error, _ ("\"text\" is missing or not a string"));
    }
  return TRUE;
}

gboolean
claw_control_request_parse (const char *line,
                            size_t length,
                            ClawControlRequest *request,
                            GError **error)
{
  g_autoptr (JsonObject) object = NULL;

  request->tag = -1;
  if (length > CLAW_CONTROL_LINE_MAX)
    return invalid (error, _ ("the line is too long"));
  if (!g_utf8_validate_len (line, length, NULL))
    return invalid (error, _ ("the line is not UTF-8"));
  object = claw_json_parse_object (line, length, CLAW_CONTROL_DEPTH_MAX);
  if (object == NULL)
    return invalid (error, _ ("the line is not a JSON object"));
  if (!claw_json_get_integer (object, "id", 0, G_MAXINT64, &request->tag))
    request->tag = -1;
  return read_command (object, request, error) && read_arguments (object, request, error);
}
