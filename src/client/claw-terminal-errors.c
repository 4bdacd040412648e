/* claw-terminal-errors.c: see claw-terminal-errors.h. */
#include "claw-terminal-errors.h"

#include "claw-client.h"
#include "claw-file.h"
#include "claw-saved-pairing.h"

#include <sysexits.h>

static int
client_exit_code (int code)
{
  switch ((ClawClientError) code)
    {
    case CLAW_CLIENT_ERROR_NO_ANSWER:
    case CLAW_CLIENT_ERROR_DISCONNECTED:
    case CLAW_CLIENT_ERROR_REPLACED:
      return EX_UNAVAILABLE;
    case CLAW_CLIENT_ERROR_COMPROMISED_UNTOLD:
      return EX_UNAVAILABLE;
    case CLAW_CLIENT_ERROR_KEY_CHANGED:
    case CLAW_CLIENT_ERROR_COMPROMISED:
    case CLAW_CLIENT_ERROR_REVOKED:
      return EX_NOPERM;
    case CLAW_CLIENT_ERROR_NETWORK:
      return EX_OSERR;
    case CLAW_CLIENT_ERROR_NOT_PAIRED:
      return EX_USAGE;
    case CLAW_CLIENT_ERROR_PROTOCOL:
      return EX_PROTOCOL;
    }
  return EX_SOFTWARE;
}

static int
sec_file_exit_code (int code)
{
  switch ((ClawSecFileError) code)
    {
    case CLAW_SEC_FILE_ERROR_UNREADABLE:
      return EX_NOINPUT;
    case CLAW_SEC_FILE_ERROR_WRONG_KEY:
      return EX_NOPERM;
    case CLAW_SEC_FILE_ERROR_NOT_SEC:
    case CLAW_SEC_FILE_ERROR_TOO_LARGE:
    case CLAW_SEC_FILE_ERROR_VERSION:
    case CLAW_SEC_FILE_ERROR_FIELD:
    case CLAW_SEC_FILE_ERROR_EXPIRED:
    case CLAW_SEC_FILE_ERROR_CLOCK:
      break;
    }
  return EX_DATAERR;
}

static int
file_exit_code (int code)
{
  switch ((ClawFileError) code)
    {
    case CLAW_FILE_ERROR_NOT_FOUND:
      return EX_NOINPUT;
    case CLAW_FILE_ERROR_PERMISSIONS:
      return EX_NOPERM;
    case CLAW_FILE_ERROR_TOO_LARGE:
    case CLAW_FILE_ERROR_NOT_REGULAR:
      return EX_DATAERR;
    case CLAW_FILE_ERROR_IO:
      break;
    }
  return EX_IOERR;
}

static int
bootstrap_key_exit_code (int code)
{
  switch ((ClawBootstrapKeyError) code)
    {
    case CLAW_BOOTSTRAP_KEY_ERROR_NONE_GIVEN:
    case CLAW_BOOTSTRAP_KEY_ERROR_UNREADABLE:
      return EX_NOINPUT;
    case CLAW_BOOTSTRAP_KEY_ERROR_EMPTY:
    case CLAW_BOOTSTRAP_KEY_ERROR_TOO_LONG:
      break;
    case CLAW_BOOTSTRAP_KEY_ERROR_DERIVE:
      return EX_OSERR;
    }
  return EX_DATAERR;
}

int
claw_terminal_exit_code (const GError *error)
{
  if (error->domain == CLAW_CLIENT_ERROR)
    return client_exit_code (error->code);
  if (error->domain == CLAW_SEC_FILE_ERROR)
    return sec_file_exit_code (error->code);
  if (error->domain == CLAW_FILE_ERROR)
    return file_exit_code (error->code);
  if (error->domain == CLAW_BOOTSTRAP_KEY_ERROR)
    return bootstrap_key_exit_code (error->code);
  if (error->domain == CLAW_SAVED_PAIRING_ERROR
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    return EX_DATAERR;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return EX_NOINPUT;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return EX_NOINPUT;
  return EX_SOFTWARE;
}
