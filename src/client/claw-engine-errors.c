/* claw-engine-errors.c: see claw-engine-errors.h. */
#include "claw-engine-errors.h"

#include "claw-client.h"

#include <glib/gi18n-lib.h>

/* What the file shows of the server's network. */
static const char *
explain_nat (const ClawSavedPairing *pairing)
{
  for (unsigned i = 0; i < pairing->n_addresses; i++)
    if (!claw_address_is_local (&pairing->addresses[i]))
      return _ ("• the server is behind a NAT that lets nobody in: “clawchat-server status” tells "
                "its operator what to do");
  return _ (
      "• the server is behind a NAT, and you are in another network: the .sec file names only "
      "addresses within the server's own; “clawchat-server status” tells its operator what "
      "to do");
}

GError *
claw_engine_no_answer_error (const ClawSavedPairing *pairing, int seconds)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (unsigned i = 0; i < pairing->n_addresses; i++)
    {
      char buffer[CLAW_ADDRESS_STRING_SIZE];
      g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ",
                              claw_address_format (&pairing->addresses[i], buffer));
    }
  /* Translators: a server that does not know the knock is silent by design, so the client can only
   * list what may be the matter. The last line is one about a NAT. */
  return g_error_new (
      CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NO_ANSWER,
      _ ("“%s” did not answer within %d seconds. Tried over UDP: %s.\n"
         "This may mean:\n"
         "• the .sec file has expired or was used already: ask for a new one\n"
         "• the server is off, or listens on another port: ask its operator\n"
         "• UDP is blocked on the way: try another network, or open the port in the firewall\n"
         "%s"),
      claw_saved_pairing_get_title (pairing), seconds, list->str, explain_nat (pairing));
}

GError *
claw_engine_silence_error (const ClawSavedPairing *pairing, int seconds)
{
  return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NO_ANSWER,
                      _ ("“%s” has not answered for %d seconds; trying on. The server may be off, "
                         "or UDP is blocked "
                         "on the way. If its operator ended the pairing, ask for a new .sec file."),
                      claw_saved_pairing_get_title (pairing), seconds);
}

static GError *
peer_close_error (ClawCloseCode code, const char *server_name)
{
  switch (code)
    {
    case CLAW_CLOSE_CODE_BYE:
    case CLAW_CLOSE_CODE_SHUTDOWN:
    case CLAW_CLOSE_CODE_TOO_SLOW:
      return NULL;
    case CLAW_CLOSE_CODE_REPLACED:
      return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_REPLACED,
                          _ ("Another program with this identity connected to “%s”. Close one of "
                             "the two."),
                          server_name);
    case CLAW_CLOSE_CODE_REVOKED:
      return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_REVOKED,
                          _ ("The operator of “%s” ended the pairing. Ask for a new .sec file to "
                             "come back."),
                          server_name);
    case CLAW_CLOSE_CODE_DISCONNECTED:
      return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_DISCONNECTED,
                          _ ("The operator of “%s” ended the session. You may connect again."),
                          server_name);
    case CLAW_CLOSE_CODE_TOO_FAST:
      return g_error_new (
          CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_DISCONNECTED,
          _ ("“%s” ended the session, because more was said than it allows. What it "
             "has not taken is kept. You may connect again."),
          server_name);
    case CLAW_CLOSE_CODE_FULL:
      return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_DISCONNECTED,
                          _ ("“%s” has as many sessions as it allows. Connect again later."),
                          server_name);
    case CLAW_CLOSE_CODE_PROTOCOL:
    default: /* a code of a newer version */
      return claw_engine_close_error (CLAW_CLOSE_PROTOCOL, code, server_name);
    }
}

GError *
claw_engine_close_error (ClawCloseReason reason, ClawCloseCode code, const char *server_name)
{
  switch (reason)
    {
    case CLAW_CLOSE_LOCAL:
    case CLAW_CLOSE_NO_ANSWER:
    case CLAW_CLOSE_LOST:
    case CLAW_CLOSE_COMPROMISED:
      return NULL;
    case CLAW_CLOSE_PEER:
      return peer_close_error (code, server_name);
    case CLAW_CLOSE_PROTOCOL:
      break;
    }
  return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_PROTOCOL,
                      _ ("This program and “%s” do not understand each other. Check that both run "
                         "the same version, then connect again."),
                      server_name);
}

GError *
claw_engine_not_paired_error (void)
{
  return g_error_new (CLAW_CLIENT_ERROR, CLAW_CLIENT_ERROR_NOT_PAIRED, "%s",
                      _ ("No server is known yet: open a .sec file first"));
}

/* The first line says what has happened, the rest what to do. */
static const char *
compromised_format (ClawEngineCompromised how)
{
  switch (how)
    {
    case CLAW_ENGINE_COMPROMISED_KNOWN:
      return _ ("All keys of “%s” are erased, here and on the server.\n"
                "Messages that were not delivered are gone. To come back, ask the server’s "
                "operator for a new .sec file.");
    case CLAW_ENGINE_COMPROMISED_UNKNOWN:
      return _ ("All keys of “%s” are erased here, but the server did not answer.\n"
                "It may not know that its keys are compromised: tell its operator in another way, "
                "and ask for a new .sec file.");
    case CLAW_ENGINE_COMPROMISED_AWAY:
      return _ ("All keys of “%s” are erased here. The server was not connected and could not be "
                "told.\n"
                "Without keys nobody can tell it from here any more: tell its operator in another "
                "way, and ask for a new .sec file.");
    case CLAW_ENGINE_COMPROMISED_TOLD:
      break;
    }
  return _ ("“%s” says that its keys are compromised: they are erased here as well.\n"
            "Messages that were not delivered are gone. To come back, ask the server’s operator "
            "for a new .sec file.");
}

GError *
claw_engine_compromised_error (ClawEngineCompromised how,
                               const char *server_name,
                               const char *left_over)
{
  gboolean is_untold = how == CLAW_ENGINE_COMPROMISED_UNKNOWN
                       || how == CLAW_ENGINE_COMPROMISED_AWAY;
  g_autoptr (GString) text = g_string_new (compromised_format (how));
  g_string_replace (text, "%s", server_name ? server_name : "", 1);
  if (left_over)
    g_string_append_printf (text,
                            _ ("\nNot everything could be erased from the disk, delete it by hand: "
                               "%s"),
                            left_over);
  return g_error_new_literal (
      CLAW_CLIENT_ERROR,
      is_untold ? CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD : CLAW_CLIENT_ERROR_COMPROMISED, text->str);
}
