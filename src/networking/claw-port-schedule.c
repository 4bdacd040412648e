/* claw-port-schedule.c: see claw-port-schedule.h. */
#include "claw-port-schedule.h"

#include "claw-bytes.h"

#include <sodium.h>
#include <string.h>

static const char label[] = "clawchat port";

uint64_t
claw_port_schedule_get_slot (gint64 unix_s, uint32_t interval_s)
{
  g_return_val_if_fail (interval_s > 0, 0);

  return (uint64_t) MAX (unix_s, 0) / interval_s;
}

uint16_t
claw_port_schedule_get (const ClawKey *secret, uint64_t slot, unsigned attempt)
{
  uint8_t message[sizeof label - 1 + 8 + 1];
  uint8_t mac[crypto_auth_hmacsha256_BYTES];
  ClawWriter writer;

  g_return_val_if_fail (secret != NULL && claw_key_is_set (secret), 0);
  g_return_val_if_fail (attempt < CLAW_PORT_SCHEDULE_ATTEMPTS, 0);
  G_STATIC_ASSERT (CLAW_KEY_SIZE == crypto_auth_hmacsha256_KEYBYTES);

  claw_writer_init (&writer, message, sizeof message);
  claw_writer_bytes (&writer, label, sizeof label - 1);
  claw_writer_u64 (&writer, slot);
  claw_writer_u8 (&writer, (uint8_t) attempt);
  g_assert (!writer.failed && writer.used == sizeof message);
  crypto_auth_hmacsha256 (mac, message, sizeof message, secret->bytes);
  return (uint16_t) (CLAW_PORT_SCHEDULE_FIRST + ((mac[0] << 8 | mac[1]) & CLAW_PORT_SCHEDULE_MASK));
}

static gboolean
contains (const uint16_t *ports, unsigned n, uint16_t port)
{
  for (unsigned i = 0; i < n; i++)
    if (ports[i] == port)
      return TRUE;
  return FALSE;
}

unsigned
claw_port_schedule_list (const ClawKey *secret,
                         uint64_t slot,
                         uint16_t ports[CLAW_PORT_SCHEDULE_PORTS_MAX])
{
  const uint64_t slots[] = { slot, slot + 1, slot - MIN (slot, 1) };
  unsigned n = 0;

  for (unsigned attempt = 0; attempt < CLAW_PORT_SCHEDULE_ATTEMPTS; attempt++)
    for (unsigned i = 0; i < G_N_ELEMENTS (slots); i++)
      {
        uint16_t port = claw_port_schedule_get (secret, slots[i], attempt);

        if (!contains (ports, n, port))
          ports[n++] = port;
      }
  return n;
}
