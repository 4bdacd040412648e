/* claw-server-files.c: the commands about .sec files, as the server does them. */
#include "config.h"

#include "claw-server-private.h"

#include <glib/gi18n-lib.h>

static void
add_string (JsonBuilder *builder, const char *member, const char *value)
{
  json_builder_set_member_name (builder, member);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_number (JsonBuilder *builder, const char *member, gint64 value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_int_value (builder, value);
}

static void
add_flag (JsonBuilder *builder, const char *member, gboolean value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_boolean_value (builder, value);
}

/* Until when a copy that is taken away now finds the server: so many of its older ports stay open.
 */
static gint64
get_reach_until_s (ClawServer *server, const ClawIssued *issued)
{
  gint64 next_s = claw_server_ports_get_next_s (server->ports);
  gint64 interval_s = server->config->port_rotation_interval_s;

  if (next_s == 0)
    return issued->valid_until_s;
  return MIN (issued->valid_until_s, next_s + (CLAW_SERVER_PORTS_MAX - 1) * interval_s);
}

static void
add_issued (JsonBuilder *builder, const ClawIssued *issued)
{
  add_string (builder, "id", issued->id);
  if (issued->name != NULL)
    add_string (builder, "for", issued->name);
  add_string (builder, "file", issued->path);
  add_number (builder, "created", issued->timestamp_s);
  add_number (builder, "valid_until", issued->valid_until_s);
}

static JsonNode *
end_object (JsonBuilder *builder)
{
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

JsonNode *
claw_server_files_make (ClawServer *server, const ClawControlFileWish *request, GError **error)
{
  const ClawIssuerWish wish = { .name = request->name,
                                .validity_s = request->validity_s,
                                .is_handed_out = request->is_handed_out };
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *text = NULL;
  const ClawIssued *issued;

  G_STATIC_ASSERT (CLAW_CONTROL_FILES_VALID_MAX_MIN * 60 == CLAW_ISSUER_VALIDITY_MAX_S);
  /* It names the port. */
  if (!claw_server_doors_open (server, error))
    return NULL;
  /* Closes it again if that was in vain. */
  claw_server_turn_soon (server);
  issued = claw_issuer_make (server->issuer, &wish, claw_server_now_s (), &text, error);
  if (issued == NULL)
    return NULL;
  builder = json_builder_begin_object (json_builder_new ());
  add_issued (builder, issued);
  add_number (builder, "reach_until", get_reach_until_s (server, issued));
  if (request->wants_content)
    add_string (builder, "content", text);
  return end_object (builder);
}

JsonNode *
claw_server_files_list (ClawServer *server)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autoptr (ClawSecFile) now = claw_sec_file_new ();

  claw_server_get_addresses (server, now);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (unsigned at = 0; at < claw_issuer_get_count (server->issuer); at++)
    {
      const ClawIssued *issued = claw_issuer_get (server->issuer, at);

      json_builder_begin_object (builder);
      add_issued (builder, issued);
      add_flag (builder, "kept", claw_issuer_is_kept (server->issuer, at));
      add_flag (builder, "outdated",
                now->server.port != 0 && !claw_issued_has_addresses (issued, now));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  return end_object (builder);
}

JsonNode *
claw_server_files_withdraw (ClawServer *server, const char *which, GError **error)
{
  unsigned withdrawn = claw_issuer_withdraw (server->issuer, which);
  g_autoptr (JsonBuilder) builder = NULL;

  if (withdrawn == 0)
    {
      g_set_error (error, CLAW_CONTROL_ERROR, CLAW_CONTROL_ERROR_NOT_FOUND,
                   _ ("there is no unused file with the ID or for the person “%s”, see “files”"),
                   which);
      return NULL;
    }
  /* Makes another automatic one, or closes the doors. */
  claw_server_maintain (server);
  builder = json_builder_begin_object (json_builder_new ());
  add_number (builder, "withdrawn", withdrawn);
  return end_object (builder);
}
