/* claw-erasure.h: what has to go from a server's disk when keys are compromised or a pairing is
 * revoked, so that a stop at any moment ends with it gone.
 *
 * What is about to be erased is first noted in the state directory; the note goes away when nothing
 * of it is left. A start that finds it finishes before anything else. A file of that name that is
 * no such note (an operator may make an empty one) asks for everything, one of a newer version for
 * the program that wrote it.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#define CLAW_ERASURE_NOTE "compromised"

typedef struct ClawErasure ClawErasure;

/* Reads the note, if there is one. Returns: (transfer full): NULL with CLAW_FILE_ERROR, or
 * G_IO_ERROR_NOT_SUPPORTED when it is a newer version's. */
ClawErasure *
claw_erasure_new (const char *state_directory, const char *security_directory, GError **error);
void claw_erasure_free (ClawErasure *erasure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClawErasure, claw_erasure_free)

/* Notes that the pairing of @member is to go. Returns: FALSE when the note is not on the disk: what
 * follows is to be done all the same, but is not finished after a stop. */
gboolean claw_erasure_note_member (ClawErasure *erasure, uint32_t member, GError **error);
/* Notes that everything is to go: the server's key, all pairings, the secret of the ports, and
 * @files in the security directory. */
gboolean claw_erasure_note_all (ClawErasure *erasure, const char *const *files, GError **error);
/* Overwrites and removes what was noted, except for pairings of single members, which are part of a
 * file with others: those are the caller's to remove from there first. Returns: FALSE with the
 * first error; what can go has gone all the same. Once it has succeeded it does nothing until more
 * is noted: what lies there since is new. */
gboolean claw_erasure_run (ClawErasure *erasure, GError **error);
/* Nothing of it is left: removes the note. Returns: FALSE when it is still there; then that is all
 * that is pending, and calling this again is all that is to be done. */
gboolean claw_erasure_finish (ClawErasure *erasure, GError **error);

gboolean claw_erasure_is_pending (const ClawErasure *erasure);
/* Whether claw_erasure_run () has nothing to do, although something may be pending. */
gboolean claw_erasure_is_erased (const ClawErasure *erasure);
/* Whether everything is to go, and not only the note of that. */
gboolean claw_erasure_is_all (const ClawErasure *erasure);
/* Whether the pairing of @member is to go. */
gboolean claw_erasure_has_member (const ClawErasure *erasure, uint32_t member);
