/* bench-aead.c: sealing and opening of records by the AES-GCM that CLAWCHAT_AEAD chooses. */
#include "claw-aead.h"
#include "claw-record.h"

#include <locale.h>
#include <string.h>

#define RECORDS 400000

/* The smallest and the largest datagram that a path of 1500 bytes makes of a full record. */
static const size_t datagram_sizes[] = { 1200, 1452 };

static double
gigabytes_per_second (size_t size, gint64 start_us)
{
  return (double) size * RECORDS / (double) (g_get_monotonic_time () - start_us) / 1e3;
}

int
main (void)
{
  g_auto (ClawKey) key = { 0 };
  uint8_t datagram[1452], plaintext[1452];
  size_t length;

  setlocale (LC_ALL, "");
  claw_secret_init ();
  claw_key_generate (&key);
  g_autoptr (ClawAead) aead = claw_aead_new (&key);
  memset (datagram, 0, sizeof datagram);
  for (unsigned i = 0; i < G_N_ELEMENTS (datagram_sizes); i++)
    {
      size_t size = datagram_sizes[i] - CLAW_RECORD_OVERHEAD;
      ClawRecordHeader header = { .receiver_index = 1 };

      gint64 start_us = g_get_monotonic_time ();
      for (header.counter = 0; header.counter < RECORDS; header.counter++)
        claw_record_seal (aead, &header, datagram, size);
      double sealed = gigabytes_per_second (size, start_us);
      start_us = g_get_monotonic_time ();
      for (unsigned n = 0; n < RECORDS; n++)
        g_assert_true (claw_record_open (aead, datagram, datagram_sizes[i], plaintext, &length));
      g_print ("records of %zu bytes, %-9s          sealed at %.2f GB/s, opened at %.2f GB/s\n",
               datagram_sizes[i], claw_aead_get_backend (), sealed,
               gigabytes_per_second (size, start_us));
    }
  return 0;
}
