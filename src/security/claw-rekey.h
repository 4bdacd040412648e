/* claw-rekey.h: the keys of the next epoch of a session.
 *
 * Both sides mix a fresh X25519 exchange into the chain that the handshake began:
 *
 *   chain' ‖ key initiator→responder ‖ key responder→initiator ‖ resumption'
 *     = HKDF-SHA-256 (salt: chain, secret: X25519 (own ephemeral, peer's ephemeral),
 *                     info: "clawchat rekey" ‖ epoch 8 ‖ public key of the initiator 32
 *                           ‖ public key of the responder 32), 4 × 32 bytes
 *
 * Initiator and responder are those of the handshake, whoever began the rotation. As the chain goes
 * in, nobody who was not there before can take part; as the exchange goes in, nobody who has stolen
 * the chain can follow; and as the old chain is wiped, nobody who steals the new one can go back.
 */
#pragma once

#include "claw-handshake.h"

/* Takes @chain and @ephemeral to the keys of @epoch, and wipes both. Returns: FALSE, with nothing
 * changed, when @peer is a point of small order. */
gboolean claw_rekey_derive (ClawKey *chain,
                            ClawIdentity *ephemeral,
                            const uint8_t peer[CLAW_PUBLIC_KEY_SIZE],
                            gboolean is_initiator,
                            uint64_t epoch,
                            ClawHandshakeKeys *keys);
