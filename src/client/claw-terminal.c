/* claw-terminal.c: see claw-terminal.h.
 *
 * Messages go to stdout as NAME: TEXT, all else to stderr. At the end of input the program stays
 * until its messages are delivered, so that echo hello | clawchat --no-gui does what it says.
 */
#include "claw-terminal.h"

#include "claw-client-details.h"
#include "claw-source.h"
#include "claw-terminal-ask.h"
#include "claw-terminal-errors.h"
#include "claw-terminal-input.h"
#include "claw-terminal-key.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define KEY_TRIES_MAX 3
/* A pipe is read only while fewer of our messages than this wait to be delivered. */
#define UNDELIVERED_MESSAGES_MAX 256
#define UNDELIVERED_BYTES_MAX (1024 * 1024)
/* After the end of input, without any message being delivered. */
#define DELIVERY_TIMEOUT_S 30
/* After which a message that is not delivered is worth a word, on a terminal. */
#define DELIVERY_LATE_S 10

typedef struct
{
  const ClawTerminalOptions *options;
  GMainLoop *loop;
  ClawClient *client;
  ClawTerminalInput *input; /* (nullable): once the file is open */
  ClawBootstrapKey *key;    /* (nullable) */
  gboolean key_asked;
  unsigned key_tries;
  gboolean interrupted; /* by a signal */
  gboolean leaving;     /* at the end of input */
  gboolean late_told;
  gboolean must_confirm; /* /compromised was said, and the next line decides */
  gboolean has_asked;    /* it was confirmed */
  gboolean failure_told; /* ahead of FAILED */
  gboolean offline_told;
  gboolean output_failed;
  int exit_code;
  ClawClientState state; /* as told last */
  unsigned undelivered;
  size_t undelivered_bytes;
  GSource *delivery_timer; /* (nullable): while leaving */
  GSource *late_timer;     /* (nullable) */
} Terminal;

static void G_GNUC_PRINTF (2, 3) notice (Terminal *terminal, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (terminal->input)
    claw_terminal_input_hide (terminal->input);
  fprintf (stderr, "%s\n", text);
  if (terminal->input)
    claw_terminal_input_show (terminal->input);
}

static void
quit (Terminal *terminal, int exit_code)
{
  if (terminal->exit_code == EX_OK)
    terminal->exit_code = exit_code;
  g_main_loop_quit (terminal->loop);
}

static GSource *
attach_timer (unsigned seconds, GSourceFunc callback, gpointer user_data)
{
  GSource *source = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (source, callback, user_data, NULL);
  g_source_attach (source, NULL);
  return source;
}

static void
tell_undelivered (Terminal *terminal)
{
  notice (terminal,
          g_dngettext (GETTEXT_PACKAGE, "%u message was not delivered.",
                       "%u messages were not delivered.", terminal->undelivered),
          terminal->undelivered);
}

/* Our own messages. */

static gboolean
on_late (gpointer user_data)
{
  Terminal *terminal = user_data;
  claw_source_clear (&terminal->late_timer);
  terminal->late_told = TRUE;
  notice (terminal,
          g_dngettext (GETTEXT_PACKAGE, "%u message is not delivered yet; trying on.",
                       "%u messages are not delivered yet; trying on.", terminal->undelivered),
          terminal->undelivered);
  return G_SOURCE_REMOVE;
}

static void
watch_late (Terminal *terminal)
{
  if (terminal->undelivered > 0)
    {
      if (!terminal->late_timer && !terminal->late_told
          && claw_terminal_input_is_interactive (terminal->input))
        terminal->late_timer = attach_timer (DELIVERY_LATE_S, on_late, terminal);
      return;
    }
  claw_source_clear (&terminal->late_timer);
  if (terminal->late_told)
    notice (terminal, "%s", _ ("All messages are delivered now."));
  terminal->late_told = FALSE;
}

static gboolean
on_delivery_timeout (gpointer user_data)
{
  Terminal *terminal = user_data;
  claw_source_clear (&terminal->delivery_timer);
  tell_undelivered (terminal);
  quit (terminal, EX_TEMPFAIL);
  return G_SOURCE_REMOVE;
}

/* Goes on with leaving: at once, or when the last message is delivered. While the first knocks are
 * out, their own timeout ends the wait. */
static void
continue_leaving (Terminal *terminal)
{
  claw_source_clear (&terminal->delivery_timer);
  if (claw_client_get_state (terminal->client) == CLAW_CLIENT_COMPROMISED)
    return; /* FAILED follows */
  if (terminal->undelivered == 0)
    quit (terminal, EX_OK);
  else if (claw_client_get_state (terminal->client) != CLAW_CLIENT_KNOCKING)
    terminal->delivery_timer = attach_timer (DELIVERY_TIMEOUT_S, on_delivery_timeout, terminal);
}

static void
on_input_end (gpointer user_data)
{
  Terminal *terminal = user_data;
  if (terminal->leaving)
    return;
  terminal->leaving = TRUE;
  claw_terminal_input_stop (terminal->input);
  if (terminal->undelivered > 0 && claw_terminal_input_is_interactive (terminal->input))
    notice (terminal,
            g_dngettext (GETTEXT_PACKAGE,
                         "Waiting for %u message to be delivered; Ctrl+C leaves at once.",
                         "Waiting for %u messages to be delivered; Ctrl+C leaves at once.",
                         terminal->undelivered),
            terminal->undelivered);
  continue_leaving (terminal);
}

static void
update_pause (Terminal *terminal)
{
  gboolean full = terminal->undelivered >= UNDELIVERED_MESSAGES_MAX
                  || terminal->undelivered_bytes >= UNDELIVERED_BYTES_MAX;
  gboolean has_room = terminal->undelivered <= UNDELIVERED_MESSAGES_MAX / 2
                      && terminal->undelivered_bytes <= UNDELIVERED_BYTES_MAX / 2;
  if (full)
    claw_terminal_input_set_paused (terminal->input, TRUE);
  else if (has_room)
    claw_terminal_input_set_paused (terminal->input, FALSE);
}

static void
on_message_state (ClawClient *client, ClawMessage *message, unsigned state, Terminal *terminal)
{
  size_t length = 0;
  if (state != CLAW_MESSAGE_DELIVERED || !terminal->input)
    return;
  claw_message_get_text (message, &length);
  terminal->undelivered -= MIN (terminal->undelivered, 1u);
  terminal->undelivered_bytes -= MIN (terminal->undelivered_bytes, length);
  watch_late (terminal);
  if (terminal->leaving)
    continue_leaving (terminal);
  else
    update_pause (terminal);
}

static void
send_text (Terminal *terminal, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawMessage) message = claw_client_send (terminal->client, text, &error);
  if (!message)
    {
      notice (terminal, "clawchat: %s", error->message);
      return;
    }
  terminal->undelivered++;
  terminal->undelivered_bytes += strlen (text);
  watch_late (terminal);
  update_pause (terminal);
}

/* Commands. */

static void
tell_members (Terminal *terminal)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *const *members = claw_client_get_members (terminal->client);
  for (unsigned i = 0; members[i]; i++)
    {
      g_autofree char *name = claw_terminal_escape_name (members[i]);
      g_string_append_printf (text, "%s%s", i == 0 ? "" : ", ", name);
    }
  if (text->len == 0)
    notice (terminal, "%s", _ ("Nobody else is here."));
  else
    notice (terminal, _ ("Here as well: %s"), text->str);
}

static void
tell_status (Terminal *terminal)
{
  g_autofree char *description = claw_client_describe (terminal->client);
  notice (terminal, "%s", description);
}

static void
tell_safety (Terminal *terminal)
{
  const char *number = claw_client_get_safety_number (terminal->client);
  if (number)
    notice (terminal,
            _ ("Safety number: %s\nCompare it with the one that the operator sees (clawchat-server "
               "safety-number ID), over another channel. If they differ, somebody is in between."),
            number);
  else
    notice (terminal, "%s", _ ("There is no server yet to have a safety number with."));
}

static void
tell_help (Terminal *terminal)
{
  notice (terminal, "%s",
          _ ("Every line is a message. Lines that begin with a slash are commands:\n"
             "/help     this list\n"
             "/members  who else is here\n"
             "/status   server, address, round trip, what waits to be delivered\n"
             "/safety   the number that you and the operator compare\n"
             "/compromised  erase the keys of this server, here and there\n"
             "/quit     leave once everything is delivered\n"
             "//TEXT    sends a message that begins with a slash"));
}

/* Compromised keys. */

static void
confirm_compromised (Terminal *terminal, const char *answer)
{
  terminal->must_confirm = FALSE;
  if (strcmp (answer, "YES") != 0)
    {
      notice (terminal, "%s", _ ("Cancelled: nothing was erased."));
      return;
    }
  terminal->has_asked = TRUE;
  claw_client_compromise (terminal->client);
}

/* @answer: what was said with the command. In a pipe the next line may be anything. */
static void
ask_compromised (Terminal *terminal, const char *answer)
{
  if (*answer)
    {
      confirm_compromised (terminal, answer);
      return;
    }
  if (!claw_terminal_input_is_interactive (terminal->input))
    {
      notice (terminal, "clawchat: %s", _ ("nothing was erased: in a pipe, say /compromised YES"));
      return;
    }
  terminal->must_confirm = TRUE;
  notice (terminal, "%s",
          _ ("This erases all keys of this server here and, if it answers, there too, with all "
             "messages that are not delivered. You then need a new .sec file. Type YES to do it; "
             "anything else cancels."));
}

static void
run_line (Terminal *terminal, const char *line)
{
  const char *text = NULL;
  if (terminal->must_confirm)
    {
      confirm_compromised (terminal, line);
      return;
    }
  switch (claw_terminal_parse (line, &text))
    {
    case CLAW_TERMINAL_NOTHING:
      break;
    case CLAW_TERMINAL_MESSAGE:
      send_text (terminal, text);
      break;
    case CLAW_TERMINAL_HELP:
      tell_help (terminal);
      break;
    case CLAW_TERMINAL_STATUS:
      tell_status (terminal);
      break;
    case CLAW_TERMINAL_SAFETY:
      tell_safety (terminal);
      break;
    case CLAW_TERMINAL_MEMBERS:
      tell_members (terminal);
      break;
    case CLAW_TERMINAL_COMPROMISED:
      ask_compromised (terminal, text);
      break;
    case CLAW_TERMINAL_QUIT:
      on_input_end (terminal);
      break;
    case CLAW_TERMINAL_UNKNOWN:
      notice (terminal,
              _ ("clawchat: there is no such command; /help lists them, and //… sends a message "
                 "that begins with a slash"));
      break;
    }
}

static void
on_input_line (ClawLineResult result, const char *line, size_t length, gpointer user_data)
{
  Terminal *terminal = user_data;
  switch (result)
    {
    case CLAW_LINE_NONE:
      break;
    case CLAW_LINE_READY:
      run_line (terminal, line);
      break;
    case CLAW_LINE_TOO_LONG:
      notice (terminal,
              _ ("clawchat: a line of %zu bytes was not sent; a message has at most %d bytes"),
              length, CLAW_MESSAGE_TEXT_MAX);
      break;
    case CLAW_LINE_NUL:
      notice (terminal, "%s", _ ("clawchat: a line with a NUL byte was not sent; this is no text"));
      break;
    }
}

/* What the client tells. */

static void
on_message (ClawClient *client, ClawMessage *message, Terminal *terminal)
{
  g_autofree char *text = claw_terminal_format_message (message);
  if (terminal->output_failed)
    return;
  if (terminal->input)
    claw_terminal_input_hide (terminal->input);
  gboolean written = printf ("%s\n", text) >= 0 && fflush (stdout) == 0;
  if (terminal->input)
    claw_terminal_input_show (terminal->input);
  if (written)
    return;
  terminal->output_failed = TRUE;
  notice (terminal, _ ("clawchat: cannot write to standard output: %s"), g_strerror (errno));
  quit (terminal, EX_IOERR);
}

static void
on_welcome (ClawClient *client, Terminal *terminal)
{
  const char *server = claw_client_get_server_name (client);
  const char *own = claw_client_get_name (client);
  g_autofree char *server_name = claw_terminal_escape_name (server ? server : "");
  g_autofree char *own_name = claw_terminal_escape_name (own ? own : "");
  notice (terminal, _ ("Connected to “%s” as %s."), server_name, own_name);
  tell_members (terminal);
}

static void
on_joined (ClawClient *client, const char *member, Terminal *terminal)
{
  g_autofree char *name = claw_terminal_escape_name (member);
  notice (terminal, _ ("%s joined."), name);
}

static void
on_left (ClawClient *client, const char *member, Terminal *terminal)
{
  g_autofree char *name = claw_terminal_escape_name (member);
  notice (terminal, _ ("%s left."), name);
}

static void
tell_failure (Terminal *terminal)
{
  const GError *error = claw_client_get_error (terminal->client);
  gboolean is_done = terminal->has_asked
                     && g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_COMPROMISED);
  if (!terminal->failure_told)
    notice (terminal, "clawchat: %s", error ? error->message : _ ("The connection failed"));
  if (terminal->undelivered > 0)
    tell_undelivered (terminal);
  if (is_done)
    quit (terminal, EX_OK);
  else
    quit (terminal, error ? claw_terminal_exit_code (error) : EX_SOFTWARE);
}

static void
tell_compromised (Terminal *terminal)
{
  const GError *error = claw_client_get_error (terminal->client);
  terminal->failure_told = error != NULL;
  if (error)
    notice (terminal, "clawchat: %s", error->message);
  else
    notice (terminal, "%s", _ ("Erasing all keys of this server…"));
}

static void
on_state (ClawClient *client, GParamSpec *pspec, Terminal *terminal)
{
  ClawClientState state = claw_client_get_state (client);
  ClawClientState before = terminal->state;
  terminal->state = state;
  switch (state)
    {
    case CLAW_CLIENT_IDLE:
    case CLAW_CLIENT_CONNECTED:
      break;
    case CLAW_CLIENT_KNOCKING:
      notice (terminal, _ ("Connecting to “%s”…"), claw_client_get_server_name (client));
      break;
    case CLAW_CLIENT_RECONNECTING:
      if (!claw_client_get_error (client))
        notice (terminal, "%s", _ ("The connection was lost; reconnecting…"));
      break;
    case CLAW_CLIENT_COMPROMISED:
      tell_compromised (terminal);
      break;
    case CLAW_CLIENT_FAILED:
      tell_failure (terminal);
      return;
    }
  if (terminal->leaving && before == CLAW_CLIENT_KNOCKING)
    continue_leaving (terminal);
}

/* Why reconnecting takes long. */
static void
on_error (ClawClient *client, GParamSpec *pspec, Terminal *terminal)
{
  const GError *error = claw_client_get_error (client);
  if (error && claw_client_get_state (client) == CLAW_CLIENT_RECONNECTING)
    notice (terminal, "%s", error->message);
}

/* "No network", and that it is back, which are not worth a state. */
static void
on_status (ClawClient *client, GParamSpec *pspec, Terminal *terminal)
{
  gboolean is_offline = claw_client_is_offline (client);
  if (is_offline && !terminal->offline_told)
    notice (terminal, "%s", claw_client_get_status (client));
  terminal->offline_told = is_offline;
}

/* Opening the file. */

static void open_file (Terminal *terminal, ClawClientOpenFlags flags);

static gboolean
confirm_time (Terminal *terminal, const GError *error)
{
  char answer[16] = "";
  notice (terminal, "clawchat: %s", error->message);
  if (!claw_terminal_ask (_ ("Knock all the same? [y/N] "), CLAW_TERMINAL_ASK_ECHO, answer,
                          sizeof answer, &terminal->interrupted, NULL))
    return FALSE;
  /* Translators: the letters that mean yes, in upper and lower case; y and Y are always understood.
   */
  const char *yes = C_ ("answers for yes", "yY");
  return *answer && (strchr ("yY", *answer) || strchr (yes, *answer));
}

/* Returns: TRUE when there is another key to try. */
static gboolean
ask_again (Terminal *terminal, const GError *error)
{
  g_autoptr (GError) ask_error = NULL;
  if (!terminal->key_asked || terminal->key_tries >= KEY_TRIES_MAX)
    return FALSE;
  notice (terminal, "clawchat: %s", error->message);
  g_clear_pointer (&terminal->key, claw_bootstrap_key_unref);
  terminal->key = claw_terminal_ask_key (terminal->options->file, &terminal->interrupted,
                                         &ask_error);
  return terminal->key != NULL;
}

static void
give_up (Terminal *terminal, const GError *error)
{
  if (terminal->interrupted)
    return;
  notice (terminal, "clawchat: %s", error->message);
  quit (terminal, claw_terminal_exit_code (error));
}

static void
begin_chat (Terminal *terminal)
{
  g_clear_pointer (&terminal->key, claw_bootstrap_key_unref);
  terminal->input = claw_terminal_input_new (on_input_line, on_input_end, terminal);
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Terminal *terminal = user_data;
  g_autoptr (GError) error = NULL;
  if (claw_client_open_finish (CLAW_CLIENT (object), result, &error))
    {
      begin_chat (terminal);
      return;
    }
  if (terminal->interrupted || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gboolean is_time = g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_EXPIRED)
                     || g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_CLOCK);
  if (is_time && isatty (STDIN_FILENO) && claw_terminal_can_ask ())
    {
      if (confirm_time (terminal, error))
        open_file (terminal, CLAW_CLIENT_OPEN_IGNORE_TIME);
      else
        quit (terminal, claw_terminal_exit_code (error));
    }
  else if (g_error_matches (error, CLAW_SEC_FILE_ERROR, CLAW_SEC_FILE_ERROR_WRONG_KEY)
           && ask_again (terminal, error))
    open_file (terminal, CLAW_CLIENT_OPEN_DEFAULT);
  else
    give_up (terminal, error);
}

static void
on_resumed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Terminal *terminal = user_data;
  g_autoptr (GError) error = NULL;
  if (claw_client_resume_finish (CLAW_CLIENT (object), result, &error))
    {
      begin_chat (terminal);
      return;
    }
  if (g_error_matches (error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED))
    {
      g_clear_error (&error);
      g_set_error_literal (&error, CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED,
                           _ ("no server is known yet, so the terminal client needs a .sec file: "
                              "clawchat --no-gui --file FILE.sec"));
    }
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    give_up (terminal, error);
}

static void
open_file (Terminal *terminal, ClawClientOpenFlags flags)
{
  terminal->key_tries++;
  claw_client_open_async (terminal->client, terminal->options->file, terminal->key, flags, NULL,
                          on_opened, terminal);
}

static gboolean
on_start (gpointer user_data)
{
  Terminal *terminal = user_data;
  g_autoptr (GError) error = NULL;
  if (!terminal->options->file)
    {
      claw_client_resume_async (terminal->client, NULL, on_resumed, terminal);
      return G_SOURCE_REMOVE;
    }
  terminal->key = claw_terminal_find_key (terminal->options->file,
                                          terminal->options->bootstrap_key_file,
                                          &terminal->interrupted, &terminal->key_asked, &error);
  if (terminal->key)
    open_file (terminal, CLAW_CLIENT_OPEN_DEFAULT);
  else
    give_up (terminal, error);
  return G_SOURCE_REMOVE;
}

/* The whole. */

static gboolean
on_signal (gpointer user_data)
{
  Terminal *terminal = user_data;
  terminal->interrupted = TRUE;
  if (terminal->undelivered > 0)
    tell_undelivered (terminal);
  quit (terminal, terminal->undelivered > 0 ? EX_TEMPFAIL : EX_OK);
  return G_SOURCE_CONTINUE;
}

static void
connect_client (Terminal *terminal)
{
  ClawClient *client = terminal->client;
  g_signal_connect (client, "message", G_CALLBACK (on_message), terminal);
  g_signal_connect (client, "message-state", G_CALLBACK (on_message_state), terminal);
  g_signal_connect (client, "welcome", G_CALLBACK (on_welcome), terminal);
  g_signal_connect (client, "joined", G_CALLBACK (on_joined), terminal);
  g_signal_connect (client, "left", G_CALLBACK (on_left), terminal);
  g_signal_connect (client, "notify::state", G_CALLBACK (on_state), terminal);
  g_signal_connect (client, "notify::error", G_CALLBACK (on_error), terminal);
  g_signal_connect (client, "notify::status", G_CALLBACK (on_status), terminal);
  claw_client_watch_network (client, g_network_monitor_get_default ());
}

static void
run_loop (Terminal *terminal)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  GSource *sources[G_N_ELEMENTS (signals)];
  for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      sources[i] = g_unix_signal_source_new (signals[i]);
      g_source_set_callback (sources[i], on_signal, terminal, NULL);
      g_source_attach (sources[i], NULL);
    }
  g_idle_add (on_start, terminal);
  g_main_loop_run (terminal->loop);
  for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
    claw_source_clear (&sources[i]);
}

int
claw_terminal_run (const ClawTerminalOptions *options)
{
  Terminal terminal = { .options = options, .exit_code = EX_OK };
  claw_terminal_input_prepare ();
  terminal.loop = g_main_loop_new (NULL, FALSE);
  terminal.client = claw_client_new (NULL, options->name, options->timeout_s);
  claw_client_set_nat_detection (terminal.client, options->nat_detection);
  claw_client_set_stun_servers (terminal.client, options->stun_servers);
  connect_client (&terminal);
  run_loop (&terminal);

  /* But for the messages that came until then, which the server does not send again. */
  g_signal_handlers_disconnect_by_data (terminal.client, &terminal);
  g_signal_connect (terminal.client, "message", G_CALLBACK (on_message), &terminal);
  g_clear_pointer (&terminal.input, claw_terminal_input_free);
  claw_source_clear (&terminal.delivery_timer);
  claw_source_clear (&terminal.late_timer);
  g_clear_pointer (&terminal.key, claw_bootstrap_key_unref);
  claw_client_prepare_shutdown (terminal.client);
  claw_client_shutdown (terminal.client);
  /* An opening that was cancelled still has to say so. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&terminal.client);
  g_main_loop_unref (terminal.loop);
  return terminal.exit_code;
}
