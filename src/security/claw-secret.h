/* claw-secret.h: memory for secrets.
 *
 * All keys live in memory of sodium_malloc (locked, guarded, not in core dumps) and are wiped when
 * freed. A 32-byte key takes a slot in a pooled slab, because a server holds several keys for each
 * of thousands of sessions.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define CLAW_KEY_SIZE 32

/* Starts libsodium; aborts the program when it cannot. Safe to call more than once and from any
 * thread. */
void claw_secret_init (void);
/* Whether locking memory has failed, so that keys may reach swap. To be told to the user once. */
gboolean claw_secret_lock_failed (void);
/* Returns: (transfer full): @size zeroed bytes of locked memory, aligned to 16; aborts when there
 * is none. */
void *claw_secret_new (size_t size);
void claw_secret_free (void *secret); /* wipes; NULL is fine */

/* Secrets of a fixed small size share guarded slabs, because a guarded allocation of its own costs
 * three pages or more and several system calls. Good for structures of which there are thousands; a
 * buffer that text of unknown length is written to wants claw_secret_new () and its guard page. */
#define CLAW_SECRET_POOLED_MAX 512
/* Returns: (transfer full): @size (at most CLAW_SECRET_POOLED_MAX) zeroed bytes, aligned to 16. */
void *claw_secret_new_pooled (size_t size);
/* Wipes. @size as it was given to claw_secret_new_pooled (); NULL is fine. */
void claw_secret_free_pooled (void *secret, size_t size);

/* A 32-byte secret. Zero-initialise ({ 0 }) before first use; g_auto (ClawKey) wipes it. Never copy
 * by assignment. */
typedef struct
{
  uint8_t *bytes; /* NULL while there is no key */
} ClawKey;

void claw_key_set (ClawKey *key, const uint8_t bytes[CLAW_KEY_SIZE]);
void claw_key_generate (ClawKey *key);
void claw_key_copy (ClawKey *destination, const ClawKey *source);
/* Moves @source into @destination; @source is empty afterwards. */
void claw_key_move (ClawKey *destination, ClawKey *source);
void claw_key_clear (ClawKey *key);
gboolean claw_key_is_set (const ClawKey *key);
/* In constant time; two empty keys are not equal. */
gboolean claw_key_equal (const ClawKey *a, const ClawKey *b);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawKey, claw_key_clear)
