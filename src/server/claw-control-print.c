/* claw-control-print.c: lines and small tables for the terminal.
 *
 * A reply that lacks a member prints an empty place instead of failing: a newer or older server may
 * answer.
 */
#include "config.h"

#include "claw-control-print.h"

#include "claw-reach.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Characters that move the cursor, end a line, or turn the order of what follows around. */
static gboolean
must_escape (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  if (c == '\t')
    return FALSE;
  return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR || (c >= 0x202A && c <= 0x202E)
         || (c >= 0x2066 && c <= 0x2069);
}

static void
append_escaped (GString *out, const char *text, gboolean lines)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' && lines)
        g_string_append (out, "\n\t");
      else if (must_escape (c))
        g_string_append_printf (out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
      else
        g_string_append_len (out, p, g_utf8_next_char (p) - p);
    }
}

char *
claw_control_print_message (const char *name, const char *text)
{
  GString *out = g_string_new (NULL);

  append_escaped (out, name, FALSE);
  g_string_append (out, ": ");
  append_escaped (out, text, TRUE);
  return g_string_free (out, FALSE);
}

char *
claw_control_print_line (const char *text)
{
  GString *out = g_string_new (NULL);

  append_escaped (out, text, FALSE);
  return g_string_free (out, FALSE);
}

char *
claw_control_print_json (const char *line)
{
  GString *out = g_string_new (NULL);

  /* They can be nowhere but in strings. */
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (must_escape (c))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_len (out, p, g_utf8_next_char (p) - p);
    }
  return g_string_free (out, FALSE);
}

static char *
text_of (JsonObject *object, const char *member)
{
  return claw_control_print_line (json_object_get_string_member_with_default (object, member, ""));
}

static gint64
number_of (JsonObject *object, const char *member)
{
  return json_object_get_int_member_with_default (object, member, 0);
}

static char *
time_of (JsonObject *object, const char *member)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (number_of (object, member));

  return time == NULL ? g_strdup ("") : g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
}

static char *
duration_text (gint64 seconds)
{
  if (seconds < 60)
    return g_strdup_printf (_ ("%d s"), (int) seconds);
  if (seconds < 3600)
    return g_strdup_printf (_ ("%d min"), (int) (seconds / 60));
  if (seconds < 48 * 3600)
    return g_strdup_printf (_ ("%d h %d min"), (int) (seconds / 3600), (int) (seconds / 60 % 60));
  return g_strdup_printf (_ ("%d days"), (int) MIN (seconds / 86400, G_MAXINT));
}

static void
append_file (GString *out, JsonObject *result)
{
  g_autofree char *file = text_of (result, "file");
  g_autofree char *until = time_of (result, "file_valid_until");

  if (file[0] == '\0')
    g_string_append_printf (out, _ (".sec file: none\n"));
  else
    g_string_append_printf (out, _ (".sec file: %s (valid until %s)\n"), file, until);
}

static void
append_reach (GString *out, JsonObject *result)
{
  g_autofree char *kind = text_of (result, "reach");
  g_autofree char *mapped = text_of (result, "mapped_address");
  g_autofree char *seen = text_of (result, "seen_address");
  g_autofree char *problem = text_of (result, "mapping_problem");
  g_autofree char *stun = text_of (result, "stun_problem");
  ClawReachWords words = { .port = (unsigned) number_of (result, "port"),
                           .mapped_port = (unsigned) number_of (result, "mapped_port"),
                           .mapped = mapped[0] != '\0' ? mapped : NULL,
                           .seen = seen[0] != '\0' ? seen : NULL,
                           .problem = problem[0] != '\0' ? problem : NULL };
  g_autofree char *text = NULL;

  if (!claw_reach_kind_from_string (kind, &words.kind))
    return;
  text = claw_reach_describe (&words);
  g_string_append_printf (out, _ ("Reachable: %s\n"), text);
  if (stun[0] != '\0')
    g_string_append_printf (out, _ ("STUN: %s\n"), stun);
  if (json_object_get_boolean_member_with_default (result, "public_ipv6", FALSE))
    g_string_append (out, _ ("Reachable by IPv6: public address on this machine, unless a firewall "
                             "on the way keeps its port closed\n"));
}

static void
append_port (GString *out, JsonObject *result)
{
  g_autofree char *since = time_of (result, "port_since");
  g_autofree char *until = time_of (result, "port_until");
  int port = (int) number_of (result, "port");

  if (json_object_get_boolean_member_with_default (result, "closed", FALSE))
    g_string_append (
        out, _ ("UDP port: closed: nobody can come. There is no unused .sec file and nobody "
                "is paired; “clawchat-server new-file” opens it\n"));
  else if (number_of (result, "port_until") == 0)
    g_string_append_printf (out, _ ("UDP port: %d, does not change\n"), port);
  else
    g_string_append_printf (out, _ ("UDP port: %d since %s, the next one at %s\n"), port, since,
                            until);
}

char *
claw_control_print_status (JsonObject *result)
{
  GString *out = g_string_new (NULL);
  g_autofree char *name = text_of (result, "name");
  g_autofree char *version = text_of (result, "version");
  g_autofree char *address = text_of (result, "public_address");
  g_autofree char *up = duration_text (number_of (result, "uptime"));
  g_autofree char *sandbox = text_of (result, "sandbox");

  g_string_append_printf (out, _ ("%s, ClawChat %s, running for %s\n"), name, version, up);
  g_string_append_printf (out, _ ("Public address: %s (UDP)\n"), address);
  append_port (out, result);
  append_reach (out, result);
  append_file (out, result);
  g_string_append_printf (out, _ ("Members: %d paired, %d connected, %d operators attached\n"),
                          (int) number_of (result, "members"), (int) number_of (result, "sessions"),
                          (int) number_of (result, "operators"));
  g_string_append_printf (out, _ ("Messages since the start: %lld\n"),
                          (long long) number_of (result, "messages"));
  g_string_append_printf (out, _ ("Datagrams of strangers: %lld, refused handshakes: %lld\n"),
                          (long long) number_of (result, "strangers"),
                          (long long) number_of (result, "near_misses"));
  g_string_append_printf (out, _ ("Sandbox: %s\n"), sandbox);
  return g_string_free (out, FALSE);
}

/* Calls @append for each object of the array @member. */
static void
each (JsonObject *result,
      const char *member,
      void (*append) (GString *out, JsonObject *entry),
      GString *out)
{
  JsonNode *node = json_object_get_member (result, member);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return;
  array = json_node_get_array (node);
  for (unsigned at = 0; at < json_array_get_length (array); at++)
    {
      JsonNode *entry = json_array_get_element (array, at);

      if (JSON_NODE_HOLDS_OBJECT (entry))
        append (out, json_node_get_object (entry));
    }
}

/* Clients name themselves; the operator knows for whom the file was made with which this one came.
 */
static char *
member_name (JsonObject *entry)
{
  g_autofree char *name = text_of (entry, "name");
  g_autofree char *made_for = text_of (entry, "for");

  if (made_for[0] == '\0' || strcmp (made_for, name) == 0)
    return g_steal_pointer (&name);
  return g_strdup_printf (_ ("%s (for %s)"), name, made_for);
}

static void
append_member (GString *out, JsonObject *entry)
{
  g_autofree char *name = member_name (entry);
  g_autofree char *seen = time_of (entry, "last_seen");
  gboolean present = json_object_get_boolean_member_with_default (entry, "present", FALSE);

  g_string_append_printf (out, "%6d  ", (int) number_of (entry, "id"));
  if (present)
    g_string_append (out, _ ("connected            "));
  else
    g_string_append_printf (out, "%-19s  ", seen);
  g_string_append_printf (out, "%7d  %s\n", (int) number_of (entry, "waiting"), name);
}

char *
claw_control_print_members (JsonObject *result)
{
  GString *out = g_string_new (_ ("    ID  LAST SEEN            WAITING  NAME\n"));

  each (result, "members", append_member, out);
  return g_string_free (out, FALSE);
}

static void
append_session (GString *out, JsonObject *entry)
{
  g_autofree char *name = member_name (entry);
  g_autofree char *address = text_of (entry, "address");
  g_autofree char *since = duration_text (number_of (entry, "since"));

  g_string_append_printf (out, "%6d  %-10s  %8.1f ms  %-24s  %s\n", (int) number_of (entry, "id"),
                          since, (double) number_of (entry, "round_trip") / 1000.0, address, name);
}

char *
claw_control_print_sessions (JsonObject *result)
{
  GString *out = g_string_new (
      _ ("    ID  SINCE       ROUND TRIP   ADDRESS                   NAME\n"));

  each (result, "sessions", append_session, out);
  return g_string_free (out, FALSE);
}

char *
claw_control_print_rotate (JsonObject *result)
{
  int rotating = (int) number_of (result, "rotating");

  return g_strdup_printf (ngettext ("Changing the keys of %d session\n",
                                    "Changing the keys of %d sessions\n", (gulong) rotating),
                          rotating);
}

char *
claw_control_print_compromised (JsonObject *result)
{
  GString *out = g_string_new (NULL);
  g_autofree char *file = text_of (result, "file");
  unsigned told = (unsigned) number_of (result, "told");
  unsigned away = (unsigned) number_of (result, "away");

  g_string_append (out, _ ("The keys are erased.\n"));
  if (told > 0)
    g_string_append_printf (out,
                            ngettext ("%u connected client is told to erase its keys; the log says "
                                      "whether it did.\n",
                                      "%u connected clients are told to erase their keys; the log "
                                      "says which of them did.\n",
                                      told),
                            told);
  if (away > 0)
    g_string_append_printf (out,
                            ngettext ("%u client was not connected and does not know.\n",
                                      "%u clients were not connected and do not know.\n", away),
                            away);
  if (file[0] != '\0')
    g_string_append_printf (out, _ ("New .sec file: %s\n"), file);
  else
    g_string_append (out, _ ("A new .sec file follows, see “status”.\n"));
  return g_string_free (out, FALSE);
}
