/* claw-control-client.c: asks the running server, and chats as its operator.
 *
 * One request, one reply, except for attach: there each line of standard input becomes a message,
 * and what others say is printed on standard output. At the end of input it waits until the server
 * has taken everything.
 */
#include "config.h"

#include "claw-control-client.h"

#include "claw-control-print.h"
#include "claw-control.h"
#include "claw-message.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define READ_SIZE (64 * 1024)
#define REPLY_TIMEOUT_S 15
/* A message's event with every byte escaped fits; more than this is no ClawChat server. */
#define REPLY_MAX (4 * 1024 * 1024)

typedef struct
{
  GSocket *socket;
  GByteArray *in;
  gint64 sent, replied;  /* requests and replies of attach */
  int status;            /* worst exit code of attach */
  gboolean must_confirm; /* /compromised was said, and the next line decides */
} Link;

static void
link_clear (Link *link)
{
  g_clear_object (&link->socket);
  g_clear_pointer (&link->in, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Link, link_clear)

static const struct
{
  const char *name;
  int arguments_min, arguments_max;
} commands[] = {
  { "status", 0, 0 },      { "new-file", 0, 0 }, { "sessions", 0, 0 },    { "members", 0, 0 },
  { "disconnect", 1, 1 },  { "revoke", 1, 1 },   { "compromised", 0, 1 }, { "attach", 0, 0 },
  { "send", 0, G_MAXINT }, { "rotate", 0, 1 },   { "metrics", 0, 0 },
};

static gboolean
is_member_command (const char *name)
{
  return strcmp (name, "disconnect") == 0 || strcmp (name, "revoke") == 0
         || strcmp (name, "rotate") == 0 || strcmp (name, "compromised") == 0;
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
      else if (arguments < commands[i].arguments_min)
        *problem = g_strdup_printf (_ ("%s needs the ID of a member, see “members”"), name);
      else if (arguments > 0 && is_member_command (name)
               && !g_ascii_string_to_unsigned (options->words[1], 10, 1, G_MAXUINT32, &member,
                                               NULL))
        *problem = g_strdup_printf (_ ("“%s” is not the ID of a member, see “members”"),
                                    options->words[1]);
      else
        return TRUE;
      return FALSE;
    }
  *problem = g_strdup_printf (_ ("there is no command “%s”, see --help"), name);
  return FALSE;
}

static gboolean
lost (GError **error)
{
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_UNAVAILABLE,
                       _ ("The server has closed the control connection"));
  return FALSE;
}

static gboolean
receive (Link *link, GError **error)
{
  g_autofree char *buffer = g_malloc (READ_SIZE);
  gssize length = g_socket_receive (link->socket, buffer, READ_SIZE, NULL, error);

  if (length < 0)
    {
      g_prefix_error (error, "%s", _ ("No reply from the server: "));
      return FALSE;
    }
  if (length == 0)
    return lost (error);
  g_byte_array_append (link->in, (const uint8_t *) buffer, (unsigned) length);
  if (link->in->len <= REPLY_MAX)
    return TRUE;
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
                       _ ("The server's reply is too long"));
  return FALSE;
}

/* Takes a whole line off the buffer. Returns: (nullable): NULL when there is none yet. */
static char *
take_line (GByteArray *buffer)
{
  const char *end = buffer->len == 0 ? NULL : memchr (buffer->data, '\n', buffer->len);
  size_t length;
  char *line;

  if (end == NULL)
    return NULL;
  length = (size_t) (end - (const char *) buffer->data);
  line = g_strndup ((const char *) buffer->data, length);
  g_byte_array_remove_range (buffer, 0, (unsigned) length + 1);
  return line;
}

/* Returns: (transfer full) (nullable) */
static JsonObject *
parse_object (const char *line, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_dup_object (node);
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
                       _ ("The server's reply cannot be understood"));
  return NULL;
}

static JsonObject *
wait_for_object (Link *link, GError **error)
{
  g_autofree char *line = NULL;

  while ((line = take_line (link->in)) == NULL)
    if (!receive (link, error))
      return NULL;
  return parse_object (line, error);
}

static gboolean
send_request (Link *link, JsonObject *request, GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);
  g_autofree char *text = json_to_string (node, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  size_t length = strlen (line), done = 0;

  if (length > CLAW_CONTROL_LINE_MAX)
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG,
                   _ ("The text is too long: at most %d bytes can be sent"), CLAW_MESSAGE_TEXT_MAX);
      return FALSE;
    }
  while (done < length)
    {
      gssize sent = g_socket_send (link->socket, line + done, length - done, NULL, error);

      if (sent < 0)
        return FALSE;
      done += (size_t) sent;
    }
  return TRUE;
}

/* Gives the result of a reply, or its error. Returns: (transfer full) */
static JsonObject *
read_reply (JsonObject *reply, GError **error)
{
  JsonNode *result = json_object_get_member (reply, "result");

  if (json_object_get_boolean_member_with_default (reply, "ok", FALSE) && result != NULL
      && JSON_NODE_HOLDS_OBJECT (result))
    return json_node_dup_object (result);
  g_set_error_literal (
      error, CLAW_CONTROL_ERROR,
      (int) claw_control_error_from_code (
          json_object_get_string_member_with_default (reply, "code", NULL)),
      json_object_get_string_member_with_default (reply, "message", _ ("The request failed")));
  return NULL;
}

static gboolean
check_greeting (Link *link, GError **error)
{
  g_autoptr (JsonObject) greeting = wait_for_object (link, error);

  if (greeting == NULL)
    return FALSE;
  if (strcmp (json_object_get_string_member_with_default (greeting, "protocol", ""),
              CLAW_CONTROL_PROTOCOL)
          == 0
      && json_object_get_int_member_with_default (greeting, "version", 0) == CLAW_CONTROL_VERSION)
    return TRUE;
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
                       _ ("The running server speaks another version of the control protocol: "
                          "use the clawchat-server that it was started from"));
  return FALSE;
}

static gboolean
connect_to (Link *link, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  link->socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_DEFAULT, error);
  if (link->socket == NULL)
    return FALSE;
  g_socket_set_timeout (link->socket, REPLY_TIMEOUT_S);
  if (g_socket_connect (link->socket, address, NULL, error))
    return TRUE;
  g_clear_object (&link->socket);
  return FALSE;
}

static gboolean
link_open (Link *link, const char *const *sockets, GError **error)
{
  g_autofree char *tried = g_strjoinv (", ", (char **) sockets);
  g_autoptr (GError) reason = NULL;

  link->in = g_byte_array_new ();
  for (unsigned i = 0; sockets[i] != NULL; i++)
    {
      g_autoptr (GError) one = NULL;

      if (connect_to (link, sockets[i], &one))
        return check_greeting (link, error);
      /* "Permission denied" tells more than "No such file". */
      if (reason == NULL || g_error_matches (one, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        {
          g_clear_error (&reason);
          reason = g_steal_pointer (&one);
        }
    }
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_UNAVAILABLE,
               _ ("No server answers at %s (%s). Start one with “clawchat-server --headless”, say "
                  "where it listens with --control-socket, or run this as the server's user"),
               tried, reason != NULL ? reason->message : "");
  return FALSE;
}

static int
fail (const GError *error)
{
  g_printerr ("clawchat-server: %s\n", error->message);
  if (error->domain == CLAW_MESSAGE_ERROR)
    return EX_DATAERR;
  if (error->domain != CLAW_CONTROL_ERROR)
    return EX_IOERR;
  switch ((ClawControlError) error->code)
    {
    case CLAW_CONTROL_ERROR_UNAVAILABLE:
      return EX_UNAVAILABLE;
    case CLAW_CONTROL_ERROR_NOT_FOUND:
      return EX_DATAERR;
    case CLAW_CONTROL_ERROR_INVALID:
    case CLAW_CONTROL_ERROR_UNKNOWN:
      return EX_PROTOCOL;
    case CLAW_CONTROL_ERROR_FAILED:
      return EX_SOFTWARE;
    }
  return EX_SOFTWARE;
}

static void
print_result (const ClawControlClientOptions *options, JsonObject *result)
{
  const char *name = options->words[0];
  g_autofree char *text = NULL;

  if (options->json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), result);
      g_autofree char *line = json_to_string (node, FALSE);

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
  else if (strcmp (name, "new-file") == 0)
    text = g_strconcat (json_object_get_string_member_with_default (result, "file", ""), "\n",
                        NULL);
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

static void
print_event (JsonObject *object)
{
  const char *event = json_object_get_string_member_with_default (object, "event", "");
  g_autofree char *name = claw_control_print_line (
      json_object_get_string_member_with_default (object, "name", ""));

  if (strcmp (event, "message") == 0)
    {
      g_autofree char *line = claw_control_print_message (
          json_object_get_string_member_with_default (object, "sender", ""),
          json_object_get_string_member_with_default (object, "text", ""));

      puts (line);
    }
  else if (strcmp (event, "joined") == 0)
    g_printerr (_ ("%s joined\n"), name);
  else if (strcmp (event, "left") == 0)
    g_printerr (_ ("%s left\n"), name);
  else if (strcmp (event, "compromised") == 0 || strcmp (event, "file") == 0)
    {
      g_autofree char *text = claw_control_print_event (object);

      g_printerr ("%s", text);
    }
}

/* Handles the reply to what was said, or to /compromised. */
static void
take_reply (Link *link, JsonObject *object)
{
  g_autoptr (GError) refusal = NULL;
  g_autoptr (JsonObject) result = read_reply (object, &refusal);

  link->replied++;
  if (result == NULL)
    link->status = fail (refusal);
  else if (json_object_has_member (result, "told"))
    {
      g_autofree char *text = claw_control_print_compromised (result);

      g_printerr ("%s", text);
    }
}

/* Handles all whole lines that have come from the server. */
static gboolean
take_lines (Link *link, GError **error)
{
  char *next;

  while ((next = take_line (link->in)) != NULL)
    {
      g_autofree char *line = next;
      g_autoptr (JsonObject) object = parse_object (line, error);

      if (object == NULL)
        return FALSE;
      if (json_object_has_member (object, "event"))
        print_event (object);
      else
        take_reply (link, object);
    }
  fflush (stdout);
  return TRUE;
}

static gboolean
request (Link *link, JsonObject *object, GError **error)
{
  if (!send_request (link, object, error))
    return FALSE;
  link->sent++;
  return TRUE;
}

/* Returns: FALSE with an error only when the server is gone. */
static gboolean
confirm_compromised (Link *link, const char *answer, GError **error)
{
  g_autoptr (JsonObject) object = NULL;

  link->must_confirm = FALSE;
  if (strcmp (answer, "YES") != 0)
    {
      g_printerr ("%s\n", _ ("Cancelled: nothing was erased."));
      return TRUE;
    }
  object = json_object_new ();
  json_object_set_string_member (object, "command", "compromised");
  return request (link, object, error);
}

/* In a pipe the next line may be anything. */
static void
ask_for_confirmation (Link *link)
{
  if (!isatty (STDIN_FILENO))
    {
      g_printerr ("clawchat-server: %s\n",
                  _ ("Nothing was erased: in a pipe, say /compromised YES"));
      link->status = EX_USAGE;
      return;
    }
  link->must_confirm = TRUE;
  g_printerr ("%s\n",
              _ ("This erases all pairings, this server's key and all .sec files, and tells the "
                 "clients that are connected to erase theirs. Everybody then needs a new .sec "
                 "file. Type YES to do it; anything else cancels."));
}

static gboolean
say (Link *link, char *line, GError **error)
{
  g_autoptr (JsonObject) message = NULL;
  g_autoptr (GError) refusal = NULL;

  g_strchomp (line);
  if (link->must_confirm)
    return confirm_compromised (link, line, error);
  if (line[0] == '\0')
    return TRUE;
  if (strcmp (line, "/compromised") == 0)
    {
      ask_for_confirmation (link);
      return TRUE;
    }
  if (strcmp (line, "/compromised YES") == 0)
    return confirm_compromised (link, "YES", error);
  if (!g_utf8_validate (line, -1, NULL))
    {
      g_printerr ("clawchat-server: %s\n", _ ("The line is not UTF-8 and was not sent"));
      link->status = EX_DATAERR;
      return TRUE;
    }
  message = json_object_new ();
  json_object_set_string_member (message, "command", "send");
  json_object_set_string_member (message, "text", line);
  if (!request (link, message, &refusal))
    {
      if (refusal->domain != CLAW_MESSAGE_ERROR)
        {
          g_propagate_error (error, g_steal_pointer (&refusal));
          return FALSE;
        }
      link->status = fail (refusal);
    }
  return TRUE;
}

/* Reads what is there. @open: FALSE afterwards at the end of input, of which a last line without
 * newline counts too. */
static gboolean
take_input (Link *link, GByteArray *input, gboolean *open, GError **error)
{
  uint8_t buffer[4096];
  ssize_t length = read (STDIN_FILENO, buffer, sizeof buffer);
  char *next;

  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (length > 0)
    g_byte_array_append (input, buffer, (unsigned) length);
  else
    *open = FALSE;
  if (!*open && input->len > 0)
    g_byte_array_append (input, (const uint8_t *) "\n", 1);
  if (input->len > CLAW_CONTROL_LINE_MAX && memchr (input->data, '\n', input->len) == NULL)
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG,
                   _ ("The text is too long: at most %d bytes can be sent"), CLAW_MESSAGE_TEXT_MAX);
      return FALSE;
    }
  while ((next = take_line (input)) != NULL)
    {
      g_autofree char *line = next;

      if (!say (link, line, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
chat (Link *link, GError **error)
{
  g_autoptr (GByteArray) input = g_byte_array_new ();
  gboolean open = TRUE;

  if (!take_lines (link, error))
    return FALSE;
  while (open || link->replied < link->sent)
    {
      GPollFD fds[2] = { { g_socket_get_fd (link->socket), G_IO_IN | G_IO_HUP, 0 },
                         { STDIN_FILENO, G_IO_IN | G_IO_HUP, 0 } };

      if (g_poll (fds, open ? 2 : 1, -1) < 0)
        continue;
      if (fds[0].revents != 0 && (!receive (link, error) || !take_lines (link, error)))
        return FALSE;
      if (open && fds[1].revents != 0 && !take_input (link, input, &open, error))
        return FALSE;
    }
  return TRUE;
}

static void
greet_operator (void)
{
  if (isatty (STDIN_FILENO))
    g_printerr ("%s\n",
                _ ("Attached as the operator. Type a line to send it; Ctrl-D ends the chat, not "
                   "the server."));
}

int
claw_control_client_run (const ClawControlClientOptions *options)
{
  g_auto (Link) link = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) request = NULL;
  g_autoptr (JsonObject) reply = NULL;
  g_autoptr (JsonObject) result = NULL;

  if (!link_open (&link, options->sockets, &error))
    return fail (error);
  request = make_request (options, &error);
  if (request == NULL || !send_request (&link, request, &error))
    return fail (error);
  reply = wait_for_object (&link, &error);
  result = reply == NULL ? NULL : read_reply (reply, &error);
  if (result == NULL)
    return fail (error);
  if (strcmp (options->words[0], "attach") != 0)
    {
      print_result (options, result);
      return fflush (stdout) == 0 ? EX_OK : EX_IOERR;
    }
  greet_operator ();
  g_socket_set_timeout (link.socket, 0);
  return chat (&link, &error) ? link.status : fail (error);
}
