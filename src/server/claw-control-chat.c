/* claw-control-chat.c: see claw-control-chat.h.
 *
 * Replies come in the order of the requests, so that a queue of what was asked is enough to know
 * what a reply is about.
 */
#include "config.h"

#include "claw-control-chat.h"

#include "claw-control-link.h"
#include "claw-control-print.h"
#include "claw-source.h"
#include "claw-terminal-input.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define RECONNECT_S 1
/* The server answers at once, or something is wrong with it. */
#define SEND_TIMEOUT_S 15

typedef enum
{
  ASKED_SEND,
  ASKED_NAMES,   /* for Tab, and for a word of who is here */
  ASKED_MEMBERS, /* to be shown */
  ASKED_STATUS,
  ASKED_COMPROMISED,
} Asked;

typedef struct
{
  const char *const *sockets;
  GMainLoop *loop;
  ClawControlLink link;
  GSource *readable; /* (nullable): NULL while the server is away */
  guint reconnect;
  ClawTerminalInput *input;
  GQueue *asked;    /* of Asked */
  GPtrArray *names; /* who is present */
  ClawControlPrintStyle style;
  int status;            /* worst exit code */
  gboolean is_leaving;   /* at the end of input */
  gboolean must_confirm; /* /compromised was said, and the next line decides */
} Chat;

static void on_lost (Chat *chat, GError *error);

/* What is no message goes to stderr. */
static void
notice (Chat *chat, const char *text)
{
  claw_terminal_input_hide (chat->input);
  fprintf (stderr, "%s\n", text);
  claw_terminal_input_show (chat->input);
}

static void
tell (Chat *chat, const char *text)
{
  g_autofree char *line = claw_control_print_notice (&chat->style, g_get_real_time (), text);

  notice (chat, line);
}

static void
complain (Chat *chat, const GError *error)
{
  claw_terminal_input_hide (chat->input);
  chat->status = claw_control_fail (error);
  claw_terminal_input_show (chat->input);
}

static void
leave (Chat *chat)
{
  g_main_loop_quit (chat->loop);
}

/* Names. */

static void
forget_name (Chat *chat, const char *name)
{
  unsigned at;

  if (g_ptr_array_find_with_equal_func (chat->names, name, g_str_equal, &at))
    g_ptr_array_remove_index (chat->names, at);
}

static void
note_name (Chat *chat, const char *name)
{
  forget_name (chat, name);
  g_ptr_array_add (chat->names, g_strdup (name));
}

static void
note_present (JsonArray *array, guint at, JsonNode *node, gpointer user_data)
{
  JsonObject *entry = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (entry != NULL && json_object_get_boolean_member_with_default (entry, "present", FALSE))
    note_name (user_data, json_object_get_string_member_with_default (entry, "name", ""));
}

static void
note_all (Chat *chat, JsonObject *result)
{
  JsonNode *node = json_object_get_member (result, "members");

  g_ptr_array_set_size (chat->names, 0);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    json_array_foreach_element (json_node_get_array (node), note_present, chat);
}

static GStrv
list_names (gpointer user_data)
{
  Chat *chat = user_data;
  GPtrArray *names = g_ptr_array_new ();

  for (unsigned i = 0; i < chat->names->len; i++)
    g_ptr_array_add (names, g_strdup (g_ptr_array_index (chat->names, i)));
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}

/* What comes. */

static void
print_message (Chat *chat, JsonObject *event)
{
  g_autofree char *line = claw_control_print_chat (&chat->style, event);
  gboolean written;

  claw_terminal_input_hide (chat->input);
  written = puts (line) >= 0 && fflush (stdout) == 0;
  claw_terminal_input_show (chat->input);
  if (written)
    return;
  g_printerr (_ ("clawchat-server: cannot write to standard output: %s\n"), g_strerror (errno));
  chat->status = EX_IOERR;
  leave (chat);
}

static void
take_event (Chat *chat, JsonObject *event)
{
  const char *kind = json_object_get_string_member_with_default (event, "event", "");
  const char *name = json_object_get_string_member_with_default (event, "name", "");
  g_autofree char *text = NULL;

  if (strcmp (kind, "message") == 0)
    {
      print_message (chat, event);
      return;
    }
  if (strcmp (kind, "joined") == 0)
    note_name (chat, name);
  else if (strcmp (kind, "left") == 0)
    forget_name (chat, name);
  text = claw_control_print_event (event);
  tell (chat, text);
}

static void
tell_present (Chat *chat)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *line = NULL;

  for (unsigned i = 0; i < chat->names->len; i++)
    {
      g_autofree char *name = claw_control_print_line (g_ptr_array_index (chat->names, i));

      g_string_append_printf (text, "%s%s", i == 0 ? "" : ", ", name);
    }
  line = text->len == 0 ? g_strdup (_ ("Nobody is here."))
                        : g_strdup_printf (_ ("Here: %s"), text->str);
  tell (chat, line);
}

static void
show (Chat *chat, char *(*print) (JsonObject *result), JsonObject *result)
{
  g_autofree char *text = print (result);

  notice (chat, g_strchomp (text));
}

static void
take_result (Chat *chat, Asked asked, JsonObject *result)
{
  switch (asked)
    {
    case ASKED_SEND:
      break;
    case ASKED_NAMES:
      note_all (chat, result);
      tell_present (chat);
      break;
    case ASKED_MEMBERS:
      note_all (chat, result);
      show (chat, claw_control_print_members, result);
      break;
    case ASKED_STATUS:
      show (chat, claw_control_print_status, result);
      break;
    case ASKED_COMPROMISED:
      show (chat, claw_control_print_compromised, result);
      break;
    }
}

static void
take_reply (Chat *chat, JsonObject *reply)
{
  g_autoptr (GError) refusal = NULL;
  g_autoptr (JsonObject) result = claw_control_read_reply (reply, &refusal);
  Asked asked = (Asked) GPOINTER_TO_INT (g_queue_pop_head (chat->asked));

  if (result == NULL)
    complain (chat, refusal);
  else
    take_result (chat, asked, result);
  if (chat->is_leaving && g_queue_is_empty (chat->asked))
    leave (chat);
}

static gboolean
take_lines (Chat *chat, GError **error)
{
  char *next;

  while ((next = claw_control_link_take_line (&chat->link)) != NULL)
    {
      g_autofree char *line = next;
      g_autoptr (JsonObject) object = claw_control_parse_object (line, error);

      if (object == NULL)
        return FALSE;
      if (json_object_has_member (object, "event"))
        take_event (chat, object);
      else
        take_reply (chat, object);
    }
  return TRUE;
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Chat *chat = user_data;
  g_autoptr (GError) error = NULL;

  if (claw_control_link_receive (&chat->link, &error) && take_lines (chat, &error))
    return G_SOURCE_CONTINUE;
  on_lost (chat, error);
  return G_SOURCE_REMOVE;
}

/* Requests. */

static void
ask (Chat *chat, Asked asked, JsonObject *request)
{
  g_autoptr (GError) error = NULL;
  gboolean is_sent;

  if (chat->readable == NULL)
    {
      tell (chat, _ ("Not sent: the server is away."));
      return;
    }
  g_socket_set_timeout (chat->link.socket, SEND_TIMEOUT_S);
  is_sent = claw_control_link_send (&chat->link, request, &error);
  g_socket_set_timeout (chat->link.socket, 0);
  if (is_sent)
    g_queue_push_tail (chat->asked, GINT_TO_POINTER (asked));
  else if (error->domain == CLAW_MESSAGE_ERROR)
    complain (chat, error);
  else
    on_lost (chat, error);
}

static void
ask_plainly (Chat *chat, Asked asked, const char *command)
{
  g_autoptr (JsonObject) request = json_object_new ();

  json_object_set_string_member (request, "command", command);
  ask (chat, asked, request);
}

static void
send_text (Chat *chat, const char *text)
{
  g_autoptr (JsonObject) request = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    {
      notice (chat, _ ("clawchat-server: the line is not UTF-8 and was not sent"));
      chat->status = EX_DATAERR;
      return;
    }
  request = json_object_new ();
  json_object_set_string_member (request, "command", "send");
  json_object_set_string_member (request, "text", text);
  ask (chat, ASKED_SEND, request);
}

static void
confirm_compromised (Chat *chat, const char *answer)
{
  chat->must_confirm = FALSE;
  if (strcmp (answer, "YES") == 0)
    ask_plainly (chat, ASKED_COMPROMISED, "compromised");
  else
    notice (chat, _ ("Cancelled: nothing was erased."));
}

/* In a pipe the next line may be anything. */
static void
ask_compromised (Chat *chat, const char *answer)
{
  if (answer[0] != '\0')
    {
      confirm_compromised (chat, answer);
      return;
    }
  if (!claw_terminal_input_is_interactive (chat->input))
    {
      notice (chat, _ ("clawchat-server: nothing was erased: in a pipe, say /compromised YES"));
      chat->status = EX_USAGE;
      return;
    }
  chat->must_confirm = TRUE;
  notice (chat, _ ("This erases all pairings, this server's key and all .sec files, and tells the "
                   "clients that are connected to erase theirs. Everybody then needs a new .sec "
                   "file. Type YES to do it; anything else cancels."));
}

static void
on_input_end (gpointer user_data)
{
  Chat *chat = user_data;

  chat->is_leaving = TRUE;
  claw_terminal_input_stop (chat->input);
  if (g_queue_is_empty (chat->asked) || chat->readable == NULL)
    leave (chat);
}

static void
tell_help (Chat *chat)
{
  notice (chat, _ ("Every line is a message. Lines that begin with a slash are commands:\n"
                   "/help     this list\n"
                   "/members  who is paired, and who of them is here\n"
                   "/status   where the server listens, and how it is\n"
                   "/compromised  erase the keys of all pairings and the server's own\n"
                   "/quit     end this chat, not the server\n"
                   "//TEXT    sends a message that begins with a slash\n"
                   "Tab completes the name of somebody who is here."));
}

static void
run_line (Chat *chat, const char *line)
{
  const char *text = NULL;

  if (chat->must_confirm)
    {
      confirm_compromised (chat, line);
      return;
    }
  switch (claw_terminal_parse (line, &text))
    {
    case CLAW_TERMINAL_NOTHING:
      break;
    case CLAW_TERMINAL_MESSAGE:
      send_text (chat, text);
      break;
    case CLAW_TERMINAL_HELP:
      tell_help (chat);
      break;
    case CLAW_TERMINAL_STATUS:
      ask_plainly (chat, ASKED_STATUS, "status");
      break;
    case CLAW_TERMINAL_MEMBERS:
      ask_plainly (chat, ASKED_MEMBERS, "members");
      break;
    case CLAW_TERMINAL_SAFETY:
      notice (chat,
              _ ("There is a safety number with each member: clawchat-server safety-number ID "
                 "prints it, and /members tells the names"));
      break;
    case CLAW_TERMINAL_COMPROMISED:
      ask_compromised (chat, text);
      break;
    case CLAW_TERMINAL_QUIT:
      on_input_end (chat);
      break;
    case CLAW_TERMINAL_UNKNOWN:
      notice (chat, _ ("clawchat-server: there is no such command; /help lists them, and //… sends "
                       "a message that begins with a slash"));
      break;
    }
}

static void
on_line (ClawLineResult result, const char *line, size_t length, gpointer user_data)
{
  Chat *chat = user_data;
  g_autofree char *text = NULL;

  switch (result)
    {
    case CLAW_LINE_NONE:
      break;
    case CLAW_LINE_READY:
      run_line (chat, line);
      break;
    case CLAW_LINE_TOO_LONG:
      text = g_strdup_printf (_ ("clawchat-server: a line of %zu bytes was not sent; a message has "
                                 "at most %d bytes"),
                              length, CLAW_MESSAGE_TEXT_MAX);
      notice (chat, text);
      chat->status = EX_DATAERR;
      break;
    case CLAW_LINE_NUL:
      notice (chat, _ ("clawchat-server: a line with a NUL byte was not sent; this is no text"));
      chat->status = EX_DATAERR;
      break;
    }
}

/* Coming and going of the server. */

static gboolean
begin (Chat *chat, GError **error)
{
  g_autoptr (JsonObject) request = json_object_new ();
  g_autoptr (JsonObject) result = NULL;

  json_object_set_string_member (request, "command", "attach");
  if (!claw_control_link_open (&chat->link, chat->sockets, error))
    return FALSE;
  result = claw_control_link_ask (&chat->link, request, error);
  if (result == NULL)
    return FALSE;
  g_socket_set_timeout (chat->link.socket, 0);
  chat->readable = g_socket_create_source (chat->link.socket, G_IO_IN, NULL);
  g_source_set_callback (chat->readable, (GSourceFunc) (void (*) (void)) on_readable, chat, NULL);
  g_source_attach (chat->readable, NULL);
  return TRUE;
}

static void
end (Chat *chat)
{
  claw_source_clear (&chat->readable);
  claw_control_link_clear (&chat->link);
}

/* Takes in what came together with the reply to attach. */
static void
go_on (Chat *chat)
{
  g_autoptr (GError) error = NULL;

  if (!take_lines (chat, &error))
    on_lost (chat, error);
  else if (claw_terminal_input_is_interactive (chat->input))
    ask_plainly (chat, ASKED_NAMES, "members");
}

static gboolean
on_reconnect (gpointer user_data)
{
  Chat *chat = user_data;
  g_autoptr (GError) error = NULL;

  if (begin (chat, &error))
    {
      chat->reconnect = 0;
      tell (chat, _ ("The server is back."));
      go_on (chat);
      return G_SOURCE_REMOVE;
    }
  end (chat);
  /* Waiting helps against nothing else. */
  if (g_error_matches (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_UNAVAILABLE)
      || g_error_matches (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_BUSY)
      || error->domain == G_IO_ERROR)
    return G_SOURCE_CONTINUE;
  chat->reconnect = 0;
  complain (chat, error);
  leave (chat);
  return G_SOURCE_REMOVE;
}

static void
on_lost (Chat *chat, GError *error)
{
  end (chat);
  if (!claw_terminal_input_is_interactive (chat->input) || chat->is_leaving)
    {
      complain (chat, error);
      leave (chat);
      return;
    }
  if (!g_queue_is_empty (chat->asked))
    tell (chat, _ ("The server is gone; what was said last may not have arrived. Waiting for it."));
  else
    tell (chat, _ ("The server is gone. Waiting for it."));
  g_queue_clear (chat->asked);
  g_ptr_array_set_size (chat->names, 0);
  chat->reconnect = g_timeout_add_seconds (RECONNECT_S, on_reconnect, chat);
}

/* The terminal is given back as it was. */
static gboolean
on_signal (gpointer user_data)
{
  leave (user_data);
  return G_SOURCE_CONTINUE;
}

static void
greet (Chat *chat)
{
  if (claw_terminal_input_is_interactive (chat->input))
    notice (chat,
            _ ("Attached as the operator. Type a line to send it, /help for more; Ctrl-D ends "
               "the chat, not the server."));
}

static void
converse (Chat *chat)
{
  chat->input = claw_terminal_input_new (on_line, on_input_end, chat);
  claw_terminal_input_set_completer (chat->input, list_names, chat);
  claw_control_print_style_init (&chat->style, claw_terminal_input_is_interactive (chat->input)
                                                   && isatty (STDOUT_FILENO));
  greet (chat);
  go_on (chat);
  g_main_loop_run (chat->loop);
  g_clear_handle_id (&chat->reconnect, g_source_remove);
  claw_terminal_input_free (chat->input);
}

int
claw_control_chat_run (const char *const *sockets)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GQueue) asked = g_queue_new ();
  g_autoptr (GError) error = NULL;
  Chat chat = { .sockets = sockets, .loop = loop, .names = names, .asked = asked };
  guint signals[3];

  if (begin (&chat, &error))
    {
      signals[0] = g_unix_signal_add (SIGINT, on_signal, &chat);
      signals[1] = g_unix_signal_add (SIGTERM, on_signal, &chat);
      signals[2] = g_unix_signal_add (SIGHUP, on_signal, &chat);
      converse (&chat);
      for (unsigned i = 0; i < G_N_ELEMENTS (signals); i++)
        g_source_remove (signals[i]);
    }
  else
    chat.status = claw_control_fail (error);
  end (&chat);
  return chat.status;
}
