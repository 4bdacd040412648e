/* claw-server-safety.c: the number by which an operator and a member see that nobody is between
 * them.
 */
#include "config.h"

#include "claw-safety-number.h"
#include "claw-server-private.h"

#include <glib/gi18n-lib.h>

JsonNode *
claw_server_safety_number (ClawServer *server, uint32_t member, GError **error)
{
  const ClawPairing *pairing = claw_pairings_find_id (server->pairings, member);
  char number[CLAW_SAFETY_NUMBER_SIZE];

  if (pairing == NULL)
    {
      g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND,
                   _ ("there is no member %u, see “members”"), member);
      return NULL;
    }
  claw_safety_number (server->identity.public_key, pairing->client_key, number);

  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  json_builder_set_member_name (builder, "id");
  json_builder_add_int_value (builder, pairing->id);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, pairing->name);
  json_builder_set_member_name (builder, "safety_number");
  json_builder_add_string_value (builder, number);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
