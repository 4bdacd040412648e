/* claw-key-slots.c: see claw-key-slots.h. */
#include "claw-key-slots.h"

void
claw_key_slots_init (ClawKeySlots *slots, ClawHandshakeKeys *keys)
{
  *slots = (ClawKeySlots){ .peer_index = keys->peer_index };
  slots->current.send = claw_aead_new (&keys->send);
  slots->current.receive = claw_aead_new (&keys->receive);
  claw_key_move (&slots->chain, &keys->chain);
  claw_key_move (&slots->resumption, &keys->resumption);
  claw_key_clear (&keys->send);
  claw_key_clear (&keys->receive);
}

void
claw_key_slots_clear (ClawKeySlots *slots)
{
  g_clear_pointer (&slots->current.send, claw_aead_free);
  g_clear_pointer (&slots->current.receive, claw_aead_free);
  claw_key_clear (&slots->chain);
  claw_key_clear (&slots->resumption);
}

size_t
claw_key_slots_seal (const ClawKeySlots *slots, uint64_t counter, uint8_t *datagram, size_t length)
{
  ClawRecordHeader header
      = { .phase = slots->current.phase, .receiver_index = slots->peer_index, .counter = counter };

  return claw_record_seal (slots->current.send, &header, datagram, length);
}

gboolean
claw_key_slots_open (const ClawKeySlots *slots,
                     const ClawRecordHeader *header,
                     const uint8_t *datagram,
                     size_t length,
                     uint8_t *plaintext,
                     size_t *plaintext_length)
{
  if (header->phase != slots->current.phase || slots->current.receive == NULL)
    return FALSE;
  return claw_record_open (slots->current.receive, datagram, length, plaintext, plaintext_length);
}
