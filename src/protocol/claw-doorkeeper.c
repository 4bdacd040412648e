/* claw-doorkeeper.c: see claw-doorkeeper.h. */
#include "claw-doorkeeper.h"

#include <sodium.h>
#include <string.h>

/* What may come at once: a twentieth of a second's worth, so that nobody waits for long. */
#define BURST_MIN 4
#define BURST_PART 20

typedef struct
{
  uint8_t key[CLAW_PUBLIC_KEY_SIZE];
  uint64_t greatest_timestamp_us;
} Client;

typedef struct
{
  uint8_t client_key[CLAW_PUBLIC_KEY_SIZE];
  gpointer owner;
} Pending;

typedef struct
{
  uint64_t id;        /* key of by_id */
  unsigned at_decoys; /* its place there */
  ClawPskKind kind;
  gboolean is_used;
  ClawKey psk;
  ClawHandshakeLock lock; /* its key id is the key of by_key_id */
  GArray *clients;        /* of Client; exactly one for PAIRING */
  Pending *pending;       /* CLAW_ENDPOINT_PENDING_MAX, oldest first; NULL while there are none */
  unsigned n_pending;
  ClawTokenBucket bucket;
  uint8_t macs[CLAW_DOORKEEPER_MACS][CLAW_HANDSHAKE_MAC_SIZE]; /* a ring */
  unsigned next_mac;
} Door;

struct ClawDoorkeeper
{
  ClawIdentity identity;
  ClawHandshakeLock dummy;
  ClawTokenBucket bucket;
  unsigned psk_per_second;
  GHashTable *by_id;
  GHashTable *by_key_id;
  GPtrArray *decoys; /* all doors, in no order */
  ClawDoorkeeperDrop drop;
  gpointer user_data;
};

static guint
hash_key_id (gconstpointer key_id)
{
  guint hash;

  /* Output of a hash already. */
  memcpy (&hash, key_id, sizeof hash);
  return hash;
}

static gboolean
equal_key_id (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, CLAW_HANDSHAKE_KEY_ID_SIZE) == 0;
}

static void
door_free (gpointer data)
{
  Door *door = data;

  claw_key_clear (&door->psk);
  claw_handshake_lock_clear (&door->lock);
  g_array_unref (door->clients);
  g_free (door->pending);
  g_free (door);
}

/* @per_second: of all psks. */
static unsigned
get_psk_per_second (unsigned per_second)
{
  if (per_second == 0)
    return CLAW_DOORKEEPER_PSK_PER_SECOND;
  return CLAMP (per_second / CLAW_DOORKEEPER_PSK_PART, 1, CLAW_DOORKEEPER_PSK_PER_SECOND);
}

ClawDoorkeeper *
claw_doorkeeper_new (const ClawIdentity *identity,
                     unsigned per_second,
                     ClawDoorkeeperDrop drop,
                     gpointer user_data)
{
  ClawDoorkeeper *doorkeeper = g_new0 (ClawDoorkeeper, 1);
  g_auto (ClawKey) nobody = { 0 };

  claw_identity_copy (&doorkeeper->identity, identity);
  claw_key_generate (&nobody);
  claw_handshake_lock_init (&doorkeeper->dummy, &nobody);
  claw_token_bucket_init (&doorkeeper->bucket, per_second,
                          MAX (BURST_MIN, per_second / BURST_PART));
  doorkeeper->psk_per_second = get_psk_per_second (per_second);
  doorkeeper->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, door_free);
  doorkeeper->by_key_id = g_hash_table_new (hash_key_id, equal_key_id);
  doorkeeper->decoys = g_ptr_array_new ();
  doorkeeper->drop = drop;
  doorkeeper->user_data = user_data;
  return doorkeeper;
}

void
claw_doorkeeper_free (ClawDoorkeeper *doorkeeper)
{
  if (doorkeeper == NULL)
    return;
  g_hash_table_unref (doorkeeper->by_key_id);
  g_ptr_array_unref (doorkeeper->decoys);
  g_hash_table_unref (doorkeeper->by_id);
  claw_handshake_lock_clear (&doorkeeper->dummy);
  claw_identity_clear (&doorkeeper->identity);
  g_free (doorkeeper);
}

/* Pending sessions */

static gpointer
take_pending (Door *door, unsigned at)
{
  gpointer owner = door->pending[at].owner;

  door->n_pending--;
  memmove (&door->pending[at], &door->pending[at + 1], (door->n_pending - at) * sizeof (Pending));
  if (door->n_pending == 0)
    g_clear_pointer (&door->pending, g_free);
  return owner;
}

/* @client_key: (nullable): of anybody. */
static void
drop_pending (ClawDoorkeeper *doorkeeper, Door *door, const uint8_t *client_key)
{
  for (unsigned i = door->n_pending; i > 0; i--)
    {
      if (client_key != NULL
          && memcmp (door->pending[i - 1].client_key, client_key, CLAW_PUBLIC_KEY_SIZE) != 0)
        continue;
      doorkeeper->drop (take_pending (door, i - 1), doorkeeper->user_data);
    }
}

static unsigned
count_pending (const Door *door, const uint8_t *client_key, unsigned *oldest)
{
  unsigned n = 0;

  for (unsigned i = door->n_pending; i > 0; i--)
    if (memcmp (door->pending[i - 1].client_key, client_key, CLAW_PUBLIC_KEY_SIZE) == 0)
      {
        *oldest = i - 1;
        n++;
      }
  return n;
}

void
claw_doorkeeper_add_pending (ClawDoorkeeper *doorkeeper,
                             uint64_t psk_id,
                             const uint8_t client_key[CLAW_PUBLIC_KEY_SIZE],
                             gpointer owner)
{
  Door *door = g_hash_table_lookup (doorkeeper->by_id, &psk_id);
  unsigned oldest = 0;

  g_return_if_fail (door != NULL);

  unsigned n = count_pending (door, client_key, &oldest);
  if (n >= CLAW_DOORKEEPER_PENDING_PER_CLIENT_MAX
      || (n > 0 && door->n_pending == CLAW_ENDPOINT_PENDING_MAX))
    doorkeeper->drop (take_pending (door, oldest), doorkeeper->user_data);

  g_return_if_fail (door->n_pending < CLAW_ENDPOINT_PENDING_MAX);

  if (door->pending == NULL)
    door->pending = g_new (Pending, CLAW_ENDPOINT_PENDING_MAX);
  Pending *pending = &door->pending[door->n_pending++];
  memcpy (pending->client_key, client_key, CLAW_PUBLIC_KEY_SIZE);
  pending->owner = owner;
}

void
claw_doorkeeper_remove_pending (ClawDoorkeeper *doorkeeper, uint64_t psk_id, gpointer owner)
{
  Door *door = g_hash_table_lookup (doorkeeper->by_id, &psk_id);

  for (unsigned i = 0; door != NULL && i < door->n_pending; i++)
    if (door->pending[i].owner == owner)
      {
        take_pending (door, i);
        return;
      }
}

static void
drop_everywhere (ClawDoorkeeper *doorkeeper, const uint8_t *client_key)
{
  GHashTableIter iter;
  gpointer door;

  g_hash_table_iter_init (&iter, doorkeeper->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &door))
    drop_pending (doorkeeper, door, client_key);
}

/* The other clients do not matter any more. */
static void
use_up (ClawDoorkeeper *doorkeeper, Door *door, const uint8_t *client_key)
{
  door->is_used = TRUE;
  drop_pending (doorkeeper, door, NULL);
  for (unsigned i = door->clients->len; i > 0; i--)
    if (memcmp (g_array_index (door->clients, Client, i - 1).key, client_key, CLAW_PUBLIC_KEY_SIZE)
        != 0)
      g_array_remove_index (door->clients, i - 1);
}

void
claw_doorkeeper_confirm (ClawDoorkeeper *doorkeeper, uint64_t psk_id, gpointer owner)
{
  Door *door = g_hash_table_lookup (doorkeeper->by_id, &psk_id);
  uint8_t client_key[CLAW_PUBLIC_KEY_SIZE];

  for (unsigned i = 0; door != NULL && i < door->n_pending; i++)
    {
      if (door->pending[i].owner != owner)
        continue;
      memcpy (client_key, door->pending[i].client_key, sizeof client_key);
      take_pending (door, i);
      drop_everywhere (doorkeeper, client_key);
      if (door->kind == CLAW_PSK_ONCE)
        use_up (doorkeeper, door, client_key);
      return;
    }
}

/* Psks */

static Client *
find_client (const Door *door, const uint8_t *key)
{
  for (unsigned i = 0; i < door->clients->len; i++)
    {
      Client *client = &g_array_index (door->clients, Client, i);

      if (memcmp (client->key, key, CLAW_PUBLIC_KEY_SIZE) == 0)
        return client;
    }
  return NULL;
}

static void
add_client (Door *door, const uint8_t *key, uint64_t timestamp_us)
{
  Client client = { .greatest_timestamp_us = timestamp_us };

  memcpy (client.key, key, sizeof client.key);
  g_array_append_val (door->clients, client);
}

static void
set_pairing (Door *door, const ClawPskEntry *entry)
{
  const Client *known = find_client (door, entry->client_key);
  uint64_t greatest = known != NULL ? known->greatest_timestamp_us : 0;

  g_array_set_size (door->clients, 0);
  add_client (door, entry->client_key, MAX (greatest, entry->greatest_timestamp_us));
}

void
claw_doorkeeper_accept (ClawDoorkeeper *doorkeeper, const ClawPskEntry *entry)
{
  g_return_if_fail (entry->id != 0);
  g_return_if_fail ((entry->kind == CLAW_PSK_PAIRING) == (entry->client_key != NULL));

  Door *door = g_hash_table_lookup (doorkeeper->by_id, &entry->id);
  if (door != NULL && (door->kind != entry->kind || !claw_key_equal (&door->psk, entry->psk)))
    {
      claw_doorkeeper_refuse (doorkeeper, entry->id);
      door = NULL;
    }
  if (door == NULL)
    {
      door = g_new0 (Door, 1);
      door->id = entry->id;
      door->kind = entry->kind;
      door->clients = g_array_new (FALSE, FALSE, sizeof (Client));
      claw_key_copy (&door->psk, entry->psk);
      claw_handshake_lock_init (&door->lock, entry->psk);
      claw_token_bucket_init (&door->bucket, doorkeeper->psk_per_second, CLAW_DOORKEEPER_PSK_BURST);
      g_hash_table_insert (doorkeeper->by_id, &door->id, door);
      g_hash_table_replace (doorkeeper->by_key_id, door->lock.key_id, door);
      door->at_decoys = doorkeeper->decoys->len;
      g_ptr_array_add (doorkeeper->decoys, door);
    }
  if (entry->kind == CLAW_PSK_PAIRING)
    set_pairing (door, entry);
}

static void
remove_decoy (ClawDoorkeeper *doorkeeper, const Door *door)
{
  g_ptr_array_remove_index_fast (doorkeeper->decoys, door->at_decoys);
  if (door->at_decoys < doorkeeper->decoys->len)
    ((Door *) g_ptr_array_index (doorkeeper->decoys, door->at_decoys))->at_decoys = door->at_decoys;
}

void
claw_doorkeeper_refuse (ClawDoorkeeper *doorkeeper, uint64_t psk_id)
{
  Door *door = g_hash_table_lookup (doorkeeper->by_id, &psk_id);

  if (door == NULL)
    return;
  drop_pending (doorkeeper, door, NULL);
  if (g_hash_table_lookup (doorkeeper->by_key_id, door->lock.key_id) == door)
    g_hash_table_remove (doorkeeper->by_key_id, door->lock.key_id);
  remove_decoy (doorkeeper, door);
  g_hash_table_remove (doorkeeper->by_id, &psk_id);
}

void
claw_doorkeeper_set_identity (ClawDoorkeeper *doorkeeper, const ClawIdentity *identity)
{
  GHashTableIter iter;
  gpointer door;

  g_hash_table_iter_init (&iter, doorkeeper->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &door))
    drop_pending (doorkeeper, door, NULL);
  g_ptr_array_set_size (doorkeeper->decoys, 0);
  g_hash_table_remove_all (doorkeeper->by_key_id);
  g_hash_table_remove_all (doorkeeper->by_id);
  claw_identity_clear (&doorkeeper->identity);
  claw_identity_copy (&doorkeeper->identity, identity);
}

/* Returns: (nullable): why the authentic @answer is refused. */
static const char *
find_fault (const Door *door, const ClawAnswer *answer)
{
  const uint8_t *key = claw_answer_get_initiator (answer);
  const Client *client = find_client (door, key);
  unsigned oldest;

  if (client == NULL && door->kind == CLAW_PSK_PAIRING)
    return "the secret of a pairing came from another client";
  if (client == NULL && door->clients->len == CLAW_DOORKEEPER_CLIENTS_MAX)
    return "too many clients tried the same file";
  if (client != NULL && claw_answer_get_timestamp_us (answer) <= client->greatest_timestamp_us)
    return "a handshake came again, or the client's clock was set back";
  if (claw_answer_get_timestamp_us (answer) > CLAW_HANDSHAKE_TIMESTAMP_MAX_US)
    return "the client's clock is centuries off";
  if (door->n_pending == CLAW_ENDPOINT_PENDING_MAX && count_pending (door, key, &oldest) == 0)
    return "too many unfinished handshakes with the same secret";
  return NULL;
}

static void
remember (Door *door, const ClawAnswer *answer)
{
  const uint8_t *key = claw_answer_get_initiator (answer);
  Client *client = find_client (door, key);

  if (client != NULL)
    client->greatest_timestamp_us = claw_answer_get_timestamp_us (answer);
  else
    add_client (door, key, claw_answer_get_timestamp_us (answer));
}

/* What the mac under an unknown key id is computed with: another key that lies somewhere in memory
 * as that of a known one does. With one and the same key, which is always at hand, it would be
 * quicker by some hundred nanoseconds. What comes of it is of no use to anybody. */
static const ClawHandshakeLock *
get_decoy (const ClawDoorkeeper *doorkeeper, const uint8_t *key_id)
{
  const GPtrArray *decoys = doorkeeper->decoys;

  if (decoys->len == 0)
    return &doorkeeper->dummy;
  return &((const Door *) g_ptr_array_index (decoys, hash_key_id (key_id) % decoys->len))->lock;
}

/* Whether an initiation with this mac, which is right, came a moment ago; if not, it has now. */
static gboolean
came_before (Door *door, const uint8_t *mac)
{
  for (unsigned i = 0; i < CLAW_DOORKEEPER_MACS; i++)
    if (memcmp (door->macs[i], mac, CLAW_HANDSHAKE_MAC_SIZE) == 0)
      return TRUE;
  memcpy (door->macs[door->next_mac], mac, CLAW_HANDSHAKE_MAC_SIZE);
  door->next_mac = (door->next_mac + 1) % CLAW_DOORKEEPER_MACS;
  return FALSE;
}

/* Returns: (nullable): why no public-key work is done for the owner of the psk. The psk's own limit
 * comes first, so that one of them cannot use up what is there for all. */
static const char *
find_limit (ClawDoorkeeper *doorkeeper, Door *door, const uint8_t *datagram, gint64 now_us)
{
  if (door->is_used)
    return "a file that was used already";
  if (!claw_token_bucket_has (&door->bucket, now_us))
    return "too many handshakes with the same secret";
  if (!claw_token_bucket_has (&doorkeeper->bucket, now_us))
    return "more handshakes than limits.handshakes_per_second allows";
  if (came_before (door, claw_handshake_get_mac (datagram)))
    return "a handshake came again";
  claw_token_bucket_take (&door->bucket, now_us);
  claw_token_bucket_take (&doorkeeper->bucket, now_us);
  return NULL;
}

ClawDoorkeeperVerdict
claw_doorkeeper_check (ClawDoorkeeper *doorkeeper,
                       const uint8_t *datagram,
                       size_t length,
                       gint64 now_us,
                       ClawDoorkeeperGuest *guest)
{
  uint8_t key_id[CLAW_HANDSHAKE_KEY_ID_SIZE];

  *guest = (ClawDoorkeeperGuest){ 0 };
  if (!claw_handshake_peek_initiation (datagram, length, key_id, &guest->peer_index))
    return CLAW_DOORKEEPER_STRANGER;

  Door *door = g_hash_table_lookup (doorkeeper->by_key_id, key_id);
  const ClawHandshakeLock *lock = door != NULL ? &door->lock : get_decoy (doorkeeper, key_id);
  gboolean has_mac = claw_handshake_check_mac (lock, datagram, length);
  if (door == NULL || !has_mac)
    return CLAW_DOORKEEPER_STRANGER;

  guest->reason = find_limit (doorkeeper, door, datagram, now_us);
  if (guest->reason != NULL)
    return CLAW_DOORKEEPER_NEAR_MISS;
  guest->psk_id = door->id;
  return CLAW_DOORKEEPER_KNOWN;
}

ClawDoorkeeperVerdict
claw_doorkeeper_read (ClawDoorkeeper *doorkeeper,
                      const uint8_t *datagram,
                      size_t length,
                      ClawDoorkeeperGuest *guest)
{
  Door *door = g_hash_table_lookup (doorkeeper->by_id, &guest->psk_id);

  if (door == NULL)
    return CLAW_DOORKEEPER_STRANGER;
  if (door->is_used)
    {
      guest->reason = "a file that was used already";
      return CLAW_DOORKEEPER_NEAR_MISS;
    }
  g_autoptr (ClawAnswer) answer = claw_answer_new (&doorkeeper->identity, &door->psk, datagram,
                                                   length);
  guest->reason = answer != NULL ? find_fault (door, answer) : "a handshake did not decrypt";
  if (guest->reason != NULL)
    return CLAW_DOORKEEPER_NEAR_MISS;

  remember (door, answer);
  guest->answer = g_steal_pointer (&answer);
  return CLAW_DOORKEEPER_WELCOME;
}

uint64_t
claw_doorkeeper_get_greatest_timestamp_us (const ClawDoorkeeper *doorkeeper, uint64_t psk_id)
{
  const Door *door = g_hash_table_lookup (doorkeeper->by_id, &psk_id);
  uint64_t greatest = 0;

  for (unsigned i = 0; door != NULL && i < door->clients->len; i++)
    greatest = MAX (greatest, g_array_index (door->clients, Client, i).greatest_timestamp_us);
  return greatest;
}
