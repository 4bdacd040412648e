/* claw-key-slots.c: see claw-key-slots.h. */
#include "claw-key-slots.h"

static void
fill (ClawKeySlot *slot, uint8_t phase, ClawHandshakeKeys *keys)
{
  slot->phase = phase & CLAW_RECORD_PHASE_MASK;
  slot->send = claw_aead_new (&keys->send);
  slot->receive = claw_aead_new (&keys->receive);
  claw_key_clear (&keys->send);
  claw_key_clear (&keys->receive);
}

static void
erase (ClawKeySlot *slot)
{
  g_clear_pointer (&slot->send, claw_aead_free);
  g_clear_pointer (&slot->receive, claw_aead_free);
}

void
claw_key_slots_init (ClawKeySlots *slots, ClawHandshakeKeys *keys)
{
  *slots = (ClawKeySlots){ .peer_index = keys->peer_index, .previous_until_us = G_MAXINT64 };
  fill (&slots->current, 0, keys);
  claw_key_move (&slots->chain, &keys->chain);
  claw_key_move (&slots->resumption, &keys->resumption);
}

void
claw_key_slots_clear (ClawKeySlots *slots)
{
  erase (&slots->previous);
  erase (&slots->current);
  erase (&slots->next);
  claw_key_slots_forget_secrets (slots);
}

void
claw_key_slots_forget_secrets (ClawKeySlots *slots)
{
  claw_key_clear (&slots->chain);
  claw_key_clear (&slots->resumption);
}

void
claw_key_slots_set_next (ClawKeySlots *slots, ClawHandshakeKeys *keys)
{
  g_return_if_fail (slots->next.receive == NULL);

  fill (&slots->next, slots->current.phase + 1, keys);
  claw_key_move (&slots->chain, &keys->chain);
  claw_key_move (&slots->resumption, &keys->resumption);
}

void
claw_key_slots_promote (ClawKeySlots *slots)
{
  g_return_if_fail (slots->next.receive != NULL);

  erase (&slots->previous);
  g_clear_pointer (&slots->current.send, claw_aead_free);
  slots->previous = slots->current;
  slots->current = slots->next;
  slots->next = (ClawKeySlot){ 0 };
  slots->previous_until_us = G_MAXINT64;
  slots->sealed = 0;
}

void
claw_key_slots_start_grace (ClawKeySlots *slots, gint64 until_us)
{
  slots->previous_until_us = until_us;
}

void
claw_key_slots_wake (ClawKeySlots *slots, gint64 now_us)
{
  if (slots->previous_until_us > now_us)
    return;
  erase (&slots->previous);
  slots->previous_until_us = G_MAXINT64;
}

gint64
claw_key_slots_get_deadline (const ClawKeySlots *slots)
{
  return slots->previous_until_us;
}

gboolean
claw_key_slots_has_previous (const ClawKeySlots *slots)
{
  return slots->previous.receive != NULL;
}

gboolean
claw_key_slots_has_next (const ClawKeySlots *slots)
{
  return slots->next.receive != NULL;
}

size_t
claw_key_slots_seal (ClawKeySlots *slots, uint64_t counter, uint8_t *datagram, size_t length)
{
  ClawRecordHeader header
      = { .phase = slots->current.phase, .receiver_index = slots->peer_index, .counter = counter };

  slots->sealed++;
  return claw_record_seal (slots->current.send, &header, datagram, length);
}

static const ClawAead *
find (const ClawKeySlots *slots, uint8_t phase, ClawKeySlotName *name)
{
  const struct
  {
    ClawKeySlotName name;
    const ClawKeySlot *slot;
  } all[] = { { CLAW_KEY_SLOT_CURRENT, &slots->current },
              { CLAW_KEY_SLOT_NEXT, &slots->next },
              { CLAW_KEY_SLOT_PREVIOUS, &slots->previous } };

  for (unsigned i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].slot->receive != NULL && all[i].slot->phase == phase)
      {
        *name = all[i].name;
        return all[i].slot->receive;
      }
  return NULL;
}

ClawKeySlotName
claw_key_slots_open (const ClawKeySlots *slots,
                     const ClawRecordHeader *header,
                     const uint8_t *datagram,
                     size_t length,
                     uint8_t *plaintext,
                     size_t *plaintext_length)
{
  ClawKeySlotName name;
  const ClawAead *key = find (slots, header->phase, &name);

  if (key == NULL || !claw_record_open (key, datagram, length, plaintext, plaintext_length))
    return CLAW_KEY_SLOT_NONE;
  return name;
}
