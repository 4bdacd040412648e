/* claw-keyring-error.h: why the store's key is not to be had, so that a caller knows what to ask.
 */
#pragma once

#include <glib.h>

#define CLAW_KEYRING_ERROR (claw_keyring_error_quark ())
typedef enum
{
  CLAW_KEYRING_ERROR_NO_SERVICE, /* no bus, or nobody on it who keeps secrets: ask the user whether
                                    to use a passphrase or to keep things in memory only */
  CLAW_KEYRING_ERROR_LOCKED,     /* the keyring is locked, and the user dismissed the question */
  CLAW_KEYRING_ERROR_MISSING,    /* the keyring does not have the key any more, or a wrong one */
  CLAW_KEYRING_ERROR_PASSPHRASE_NEEDED, /* it is sealed by a passphrase: ask for it */
  CLAW_KEYRING_ERROR_WRONG_PASSPHRASE,
  CLAW_KEYRING_ERROR_BAD_PASSPHRASE, /* empty or too long */
  CLAW_KEYRING_ERROR_DAMAGED,        /* the file that says how to find the key */
  CLAW_KEYRING_ERROR_FAILED,         /* the service, the disk or memory; the message says what */
} ClawKeyringError;
GQuark claw_keyring_error_quark (void);
