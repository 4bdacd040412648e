/* claw-safety-number.h: sixty digits by which two people see that nobody is between them.
 *
 * Made of both sides' static public keys, so it is the same on both sides and for good, whichever
 * way the session goes; who sits in the middle has a key of its own and cannot show it. The two
 * compare it over another channel: they read it out on the telephone, or hold one screen to the
 * other.
 *
 * The construction is that of Signal's numeric fingerprints, with SHA-512 of libsodium and nothing
 * of our own: each key alone gives thirty digits,
 *
 *   h0 = version (2 bytes, big-endian) ‖ key ‖ CLAW_SAFETY_NUMBER_NAME
 *   hn = SHA-512 (hn-1 ‖ key), n = 1 … CLAW_SAFETY_NUMBER_ITERATIONS
 *
 * of which each five bytes (big-endian, modulo 100000) are a group of five digits; the smaller of
 * the two halves comes first, which makes the number independent of who asks.
 *
 * Why halves: who wants a number to match must find a key whose half is that of a given key, which
 * is a second preimage, also when people compare some groups only; one hash of both keys would
 * leave the much easier search for a collision between two keys of the attacker's own choice. Why
 * iterated: a half has 10^30 values, near 2^100; the search costs 5200 hashes a try, another 2^12,
 * and a user some milliseconds.
 */
#pragma once

#include "claw-identity.h"

/* What makes it differ from another program's number for the same keys. */
#define CLAW_SAFETY_NUMBER_NAME "ClawChat safety number, Noise_IKpsk1_25519_AESGCM_SHA256"
#define CLAW_SAFETY_NUMBER_VERSION 1
#define CLAW_SAFETY_NUMBER_ITERATIONS 5200
#define CLAW_SAFETY_NUMBER_GROUPS 12
#define CLAW_SAFETY_NUMBER_GROUP_DIGITS 5
/* Twelve groups, a space between each two, and the NUL. */
#define CLAW_SAFETY_NUMBER_SIZE (CLAW_SAFETY_NUMBER_GROUPS * (CLAW_SAFETY_NUMBER_GROUP_DIGITS + 1))

/* The order of the keys does not matter. Takes a few milliseconds. Returns: @number. */
const char *claw_safety_number (const uint8_t one_key[CLAW_PUBLIC_KEY_SIZE],
                                const uint8_t other_key[CLAW_PUBLIC_KEY_SIZE],
                                char number[CLAW_SAFETY_NUMBER_SIZE]);
