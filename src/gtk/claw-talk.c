/* claw-talk.c: see claw-talk.h. */
#include "claw-talk.h"

#include <glib/gi18n-lib.h>

static void
on_client_typing (ClawClient *client, const char *name, gboolean is_typing, ClawTypingLabel *label)
{
  claw_typing_label_set (label, name, is_typing);
}

static void
on_composer_typing (ClawComposer *composer, gboolean is_typing, ClawClient *client)
{
  claw_client_set_typing (client, is_typing);
}

static void
on_reply (ClawConversation *conversation, ClawMessage *message, ClawComposer *composer)
{
  const char *sender = claw_message_get_sender (message);
  /* Translators: whose message is answered: "Reply to yourself". */
  claw_composer_set_reply (composer, message, sender ? sender : _ ("yourself"));
  claw_composer_focus (composer);
}

static void
show_members (ClawMembersPopover *members, ClawClient *client)
{
  claw_members_popover_set (members, claw_client_get_name (client),
                            claw_client_get_members (client));
}

static void
on_welcome (ClawClient *client, ClawMembersPopover *members)
{
  show_members (members, client);
}

static void
on_member (ClawClient *client, const char *name, ClawMembersPopover *members)
{
  show_members (members, client);
}

/* Who is here is known while there is a session. */
static void
on_state (ClawClient *client, GParamSpec *pspec, ClawMembersPopover *members)
{
  show_members (members, client);
}

/* The key is known with the server's name, and does not change afterwards. */
static void
learn_key (ClawClient *client, GParamSpec *pspec, ClawConversation *conversation)
{
  const uint8_t *key = claw_client_get_own_key (client);
  if (key)
    claw_conversation_set_own_key (conversation, key);
}

void
claw_talk_connect (ClawClient *client, const ClawTalkWidgets *widgets)
{
  g_return_if_fail (CLAW_IS_CLIENT (client) && widgets != NULL);
  g_signal_connect_object (client, "notify::server-name", G_CALLBACK (learn_key),
                           widgets->conversation, 0);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (learn_key), widgets->conversation,
                           0);
  learn_key (client, NULL, widgets->conversation);
  g_signal_connect_object (widgets->conversation, "reply", G_CALLBACK (on_reply), widgets->composer,
                           0);
  g_signal_connect_object (widgets->composer, "typing", G_CALLBACK (on_composer_typing), client, 0);
  if (widgets->typing)
    g_signal_connect_object (client, "typing", G_CALLBACK (on_client_typing), widgets->typing, 0);
  if (!widgets->members)
    return;
  g_signal_connect_object (client, "welcome", G_CALLBACK (on_welcome), widgets->members, 0);
  g_signal_connect_object (client, "renamed", G_CALLBACK (on_welcome), widgets->members, 0);
  g_signal_connect_object (client, "joined", G_CALLBACK (on_member), widgets->members, 0);
  g_signal_connect_object (client, "left", G_CALLBACK (on_member), widgets->members, 0);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (on_state), widgets->members, 0);
  show_members (widgets->members, client);
}
