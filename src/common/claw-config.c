/* claw-config.c: the YAML reader behind the configuration files.
 *
 * It walks over libyaml's events rather than its documents, because only events tell anchors and
 * aliases. Each fault is noted with its place and the reading goes on behind the faulty node; only
 * a syntax error ends it.
 */
#include "claw-config.h"

#include "claw-address.h"
#include "claw-file.h"
#include "claw-host-port.h"
#include "claw-log.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <yaml.h>

#define SHOWN_VALUE_MAX_BYTES 60
/* Of lists and groups within each other; libyaml takes quadratic time over deeper and deeper ones.
 */
#define DEPTH_MAX 64

typedef struct
{
  guint line, column; /* from 1 */
  char *text;
} Fault;

typedef struct
{
  yaml_mark_t mark;
  gboolean is_set;     /* the file has it */
  gboolean is_refused; /* … with a value that does not fit */
} KeyState;

struct ClawConfigReading
{
  const char *path;
  const ClawConfigKey *keys;
  KeyState *states; /* one per key */
  void *settings;
  GHashTable *sections; /* names met so far */
  GPtrArray *faults;
  gboolean has_more_faults;
  yaml_parser_t parser;
  yaml_event_t event; /* the one looked at; owned */
};

/* clang-format off */
G_DEFINE_QUARK (claw-config-error-quark, claw_config_error)
/* clang-format on */

/* Faults */

static void
fault_free (Fault *fault)
{
  g_free (fault->text);
  g_free (fault);
}

static void G_GNUC_PRINTF (3, 4)
    add_fault (ClawConfigReading *reading, yaml_mark_t mark, const char *format, ...)
{
  va_list arguments;

  if (reading->faults->len >= CLAW_CONFIG_FAULTS_MAX)
    {
      reading->has_more_faults = TRUE;
      return;
    }

  Fault *fault = g_new0 (Fault, 1);
  fault->line = (guint) mark.line + 1;
  fault->column = (guint) mark.column + 1;
  va_start (arguments, format);
  fault->text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (reading->faults, fault);
}

static int
compare_faults (gconstpointer a, gconstpointer b)
{
  const Fault *first = *(Fault *const *) a;
  const Fault *second = *(Fault *const *) b;

  if (first->line != second->line)
    return first->line < second->line ? -1 : 1;
  if (first->column != second->column)
    return first->column < second->column ? -1 : 1;
  return 0;
}

static void
set_error_from_faults (ClawConfigReading *reading, GError **error)
{
  g_autofree char *name = g_filename_display_name (reading->path);
  g_autoptr (GString) text = g_string_new (NULL);

  g_ptr_array_sort (reading->faults, compare_faults);
  for (guint i = 0; i < reading->faults->len; i++)
    {
      const Fault *fault = g_ptr_array_index (reading->faults, i);
      g_string_append_printf (text, "%s%s:%u:%u: %s", i > 0 ? "\n" : "", name, fault->line,
                              fault->column, fault->text);
    }
  if (reading->has_more_faults)
    g_string_append_printf (text, "\n%s: %s", name,
                            _ ("there are more faults than are shown here"));
  g_set_error_literal (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_INVALID, text->str);
}

/* A name or value of the file as it may stand in a message. */
static char *
dup_shown (const char *text, size_t length)
{
  g_autofree char *escaped = claw_log_escape (text, (gssize) length);

  if (strlen (escaped) <= SHOWN_VALUE_MAX_BYTES)
    return g_steal_pointer (&escaped);

  const char *end = g_utf8_find_prev_char (escaped, escaped + SHOWN_VALUE_MAX_BYTES);
  g_autofree char *start = g_strndup (escaped, (gsize) (end - escaped));
  return g_strconcat (start, "…", NULL);
}

/* Events */

/* libyaml gives only an offset for bytes that are no text. */
static yaml_mark_t
mark_of_offset (const ClawConfigReading *reading, size_t offset)
{
  const unsigned char *input = reading->parser.input.string.start;
  size_t size = (size_t) (reading->parser.input.string.end - input);
  yaml_mark_t mark = { 0 };

  for (size_t i = 0; i < MIN (offset, size); i++)
    {
      gboolean is_newline = input[i] == '\n';
      mark.line += is_newline ? 1 : 0;
      mark.column = is_newline ? 0 : mark.column + 1;
    }
  return mark;
}

static void
add_syntax_fault (ClawConfigReading *reading)
{
  const yaml_parser_t *parser = &reading->parser;
  const char *problem = parser->problem != NULL ? parser->problem : "out of memory";

  if (parser->error == YAML_READER_ERROR)
    add_fault (reading, mark_of_offset (reading, parser->problem_offset),
               _ ("this is not UTF-8 text (%s)"), problem);
  else
    add_fault (reading, parser->problem_mark, _ ("this is not valid YAML: %s%s%s"), problem,
               parser->context != NULL ? ", " : "", parser->context != NULL ? parser->context : "");
}

/* What stands before a node in the file and is not supported. */
static void
check_properties (ClawConfigReading *reading)
{
  const yaml_event_t *event = &reading->event;
  const yaml_char_t *anchor = NULL;
  const yaml_char_t *tag = NULL;

  if (event->type == YAML_ALIAS_EVENT)
    add_fault (reading, event->start_mark,
               _ ("aliases (“*%s”) are not supported, write the value out"),
               event->data.alias.anchor);

  if (event->type == YAML_SCALAR_EVENT)
    {
      anchor = event->data.scalar.anchor;
      tag = event->data.scalar.tag;
    }
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    {
      anchor = event->data.sequence_start.anchor;
      tag = event->data.sequence_start.tag;
    }
  else if (event->type == YAML_MAPPING_START_EVENT)
    {
      anchor = event->data.mapping_start.anchor;
      tag = event->data.mapping_start.tag;
    }

  if (anchor != NULL)
    add_fault (reading, event->start_mark, _ ("anchors (“&%s”) are not supported"), anchor);
  if (tag != NULL)
    add_fault (reading, event->start_mark, _ ("tags (“%s”) are not supported"), tag);
}

/* Returns: FALSE at a syntax error, which ends the reading. */
static gboolean
next_event (ClawConfigReading *reading)
{
  yaml_event_delete (&reading->event);
  if (!yaml_parser_parse (&reading->parser, &reading->event))
    {
      memset (&reading->event, 0, sizeof reading->event);
      add_syntax_fault (reading);
      return FALSE;
    }

  check_properties (reading);
  return TRUE;
}

/* Goes from the first event of a node to its last. */
static gboolean
skip_node (ClawConfigReading *reading)
{
  guint depth = 0;

  for (;;)
    {
      yaml_event_type_t type = reading->event.type;

      if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT)
        depth++;
      else if (type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT)
        depth--;
      if (depth == 0)
        return TRUE;
      if (depth > DEPTH_MAX)
        {
          add_fault (reading, reading->event.start_mark,
                     _ ("too deep, expected at most %d levels; the rest was not read"), DEPTH_MAX);
          return FALSE;
        }
      if (!next_event (reading))
        return FALSE;
    }
}

/* Scalars: a quoted one is always text, a plain one may be null, a boolean or a number. */

static const char *
scalar_text (const yaml_event_t *event)
{
  return (const char *) event->data.scalar.value;
}

static gboolean
is_plain (const yaml_event_t *event)
{
  return event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static gboolean
is_null (const yaml_event_t *event)
{
  static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };

  return is_plain (event) && g_strv_contains (nulls, scalar_text (event));
}

static gboolean
is_boolean (const yaml_event_t *event, gboolean *value)
{
  static const char *const trues[] = { "true", "True", "TRUE", NULL };
  static const char *const falses[] = { "false", "False", "FALSE", NULL };

  if (!is_plain (event))
    return FALSE;
  *value = g_strv_contains (trues, scalar_text (event));
  return *value || g_strv_contains (falses, scalar_text (event));
}

static gboolean
is_number (const yaml_event_t *event)
{
  char *end = NULL;

  if (!is_plain (event) || scalar_text (event)[0] == '\0')
    return FALSE;
  g_ascii_strtod (scalar_text (event), &end);
  return *end == '\0';
}

/* Values: each reader looks at the current event, stores what it says and returns NULL, or returns
 * what was expected instead. */

static char *
read_string (const ClawConfigKey *key, const yaml_event_t *event, char **field)
{
  const char *text = scalar_text (event);
  size_t length = event->data.scalar.length;
  gboolean boolean;

  if (is_null (event) || is_boolean (event, &boolean) || is_number (event))
    return g_strdup (_ ("a text (put it in quotes if it is one)"));
  if (length < (size_t) key->minimum || length > (size_t) key->maximum)
    return g_strdup_printf (_ ("a text of %d to %d bytes"), (int) key->minimum, (int) key->maximum);

  for (const char *p = text; p < text + length; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return g_strdup (_ ("a text without control characters"));

  if ((key->type == CLAW_CONFIG_PATH || key->type == CLAW_CONFIG_PATH_OR_NULL)
      && !g_path_is_absolute (text))
    return g_strdup (_ ("an absolute path, one that begins with “/”"));

  g_free (*field);
  *field = g_strdup (text);
  return NULL;
}

static char *
read_ip (const yaml_event_t *event, char **field)
{
  ClawAddress address;

  if (strlen (scalar_text (event)) != event->data.scalar.length
      || !claw_address_parse_ip (scalar_text (event), 0, &address))
    return g_strdup (_ ("a numeric IPv4 or IPv6 address"));

  g_free (*field);
  *field = g_strdup (scalar_text (event));
  return NULL;
}

static char *
read_integer (const ClawConfigKey *key, const yaml_event_t *event, int *field)
{
  gint64 value;
  const char *digits = scalar_text (event);

  digits += *digits == '-' ? 1 : 0;
  /* With a leading zero some readers of YAML would take it for octal. */
  gboolean is_octal = digits[0] == '0' && digits[1] != '\0';
  if (!is_plain (event) || is_octal
      || !g_ascii_string_to_signed (scalar_text (event), 10, key->minimum, key->maximum, &value,
                                    NULL))
    return g_strdup_printf (_ ("a whole number from %d to %d"), (int) key->minimum,
                            (int) key->maximum);

  *field = (int) value;
  return NULL;
}

static char *
read_boolean (const yaml_event_t *event, gboolean *field)
{
  gboolean value;

  if (!is_boolean (event, &value))
    return g_strdup (_ ("true or false"));

  *field = value;
  return NULL;
}

static char *
read_log_level (const yaml_event_t *event, ClawLogLevel *field)
{
  if (!claw_log_level_parse (scalar_text (event), field))
    return g_strdup (_ ("one of “error”, “warning”, “info” and “debug”"));
  return NULL;
}

static char *
read_scalar (ClawConfigReading *reading, const ClawConfigKey *key)
{
  const yaml_event_t *event = &reading->event;
  void *field = (char *) reading->settings + key->offset;

  switch (key->type)
    {
    case CLAW_CONFIG_STRING_OR_NULL:
    case CLAW_CONFIG_PATH_OR_NULL:
    case CLAW_CONFIG_IP_OR_NULL:
      if (is_null (event))
        {
          g_clear_pointer ((char **) field, g_free);
          return NULL;
        }
      return key->type == CLAW_CONFIG_IP_OR_NULL ? read_ip (event, field)
                                                 : read_string (key, event, field);
    case CLAW_CONFIG_STRING:
    case CLAW_CONFIG_PATH:
      return read_string (key, event, field);
    case CLAW_CONFIG_IP:
      return read_ip (event, field);
    case CLAW_CONFIG_INTEGER_OR_NULL:
      if (is_null (event))
        {
          *(int *) field = 0;
          return NULL;
        }
      return read_integer (key, event, field);
    case CLAW_CONFIG_INTEGER:
      return read_integer (key, event, field);
    case CLAW_CONFIG_BOOLEAN:
      return read_boolean (event, field);
    case CLAW_CONFIG_LOG_LEVEL:
      return read_log_level (event, field);
    case CLAW_CONFIG_HOST_PORT_LIST:
      break;
    }
  g_return_val_if_reached (NULL);
}

/* From the sequence's first event to its last; faults stand at the entries. */
static gboolean
read_list (ClawConfigReading *reading, KeyState *state, GStrv *field)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n_entries = 0;

  while (next_event (reading))
    {
      const yaml_event_t *event = &reading->event;

      if (event->type == YAML_SEQUENCE_END_EVENT)
        {
          g_strfreev (*field);
          *field = g_strv_builder_end (builder);
          return TRUE;
        }
      if (event->type == YAML_SCALAR_EVENT && ++n_entries <= CLAW_CONFIG_LIST_MAX
          && claw_host_port_is_valid (scalar_text (event), event->data.scalar.length))
        {
          g_strv_builder_add (builder, scalar_text (event));
          continue;
        }

      state->is_refused = TRUE;
      if (n_entries == CLAW_CONFIG_LIST_MAX + 1)
        add_fault (reading, event->start_mark, _ ("too many entries, expected at most %d"),
                   CLAW_CONFIG_LIST_MAX);
      else if (n_entries <= CLAW_CONFIG_LIST_MAX && event->type != YAML_ALIAS_EVENT)
        add_fault (reading, event->start_mark, _ ("expected “host” or “host:port”"));
      if (!skip_node (reading))
        return FALSE;
    }
  return FALSE;
}

static void
add_value_fault (ClawConfigReading *reading, const ClawConfigKey *key, const char *expected)
{
  const yaml_event_t *event = &reading->event;

  if (event->type == YAML_SCALAR_EVENT)
    {
      g_autofree char *shown = dup_shown (scalar_text (event), event->data.scalar.length);
      add_fault (reading, event->start_mark, _ ("“%s” does not fit “%s.%s”, expected %s"), shown,
                 key->section, key->key, expected);
    }
  else
    add_fault (
        reading, event->start_mark, _ ("“%s.%s” cannot be %s, expected %s"), key->section, key->key,
        event->type == YAML_SEQUENCE_START_EVENT ? _ ("a list") : _ ("a group of keys"), expected);
}

/* What a key wants, for values that are not even a scalar. */
static char *
dup_expected (const ClawConfigKey *key)
{
  switch (key->type)
    {
    case CLAW_CONFIG_STRING:
    case CLAW_CONFIG_STRING_OR_NULL:
      return g_strdup (_ ("a text"));
    case CLAW_CONFIG_PATH:
    case CLAW_CONFIG_PATH_OR_NULL:
      return g_strdup (_ ("an absolute path, one that begins with “/”"));
    case CLAW_CONFIG_IP:
    case CLAW_CONFIG_IP_OR_NULL:
      return g_strdup (_ ("a numeric IPv4 or IPv6 address"));
    case CLAW_CONFIG_INTEGER:
    case CLAW_CONFIG_INTEGER_OR_NULL:
      return g_strdup_printf (_ ("a whole number from %d to %d"), (int) key->minimum,
                              (int) key->maximum);
    case CLAW_CONFIG_BOOLEAN:
      return g_strdup (_ ("true or false"));
    case CLAW_CONFIG_LOG_LEVEL:
      return g_strdup (_ ("one of “error”, “warning”, “info” and “debug”"));
    case CLAW_CONFIG_HOST_PORT_LIST:
      return g_strdup (_ ("a list of “host” or “host:port”"));
    }
  g_return_val_if_reached (NULL);
}

/* From the first event of the value to its last. */
static gboolean
read_value (ClawConfigReading *reading, const ClawConfigKey *key, KeyState *state)
{
  const yaml_event_t *event = &reading->event;
  GStrv *list = (GStrv *) (void *) ((char *) reading->settings + key->offset);
  gboolean is_list = key->type == CLAW_CONFIG_HOST_PORT_LIST;
  g_autofree char *expected = NULL;

  if (event->type == YAML_ALIAS_EVENT)
    {
      state->is_refused = TRUE;
      return TRUE;
    }
  if (is_list && event->type == YAML_SEQUENCE_START_EVENT)
    return read_list (reading, state, list);
  if (is_list && is_null (event)) /* all entries are commented out */
    {
      g_strfreev (*list);
      *list = g_new0 (char *, 1);
      return TRUE;
    }

  if (is_list || event->type != YAML_SCALAR_EVENT)
    expected = dup_expected (key);
  else
    expected = read_scalar (reading, key);

  if (expected == NULL)
    return TRUE;
  state->is_refused = TRUE;
  add_value_fault (reading, key, expected);
  return skip_node (reading);
}

/* Sections and keys */

static int
find_key (const ClawConfigReading *reading, const char *section, const char *key)
{
  for (int i = 0; reading->keys[i].section != NULL; i++)
    if (strcmp (reading->keys[i].section, section) == 0
        && (key == NULL || strcmp (reading->keys[i].key, key) == 0))
      return i;
  return -1;
}

/* Names of all sections, or (@section not NULL) of all keys of one, for a message. */
static char *
dup_known_names (const ClawConfigReading *reading, const char *section)
{
  g_autoptr (GString) names = g_string_new (NULL);
  const char *last = NULL;

  for (const ClawConfigKey *key = reading->keys; key->section != NULL; key++)
    {
      const char *name = section != NULL ? key->key : key->section;

      if ((section != NULL && strcmp (key->section, section) != 0) || g_strcmp0 (name, last) == 0)
        continue;
      g_string_append_printf (names, "%s%s", last != NULL ? ", " : "", name);
      last = name;
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* Returns: (nullable): the name that the current event is, or NULL with the fault noted. */
static char *
dup_name (ClawConfigReading *reading)
{
  const yaml_event_t *event = &reading->event;

  if (event->type == YAML_SCALAR_EVENT && strlen (scalar_text (event)) == event->data.scalar.length)
    return g_strdup (scalar_text (event));
  if (event->type != YAML_ALIAS_EVENT)
    add_fault (reading, event->start_mark, _ ("expected a name here"));
  return NULL;
}

/* From a key's name to the last event of its value. */
static gboolean
read_key (ClawConfigReading *reading, const char *section)
{
  yaml_mark_t mark = reading->event.start_mark;
  g_autofree char *name = dup_name (reading);
  int i = name != NULL ? find_key (reading, section, name) : -1;
  KeyState *state = i >= 0 ? &reading->states[i] : NULL;

  if (state != NULL && !state->is_set)
    {
      *state = (KeyState){ .mark = mark, .is_set = TRUE };
      return next_event (reading) && read_value (reading, &reading->keys[i], state);
    }

  if (state != NULL)
    add_fault (reading, mark, _ ("“%s.%s” is set twice, first on line %u"), section, name,
               (guint) state->mark.line + 1);
  else if (name != NULL)
    {
      g_autofree char *shown = dup_shown (name, strlen (name));
      g_autofree char *known = dup_known_names (reading, section);
      add_fault (reading, mark, _ ("unknown key “%s” in “%s”, expected one of: %s"), shown, section,
                 known);
    }
  return skip_node (reading) && next_event (reading) && skip_node (reading);
}

/* From a section's name to its last event. */
static gboolean
read_section (ClawConfigReading *reading)
{
  yaml_mark_t mark = reading->event.start_mark;
  g_autofree char *name = dup_name (reading);
  gboolean is_known = name != NULL && find_key (reading, name, NULL) >= 0;
  gboolean is_new = is_known && g_hash_table_add (reading->sections, g_strdup (name));

  if (name != NULL && !is_known)
    {
      g_autofree char *shown = dup_shown (name, strlen (name));
      g_autofree char *known = dup_known_names (reading, NULL);
      add_fault (reading, mark, _ ("unknown section “%s”, expected one of: %s"), shown, known);
    }
  if (is_known && !is_new)
    add_fault (reading, mark, _ ("section “%s” is there twice, expected all its keys in one place"),
               name);
  if (!is_new)
    return skip_node (reading) && next_event (reading) && skip_node (reading);

  if (!next_event (reading))
    return FALSE;
  if (reading->event.type != YAML_MAPPING_START_EVENT)
    {
      if (!is_null (&reading->event) && reading->event.type != YAML_ALIAS_EVENT)
        add_fault (reading, reading->event.start_mark, _ ("expected a group of keys for “%s”"),
                   name);
      return skip_node (reading);
    }

  while (next_event (reading))
    {
      if (reading->event.type == YAML_MAPPING_END_EVENT)
        return TRUE;
      if (!read_key (reading, name))
        return FALSE;
    }
  return FALSE;
}

/* From the first event of the document's node to its last. */
static gboolean
read_document (ClawConfigReading *reading)
{
  if (is_null (&reading->event))
    return TRUE;

  if (reading->event.type != YAML_MAPPING_START_EVENT)
    {
      g_autofree char *known = dup_known_names (reading, NULL);
      add_fault (reading, reading->event.start_mark, _ ("expected sections, one of: %s"), known);
      return skip_node (reading);
    }

  while (next_event (reading))
    {
      if (reading->event.type == YAML_MAPPING_END_EVENT)
        return TRUE;
      if (!read_section (reading))
        return FALSE;
    }
  return FALSE;
}

/* Returns: FALSE when a syntax error ended it early. */
static gboolean
read_stream (ClawConfigReading *reading)
{
  guint n_documents = 0;

  while (next_event (reading))
    {
      if (reading->event.type == YAML_STREAM_END_EVENT)
        return TRUE;
      if (reading->event.type != YAML_DOCUMENT_START_EVENT)
        continue;

      yaml_mark_t mark = reading->event.start_mark;
      gboolean is_first = ++n_documents == 1;
      if (!is_first)
        add_fault (reading, mark, _ ("a second document begins here, expected only one"));
      if (!next_event (reading) || !(is_first ? read_document (reading) : skip_node (reading)))
        return FALSE;
    }
  return FALSE;
}

/* Interface */

static guint
count_keys (const ClawConfigKey *keys)
{
  guint n = 0;

  while (keys[n].section != NULL)
    n++;
  return n;
}

void
claw_config_report_conflict (ClawConfigReading *reading,
                             const char *section,
                             const char *key,
                             const char *other_key,
                             const char *text)
{
  int i = find_key (reading, section, key);
  int j = find_key (reading, section, other_key);

  g_return_if_fail (i >= 0 && j >= 0);

  const KeyState *state = &reading->states[i];
  const KeyState *other = &reading->states[j];
  if (!state->is_refused && !other->is_refused)
    add_fault (reading, state->is_set ? state->mark : other->mark, "%s", text);
}

gboolean
claw_config_is_set (const ClawConfigReading *reading, const char *section, const char *key)
{
  int i = find_key (reading, section, key);
  g_return_val_if_fail (i >= 0, FALSE);
  return reading->states[i].is_set;
}

gboolean
claw_config_load_checked (const char *path,
                          const ClawConfigKey *keys,
                          void *settings,
                          ClawConfigCheck check,
                          GError **error)
{
  g_autofree uint8_t *text = g_malloc (CLAW_CONFIG_SIZE_MAX);
  g_autofree KeyState *states = g_new0 (KeyState, count_keys (keys));
  g_autoptr (GHashTable) sections = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func ((GDestroyNotify) fault_free);
  g_autoptr (GError) file_error = NULL;
  size_t length = 0;
  ClawConfigReading reading = { .path = path,
                                .keys = keys,
                                .states = states,
                                .settings = settings,
                                .sections = sections,
                                .faults = faults };

  if (!claw_file_read (path, CLAW_FILE_READ_FOLLOW_SYMLINKS, text, CLAW_CONFIG_SIZE_MAX, &length,
                       &file_error))
    {
      g_set_error_literal (error, CLAW_CONFIG_ERROR, CLAW_CONFIG_ERROR_UNREADABLE,
                           file_error->message);
      return FALSE;
    }

  if (!yaml_parser_initialize (&reading.parser))
    g_error ("Out of memory");
  yaml_parser_set_input_string (&reading.parser, text, length);
  if (read_stream (&reading) && check != NULL)
    check (settings, &reading);
  yaml_event_delete (&reading.event);
  yaml_parser_delete (&reading.parser);

  if (faults->len == 0)
    return TRUE;
  set_error_from_faults (&reading, error);
  return FALSE;
}

gboolean
claw_config_load (const char *path, const ClawConfigKey *keys, void *settings, GError **error)
{
  return claw_config_load_checked (path, keys, settings, NULL, error);
}
