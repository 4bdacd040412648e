/* claw-client-details.h: what a client knows of its connection, for a dialog and for /status.
 *
 * The same list feeds both, so that they cannot tell different stories: pairs of a title and a
 * value, translated. What is not known is not in it.
 */
#pragma once

#include "claw-client.h"
#include "claw-safety-number.h"

typedef enum
{
  CLAW_CLIENT_DETAIL_CHAT, /* who with whom, and how it stands */
  CLAW_CLIENT_DETAIL_PATH, /* addresses, ports, NATs, round trip */
  CLAW_CLIENT_DETAIL_KEYS,
  CLAW_CLIENT_DETAIL_DATA, /* what went over the session */
} ClawClientDetailSection;
#define CLAW_CLIENT_DETAIL_SECTIONS (CLAW_CLIENT_DETAIL_DATA + 1)

typedef struct
{
  ClawClientDetailSection section;
  char *title;
  char *value;
} ClawClientDetail;

/* Returns: (transfer full): of ClawClientDetail, in the order to be shown in. */
GPtrArray *claw_client_list_details (ClawClient *client);
/* Asks the network for fresh figures; they are in the next list. To be called about once a second
 * by who shows them, and not otherwise: each wakes the worker. */
void claw_client_refresh_details (ClawClient *client);

/* "status" as it is at this moment, with the seconds until the next attempt, which tick. Returns:
 * (transfer full) */
char *claw_client_format_status (ClawClient *client);
/* When it tries again to reconnect, monotonic; 0 when it does not wait for that. Goes with
 * "status". */
gint64 claw_client_get_next_attempt_us (ClawClient *client);

/* As the server's files name it. Returns: (nullable) */
const char *claw_client_get_server_id (ClawClient *client);
/* The static public keys of both sides, CLAW_PUBLIC_KEY_SIZE bytes. Returns: (transfer none)
 * (nullable): NULL before a file was opened or a pairing resumed. */
const uint8_t *claw_client_get_server_key (ClawClient *client);
/* What the two compare, claw-safety-number.h. Takes some milliseconds the first time for a server.
 * Returns: (transfer none) (nullable): as the keys. */
const char *claw_client_get_safety_number (ClawClient *client);

/* For those who fill the list. */
GPtrArray *claw_client_details_new (void);
void claw_client_detail_add (GPtrArray *details,
                             ClawClientDetailSection section,
                             const char *title,
                             const char *format,
                             ...) G_GNUC_PRINTF (4, 5);
/* Returns: (transfer full): "title: value", each in a line; no newline at the end. */
char *claw_client_details_to_text (GPtrArray *details);
