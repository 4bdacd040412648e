/* claw-control-stream.c: see claw-control-stream.h. */
#include "config.h"

#include "claw-control-stream.h"

#include "claw-control-print.h"
#include "claw-message.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct
{
  ClawControlLink *link;
  gboolean json;
  GByteArray *input; /* of standard input, not yet sent */
  gboolean open;     /* standard input is */
  guint64 sent, replied;
} Stream;

/* Begins to hear events. What comes after the reply stays in the link. */
static gboolean
begin (Stream *stream, const char *command, GError **error)
{
  g_autoptr (JsonObject) request = json_object_new ();
  g_autoptr (JsonObject) result = NULL;

  json_object_set_string_member (request, "command", command);
  result = claw_control_link_ask (stream->link, request, error);
  if (result == NULL)
    return FALSE;
  /* From now on it may take any time. */
  g_socket_set_timeout (stream->link->socket, 0);
  return TRUE;
}

static gboolean
print_line (Stream *stream, const char *line, GError **error)
{
  g_autoptr (JsonObject) object = claw_control_parse_object (line, error);
  g_autofree char *text = NULL;

  if (object == NULL)
    return FALSE;
  if (!json_object_has_member (object, "event"))
    stream->replied++;
  text = stream->json ? claw_control_print_json (line) : claw_control_print_tail (object);
  puts (text);
  return TRUE;
}

/* Prints all whole lines that have come from the server. */
static gboolean
print_lines (Stream *stream, GError **error)
{
  char *next;

  while ((next = claw_control_link_take_line (stream->link)) != NULL)
    {
      g_autofree char *line = next;

      if (!print_line (stream, line, error))
        return FALSE;
    }
  if (fflush (stdout) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               _ ("Cannot write to standard output: %s"), g_strerror (errno));
  return FALSE;
}

static gboolean
take_requests (Stream *stream, GError **error)
{
  char *next;

  while ((next = claw_control_take_line (stream->input)) != NULL)
    {
      g_autofree char *line = next;

      if (g_strstrip (line)[0] == '\0')
        continue;
      if (!claw_control_link_send_line (stream->link, line, error))
        return FALSE;
      stream->sent++;
    }
  if (stream->input->len <= CLAW_CONTROL_LINE_MAX)
    return TRUE;
  g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_INVALID,
               _ ("the line is longer than %d bytes"), CLAW_CONTROL_LINE_MAX);
  return FALSE;
}

/* Reads what is there. At the end of input a last line without a newline counts, too. */
static gboolean
take_input (Stream *stream, GError **error)
{
  uint8_t buffer[4096];
  ssize_t length = read (STDIN_FILENO, buffer, sizeof buffer);

  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (length > 0)
    g_byte_array_append (stream->input, buffer, (unsigned) length);
  else
    stream->open = FALSE;
  if (!stream->open && stream->input->len > 0)
    g_byte_array_append (stream->input, (const uint8_t *) "\n", 1);
  return take_requests (stream, error);
}

/* Goes on while there is input, or a reply is missing. Returns: FALSE with an error. */
static gboolean
run (Stream *stream, GError **error)
{
  if (!print_lines (stream, error))
    return FALSE;
  while (stream->open || stream->replied < stream->sent)
    {
      GPollFD fds[2] = {
        { g_socket_get_fd (stream->link->socket), G_IO_IN | G_IO_HUP, 0 },
        { STDIN_FILENO, G_IO_IN | G_IO_HUP, 0 },
      };

      if (g_poll (fds, stream->open && stream->input != NULL ? 2 : 1, -1) < 0)
        continue;
      if (fds[0].revents != 0
          && (!claw_control_link_receive (stream->link, error) || !print_lines (stream, error)))
        return FALSE;
      if (fds[1].revents != 0 && !take_input (stream, error))
        return FALSE;
    }
  return TRUE;
}

static int
run_to_exit_code (Stream *stream, const char *command)
{
  g_autoptr (GError) error = NULL;

  if (begin (stream, command, &error) && run (stream, &error))
    return EX_OK;
  return claw_control_fail (error);
}

int
claw_control_stream_tail (ClawControlLink *link, gboolean json)
{
  Stream stream = { .link = link, .json = json, .open = TRUE };

  return run_to_exit_code (&stream, "tail");
}

int
claw_control_stream_attach (ClawControlLink *link)
{
  g_autoptr (GByteArray) input = g_byte_array_new ();
  Stream stream = { .link = link, .json = TRUE, .input = input, .open = TRUE };

  return run_to_exit_code (&stream, "attach");
}
