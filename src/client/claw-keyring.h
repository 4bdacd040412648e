/* claw-keyring.h: the key under which everything of the desktop is sealed.
 *
 * 32 random bytes, made once, and kept in one of three places:
 *
 * - the Secret Service (libsecret; GNOME Keyring, KWallet, …), under the schema
 *   org.clawchat.ClawChat;
 * - the file CLAW_KEYRING_FILE_NAME of the directory, sealed by a passphrase;
 * - nowhere: in memory only, until the program ends.
 *
 * The file says which, and how to find it. Who calls unlock_async () learns by the error's code
 * what to ask the user. All in the context that was thread-default when it was called.
 */
#pragma once

#include "claw-keyring-error.h"
#include "claw-secret.h"

#include <gio/gio.h>

#define CLAW_KEYRING_FILE_NAME "keyring"

typedef enum
{
  CLAW_KEYRING_NEW, /* nothing is kept yet */
  CLAW_KEYRING_SERVICE,
  CLAW_KEYRING_PASSPHRASE,
  CLAW_KEYRING_MEMORY,
} ClawKeyringKind;

#define CLAW_TYPE_KEYRING (claw_keyring_get_type ())
G_DECLARE_FINAL_TYPE (ClawKeyring, claw_keyring, CLAW, KEYRING, GObject)

/* Touches nothing. */
ClawKeyring *claw_keyring_new (const char *directory);
/* What the file says, or was chosen in this run. A damaged file counts as SERVICE; unlock_async ()
 * then tells. */
ClawKeyringKind claw_keyring_get_kind (ClawKeyring *keyring);
/* Gets the key from the Secret Service, or makes it and puts it there when nothing is kept yet. The
 * service may ask the user to unlock it. */
void claw_keyring_unlock_async (ClawKeyring *keyring,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* Opens, or at first use makes, the key that @passphrase seals; Argon2id runs in a thread. */
void claw_keyring_unlock_by_passphrase_async (ClawKeyring *keyring,
                                              const char *passphrase,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data);
/* Of both. Errors: CLAW_KEYRING_ERROR, CLAW_FILE_ERROR, G_IO_ERROR_CANCELLED. */
gboolean claw_keyring_unlock_finish (ClawKeyring *keyring, GAsyncResult *result, GError **error);
/* A key for this run. */
void claw_keyring_use_memory (ClawKeyring *keyring);
/* Starts over: erases the file, so that what was sealed is lost. What the Secret Service keeps is
 * removed when it can be, without waiting for it. */
gboolean claw_keyring_forget (ClawKeyring *keyring, GError **error);

/* Returns: (transfer none) (nullable): NULL while it is locked */
const ClawKey *claw_keyring_get_key (ClawKeyring *keyring);
