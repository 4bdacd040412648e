/* claw-control.c: the control socket: clients in, lines in, replies and events out.
 *
 * Nothing here waits: what a client does not read is kept for it up to a limit. A client may be
 * dropped while one of its own requests is being handled, so that it is marked dead first and freed
 * when nobody looks at it any more.
 */
#include "config.h"

#include "claw-control.h"

#include "claw-control-access.h"
#include "claw-events.h"
#include "claw-source.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_SIZE (64 * 1024)

struct ClawControlPeer
{
  ClawControl *control;
  GSocket *socket;
  GSource *readable;
  GSource *writable; /* NULL while there is nothing to write */
  GByteArray *in, *out;
  unsigned hears; /* CLAW_CONTROL_ATTACHED, CLAW_CONTROL_TAILING */
  gboolean busy;  /* a callback of this peer is on the stack */
  gboolean dead;
};

struct ClawControl
{
  char *path;
  char *server_name;
  ClawControlHandler handler;
  gpointer user_data;
  GSocket *listener;
  GSource *source;
  GPtrArray *peers;
  gid_t group;
  unsigned attached, tailing;
};

static void
peer_free (ClawControlPeer *peer)
{
  claw_source_clear (&peer->readable);
  claw_source_clear (&peer->writable);
  g_socket_close (peer->socket, NULL);
  g_object_unref (peer->socket);
  g_byte_array_unref (peer->in);
  g_byte_array_unref (peer->out);
  g_free (peer);
}

static void
set_hears (ClawControlPeer *peer, unsigned hears)
{
  ClawControl *control = peer->control;
  unsigned changed = peer->hears ^ hears;

  peer->hears = hears;
  if ((changed & CLAW_CONTROL_TAILING) != 0)
    control->tailing += (hears & CLAW_CONTROL_TAILING) != 0 ? 1u : -1u;
  if ((changed & CLAW_CONTROL_ATTACHED) == 0)
    return;
  control->attached += (hears & CLAW_CONTROL_ATTACHED) != 0 ? 1u : -1u;
  control->handler.attached (control->attached, control->user_data);
}

static void
drop_peer (ClawControlPeer *peer)
{
  if (peer->dead)
    return;
  peer->dead = TRUE;
  claw_source_clear (&peer->readable);
  claw_source_clear (&peer->writable);
  g_ptr_array_remove (peer->control->peers, peer);
  set_hears (peer, 0);
  if (!peer->busy)
    peer_free (peer);
}

static GSource *
watch (GSocket *socket, GIOCondition condition, GSourceFunc callback, gpointer user_data)
{
  GSource *source = g_socket_create_source (socket, condition, NULL);

  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/* Writes what the socket takes. Returns: FALSE when the client is gone. */
static gboolean
write_out (ClawControlPeer *peer)
{
  while (peer->out->len > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize written = g_socket_send (peer->socket, (const char *) peer->out->data, peer->out->len,
                                      NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return TRUE;
      if (written < 0)
        return FALSE;
      g_byte_array_remove_range (peer->out, 0, (unsigned) written);
    }
  return TRUE;
}

static gboolean
on_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  ClawControlPeer *peer = user_data;

  if (!write_out (peer))
    {
      drop_peer (peer);
      return G_SOURCE_REMOVE;
    }
  if (peer->out->len > 0)
    return G_SOURCE_CONTINUE;
  claw_source_clear (&peer->writable);
  return G_SOURCE_REMOVE;
}

static void
send_line (ClawControlPeer *peer, const char *line)
{
  size_t length = strlen (line);

  if (peer->dead)
    return;
  if (peer->out->len + length + 1 > CLAW_CONTROL_UNREAD_MAX)
    {
      claw_event (CLAW_EVENT_CONTROL_REFUSED, &(ClawEventFields){ .reason = "does-not-read" }, "%s",
                  _ ("Dropping a control client that does not read"));
      drop_peer (peer);
      return;
    }
  g_byte_array_append (peer->out, (const uint8_t *) line, (unsigned) length);
  g_byte_array_append (peer->out, (const uint8_t *) "\n", 1);
  if (peer->writable != NULL)
    return;
  if (!write_out (peer))
    drop_peer (peer);
  else if (peer->out->len > 0)
    peer->writable = watch (peer->socket, G_IO_OUT, (GSourceFunc) (void (*) (void)) on_writable,
                            peer);
}

static void
send_object (ClawControlPeer *peer, JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *line = json_to_string (node, FALSE);

  send_line (peer, line);
}

static void
send_greeting (ClawControlPeer *peer)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "protocol", CLAW_CONTROL_PROTOCOL);
  json_object_set_int_member (object, "version", CLAW_CONTROL_VERSION);
  json_object_set_string_member (object, "name", peer->control->server_name);
  send_object (peer, object);
}

/* @result: (nullable): else @error is told. Returns: (transfer full) */
static JsonNode *
make_reply (gint64 tag, JsonNode *result, const GError *error)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_boolean_member (object, "ok", error == NULL);
  if (tag >= 0)
    json_object_set_int_member (object, "id", tag);
  if (error == NULL)
    json_object_set_member (object, "result", json_node_copy (result));
  else
    {
      json_object_set_string_member (object, "code", claw_control_error_to_code (error));
      json_object_set_string_member (object, "message", error->message);
    }
  return json_node_init_object (json_node_alloc (), object);
}

static void
send_reply (ClawControlPeer *peer, gint64 tag, JsonNode *result, const GError *error)
{
  g_autoptr (JsonNode) reply = make_reply (tag, result, error);
  g_autofree char *line = json_to_string (reply, FALSE);

  send_line (peer, line);
}

static void
handle_line (ClawControlPeer *peer, const char *line, size_t length)
{
  ClawControl *control = peer->control;
  g_auto (ClawControlRequest) request = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) result = NULL;

  if (claw_control_request_parse (line, length, &request, &error))
    result = control->handler.request (peer, &request, &error, control->user_data);
  send_reply (peer, request.tag, result, error);
  /* After the reply, so that no event comes ahead of it. */
  if (result == NULL || peer->dead)
    return;
  if (request.command == CLAW_CONTROL_ATTACH)
    set_hears (peer, peer->hears | CLAW_CONTROL_ATTACHED);
  else if (request.command == CLAW_CONTROL_TAIL)
    set_hears (peer, peer->hears | CLAW_CONTROL_TAILING);
}

/* Handles the whole lines that have come. Returns: FALSE when a line is longer than allowed. */
static gboolean
handle_lines (ClawControlPeer *peer)
{
  size_t start = 0;

  while (!peer->dead)
    {
      const char *line = (const char *) peer->in->data + start;
      const char *end = start < peer->in->len ? memchr (line, '\n', peer->in->len - start) : NULL;

      if (end == NULL)
        break;
      handle_line (peer, line, (size_t) (end - line));
      start += (size_t) (end - line) + 1;
    }
  if (start > 0)
    g_byte_array_remove_range (peer->in, 0, (unsigned) start);
  return peer->in->len <= CLAW_CONTROL_LINE_MAX;
}

static void
refuse_line (ClawControlPeer *peer)
{
  g_autoptr (GError) error = g_error_new (CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
                                          _ ("the line is longer than %d bytes"),
                                          CLAW_CONTROL_LINE_MAX);

  send_reply (peer, -1, NULL, error);
  drop_peer (peer);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  ClawControlPeer *peer = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *buffer = g_malloc (READ_SIZE);
  gssize length = g_socket_receive (peer->socket, buffer, READ_SIZE, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;
  peer->busy = TRUE;
  if (length <= 0)
    drop_peer (peer);
  else
    {
      g_byte_array_append (peer->in, (const uint8_t *) buffer, (unsigned) length);
      if (!handle_lines (peer) && !peer->dead)
        refuse_line (peer);
    }
  peer->busy = FALSE;
  if (!peer->dead)
    return G_SOURCE_CONTINUE;
  peer_free (peer);
  return G_SOURCE_REMOVE;
}

/* Who is turned away is told why, in the one line that a new socket has room for. */
static void
turn_away (GSocket *socket, ClawControlError code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (CLAW_CONTROL_ERROR, (int) code, message);
  g_autoptr (JsonNode) reply = make_reply (-1, NULL, error);
  g_autofree char *text = json_to_string (reply, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  g_socket_send (socket, line, strlen (line), NULL, NULL);
  g_socket_close (socket, NULL);
}

/* Returns: FALSE when it was turned away. */
static gboolean
admit (ClawControl *control, GSocket *socket)
{
  g_autofree char *peer = NULL;

  if (!claw_control_access_is_allowed (socket, control->group, &peer))
    {
      claw_event (CLAW_EVENT_CONTROL_REFUSED, &(ClawEventFields){ .reason = "user" },
                  _ ("Refused a control client of another user: %s"), peer);
      turn_away (socket, CLAW_CONTROL_ERROR_DENIED,
                 _ ("Only root, the server's own user and members of the group “clawchat” may use "
                    "the control socket"));
      return FALSE;
    }
  if (control->peers->len < CLAW_CONTROL_CLIENTS_MAX)
    return TRUE;
  claw_event (CLAW_EVENT_CONTROL_REFUSED, &(ClawEventFields){ .reason = "too-many" },
              _ ("Refused a control client: %d are connected already"), CLAW_CONTROL_CLIENTS_MAX);
  turn_away (socket, CLAW_CONTROL_ERROR_BUSY,
             _ ("Too many programs use the control socket already"));
  return FALSE;
}

static gboolean
on_connection (GSocket *listener, GIOCondition condition, gpointer user_data)
{
  ClawControl *control = user_data;
  g_autoptr (GSocket) socket = g_socket_accept (listener, NULL, NULL);
  ClawControlPeer *peer;

  if (socket == NULL)
    return G_SOURCE_CONTINUE;
  g_socket_set_blocking (socket, FALSE);
  if (!admit (control, socket))
    return G_SOURCE_CONTINUE;
  peer = g_new0 (ClawControlPeer, 1);
  peer->control = control;
  peer->socket = g_steal_pointer (&socket);
  peer->in = g_byte_array_new ();
  peer->out = g_byte_array_new ();
  g_ptr_array_add (control->peers, peer);
  peer->readable = watch (peer->socket, G_IO_IN, (GSourceFunc) (void (*) (void)) on_readable, peer);
  send_greeting (peer);
  return G_SOURCE_CONTINUE;
}

/* Whether a server answers at @address. */
static gboolean
is_alive (GSocketAddress *address)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, NULL);

  return socket != NULL && g_socket_connect (socket, address, NULL, NULL);
}

/* Removes the socket of a server that is no more; nothing but a socket is ever removed. */
static gboolean
make_room (const char *path, GSocketAddress *address, GError **error)
{
  struct stat info;

  if (lstat (path, &info) != 0)
    return TRUE;
  if (!S_ISSOCK (info.st_mode))
    {
      g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED,
                   _ ("%s is in the way of the control socket: move it away, or choose another "
                      "place with --control-socket"),
                   path);
      return FALSE;
    }
  if (is_alive (address))
    {
      g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED,
                   _ ("another server uses the control socket %s: stop it, or choose another "
                      "place with --control-socket"),
                   path);
      return FALSE;
    }
  g_unlink (path);
  return TRUE;
}

static gboolean
bind_privately (GSocket *socket, GSocketAddress *address, gid_t group, GError **error)
{
  mode_t before = umask (group == CLAW_CONTROL_NO_GROUP ? 0177 : 0117);
  gboolean bound = g_socket_bind (socket, address, FALSE, error);

  umask (before);
  return bound && g_socket_listen (socket, error);
}

static GSocket *
listen_at (const char *path, gid_t group, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_FAILED,
                   _ ("the control socket's path is longer than %zu bytes, choose a shorter one "
                      "with --control-socket: %s"),
                   sizeof ((struct sockaddr_un *) NULL)->sun_path - 1, path);
      return NULL;
    }
  if (!claw_control_access_make_directory (directory, group, error))
    return NULL;
  address = g_unix_socket_address_new (path);
  if (!make_room (path, address, error))
    return NULL;
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                         error);
  if (socket == NULL)
    return NULL;
  if (!bind_privately (socket, address, group, error))
    {
      g_prefix_error (error, _ ("Could not make the control socket %s: "), path);
      return NULL;
    }
  g_socket_set_blocking (socket, FALSE);
  return g_steal_pointer (&socket);
}

ClawControl *
claw_control_new (const char *path,
                  const char *server_name,
                  gid_t group,
                  const ClawControlHandler *handler,
                  gpointer user_data,
                  GError **error)
{
  GSocket *listener = listen_at (path, group, error);
  ClawControl *control;

  if (listener == NULL)
    return NULL;
  control = g_new0 (ClawControl, 1);
  control->path = g_strdup (path);
  control->server_name = g_strdup (server_name);
  control->group = group;
  control->handler = *handler;
  control->user_data = user_data;
  control->listener = listener;
  control->peers = g_ptr_array_new ();
  control->source = watch (listener, G_IO_IN, (GSourceFunc) (void (*) (void)) on_connection,
                           control);
  return control;
}

void
claw_control_free (ClawControl *control)
{
  if (control == NULL)
    return;
  while (control->peers->len > 0)
    drop_peer (g_ptr_array_index (control->peers, 0));
  claw_source_clear (&control->source);
  g_socket_close (control->listener, NULL);
  g_object_unref (control->listener);
  g_unlink (control->path);
  g_ptr_array_unref (control->peers);
  g_free (control->path);
  g_free (control->server_name);
  g_free (control);
}

gboolean
claw_control_is_heard (const ClawControl *control, unsigned audience)
{
  return ((audience & CLAW_CONTROL_ATTACHED) != 0 && control->attached > 0)
         || ((audience & CLAW_CONTROL_TAILING) != 0 && control->tailing > 0);
}

void
claw_control_broadcast (ClawControl *control,
                        JsonNode *event,
                        unsigned audience,
                        const ClawControlPeer *except)
{
  g_autofree char *line = NULL;

  if (!claw_control_is_heard (control, audience))
    return;
  line = json_to_string (event, FALSE);
  /* One that is dropped leaves the array, hence the walk from the end. */
  for (unsigned at = control->peers->len; at-- > 0;)
    {
      ClawControlPeer *peer = g_ptr_array_index (control->peers, at);

      if ((peer->hears & audience) != 0 && peer != except)
        send_line (peer, line);
    }
}

unsigned
claw_control_get_clients (const ClawControl *control)
{
  return control->peers->len;
}
