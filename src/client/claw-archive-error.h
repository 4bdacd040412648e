/* claw-archive-error.h: what can go wrong with an archive. */
#pragma once

#include <glib.h>

#define CLAW_ARCHIVE_ERROR (claw_archive_error_quark ())
typedef enum
{
  CLAW_ARCHIVE_ERROR_KEY,     /* sealed under another key; the file is left as it is */
  CLAW_ARCHIVE_ERROR_DAMAGED, /* the message says where it was moved to */
  CLAW_ARCHIVE_ERROR_VERSION, /* written by a newer version; the file is left as it is */
  CLAW_ARCHIVE_ERROR_BUSY,    /* another program has it open */
  CLAW_ARCHIVE_ERROR_FULL,    /* no space on the disk */
  CLAW_ARCHIVE_ERROR_IO,
  CLAW_ARCHIVE_ERROR_GONE, /* it was destroyed */
} ClawArchiveError;
GQuark claw_archive_error_quark (void);
