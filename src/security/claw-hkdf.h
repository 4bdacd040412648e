/* claw-hkdf.h: HKDF with SHA-256, RFC 5869.
 *
 * Noise's HKDF (section 4.3 of its specification) is the same with the chaining key as salt and no
 * info.
 */
#pragma once

#include "claw-secret.h"

/* RFC 5869 section 2.3: 255 blocks. */
#define CLAW_HKDF_OUTPUT_MAX (255 * 32)

/* @salt and @info may be empty. @out should be locked memory when it will hold a key, and may not
 * overlap the inputs. */
void claw_hkdf (const void *salt,
                size_t salt_length,
                const void *secret,
                size_t secret_length,
                const void *info,
                size_t info_length,
                void *out,
                size_t out_length);
/* A key out of another key, told apart by @label. @derived may be @key. */
void claw_hkdf_derive_key (const ClawKey *key, const char *label, ClawKey *derived);
