/* claw-links.h: the links in a message: found conservatively, shown as they are, opened with care.
 *
 * Only what names its scheme (http, https, mailto) is a link. Nothing is fetched, shortened or
 * shown under another name.
 */
#pragma once

#include <gtk/gtk.h>

#define CLAW_LINKS_LENGTH_MAX 2048 /* bytes; what is longer is text */
#define CLAW_LINKS_MAX 64          /* of one message */

/* Pango markup of @text with its links, and with what matches @folded, of claw_text_match_fold (),
 * emphasised. Beside a link nothing turns the order of letters (claw-bidi.h). @folded: (nullable).
 * Returns: (transfer full) (nullable): NULL when there is nothing to mark, so that the text may be
 * shown as plain text. */
char *claw_links_to_markup (const char *text, const char *folded);
/* Whether the link is one that may be opened at all. */
gboolean claw_links_may_open (const char *uri);
/* Whether it may lead elsewhere than it seems to: something ahead of an @, letters that may look
 * like others in its host, or a mail that is written already. */
gboolean claw_links_is_confusing (const char *uri);
/* Opens @uri with the desktop's program for it; asks first when it is confusing. */
void claw_links_open (GtkWidget *widget, const char *uri);
