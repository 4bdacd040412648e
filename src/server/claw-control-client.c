/* claw-control-client.c: the commands of clawchat-server: what they take, what they ask the running
 * server, and what they print. Those that stay connected are in claw-control-chat.c and
 * claw-control-stream.c. */
#include "config.h"

#include "claw-control-client.h"

#include "claw-control-chat.h"
#include "claw-control-print.h"
#include "claw-control-stream.h"
#include "claw-message.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const struct
{
  const char *name;
  int arguments_min, arguments_max;
} commands[] = {
  { "status", 0, 0 },      { "new-file", 0, 0 }, { "sessions", 0, 0 },    { "members", 0, 0 },
  { "disconnect", 1, 1 },  { "revoke", 1, 1 },   { "compromised", 0, 1 }, { "attach", 0, 0 },
  { "send", 0, G_MAXINT }, { "rotate", 0, 1 },   { "tail", 0, 0 },        { "check-config", 0, 0 },
  { "metrics", 0, 0 },     { "files", 0, 0 },    { "withdraw", 1, 1 },    { "safety-number", 1, 1 },
};

static gboolean
is_member_command (const char *name)
{
  return strcmp (name, "disconnect") == 0 || strcmp (name, "revoke") == 0
         || strcmp (name, "safety-number") == 0 || strcmp (name, "rotate") == 0
         || strcmp (name, "compromised") == 0;
}

gboolean
claw_control_client_check (const ClawControlClientOptions *options, char **problem)
{
  const char *name = options->words[0];
  int arguments = options->n_words - 1;
  guint64 member;

  for (unsigned i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (strcmp (commands[i].name, name) != 0)
        continue;
      if (arguments > commands[i].arguments_max)
        *problem = g_strdup_printf (_ ("%s takes no argument “%s”"), name,
                                    options->words[1 + commands[i].arguments_max]);
      else if (strcmp (name, "withdraw") == 0
               && (arguments < commands[i].arguments_min || options->words[1][0] == '\0'))
        *problem = g_strdup (_ ("withdraw needs the ID of a file, or a name, see “files”"));
      else if (arguments < commands[i].arguments_min)
        *problem = g_strdup_printf (_ ("%s needs the ID of a member, see “members”"), name);
      else if (arguments > 0 && is_member_command (name)
               && !g_ascii_string_to_unsigned (options->words[1], 10, 1, G_MAXUINT32, &member,
                                               NULL))
        *problem = g_strdup_printf (_ ("“%s” is not the ID of a member, see “members”"),
                                    options->words[1]);
      else
        return strcmp (name, "new-file") != 0
               || claw_control_files_check (&options->files, options->json, problem);
      return FALSE;
    }
  *problem = g_strdup_printf (_ ("there is no command “%s”, see --help"), name);
  return FALSE;
}

static void
print_result (const ClawControlClientOptions *options, JsonObject *result)
{
  const char *name = options->words[0];
  g_autofree char *text = NULL;

  if (options->json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), result);
      g_autofree char *json = json_to_string (node, FALSE);
      g_autofree char *line = claw_control_print_json (json);

      text = g_strconcat (line, "\n", NULL);
    }
  else if (strcmp (name, "status") == 0)
    text = claw_control_print_status (result);
  else if (strcmp (name, "members") == 0)
    text = claw_control_print_members (result);
  else if (strcmp (name, "sessions") == 0)
    text = claw_control_print_sessions (result);
  else if (strcmp (name, "rotate") == 0)
    text = claw_control_print_rotate (result);
  else if (strcmp (name, "compromised") == 0)
    text = claw_control_print_compromised (result);
  else if (strcmp (name, "metrics") == 0)
    text = g_strdup (json_object_get_string_member_with_default (result, "text", ""));
  else if (strcmp (name, "files") == 0)
    text = claw_control_files_print_list (result);
  else if (strcmp (name, "withdraw") == 0)
    text = claw_control_files_print_withdrawn (result);
  else if (strcmp (name, "safety-number") == 0)
    text = g_strconcat (json_object_get_string_member_with_default (result, "safety_number", ""),
                        "\n", NULL);
  if (text != NULL)
    fputs (text, stdout);
}

/* Everything of standard input as one message, without the last newline. */
static char *
read_standard_input (GError **error)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  uint8_t buffer[4096];
  ssize_t length;

  while ((length = read (STDIN_FILENO, buffer, sizeof buffer)) > 0)
    {
      g_byte_array_append (text, buffer, (unsigned) length);
      if (text->len > CLAW_MESSAGE_TEXT_MAX + 1)
        {
          g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG,
                       _ ("The text is too long: at most %d bytes can be sent"),
                       CLAW_MESSAGE_TEXT_MAX);
          return NULL;
        }
    }
  if (text->len > 0 && text->data[text->len - 1] == '\n')
    g_byte_array_set_size (text, text->len - 1);
  /* The server says what it thinks of an empty text. */
  if (text->len == 0)
    return g_strdup ("");
  if (!g_utf8_validate_len ((const char *) text->data, text->len, NULL))
    {
      g_set_error_literal (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_NOT_UTF8,
                           _ ("The text is not UTF-8"));
      return NULL;
    }
  return g_strndup ((const char *) text->data, text->len);
}

static JsonObject *
make_request (const ClawControlClientOptions *options, GError **error)
{
  const char *name = options->words[0];
  g_autoptr (JsonObject) request = json_object_new ();

  json_object_set_string_member (request, "command", name);
  if (options->n_words > 1 && is_member_command (name))
    json_object_set_int_member (request, "member",
                                (gint64) g_ascii_strtoull (options->words[1], NULL, 10));
  if (strcmp (name, "new-file") == 0)
    claw_control_files_fill (&options->files, request);
  if (strcmp (name, "withdraw") == 0)
    {
      g_autofree char *which = g_utf8_make_valid (options->words[1], -1);

      json_object_set_string_member (request, "file", which);
    }
  if (strcmp (name, "send") == 0)
    {
      g_autofree char *text = options->n_words > 1 ? g_strjoinv (" ", options->words + 1)
                                                   : read_standard_input (error);

      if (text == NULL)
        return NULL;
      if (!g_utf8_validate (text, -1, NULL))
        {
          g_set_error_literal (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_NOT_UTF8,
                               _ ("The text is not UTF-8"));
          return NULL;
        }
      json_object_set_string_member (request, "text", text);
    }
  return g_steal_pointer (&request);
}

/* The file has not arrived: nobody is to be let in by it. */
static void
withdraw (ClawControlLink *link, const char *id)
{
  g_autoptr (JsonObject) request = json_object_new ();
  g_autoptr (JsonObject) result = NULL;

  json_object_set_string_member (request, "command", "withdraw");
  json_object_set_string_member (request, "file", id);
  result = claw_control_link_ask (link, request, NULL);
}

/* The reply to new-file: what it gave goes where it was asked for. */
static int
finish_new_file (ClawControlLink *link, const ClawControlClientOptions *options, JsonObject *result)
{
  g_autofree char *content = g_strdup (
      json_object_get_string_member_with_default (result, "content", NULL));
  g_autoptr (GError) error = NULL;

  if (!claw_control_files_write (&options->files, result, &error))
    {
      withdraw (link, json_object_get_string_member_with_default (result, "id", ""));
      return claw_control_fail (error);
    }
  if (options->json)
    {
      json_object_remove_member (result, "content");
      print_result (options, result);
    }
  else if (!claw_control_files_print_new (&options->files, result, content, &error))
    {
      fflush (stdout);
      g_printerr ("clawchat-server: %s\n", error->message);
      return EX_UNAVAILABLE;
    }
  return fflush (stdout) == 0 ? EX_OK : EX_IOERR;
}

/* One request, one reply. */
static int
run_once (ClawControlLink *link, const ClawControlClientOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) request = make_request (options, &error);
  g_autoptr (JsonObject) result = NULL;

  if (request == NULL)
    return claw_control_fail (error);
  if (!claw_control_files_prepare (&options->files, &error))
    {
      claw_control_fail (error);
      return EX_CANTCREAT;
    }
  result = claw_control_link_ask (link, request, &error);
  if (result == NULL)
    {
      claw_control_files_give_up (&options->files);
      return claw_control_fail (error);
    }
  if (strcmp (options->words[0], "new-file") == 0)
    return finish_new_file (link, options, result);
  print_result (options, result);
  return fflush (stdout) == 0 ? EX_OK : EX_IOERR;
}

int
claw_control_client_run (const ClawControlClientOptions *options)
{
  g_auto (ClawControlLink) link = { 0 };
  g_autoptr (GError) error = NULL;

  if (strcmp (options->words[0], "attach") == 0 && !options->json)
    return claw_control_chat_run (options->sockets);
  if (!claw_control_link_open (&link, options->sockets, &error))
    return claw_control_fail (error);
  if (strcmp (options->words[0], "attach") == 0)
    return claw_control_stream_attach (&link);
  if (strcmp (options->words[0], "tail") == 0)
    return claw_control_stream_tail (&link, options->json);
  return run_once (&link, options);
}
