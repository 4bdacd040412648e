/* claw-chat-panic.h: what becomes of a saved chat whose keys are compromised.
 *
 * The keys of the pairing, the identity, the draft and what was not delivered go, whoever began it.
 * The messages that were kept are another matter: they are sealed under a key that has nothing to
 * do with the pairing, so erasing them closes nothing to somebody who has the pairing's keys. It
 * only protects from somebody who gets at this computer. Whoever panics here is asked, and erasing
 * is proposed, because that may be what they are afraid of. When the server says it, nobody here is
 * asked and the messages stay: otherwise whoever runs the server, or has taken it over, could take
 * from all its members, at once and for good, what they hold of what was said. The user is told,
 * and can erase them then.
 *
 * A chat whose messages were kept is over: it can be read, searched, exported and erased, and
 * nothing can be sent. A new file of a server with the same key goes on in it; a server that has a
 * new key, as after its operator's panic, cannot be known to be the same one and gets a chat of its
 * own.
 *
 * What was decided is on the disk before anything is erased, in CLAW_CHAT_PANIC_NOTE, so that a
 * program that is killed in the middle does the rest when it starts again. Where the server
 * decides, the keys go first, and what is missing then tells at the next start: the store's own
 * note is there, or the identity is not. One that was only revoked keeps its identity, and is left
 * alone.
 */
#pragma once

#include "claw-saved-chat.h"

/* In the directory of the chat; the words are all that is ever in it. */
#define CLAW_CHAT_PANIC_NOTE "panic"

/* Whether there may be messages on the disk that could be kept, also in an archive that cannot be
 * opened now. */
gboolean claw_chat_panic_may_keep (ClawSavedChat *chat);
/* As claw_client_compromise (). @keeps_messages: ignored where claw_chat_panic_may_keep () says
 * FALSE. */
void claw_chat_panic_begin (ClawSavedChat *chat, gboolean keeps_messages);
/* Erases what was kept of a chat that is over; then nothing of it is left on the disk. */
void claw_chat_panic_erase_messages (ClawSavedChat *chat);
/* Whether all keys are erased, while messages were kept. */
gboolean claw_chat_panic_is_over (ClawSavedChat *chat);
