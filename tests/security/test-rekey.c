/* test-rekey.c: from one epoch's chain to the next one's keys. */
#include "claw-rekey.h"

#include <sodium.h>
#include <string.h>

typedef struct
{
  ClawKey chain;
  ClawIdentity ephemeral;
  ClawHandshakeKeys keys;
} Side;

static void
side_clear (Side *side)
{
  claw_key_clear (&side->chain);
  claw_identity_clear (&side->ephemeral);
  claw_handshake_keys_clear (&side->keys);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static void
set_hex (ClawKey *key, const char *hex)
{
  uint8_t bytes[CLAW_KEY_SIZE];

  g_assert_cmpint (sodium_hex2bin (bytes, sizeof bytes, hex, strlen (hex), NULL, NULL, NULL), ==,
                   0);
  claw_key_set (key, bytes);
}

static void
assert_hex (const ClawKey *key, const char *hex)
{
  g_auto (ClawKey) expected = { 0 };

  set_hex (&expected, hex);
  g_assert_true (claw_key_equal (key, &expected));
}

/* What RFC 5869 says of the key pairs of RFC 7748 section 6.1, whose shared secret that section
 * gives, of a chain of the bytes 0 … 31 and of epoch 0x0102030405060708. Computed with Python's
 * hmac and hashlib alone:
 *
 *   h = lambda k, m: hmac.new (k, m, hashlib.sha256).digest ()
 *   prk = h (chain, shared)
 *   info = b"clawchat rekey" + epoch.to_bytes (8, "big") + alice_public + bob_public
 *   t = b""; out = b""
 *   for i in range (1, 5): t = h (prk, t + info + bytes ([i])); out += t
 */
static void
test_known_answer (void)
{
  static const char *const private_keys[]
      = { "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
          "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb" };
  g_auto (Side) alice = { 0 };
  g_auto (Side) bob = { 0 };
  uint8_t chain[CLAW_KEY_SIZE];
  uint8_t public_keys[2][CLAW_PUBLIC_KEY_SIZE];
  Side *const sides[] = { &alice, &bob };

  for (unsigned i = 0; i < sizeof chain; i++)
    chain[i] = (uint8_t) i;
  for (unsigned i = 0; i < 2; i++)
    {
      g_auto (ClawKey) private_key = { 0 };

      set_hex (&private_key, private_keys[i]);
      claw_identity_set (&sides[i]->ephemeral, &private_key);
      claw_key_set (&sides[i]->chain, chain);
      memcpy (public_keys[i], sides[i]->ephemeral.public_key, CLAW_PUBLIC_KEY_SIZE);
    }
  for (unsigned i = 0; i < 2; i++)
    {
      ClawHandshakeKeys *keys = &sides[i]->keys;

      g_assert_true (claw_rekey_derive (&sides[i]->chain, &sides[i]->ephemeral, public_keys[1 - i],
                                        i == 0, 0x0102030405060708, keys));
      assert_hex (&keys->chain, "c96e453527a45389864114eb5e53dc63d9b82dedacdfab3b5db341687dfe21cc");
      assert_hex (i == 0 ? &keys->send : &keys->receive,
                  "9e523b4711a80cccb23f27d6b956b8dfb060ea437baa25063ea98c3112350da8");
      assert_hex (i == 0 ? &keys->receive : &keys->send,
                  "16f6eca8f94717797d3edf91e628f10cb846b14feb1b3420e840f0cd1b8f58d1");
      assert_hex (&keys->resumption,
                  "79ffe3333027e8da3b2c5bfbce64806dce1b83048b6d8421c5c856fdc0e8330c");
    }
}

static void
make_sides (Side *first, Side *second)
{
  claw_secret_init ();
  claw_key_generate (&first->chain);
  claw_key_copy (&second->chain, &first->chain);
  claw_identity_generate (&first->ephemeral);
  claw_identity_generate (&second->ephemeral);
}

static void
derive_both (Side *first, Side *second, uint64_t epoch)
{
  uint8_t first_key[CLAW_PUBLIC_KEY_SIZE], second_key[CLAW_PUBLIC_KEY_SIZE];

  memcpy (first_key, first->ephemeral.public_key, sizeof first_key);
  memcpy (second_key, second->ephemeral.public_key, sizeof second_key);
  g_assert_true (
      claw_rekey_derive (&first->chain, &first->ephemeral, second_key, TRUE, epoch, &first->keys));
  g_assert_true (claw_rekey_derive (&second->chain, &second->ephemeral, first_key, FALSE, epoch,
                                    &second->keys));
}

/* Both sides come to the same four keys, of which no two are alike, and the old chain and the
 * ephemeral keys are gone. */
static void
test_agreement (void)
{
  g_auto (Side) first = { 0 };
  g_auto (Side) second = { 0 };

  make_sides (&first, &second);
  derive_both (&first, &second, 1);
  g_assert_true (claw_key_equal (&first.keys.chain, &second.keys.chain));
  g_assert_true (claw_key_equal (&first.keys.send, &second.keys.receive));
  g_assert_true (claw_key_equal (&first.keys.receive, &second.keys.send));
  g_assert_true (claw_key_equal (&first.keys.resumption, &second.keys.resumption));
  const ClawKey *const keys[] = { &first.keys.chain, &first.keys.send, &first.keys.receive,
                                  &first.keys.resumption };
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    for (unsigned j = 0; j < i; j++)
      g_assert_false (claw_key_equal (keys[i], keys[j]));
  g_assert_false (claw_key_is_set (&first.chain));
  g_assert_false (claw_key_is_set (&second.ephemeral.private_key));
  g_assert_true (sodium_is_zero (first.ephemeral.public_key, CLAW_PUBLIC_KEY_SIZE));
}

/* Each of epoch, chain, and either key pair changes everything. */
static void
test_everything_counts (void)
{
  Side sides[5] = { { { 0 } } };
  g_auto (ClawIdentity) peer = { 0 };

  claw_secret_init ();
  claw_identity_generate (&peer);
  claw_key_generate (&sides[0].chain);
  claw_identity_generate (&sides[0].ephemeral);
  for (unsigned i = 1; i < 5; i++)
    {
      claw_key_copy (&sides[i].chain, &sides[0].chain);
      claw_identity_copy (&sides[i].ephemeral, &sides[0].ephemeral);
    }
  claw_key_generate (&sides[2].chain);
  claw_identity_generate (&sides[3].ephemeral);
  for (unsigned i = 0; i < 5; i++)
    {
      if (i == 4)
        claw_identity_generate (&peer);
      g_assert_true (claw_rekey_derive (&sides[i].chain, &sides[i].ephemeral, peer.public_key, TRUE,
                                        i == 1 ? 2 : 1, &sides[i].keys));
      for (unsigned j = 0; j < i; j++)
        {
          g_assert_false (claw_key_equal (&sides[i].keys.chain, &sides[j].keys.chain));
          g_assert_false (claw_key_equal (&sides[i].keys.send, &sides[j].keys.send));
        }
    }
  for (unsigned i = 0; i < 5; i++)
    side_clear (&sides[i]);
}

/* With a point of small order everybody would know the shared secret: it is refused, and the chain
 * stays as it was. */
static void
test_small_order (void)
{
  /* 0, 1, p - 1, p, p + 1, and the two of order 8. */
  static const char *const points[]
      = { "0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157" };

  for (unsigned i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_auto (Side) side = { 0 };
      g_auto (ClawKey) point = { 0 };
      g_auto (ClawKey) before = { 0 };

      claw_secret_init ();
      claw_key_generate (&side.chain);
      claw_key_copy (&before, &side.chain);
      claw_identity_generate (&side.ephemeral);
      set_hex (&point, points[i]);
      g_assert_false (
          claw_rekey_derive (&side.chain, &side.ephemeral, point.bytes, i % 2, 1, &side.keys));
      g_assert_true (claw_key_equal (&side.chain, &before));
      g_assert_false (claw_key_is_set (&side.keys.chain));
      g_assert_false (claw_key_is_set (&side.keys.resumption));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rekey/keys/known-answer", test_known_answer);
  g_test_add_func ("/rekey/keys/agreement", test_agreement);
  g_test_add_func ("/rekey/keys/everything-counts", test_everything_counts);
  g_test_add_func ("/rekey/small-order/refused", test_small_order);
  return g_test_run ();
}
