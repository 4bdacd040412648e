/* claw-record.c: see claw-record.h. */
#include "claw-record.h"

#include "claw-aead.h"
#include "claw-bytes.h"

#include <string.h>

G_STATIC_ASSERT (CLAW_RECORD_TAG_SIZE == CLAW_AEAD_TAG_SIZE);

static void
make_nonce (uint64_t counter, uint8_t nonce[CLAW_AEAD_NONCE_SIZE])
{
  ClawWriter writer;

  claw_writer_init (&writer, nonce, CLAW_AEAD_NONCE_SIZE);
  claw_writer_u32 (&writer, 0);
  claw_writer_u64 (&writer, counter);
}

gboolean
claw_record_peek (const uint8_t *datagram, size_t length, ClawRecordHeader *header)
{
  ClawReader reader;

  g_return_val_if_fail (header != NULL, FALSE);

  if (length < CLAW_RECORD_OVERHEAD)
    return FALSE;

  claw_reader_init (&reader, datagram, length);
  uint8_t type = claw_reader_u8 (&reader);
  if ((type & ~CLAW_RECORD_PHASE_MASK) != CLAW_RECORD_TYPE)
    return FALSE;

  header->phase = type & CLAW_RECORD_PHASE_MASK;
  header->receiver_index = claw_reader_u32 (&reader);
  header->counter = claw_reader_u64 (&reader);
  return TRUE;
}

size_t
claw_record_seal (const ClawAead *aead,
                  const ClawRecordHeader *header,
                  uint8_t *datagram,
                  size_t plaintext_length)
{
  uint8_t nonce[CLAW_AEAD_NONCE_SIZE];
  ClawWriter writer;

  g_return_val_if_fail (aead != NULL && header != NULL && datagram != NULL, 0);
  g_return_val_if_fail ((header->phase & ~CLAW_RECORD_PHASE_MASK) == 0, 0);

  claw_writer_init (&writer, datagram, CLAW_RECORD_HEADER_SIZE);
  claw_writer_u8 (&writer, (uint8_t) (CLAW_RECORD_TYPE | header->phase));
  claw_writer_u32 (&writer, header->receiver_index);
  claw_writer_u64 (&writer, header->counter);

  make_nonce (header->counter, nonce);
  claw_aead_seal (aead, nonce, datagram, CLAW_RECORD_HEADER_SIZE,
                  datagram + CLAW_RECORD_HEADER_SIZE, plaintext_length,
                  datagram + CLAW_RECORD_HEADER_SIZE);
  return plaintext_length + CLAW_RECORD_OVERHEAD;
}

gboolean
claw_record_open (const ClawAead *aead,
                  const uint8_t *datagram,
                  size_t length,
                  uint8_t *plaintext,
                  size_t *plaintext_length)
{
  uint8_t nonce[CLAW_AEAD_NONCE_SIZE];
  ClawRecordHeader header;

  g_return_val_if_fail (aead != NULL && plaintext != NULL && plaintext_length != NULL, FALSE);

  *plaintext_length = 0;
  if (!claw_record_peek (datagram, length, &header))
    return FALSE;

  make_nonce (header.counter, nonce);
  if (!claw_aead_open (aead, nonce, datagram, CLAW_RECORD_HEADER_SIZE,
                       datagram + CLAW_RECORD_HEADER_SIZE, length - CLAW_RECORD_HEADER_SIZE,
                       plaintext))
    return FALSE;

  *plaintext_length = length - CLAW_RECORD_OVERHEAD;
  return TRUE;
}
