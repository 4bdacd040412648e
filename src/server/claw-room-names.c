/* claw-room-names.c: no two in a room have the same name. */
#include "claw-room-private.h"

#include <string.h>

/* What may stand in a name, since it chooses the form of the character ahead of it or nobody knows
 * it yet, but shows nothing itself: Default_Ignorable_Code_Point in Unicode, without what
 * claw_name_sanitise () takes away. */
static gboolean
is_invisible (gunichar character)
{
  return (character >= 0x180b && character <= 0x180f) /* Mongolian variation selectors */
         || character == 0x2065 || (character >= 0xfe00 && character <= 0xfe0f)
         || (character >= 0xfff0 && character <= 0xfff8)
         || (character >= 0xe0000 && character <= 0xe0fff);
}

/* What two names must differ in, so that nobody passes for another by case or width of letters or
 * by what is not seen. */
static char *
name_key (const char *name)
{
  g_autofree char *compatible = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);

  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
    if (!is_invisible (g_utf8_get_char (at)))
      g_string_append_unichar (seen, g_utf8_get_char (at));
  g_strstrip (seen->str);
  compatible = g_utf8_normalize (seen->str, -1, G_NORMALIZE_ALL);
  return g_utf8_casefold (compatible != NULL ? compatible : seen->str, -1);
}

static gboolean
is_taken (ClawRoom *room, const char *name, const ClawRoomMember *except)
{
  g_autofree char *key = name_key (name);
  g_autofree char *operator_key = name_key (room->operator_name);
  const ClawRoomMember *owner = g_hash_table_lookup (room->by_name, key);

  return strcmp (key, operator_key) == 0 || (owner != NULL && owner != except);
}

void
claw_room_set_name (ClawRoom *room, ClawRoomMember *member, char *name)
{
  if (member->name_key != NULL)
    g_hash_table_remove (room->by_name, member->name_key);
  g_free (member->name_key);
  g_free (member->name);
  member->name = name;
  member->name_key = name_key (name);
  g_hash_table_insert (room->by_name, member->name_key, member);
}

/* Appends @suffix, giving up as many whole characters of @name as it takes. */
static char *
append_suffix (const char *name, const char *suffix)
{
  size_t room = CLAW_MESSAGE_NAME_MAX - strlen (suffix);
  const char *end = name + strlen (name);

  while ((size_t) (end - name) > room)
    end = g_utf8_find_prev_char (name, end);
  return g_strdup_printf ("%.*s%s", (int) (end - name), name, suffix);
}

char *
claw_room_make_unique (ClawRoom *room,
                       const char *wish,
                       const uint8_t *client_key,
                       const ClawRoomMember *except)
{
  g_autofree char *name = wish == NULL ? NULL : claw_name_sanitise (wish, -1);
  g_autofree char *candidate = NULL;

  if (name == NULL)
    name = g_strdup_printf ("guest-%02x%02x", client_key[0], client_key[1]);
  candidate = g_strdup (name);
  for (unsigned number = 2; is_taken (room, candidate, except); number++)
    {
      g_autofree char *suffix = g_strdup_printf (" (%u)", number);

      g_free (candidate);
      candidate = append_suffix (name, suffix);
    }
  return g_steal_pointer (&candidate);
}
