/* claw-control-request.h: one line of a control client, read and checked. The protocol is described
 * in claw-control.h. */
#pragma once

#include "claw-control-files.h"

#include <gio/gio.h>
#include <stdint.h>

/* A request's line without its newline; room for the longest message with every character escaped
 * would be more than any writer needs, since only quotes, backslashes and control characters must
 * be. */
#define CLAW_CONTROL_LINE_MAX (256 * 1024)
/* Brackets open at the same time; a request needs one, unknown members may have more. */
#define CLAW_CONTROL_DEPTH_MAX 8

#define CLAW_CONTROL_ERROR (claw_control_error_quark ())
typedef enum
{
  CLAW_CONTROL_ERROR_INVALID, /* not a request, or a member is missing or mistyped: the message says
                                 which */
  CLAW_CONTROL_ERROR_UNKNOWN, /* no such command */
  CLAW_CONTROL_ERROR_NOT_FOUND,   /* no such member or session */
  CLAW_CONTROL_ERROR_FAILED,      /* the message says why */
  CLAW_CONTROL_ERROR_DENIED,      /* the socket is not for this user */
  CLAW_CONTROL_ERROR_BUSY,        /* too many programs are connected */
  CLAW_CONTROL_ERROR_TEXT,        /* a text that cannot be sent: empty, or too long */
  CLAW_CONTROL_ERROR_TOO_MANY,    /* as many unused .sec files as may be are out already */
  CLAW_CONTROL_ERROR_UNAVAILABLE, /* no server runs, or it went away */
} ClawControlError;
GQuark claw_control_error_quark (void);
/* "invalid", "unknown", "not-found", "failed", "denied", "busy", "text", "too-many", "unavailable";
 * for errors of other domains than CLAW_MESSAGE_ERROR and CLAW_ISSUER_ERROR "failed". */
const char *claw_control_error_to_code (const GError *error);
/* The reverse; CLAW_CONTROL_ERROR_FAILED for what is not known. @code: (nullable) */
ClawControlError claw_control_error_from_code (const char *code);

typedef enum
{
  CLAW_CONTROL_STATUS,
  CLAW_CONTROL_NEW_FILE,
  CLAW_CONTROL_FILES,
  CLAW_CONTROL_WITHDRAW,
  CLAW_CONTROL_SESSIONS,
  CLAW_CONTROL_MEMBERS,
  CLAW_CONTROL_DISCONNECT,
  CLAW_CONTROL_REVOKE,
  CLAW_CONTROL_COMPROMISED,
  CLAW_CONTROL_ATTACH,
  CLAW_CONTROL_SEND,
  CLAW_CONTROL_ROTATE,
  CLAW_CONTROL_METRICS,
  CLAW_CONTROL_TAIL,
  CLAW_CONTROL_SAFETY_NUMBER,
} ClawControlCommand;

typedef struct
{
  ClawControlCommand command;
  gint64 tag;               /* "id": given back in the reply; -1 when there was none */
  uint32_t member;          /* DISCONNECT, REVOKE, SAFETY_NUMBER; COMPROMISED, ROTATE: 0 for all */
  char *text;               /* SEND; WITHDRAW: an id or a name */
  ClawControlFileWish file; /* NEW_FILE */
} ClawControlRequest;
void claw_control_request_clear (ClawControlRequest *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClawControlRequest, claw_control_request_clear)

/* @request is to be zeroed; its tag is valid even on errors if it could be read. */
gboolean claw_control_request_parse (const char *line,
                                     size_t length,
                                     ClawControlRequest *request,
                                     GError **error);
