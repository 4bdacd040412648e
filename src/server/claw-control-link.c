/* claw-control-link.c: see claw-control-link.h. */
#include "config.h"

#include "claw-control-link.h"

#include "claw-message.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sysexits.h>

#define READ_SIZE (64 * 1024)
#define REPLY_TIMEOUT_S 15
/* What a server keeps for a client at most, and what came behind it; no ClawChat server sends more.
 */
#define REPLY_MAX (CLAW_CONTROL_UNREAD_MAX + READ_SIZE)

void
claw_control_link_clear (ClawControlLink *link)
{
  if (link->socket != NULL)
    g_socket_close (link->socket, NULL);
  g_clear_object (&link->socket);
  g_clear_pointer (&link->in, g_byte_array_unref);
}

static gboolean
lost (GError **error)
{
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_UNAVAILABLE,
                       _ ("The server has closed the control connection"));
  return FALSE;
}

gboolean
claw_control_link_receive (ClawControlLink *link, GError **error)
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

char *
claw_control_take_line (GByteArray *buffer)
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

char *
claw_control_link_take_line (ClawControlLink *link)
{
  return claw_control_take_line (link->in);
}

JsonObject *
claw_control_parse_object (const char *line, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);

  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_dup_object (node);
  g_set_error_literal (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
                       _ ("The server's reply cannot be understood"));
  return NULL;
}

JsonObject *
claw_control_link_wait (ClawControlLink *link, GError **error)
{
  g_autofree char *line = NULL;

  while ((line = claw_control_link_take_line (link)) == NULL)
    if (!claw_control_link_receive (link, error))
      return NULL;
  return claw_control_parse_object (line, error);
}

gboolean
claw_control_link_send_line (ClawControlLink *link, const char *line, GError **error)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  size_t length = strlen (text), done = 0;

  if (length > CLAW_CONTROL_LINE_MAX)
    {
      g_set_error (error, CLAW_MESSAGE_ERROR, CLAW_MESSAGE_ERROR_TOO_LONG,
                   _ ("The text is too long: at most %d bytes can be sent"), CLAW_MESSAGE_TEXT_MAX);
      return FALSE;
    }
  while (done < length)
    {
      gssize sent = g_socket_send (link->socket, text + done, length - done, NULL, error);

      if (sent < 0)
        return FALSE;
      done += (size_t) sent;
    }
  return TRUE;
}

gboolean
claw_control_link_send (ClawControlLink *link, JsonObject *request, GError **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), request);
  g_autofree char *line = json_to_string (node, FALSE);

  return claw_control_link_send_line (link, line, error);
}

JsonObject *
claw_control_read_reply (JsonObject *reply, GError **error)
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

JsonObject *
claw_control_link_ask (ClawControlLink *link, JsonObject *request, GError **error)
{
  g_autoptr (JsonObject) reply = NULL;

  if (!claw_control_link_send (link, request, error))
    return NULL;
  reply = claw_control_link_wait (link, error);
  return reply == NULL ? NULL : claw_control_read_reply (reply, error);
}

static gboolean
check_greeting (ClawControlLink *link, GError **error)
{
  g_autoptr (JsonObject) greeting = claw_control_link_wait (link, error);

  if (greeting == NULL)
    return FALSE;
  /* Turned away, with the reason. */
  if (json_object_has_member (greeting, "ok"))
    {
      g_autoptr (JsonObject) result = claw_control_read_reply (greeting, error);

      if (result == NULL)
        return FALSE;
    }
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
connect_to (ClawControlLink *link, const char *path, GError **error)
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

/* The modes of the socket or of its directory keep this user out. */
static gboolean
denied (const char *tried, GError **error)
{
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_DENIED,
               _ ("Permission denied: the server's control socket (%s) is for root, for the "
                  "server's own user and, with the service, for members of the group “clawchat”. "
                  "Use sudo, or have root run: usermod -aG clawchat %s, and log in anew"),
               tried, g_get_user_name ());
  return FALSE;
}

gboolean
claw_control_link_open (ClawControlLink *link, const char *const *sockets, GError **error)
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
  if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return denied (tried, error);
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_UNAVAILABLE,
               _ ("No server answers at %s (%s). Start one with “clawchat-server --headless”, say "
                  "where it listens with --control-socket, or run this as the server's user"),
               tried, reason != NULL ? reason->message : "");
  return FALSE;
}

int
claw_control_fail (const GError *error)
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
    case CLAW_CONTROL_ERROR_BUSY:
    case CLAW_CONTROL_ERROR_TOO_MANY:
      return EX_TEMPFAIL;
    case CLAW_CONTROL_ERROR_DENIED:
      return EX_NOPERM;
    case CLAW_CONTROL_ERROR_NOT_FOUND:
    case CLAW_CONTROL_ERROR_TEXT:
      return EX_DATAERR;
    case CLAW_CONTROL_ERROR_INVALID:
    case CLAW_CONTROL_ERROR_UNKNOWN:
      return EX_PROTOCOL;
    case CLAW_CONTROL_ERROR_FAILED:
      return EX_SOFTWARE;
    }
  return EX_SOFTWARE;
}
