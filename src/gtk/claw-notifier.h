/* claw-notifier.h: desktop notifications of messages, one a chat.
 *
 * A notification opens its chat: action app.open-chat with the chat's id; its button "Reply" does
 * the same and puts the cursor into the composer: app.reply-chat. A newer message of the chat takes
 * the place of the older one. There is no sound of our own, and "do not disturb" is the shell's.
 */
#pragma once

#include "claw-saved-chats.h"
#include "claw-settings.h"

#include <gio/gio.h>

#define CLAW_NOTIFIER_TEXT_MAX 200 /* characters of a message */

#define CLAW_TYPE_NOTIFIER (claw_notifier_get_type ())
G_DECLARE_FINAL_TYPE (ClawNotifier, claw_notifier, CLAW, NOTIFIER, GObject)

/* @application: has the two actions, and outlives the notifier. */
ClawNotifier *claw_notifier_new (GApplication *application, ClawSettings *settings);

/* Unless the settings forbid it. @chat_id: of ClawSavedChat. @title: the chat's. @unread: how many
 * there are in it, with this one. */
void claw_notifier_tell (ClawNotifier *notifier,
                         const char *chat_id,
                         const char *title,
                         const ClawMessage *message,
                         unsigned unread);
/* The chat was read, or is no more. */
void claw_notifier_withdraw (ClawNotifier *notifier, const char *chat_id);
/* Tells of every message of others in a chat that is not in view, until it was read. */
void claw_notifier_watch (ClawNotifier *notifier, ClawSavedChats *chats);
