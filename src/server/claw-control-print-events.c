/* claw-control-print-events.c: what happens on the server, in words; and the operator's chat.
 *
 * An event that is not known here is printed as it came: a newer server may tell of more.
 */
#include "config.h"

#include "claw-control-print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DIM "\033[2m"
#define RESET "\033[0m"

/* Those of the terminal's own that can be read on a dark and on a light ground. */
static const char *const colours[] = { "\033[31m", "\033[32m", "\033[33m", "\033[34m", "\033[35m",
                                       "\033[36m", "\033[91m", "\033[94m", "\033[95m" };

static char *
text_of (JsonObject *event, const char *member)
{
  return claw_control_print_line (json_object_get_string_member_with_default (event, member, ""));
}

static char *
time_text (gint64 time_us, const char *format)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);

  return time == NULL ? g_strdup ("") : g_date_time_format (time, format);
}

typedef char *(*Describe) (JsonObject *event);

static char *
describe_joined (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");

  return g_strdup_printf (_ ("%s joined"), name);
}

static char *
describe_left (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");

  return g_strdup_printf (_ ("%s left"), name);
}

static char *
describe_message (JsonObject *event)
{
  return claw_control_print_message (
      json_object_get_string_member_with_default (event, "sender", ""),
      json_object_get_string_member_with_default (event, "text", ""));
}

static char *
describe_compromised (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");
  g_autofree char *by = text_of (event, "by");

  if (name[0] == '\0')
    return g_strdup (_ ("Keys are compromised: all pairings and the server's key are erased."));
  if (strcmp (by, "member") == 0)
    return g_strdup_printf (_ ("%s says that its keys are compromised: the pairing is erased."),
                            name);
  return g_strdup_printf (_ ("The keys of %s are compromised: the pairing is erased."), name);
}

static char *
describe_file (JsonObject *event)
{
  g_autofree char *file = text_of (event, "file");

  return g_strdup_printf (_ ("New .sec file: %s"), file);
}

static char *
describe_file_used (JsonObject *event)
{
  g_autofree char *file = text_of (event, "file");

  return g_strdup_printf (_ (".sec file used: %s"), file);
}

static char *
describe_file_expired (JsonObject *event)
{
  g_autofree char *file = text_of (event, "file");

  return g_strdup_printf (_ (".sec file expired: %s"), file);
}

static char *
describe_file_withdrawn (JsonObject *event)
{
  g_autofree char *file = text_of (event, "file");

  return g_strdup_printf (_ (".sec file withdrawn: %s"), file);
}

static char *
describe_paired (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");

  return g_strdup_printf (_ ("%s is paired (member %d)"), name,
                          (int) json_object_get_int_member_with_default (event, "member", 0));
}

static char *
describe_revoked (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");

  return g_strdup_printf (_ ("The pairing of %s (member %d) is revoked"), name,
                          (int) json_object_get_int_member_with_default (event, "member", 0));
}

static char *
describe_session_begun (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");
  g_autofree char *address = text_of (event, "address");

  return g_strdup_printf (_ ("Session of %s begun from %s"), name, address);
}

static char *
describe_session_ended (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");
  g_autofree char *reason = text_of (event, "reason");

  return g_strdup_printf (_ ("Session of %s ended (%s)"), name, reason);
}

static char *
describe_rotated (JsonObject *event)
{
  g_autofree char *name = text_of (event, "name");

  return g_strdup_printf (_ ("New keys for the session of %s"), name);
}

static char *
describe_port (JsonObject *event)
{
  return g_strdup_printf (_ ("Moved to UDP port %d"),
                          (int) json_object_get_int_member_with_default (event, "port", 0));
}

static char *
describe_limit (JsonObject *event)
{
  g_autofree char *limit = text_of (event, "limit");
  g_autofree char *name = text_of (event, "name");

  return name[0] != '\0' ? g_strdup_printf (_ ("Limit reached by %s: %s"), name, limit)
                         : g_strdup_printf (_ ("Limit reached: %s"), limit);
}

static const struct
{
  const char *event;
  Describe describe;
} events[] = {
  { "message", describe_message },
  { "joined", describe_joined },
  { "left", describe_left },
  { "compromised", describe_compromised },
  { "file", describe_file },
  { "file-made", describe_file },
  { "file-used", describe_file_used },
  { "file-expired", describe_file_expired },
  { "file-withdrawn", describe_file_withdrawn },
  { "paired", describe_paired },
  { "revoked", describe_revoked },
  { "session-begun", describe_session_begun },
  { "session-ended", describe_session_ended },
  { "rotated", describe_rotated },
  { "port", describe_port },
  { "limit", describe_limit },
};

char *
claw_control_print_event (JsonObject *event)
{
  const char *kind = json_object_get_string_member_with_default (event, "event", "");
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *json = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (events); i++)
    if (strcmp (events[i].event, kind) == 0)
      return events[i].describe (event);
  node = json_node_init_object (json_node_alloc (), event);
  json = json_to_string (node, FALSE);
  return claw_control_print_json (json);
}

static gint64
time_of (JsonObject *event)
{
  return json_object_get_int_member_with_default (event, "time", 0);
}

char *
claw_control_print_tail (JsonObject *event)
{
  g_autofree char *time = time_text (time_of (event), "%Y-%m-%d %H:%M:%S");
  g_autofree char *text = claw_control_print_event (event);

  return g_strdup_printf ("%s  %s", time, text);
}

void
claw_control_print_style_init (ClawControlPrintStyle *style, gboolean is_terminal)
{
  const char *no_colour = g_getenv ("NO_COLOR");
  const char *terminal = g_getenv ("TERM");

  style->has_times = is_terminal;
  style->has_colours = is_terminal && (no_colour == NULL || no_colour[0] == '\0')
                       && terminal != NULL && terminal[0] != '\0' && strcmp (terminal, "dumb") != 0;
}

/* The same for a name at all times and everywhere. */
static const char *
colour_of (const char *name)
{
  return colours[g_str_hash (name) % G_N_ELEMENTS (colours)];
}

char *
claw_control_print_chat (const ClawControlPrintStyle *style, JsonObject *event)
{
  const char *sender = json_object_get_string_member_with_default (event, "sender", "");
  const char *text = json_object_get_string_member_with_default (event, "text", "");
  g_autofree char *line = claw_control_print_message (sender, text);
  g_autofree char *name = claw_control_print_line (sender);
  g_autofree char *clock = NULL;

  if (!style->has_times)
    return g_steal_pointer (&line);
  clock = time_text (time_of (event), "%H:%M");
  if (!style->has_colours)
    return g_strdup_printf ("%s %s", clock, line);
  return g_strdup_printf (DIM "%s" RESET " %s%s" RESET "%s", clock, colour_of (sender), name,
                          line + strlen (name));
}

char *
claw_control_print_notice (const ClawControlPrintStyle *style, gint64 time_us, const char *text)
{
  g_autofree char *clock = NULL;

  if (!style->has_times)
    return g_strdup (text);
  clock = time_text (time_us, "%H:%M");
  return style->has_colours ? g_strdup_printf (DIM "%s %s" RESET, clock, text)
                            : g_strdup_printf ("%s %s", clock, text);
}
