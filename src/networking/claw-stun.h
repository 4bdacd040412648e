/* claw-stun.h: STUN Binding messages as bytes and back, RFC 8489, with the attributes of RFC 5780
 * (NAT behaviour discovery).
 *
 * Without sockets and time. Everything from the network goes through the bounded reader. No
 * credentials are known here: MESSAGE-INTEGRITY is stepped over, and what follows it is not
 * believed (RFC 8489 section 14.5); who sends the right transaction id is on the path.
 */
#pragma once

#include "claw-address.h"

#define CLAW_STUN_PORT 3478    /* where no port is given, RFC 8489 section 18.6 */
#define CLAW_STUN_ID_SIZE 12   /* transaction id, RFC 8489 section 5 */
#define CLAW_STUN_SIZE_MAX 512 /* of a message that is written here */
/* Types of attributes that are remembered of one message; further ones are passed over. */
#define CLAW_STUN_UNKNOWN_MAX 16

typedef enum
{
  CLAW_STUN_REQUEST = 0,
  CLAW_STUN_INDICATION = 1,
  CLAW_STUN_SUCCESS = 2,
  CLAW_STUN_ERROR = 3,
} ClawStunClass;

typedef struct
{
  ClawStunClass class;
  uint8_t id[CLAW_STUN_ID_SIZE];
  ClawAddress mapped;       /* XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS; NONE: neither */
  ClawAddress other;        /* OTHER-ADDRESS, RFC 5780 section 7.4 */
  ClawAddress origin;       /* RESPONSE-ORIGIN, RFC 5780 section 7.3 */
  gboolean change_ip;       /* CHANGE-REQUEST, RFC 5780 section 7.2 */
  gboolean change_port;     /* the same */
  uint16_t response_port;   /* RESPONSE-PORT, RFC 5780 section 7.5; 0: none */
  unsigned error_code;      /* 300 to 699; 0: none */
  gboolean has_fingerprint; /* and it was right */
  unsigned n_unknown;       /* UNKNOWN-ATTRIBUTES, as an error 420 lists them */
  uint16_t unknown[CLAW_STUN_UNKNOWN_MAX];
  unsigned n_not_understood; /* attributes here that have to be understood and are not */
  uint16_t not_understood[CLAW_STUN_UNKNOWN_MAX];
} ClawStunMessage;

/* A random transaction id. */
void claw_stun_make_id (uint8_t id[CLAW_STUN_ID_SIZE]);
/* Reads one datagram. Returns: FALSE, and nothing of @message is to be used, when it is no Binding
 * message, is malformed, or carries a wrong FINGERPRINT. */
gboolean claw_stun_read (const uint8_t *data, size_t length, ClawStunMessage *message);
/* Writes @message, without what it has not understood. Returns: its length, 0 when it does not fit.
 */
size_t claw_stun_write (const ClawStunMessage *message, uint8_t *buffer, size_t size);
