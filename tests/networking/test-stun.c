/* test-stun.c: STUN messages, with the vectors of RFC 5769 and hostile bytes. */
#include "claw-stun.h"

#include "claw-bytes.h"

#include <string.h>

/* RFC 5769 section 2.1 */
static const char sample_request[] = "000100582112a442b7e7a701bc34d686fa87dfae"
                                     "802200105354554e207465737420636c69656e74"
                                     "002400046e0001ff"
                                     "80290008932ff9b151263b36"
                                     "000600096576746a3a68367659202020"
                                     "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                                     "80280004e57a3bcf";
/* Section 2.2 */
static const char sample_ipv4[] = "0101003c2112a442b7e7a701bc34d686fa87dfae"
                                  "8022000b7465737420766563746f7220"
                                  "002000080001a147e112a643"
                                  "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                                  "80280004c07d4c96";
/* Section 2.3 */
static const char sample_ipv6[] = "010100482112a442b7e7a701bc34d686fa87dfae"
                                  "8022000b7465737420766563746f7220"
                                  "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                                  "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                                  "80280004c8fb0b4c";
/* Section 2.4 */
static const char sample_long_term[] = "000100602112a44278ad3433c6ad72c029da412e"
                                       "00060012e3839ee38388e383aae38383e382afe382b90000"
                                       "0015001c662f2f3439396b3935346436"
                                       "4f4c33346f4c394653547679363473410014000b"
                                       "6578616d706c652e6f72670000080014"
                                       "f67024656dd64a3e02b8e0712e85c9a28ca89666";
static const char sample_id[] = "b7e7a701bc34d686fa87dfae";

static size_t
from_hex (const char *hex, uint8_t *bytes, size_t size)
{
  size_t n = strlen (hex) / 2;

  g_assert_cmpuint (n, <=, size);
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t) (g_ascii_xdigit_value (hex[2 * i]) << 4
                          | g_ascii_xdigit_value (hex[2 * i + 1]));
  return n;
}

static gboolean
read_hex (const char *hex, ClawStunMessage *message)
{
  uint8_t bytes[CLAW_STUN_SIZE_MAX];
  size_t length = from_hex (hex, bytes, sizeof bytes);

  return claw_stun_read (bytes, length, message);
}

/* A success response with these attributes. */
static gboolean
read_response (const char *attributes, ClawStunMessage *message)
{
  g_autofree char *hex = g_strdup_printf (
      "0101%04x2112a442%s%s", (unsigned) strlen (attributes) / 2, sample_id, attributes);

  return read_hex (hex, message);
}

static void
assert_address (const ClawAddress *address, const char *expected)
{
  char text[CLAW_ADDRESS_STRING_SIZE];

  g_assert_cmpstr (claw_address_format (address, text), ==, expected);
}

/* The four messages of RFC 5769 are read as the RFC says what is in them. */
static void
test_vectors (void)
{
  ClawStunMessage message;
  uint8_t id[CLAW_STUN_ID_SIZE];

  from_hex (sample_id, id, sizeof id);
  g_assert_true (read_hex (sample_request, &message));
  g_assert_cmpint (message.class, ==, CLAW_STUN_REQUEST);
  g_assert_cmpmem (message.id, sizeof message.id, id, sizeof id);
  g_assert_true (message.has_fingerprint);
  g_assert_cmpuint (message.n_not_understood, ==, 1); /* PRIORITY of ICE */
  g_assert_cmpuint (message.not_understood[0], ==, 0x0024);

  g_assert_true (read_hex (sample_ipv4, &message));
  g_assert_cmpint (message.class, ==, CLAW_STUN_SUCCESS);
  g_assert_true (message.has_fingerprint);
  g_assert_cmpuint (message.n_not_understood, ==, 0);
  assert_address (&message.mapped, "192.0.2.1:32853");

  g_assert_true (read_hex (sample_ipv6, &message));
  assert_address (&message.mapped, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");

  g_assert_true (read_hex (sample_long_term, &message));
  g_assert_cmpint (message.class, ==, CLAW_STUN_REQUEST);
  g_assert_false (message.has_fingerprint);
}

/* No bit may change under a FINGERPRINT that is still found, and no byte may be less or more. */
static void
test_fingerprint (void)
{
  uint8_t bytes[CLAW_STUN_SIZE_MAX] = { 0 };
  ClawStunMessage message;
  size_t length = from_hex (sample_ipv6, bytes, sizeof bytes);

  for (size_t bit = 0; bit < 8 * length; bit++)
    {
      bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
      /* It may become a part of another attribute, and then it is not there. */
      g_assert_true (!claw_stun_read (bytes, length, &message) || !message.has_fingerprint);
      bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }
  for (size_t cut = 0; cut < length; cut++)
    g_assert_false (claw_stun_read (bytes, cut, &message));
  g_assert_false (claw_stun_read (bytes, length + 1, &message));
  g_assert_false (claw_stun_read (NULL, 0, &message));
}

/* What can be written is read as it was, in requests, responses and errors. */
static void
test_round_trip (void)
{
  ClawStunMessage messages[] = {
    { .class = CLAW_STUN_REQUEST },
    { .class = CLAW_STUN_REQUEST, .change_ip = TRUE, .change_port = TRUE, .has_fingerprint = TRUE },
    { .class = CLAW_STUN_REQUEST, .change_port = TRUE, .response_port = 50000 },
    { .class = CLAW_STUN_INDICATION },
    { .class = CLAW_STUN_SUCCESS, .has_fingerprint = TRUE },
    { .class = CLAW_STUN_ERROR, .error_code = 420, .n_unknown = 1, .unknown = { 3 } },
    { .class = CLAW_STUN_ERROR, .error_code = 699, .n_unknown = 2, .unknown = { 3, 0x27 } },
  };

  g_assert_true (claw_address_parse ("[2001:db8::5]:50000", &messages[4].mapped));
  g_assert_true (claw_address_parse ("198.51.100.2:3479", &messages[4].other));
  g_assert_true (claw_address_parse ("198.51.100.1:3478", &messages[4].origin));
  for (size_t i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      uint8_t buffer[CLAW_STUN_SIZE_MAX];
      ClawStunMessage again;

      claw_stun_make_id (messages[i].id);
      size_t length = claw_stun_write (&messages[i], buffer, sizeof buffer);
      g_assert_cmpuint (length, >=, 20);
      g_assert_true (claw_stun_read (buffer, length, &again));
      g_assert_cmpmem (&again, sizeof again, &messages[i], sizeof messages[i]);
      for (size_t size = 0; size < length; size++)
        g_assert_cmpuint (claw_stun_write (&messages[i], buffer, size), ==, 0);
    }
}

/* MAPPED-ADDRESS counts where the other is missing, wherever the two stand; of two equal ones the
 * first counts. */
static void
test_mapped (void)
{
  ClawStunMessage message;

  g_assert_true (read_response ("00010008"
                                "0001"
                                "8055"
                                "c0000201",
                                &message));
  assert_address (&message.mapped, "192.0.2.1:32853");
  g_assert_true (read_response ("00010008"
                                "0001"
                                "0001"
                                "01020304"
                                "00200008"
                                "0001"
                                "a147"
                                "e112a643",
                                &message));
  assert_address (&message.mapped, "192.0.2.1:32853");
  g_assert_true (read_response ("802c0008"
                                "0001"
                                "0d97"
                                "c6336402"
                                "802c0008"
                                "0001"
                                "0001"
                                "01020304",
                                &message));
  assert_address (&message.other, "198.51.100.2:3479");
  g_assert_true (read_response ("00010014"
                                "0002"
                                "8055"
                                "00000000000000000000ffffc0000201",
                                &message));
  assert_address (&message.mapped, "192.0.2.1:32853");
}

/* What follows MESSAGE-INTEGRITY is not believed, but a FINGERPRINT there is checked. */
static void
test_after_integrity (void)
{
  static const char integrity[] = "00080014"
                                  "0000000000000000000000000000000000000000";
  g_autofree char *mapped = g_strconcat (integrity,
                                         "00010008"
                                         "0001"
                                         "8055"
                                         "c0000201",
                                         NULL);
  g_autofree char *wrong = g_strconcat (integrity,
                                        "80280004"
                                        "00000000",
                                        NULL);
  ClawStunMessage message;

  g_assert_true (read_response (mapped, &message));
  g_assert_cmpint (message.mapped.family, ==, CLAW_ADDRESS_NONE);
  g_assert_false (read_response (wrong, &message));
}

/* Malformed attributes of the kinds that are used make the message unreadable. */
static void
test_refused (void)
{
  static const char *const attributes[] = {
    "0020",                             /* half a header */
    "00200008",                         /* no value */
    "002000080001a147",                 /* half a value */
    "0020000400018055",                 /* an address without an address */
    "002000080003a147e112a643",         /* a family that there is not */
    "002000080002a147e112a643",         /* IPv6 too short */
    "0020000c0001a147e112a64300000000", /* IPv4 too long */
    "00200009"
    "0001a147e112a643"
    "00", /* padding is missing */
    "00030003"
    "00000000", /* CHANGE-REQUEST too short */
    "00270001"
    "00000000", /* RESPONSE-PORT too short */
    "00090002"
    "00000000", /* ERROR-CODE too short */
    "00090004"
    "00000200", /* ERROR-CODE 200 */
    "00090004"
    "00000464", /* ERROR-CODE 4 and 100 */
    "000a0003"
    "00030000", /* half a type */
    "80280004"
    "00000000", /* wrong FINGERPRINT */
    "80280000", /* empty FINGERPRINT */
  };
  static const char *const messages[] = {
    "000000002112a442b7e7a701bc34d686fa87dfae",     /* method 0 */
    "000300002112a442b7e7a701bc34d686fa87dfae",     /* Allocate of TURN */
    "400100002112a442b7e7a701bc34d686fa87dfae",     /* channel data of TURN */
    "800100002112a442b7e7a701bc34d686fa87dfae",     /* something else altogether */
    "000100002112a443b7e7a701bc34d686fa87dfae",     /* RFC 3489 has no cookie */
    "000100022112a442b7e7a701bc34d686fa87dfae0000", /* a length that is not of four */
    "000100042112a442b7e7a701bc34d686fa87dfae",     /* longer than it is */
    "000100002112a442b7e7a701bc34d686fa87df",
  };
  ClawStunMessage message;

  for (size_t i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      g_test_message ("attributes %zu", i);
      g_assert_false (read_response (attributes[i], &message));
    }
  for (size_t i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_test_message ("message %zu", i);
      g_assert_false (read_hex (messages[i], &message));
    }
}

/* A FINGERPRINT is the last attribute or none. */
static void
test_fingerprint_last (void)
{
  uint8_t buffer[CLAW_STUN_SIZE_MAX] = { 0 };
  ClawStunMessage message = { .class = CLAW_STUN_REQUEST, .has_fingerprint = TRUE };
  size_t length = claw_stun_write (&message, buffer, sizeof buffer);

  g_assert_true (claw_stun_read (buffer, length, &message));
  memcpy (buffer + length, "\x80\x22\x00\x00", 4);
  buffer[3] = (uint8_t) (buffer[3] + 4);
  g_assert_false (claw_stun_read (buffer, length + 4, &message));
}

/* One unknown attribute more than are remembered, in both lists. */
static void
test_unknown_max (void)
{
  g_autoptr (GString) own = g_string_new (NULL);
  g_autoptr (GString) listed = g_string_new (NULL);
  ClawStunMessage message;

  g_string_printf (listed, "000a%04x", 2 * (CLAW_STUN_UNKNOWN_MAX + 2));
  for (unsigned i = 0; i < CLAW_STUN_UNKNOWN_MAX + 2; i++)
    {
      g_string_append_printf (own, "%04x0000", 0x7000 + i);
      g_string_append_printf (listed, "%04x", 0x7000 + i);
    }
  g_assert_true (read_response (own->str, &message));
  g_assert_cmpuint (message.n_not_understood, ==, CLAW_STUN_UNKNOWN_MAX);
  g_assert_cmpuint (message.not_understood[CLAW_STUN_UNKNOWN_MAX - 1], ==,
                    0x7000 + CLAW_STUN_UNKNOWN_MAX - 1);
  g_assert_true (read_response (listed->str, &message));
  g_assert_cmpuint (message.n_unknown, ==, CLAW_STUN_UNKNOWN_MAX);
}

/* Ids are not repeated. */
static void
test_ids (void)
{
  uint8_t a[CLAW_STUN_ID_SIZE] = { 0 }, b[CLAW_STUN_ID_SIZE] = { 0 };

  claw_stun_make_id (a);
  claw_stun_make_id (b);
  g_assert_cmpint (memcmp (a, b, sizeof a), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stun/rfc5769/read", test_vectors);
  g_test_add_func ("/stun/fingerprint/covers-all", test_fingerprint);
  g_test_add_func ("/stun/write/read-again", test_round_trip);
  g_test_add_func ("/stun/mapped-address/fallback", test_mapped);
  g_test_add_func ("/stun/after-integrity/not-believed", test_after_integrity);
  g_test_add_func ("/stun/malformed/refused", test_refused);
  g_test_add_func ("/stun/fingerprint-not-last/refused", test_fingerprint_last);
  g_test_add_func ("/stun/too-many-unknown/passed-over", test_unknown_max);
  g_test_add_func ("/stun/ids/random", test_ids);
  return g_test_run ();
}
