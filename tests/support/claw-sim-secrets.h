/* claw-sim-secrets.h: the secrets by which a simulated client and its server know each other, in
 * memory and on the disk that outlives a crash.
 *
 * Does what src/client and src/server do: the server keeps the newest and the one that the client
 * has shown to have, the client those of claw-resumption.h.
 */
#pragma once

#include "claw-endpoint.h"
#include "claw-resumption.h"

typedef struct
{
  gboolean is_client;
  ClawKey file;                      /* server: until it is used up; client: on a stick */
  ClawResumption kept;               /* client */
  ClawKey psks[2];                   /* server: the newest and the one that was used last */
  uint64_t psk_ids[2];               /* server: 0 for none */
  uint64_t file_id;                  /* server */
  uint64_t *next_psk_id;             /* server's counter */
  const uint8_t *client_key;         /* server */
  ClawKey disk[CLAW_RESUMPTION_MAX]; /* what a crash leaves */
} ClawSimSecrets;

/* Makes a file that both have. @next_psk_id and @client_key are borrowed. */
void claw_sim_secrets_init (ClawSimSecrets *client,
                            ClawSimSecrets *server,
                            uint64_t *next_psk_id,
                            const uint8_t *client_key);
void claw_sim_secrets_clear (ClawSimSecrets *secrets);
/* Server: lets in who has one of them. */
void claw_sim_secrets_accept (const ClawSimSecrets *secrets,
                              ClawEndpoint *endpoint,
                              uint64_t greatest_timestamp_us);
/* Client: what to knock with. */
void claw_sim_secrets_fill (const ClawSimSecrets *secrets, ClawConnectRequest *request);
/* Return: whether the secrets have to be saved before anything else; later will do otherwise. */
gboolean claw_sim_secrets_on_established (ClawSimSecrets *secrets,
                                          ClawEndpoint *endpoint,
                                          const ClawConnection *connection);
gboolean claw_sim_secrets_on_rekeyed (ClawSimSecrets *secrets,
                                      ClawEndpoint *endpoint,
                                      const ClawConnection *connection);
/* @connection: (nullable): whose newest secret is confirmed as saved. */
void claw_sim_secrets_save (ClawSimSecrets *secrets, ClawConnection *connection);
/* What was not saved is gone. */
void claw_sim_secrets_restore (ClawSimSecrets *secrets);
/* Server: the greatest timestamp that @endpoint has seen of the client. */
uint64_t claw_sim_secrets_get_greatest_us (const ClawSimSecrets *secrets,
                                           const ClawEndpoint *endpoint);
/* Two programs share a secret on their disks, from the first session on. */
void claw_sim_secrets_check (const ClawSimSecrets *secrets, const ClawSimSecrets *other);
/* A session has at most three keys to open with, and the previous one not for long once the peer
 * has shown the newest; an ephemeral key is there only until it was used. */
void claw_sim_secrets_check_session (const ClawConnection *connection, gint64 now_us);
