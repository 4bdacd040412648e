/* claw-stun.c: see claw-stun.h. */
#include "claw-stun.h"

#include "claw-bytes.h"

#include <sodium.h>
#include <string.h>

#define HEADER_SIZE 20
#define COOKIE UINT32_C (0x2112a442)
#define METHOD_BINDING 1
#define FINGERPRINT_XOR UINT32_C (0x5354554e) /* "STUN" */
#define FINGERPRINT_SIZE 8                    /* with the attribute's own header */
#define FAMILY_IPV4 1
#define FAMILY_IPV6 2
#define CHANGE_IP 4
#define CHANGE_PORT 2

typedef enum
{
  ATTRIBUTE_MAPPED_ADDRESS = 0x0001,
  ATTRIBUTE_RESPONSE_ADDRESS = 0x0002, /* this and the next three are RFC 3489's */
  ATTRIBUTE_CHANGE_REQUEST = 0x0003,
  ATTRIBUTE_SOURCE_ADDRESS = 0x0004,
  ATTRIBUTE_CHANGED_ADDRESS = 0x0005,
  ATTRIBUTE_USERNAME = 0x0006,
  ATTRIBUTE_MESSAGE_INTEGRITY = 0x0008,
  ATTRIBUTE_ERROR_CODE = 0x0009,
  ATTRIBUTE_UNKNOWN_ATTRIBUTES = 0x000a,
  ATTRIBUTE_REALM = 0x0014,
  ATTRIBUTE_NONCE = 0x0015,
  ATTRIBUTE_MESSAGE_INTEGRITY_SHA256 = 0x001c,
  ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020,
  ATTRIBUTE_PADDING = 0x0026,
  ATTRIBUTE_RESPONSE_PORT = 0x0027,
  ATTRIBUTE_FIRST_OPTIONAL = 0x8000, /* from here on those that need not be understood */
  ATTRIBUTE_FINGERPRINT = 0x8028,
  ATTRIBUTE_RESPONSE_ORIGIN = 0x802b,
  ATTRIBUTE_OTHER_ADDRESS = 0x802c,
} AttributeType;

typedef struct
{
  const uint8_t *data; /* the whole datagram */
  size_t length;
  ClawReader reader;
  ClawStunMessage *message;
  ClawAddress mapped; /* MAPPED-ADDRESS, which counts only without the other */
  gboolean is_sealed; /* MESSAGE-INTEGRITY was there: only FINGERPRINT may follow */
} Reading;

void
claw_stun_make_id (uint8_t id[CLAW_STUN_ID_SIZE])
{
  randombytes_buf (id, CLAW_STUN_ID_SIZE);
}

/* CRC-32 as in ITU V.42, which RFC 8489 section 14.7 asks for. */
static uint32_t
crc32_of (const uint8_t *data, size_t length)
{
  uint32_t crc = UINT32_MAX;

  for (size_t i = 0; i < length; i++)
    {
      crc ^= data[i];
      for (unsigned bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ ((crc & 1) != 0 ? UINT32_C (0xedb88320) : 0);
    }
  return ~crc;
}

/* RFC 8489 section 5: class and method are interleaved. */
static uint16_t
type_of (ClawStunClass class)
{
  return (uint16_t) (METHOD_BINDING | (class & 1) << 4 | (class & 2) << 7);
}

static gboolean
class_of (uint16_t type, ClawStunClass *class)
{
  *class = (ClawStunClass) ((type >> 4 & 1) | (type >> 7 & 2));
  return type == type_of (*class);
}

/* Addresses */

/* XOR of an address is with the cookie and, for IPv6, the transaction id (section 14.2). */
static void
xor_address (ClawAddress *address, const uint8_t id[CLAW_STUN_ID_SIZE])
{
  static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };
  size_t length = address->family == CLAW_ADDRESS_IPV4 ? 4 : 16;

  address->port ^= (uint16_t) (COOKIE >> 16);
  for (size_t i = 0; i < length; i++)
    address->ip[i] ^= i < sizeof cookie ? cookie[i] : id[i - sizeof cookie];
}

/* Everywhere else a mapped IPv4 address is IPv4. */
static void
unmap (ClawAddress *address)
{
  static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
  uint8_t ip[4];

  if (address->family != CLAW_ADDRESS_IPV6 || memcmp (address->ip, prefix, sizeof prefix) != 0)
    return;
  memcpy (ip, address->ip + sizeof prefix, sizeof ip);
  memset (address->ip, 0, sizeof address->ip);
  memcpy (address->ip, ip, sizeof ip);
  address->family = CLAW_ADDRESS_IPV4;
}

/* @id: (nullable): not NULL where the address is XORed. The first of several counts. */
static gboolean
read_address (ClawReader *value, const uint8_t *id, ClawAddress *address)
{
  ClawAddress read = { 0 };

  claw_reader_u8 (value);
  uint8_t family = claw_reader_u8 (value);
  read.port = claw_reader_u16 (value);
  if (family != FAMILY_IPV4 && family != FAMILY_IPV6)
    return FALSE;
  read.family = family == FAMILY_IPV4 ? CLAW_ADDRESS_IPV4 : CLAW_ADDRESS_IPV6;
  claw_reader_copy (value, read.ip, family == FAMILY_IPV4 ? 4 : 16);
  if (!claw_reader_at_end (value))
    return FALSE;

  if (id != NULL)
    xor_address (&read, id);
  unmap (&read);
  if (address->family == CLAW_ADDRESS_NONE)
    *address = read;
  return TRUE;
}

/* Reading */

static gboolean
read_change_request (ClawReader *value, ClawStunMessage *message)
{
  uint32_t flags = claw_reader_u32 (value);

  message->change_ip = (flags & CHANGE_IP) != 0;
  message->change_port = (flags & CHANGE_PORT) != 0;
  return claw_reader_at_end (value);
}

static gboolean
read_response_port (ClawReader *value, ClawStunMessage *message)
{
  message->response_port = claw_reader_u16 (value);
  return !value->failed;
}

/* The reason is a text for people who cannot do anything about it. */
static gboolean
read_error_code (ClawReader *value, ClawStunMessage *message)
{
  claw_reader_u16 (value);
  unsigned hundreds = claw_reader_u8 (value) & 7;
  unsigned number = claw_reader_u8 (value);

  if (value->failed || hundreds < 3 || hundreds > 6 || number > 99)
    return FALSE;
  if (message->error_code == 0)
    message->error_code = hundreds * 100 + number;
  return TRUE;
}

static gboolean
read_unknown_attributes (ClawReader *value, ClawStunMessage *message)
{
  while (value->left > 0 && !value->failed)
    {
      uint16_t type = claw_reader_u16 (value);
      if (!value->failed && message->n_unknown < CLAW_STUN_UNKNOWN_MAX)
        message->unknown[message->n_unknown++] = type;
    }
  return !value->failed;
}

/* It is the last attribute, and covers all before it. */
static gboolean
read_fingerprint (const Reading *reading, ClawReader *value)
{
  uint32_t fingerprint = claw_reader_u32 (value);

  return claw_reader_at_end (value) && reading->reader.left == 0
         && fingerprint
                == (crc32_of (reading->data, reading->length - FINGERPRINT_SIZE) ^ FINGERPRINT_XOR);
}

static void
note_unknown (ClawStunMessage *message, uint16_t type)
{
  if (type < ATTRIBUTE_FIRST_OPTIONAL && message->n_not_understood < CLAW_STUN_UNKNOWN_MAX)
    message->not_understood[message->n_not_understood++] = type;
}

/* Returns: FALSE when the attribute is malformed. */
static gboolean
read_value (Reading *reading, uint16_t type, ClawReader *value)
{
  ClawStunMessage *message = reading->message;

  switch (type)
    {
    case ATTRIBUTE_MAPPED_ADDRESS:
      return read_address (value, NULL, &reading->mapped);
    case ATTRIBUTE_XOR_MAPPED_ADDRESS:
      return read_address (value, message->id, &message->mapped);
    case ATTRIBUTE_OTHER_ADDRESS:
      return read_address (value, NULL, &message->other);
    case ATTRIBUTE_RESPONSE_ORIGIN:
      return read_address (value, NULL, &message->origin);
    case ATTRIBUTE_CHANGE_REQUEST:
      return read_change_request (value, message);
    case ATTRIBUTE_RESPONSE_PORT:
      return read_response_port (value, message);
    case ATTRIBUTE_ERROR_CODE:
      return read_error_code (value, message);
    case ATTRIBUTE_UNKNOWN_ATTRIBUTES:
      return read_unknown_attributes (value, message);
    case ATTRIBUTE_MESSAGE_INTEGRITY:
    case ATTRIBUTE_MESSAGE_INTEGRITY_SHA256:
      reading->is_sealed = TRUE;
      return TRUE;
    case ATTRIBUTE_RESPONSE_ADDRESS:
    case ATTRIBUTE_SOURCE_ADDRESS:
    case ATTRIBUTE_CHANGED_ADDRESS:
    case ATTRIBUTE_USERNAME:
    case ATTRIBUTE_REALM:
    case ATTRIBUTE_NONCE:
    case ATTRIBUTE_PADDING:
      return TRUE;
    default:
      note_unknown (message, type);
      return TRUE;
    }
}

static gboolean
read_attribute (Reading *reading)
{
  uint16_t type = claw_reader_u16 (&reading->reader);
  uint16_t length = claw_reader_u16 (&reading->reader);
  const uint8_t *bytes = claw_reader_bytes (&reading->reader, length);
  claw_reader_bytes (&reading->reader, (4 - length % 4) % 4);
  if (reading->reader.failed)
    return FALSE;

  ClawReader value;
  claw_reader_init (&value, bytes, length);
  if (type == ATTRIBUTE_FINGERPRINT)
    return reading->message->has_fingerprint = read_fingerprint (reading, &value);
  return reading->is_sealed || read_value (reading, type, &value);
}

gboolean
claw_stun_read (const uint8_t *data, size_t length, ClawStunMessage *message)
{
  Reading reading = { .data = data, .length = length, .message = message };

  g_return_val_if_fail (data != NULL || length == 0, FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  memset (message, 0, sizeof *message);
  claw_reader_init (&reading.reader, data, length);
  uint16_t type = claw_reader_u16 (&reading.reader);
  uint16_t body_length = claw_reader_u16 (&reading.reader);
  uint32_t cookie = claw_reader_u32 (&reading.reader);
  if (!claw_reader_copy (&reading.reader, message->id, sizeof message->id) || cookie != COOKIE
      || body_length != reading.reader.left || body_length % 4 != 0
      || !class_of (type, &message->class))
    return FALSE;

  while (reading.reader.left > 0)
    if (!read_attribute (&reading))
      return FALSE;
  if (message->mapped.family == CLAW_ADDRESS_NONE)
    message->mapped = reading.mapped;
  return TRUE;
}

/* Writing */

static void
write_address (ClawWriter *writer, uint16_t type, const ClawAddress *address, const uint8_t *id)
{
  ClawAddress written = *address;
  uint16_t ip_length = address->family == CLAW_ADDRESS_IPV4 ? 4 : 16;

  if (address->family == CLAW_ADDRESS_NONE)
    return;
  if (id != NULL)
    xor_address (&written, id);
  claw_writer_u16 (writer, type);
  claw_writer_u16 (writer, (uint16_t) (4 + ip_length));
  claw_writer_u8 (writer, 0);
  claw_writer_u8 (writer, written.family == CLAW_ADDRESS_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6);
  claw_writer_u16 (writer, written.port);
  claw_writer_bytes (writer, written.ip, ip_length);
}

static void
write_request_attributes (ClawWriter *writer, const ClawStunMessage *message)
{
  if (message->change_ip || message->change_port)
    {
      claw_writer_u16 (writer, ATTRIBUTE_CHANGE_REQUEST);
      claw_writer_u16 (writer, 4);
      claw_writer_u32 (writer, (message->change_ip ? CHANGE_IP : 0)
                                   | (message->change_port ? CHANGE_PORT : 0));
    }
  if (message->response_port != 0)
    {
      claw_writer_u16 (writer, ATTRIBUTE_RESPONSE_PORT);
      claw_writer_u16 (writer, 4);
      claw_writer_u16 (writer, message->response_port);
      claw_writer_u16 (writer, 0);
    }
}

static void
write_error (ClawWriter *writer, const ClawStunMessage *message)
{
  if (message->error_code != 0)
    {
      claw_writer_u16 (writer, ATTRIBUTE_ERROR_CODE);
      claw_writer_u16 (writer, 4);
      claw_writer_u16 (writer, 0);
      claw_writer_u8 (writer, (uint8_t) (message->error_code / 100));
      claw_writer_u8 (writer, (uint8_t) (message->error_code % 100));
    }
  if (message->n_unknown > 0)
    {
      claw_writer_u16 (writer, ATTRIBUTE_UNKNOWN_ATTRIBUTES);
      claw_writer_u16 (writer, (uint16_t) (2 * message->n_unknown));
      for (unsigned i = 0; i < message->n_unknown; i++)
        claw_writer_u16 (writer, message->unknown[i]);
      if (message->n_unknown % 2 != 0)
        claw_writer_u16 (writer, 0);
    }
}

static void
write_length (uint8_t *buffer, size_t body_length)
{
  buffer[2] = (uint8_t) (body_length >> 8);
  buffer[3] = (uint8_t) body_length;
}

size_t
claw_stun_write (const ClawStunMessage *message, uint8_t *buffer, size_t size)
{
  ClawWriter writer;

  g_return_val_if_fail (message != NULL, 0);
  g_return_val_if_fail (buffer != NULL, 0);
  g_return_val_if_fail (message->n_unknown <= CLAW_STUN_UNKNOWN_MAX, 0);

  claw_writer_init (&writer, buffer, size);
  claw_writer_u16 (&writer, type_of (message->class));
  claw_writer_u16 (&writer, 0);
  claw_writer_u32 (&writer, COOKIE);
  claw_writer_bytes (&writer, message->id, sizeof message->id);
  write_request_attributes (&writer, message);
  write_error (&writer, message);
  write_address (&writer, ATTRIBUTE_XOR_MAPPED_ADDRESS, &message->mapped, message->id);
  write_address (&writer, ATTRIBUTE_RESPONSE_ORIGIN, &message->origin, NULL);
  write_address (&writer, ATTRIBUTE_OTHER_ADDRESS, &message->other, NULL);
  if (writer.failed)
    return 0;

  write_length (buffer, writer.used - HEADER_SIZE);
  if (message->has_fingerprint)
    {
      /* The length that the checksum covers counts the checksum already. */
      write_length (buffer, writer.used - HEADER_SIZE + FINGERPRINT_SIZE);
      uint32_t fingerprint = crc32_of (buffer, writer.used) ^ FINGERPRINT_XOR;
      claw_writer_u16 (&writer, ATTRIBUTE_FINGERPRINT);
      claw_writer_u16 (&writer, 4);
      claw_writer_u32 (&writer, fingerprint);
    }
  return writer.failed ? 0 : writer.used;
}
