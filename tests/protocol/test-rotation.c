/* test-rotation.c: the state machine of a key rotation, step by step, without a network. */
#include "claw-rotation.h"

#include <string.h>

#define INTERVAL_US (100 * G_USEC_PER_SEC)
#define RECORDS 50
#define START_US (1000 * G_USEC_PER_SEC)
#define TIMEOUT_US (G_USEC_PER_SEC / 2)

typedef struct
{
  ClawRotation rotation;
  ClawKeySlots slots;
  uint64_t counter;
} Side;

typedef struct
{
  Side sides[2]; /* the handshake's initiator first */
  ClawRotationPolicy policy;
  gint64 now_us;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  ClawHandshakeKeys keys[2] = { { .peer_index = 1 }, { .peer_index = 2 } };

  claw_secret_init ();
  claw_key_generate (&keys[0].send);
  claw_key_generate (&keys[0].receive);
  claw_key_generate (&keys[0].chain);
  claw_key_generate (&keys[0].resumption);
  claw_key_copy (&keys[1].send, &keys[0].receive);
  claw_key_copy (&keys[1].receive, &keys[0].send);
  claw_key_copy (&keys[1].chain, &keys[0].chain);
  claw_key_copy (&keys[1].resumption, &keys[0].resumption);
  fixture->policy = (ClawRotationPolicy){ .interval_us = INTERVAL_US,
                                          .records = RECORDS,
                                          .jitter = g_rand_new_with_seed (1) };
  fixture->now_us = START_US;
  for (unsigned i = 0; i < 2; i++)
    {
      claw_key_slots_init (&fixture->sides[i].slots, &keys[i]);
      claw_rotation_init (&fixture->sides[i].rotation, &fixture->policy, i == 0);
      claw_rotation_start (&fixture->sides[i].rotation, START_US);
      claw_rotation_confirm (&fixture->sides[i].rotation);
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      claw_rotation_clear (&fixture->sides[i].rotation);
      claw_key_slots_clear (&fixture->sides[i].slots);
    }
  g_rand_free (fixture->policy.jitter);
}

static ClawRotationNews
step (Fixture *fixture, unsigned i)
{
  return claw_rotation_step (&fixture->sides[i].rotation, &fixture->sides[i].slots,
                             fixture->now_us);
}

static void
assert_states (const Fixture *fixture, ClawRotationState first, ClawRotationState second)
{
  g_assert_cmpint (fixture->sides[0].rotation.state, ==, first);
  g_assert_cmpint (fixture->sides[1].rotation.state, ==, second);
}

/* Carries the REKEY of @from to the other side. */
static ClawRotationNews
carry_rekey (Fixture *fixture, unsigned from)
{
  ClawRotation *rotation = &fixture->sides[from].rotation;
  Side *to = &fixture->sides[1 - from];

  g_assert_true (claw_rotation_wants_frame (rotation));
  claw_rotation_on_sent (rotation, fixture->sides[from].counter++);
  g_assert_false (claw_rotation_wants_frame (rotation));
  return claw_rotation_on_rekey (&to->rotation, &to->slots,
                                 claw_rotation_get_frame_epoch (rotation), rotation->own_key,
                                 fixture->now_us);
}

/* Seals a record and opens it on the other side. */
static ClawKeySlotName
carry_record (Fixture *fixture, unsigned from)
{
  Side *sender = &fixture->sides[from], *to = &fixture->sides[1 - from];
  uint8_t datagram[100] = { 0 }, plaintext[100];
  ClawRecordHeader header;
  size_t length = claw_key_slots_seal (&sender->slots, sender->counter++, datagram, 5);

  g_assert_true (claw_record_peek (datagram, length, &header));
  ClawKeySlotName slot = claw_key_slots_open (&to->slots, &header, datagram, length, plaintext,
                                              &length);
  if (slot != CLAW_KEY_SLOT_NONE)
    claw_rotation_on_opened (&to->rotation, &to->slots, slot, TIMEOUT_US, fixture->now_us);
  return slot;
}

static ClawRotationNews
acknowledge_rekey (Fixture *fixture, unsigned i)
{
  Side *side = &fixture->sides[i];

  return claw_rotation_on_acknowledged (&side->rotation, &side->slots, side->rotation.first_record);
}

static void
assert_same_secrets (const Fixture *fixture)
{
  const ClawKeySlots *first = &fixture->sides[0].slots, *second = &fixture->sides[1].slots;

  g_assert_true (claw_key_equal (&first->chain, &second->chain));
  g_assert_true (claw_key_equal (&first->resumption, &second->resumption));
}

static void
end_grace (Fixture *fixture)
{
  fixture->now_us += CLAW_ROTATION_GRACE_MAX_US;
  for (unsigned i = 0; i < 2; i++)
    claw_key_slots_wake (&fixture->sides[i].slots, fixture->now_us);
}

/* A whole rotation begun by @beginner. */
static void
rotate (Fixture *fixture, unsigned beginner)
{
  claw_rotation_request (&fixture->sides[beginner].rotation);
  g_assert_cmpint (step (fixture, beginner), ==, CLAW_ROTATION_NOTHING);
  g_assert_cmpint (carry_rekey (fixture, beginner), ==, CLAW_ROTATION_DERIVED);
  acknowledge_rekey (fixture, beginner);
  g_assert_cmpint (carry_rekey (fixture, 1 - beginner), ==,
                   CLAW_ROTATION_DERIVED | CLAW_ROTATION_SWITCHED_NOW);
  carry_record (fixture, beginner);
  carry_record (fixture, 1 - beginner);
  for (unsigned i = 0; i < 2; i++)
    claw_rotation_confirm (&fixture->sides[i].rotation);
}

/* Who began changes first, once it knows that the other has its key; who answered after the first
 * record under the new keys. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  Side *first = &fixture->sides[0], *second = &fixture->sides[1];
  g_auto (ClawKey) old = { 0 };

  claw_key_copy (&old, &first->slots.resumption);
  claw_rotation_request (&first->rotation);
  step (fixture, 0);
  assert_states (fixture, CLAW_ROTATION_BEGUN, CLAW_ROTATION_IDLE);
  g_assert_cmpint (carry_rekey (fixture, 0), ==, CLAW_ROTATION_DERIVED);
  assert_states (fixture, CLAW_ROTATION_BEGUN, CLAW_ROTATION_ANSWERED);
  g_assert_cmpint (carry_rekey (fixture, 1), ==, CLAW_ROTATION_DERIVED);
  assert_states (fixture, CLAW_ROTATION_AGREED, CLAW_ROTATION_ANSWERED);
  assert_same_secrets (fixture);
  g_assert_false (claw_key_equal (&first->slots.resumption, &old));
  g_assert_cmpuint (first->rotation.epoch, ==, 1);
  /* Nobody sends under the new keys yet. */
  g_assert_cmpint (carry_record (fixture, 0), ==, CLAW_KEY_SLOT_CURRENT);
  g_assert_cmpint (carry_record (fixture, 1), ==, CLAW_KEY_SLOT_CURRENT);
  g_assert_cmpint (acknowledge_rekey (fixture, 0), ==, CLAW_ROTATION_SWITCHED_NOW);
  assert_states (fixture, CLAW_ROTATION_SWITCHED, CLAW_ROTATION_ANSWERED);
  g_assert_cmpint (claw_key_slots_get_deadline (&first->slots), ==, G_MAXINT64);
  /* Whoever answered still may not. */
  g_assert_cmpint (acknowledge_rekey (fixture, 1), ==, CLAW_ROTATION_NOTHING);
  g_assert_cmpint (carry_record (fixture, 1), ==, CLAW_KEY_SLOT_PREVIOUS);
  g_assert_cmpint (carry_record (fixture, 0), ==, CLAW_KEY_SLOT_NEXT);
  assert_states (fixture, CLAW_ROTATION_SWITCHED, CLAW_ROTATION_IDLE);
  g_assert_cmpint (claw_key_slots_get_deadline (&second->slots), ==,
                   fixture->now_us + CLAW_ROTATION_GRACE_TIMEOUTS * TIMEOUT_US);
  g_assert_cmpint (carry_record (fixture, 1), ==, CLAW_KEY_SLOT_CURRENT);
  assert_states (fixture, CLAW_ROTATION_IDLE, CLAW_ROTATION_IDLE);
  g_assert_true (claw_key_slots_has_previous (&first->slots));
  end_grace (fixture);
  g_assert_false (claw_key_slots_has_previous (&first->slots));
  g_assert_false (claw_key_slots_has_previous (&second->slots));
}

/* The key for which we have no more use is wiped as soon as the new ones are there. */
static void
test_ephemeral_wiped (Fixture *fixture, gconstpointer data)
{
  claw_rotation_request (&fixture->sides[1].rotation);
  step (fixture, 1);
  g_assert_true (claw_key_is_set (&fixture->sides[1].rotation.ephemeral.private_key));
  carry_rekey (fixture, 1);
  g_assert_false (claw_key_is_set (&fixture->sides[0].rotation.ephemeral.private_key));
  carry_rekey (fixture, 0);
  g_assert_false (claw_key_is_set (&fixture->sides[1].rotation.ephemeral.private_key));
}

/* Both begin at the same moment: each takes the other's REKEY as the answer, and both change when
 * they know that theirs has come. */
static void
test_both_at_once (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 2; i++)
    {
      claw_rotation_request (&fixture->sides[i].rotation);
      step (fixture, i);
    }
  g_assert_cmpint (carry_rekey (fixture, 0), ==, CLAW_ROTATION_DERIVED);
  g_assert_cmpint (carry_rekey (fixture, 1), ==, CLAW_ROTATION_DERIVED);
  assert_states (fixture, CLAW_ROTATION_AGREED, CLAW_ROTATION_AGREED);
  assert_same_secrets (fixture);
  g_assert_cmpint (acknowledge_rekey (fixture, 0), ==, CLAW_ROTATION_SWITCHED_NOW);
  /* The acknowledgement of the other one got lost, but a record under the new keys says it too. */
  g_assert_cmpint (carry_record (fixture, 0), ==, CLAW_KEY_SLOT_NEXT);
  assert_states (fixture, CLAW_ROTATION_SWITCHED, CLAW_ROTATION_IDLE);
  g_assert_cmpint (carry_record (fixture, 1), ==, CLAW_KEY_SLOT_CURRENT);
  assert_states (fixture, CLAW_ROTATION_IDLE, CLAW_ROTATION_IDLE);
}

/* An hour, up to a tenth less, for the responder; a tenth more for the initiator, who therefore
 * seldom is the first; and not all at the same time. */
static void
test_due (Fixture *fixture, gconstpointer data)
{
  gint64 least_us = G_MAXINT64, most_us = 0;

  for (unsigned i = 0; i < 100; i++)
    {
      claw_rotation_start (&fixture->sides[1].rotation, START_US);
      gint64 due_us = claw_rotation_get_deadline (&fixture->sides[1].rotation,
                                                  &fixture->sides[1].slots);
      least_us = MIN (least_us, due_us);
      most_us = MAX (most_us, due_us);
      claw_rotation_start (&fixture->sides[0].rotation, START_US);
      due_us = fixture->sides[0].rotation.due_us;
      g_assert_cmpint (due_us, >=, START_US + INTERVAL_US);
      g_assert_cmpint (due_us, <=, START_US + INTERVAL_US * 11 / 10);
    }
  g_assert_cmpint (least_us, >=, START_US + INTERVAL_US * 9 / 10);
  g_assert_cmpint (most_us, <=, START_US + INTERVAL_US);
  g_assert_cmpint (most_us - least_us, >, INTERVAL_US / 20);

  Side *side = &fixture->sides[1];
  fixture->now_us = side->rotation.due_us - 1;
  step (fixture, 1);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_IDLE);
  fixture->now_us++;
  step (fixture, 1);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_BEGUN);
  g_assert_cmpint (claw_rotation_get_deadline (&side->rotation, &side->slots), ==, G_MAXINT64);
}

/* At the limit of records, not one earlier; at twice as many the keys are worn out. */
static void
test_records (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[0];

  for (unsigned i = 1; i < RECORDS; i++)
    carry_record (fixture, 0);
  step (fixture, 0);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_IDLE);
  carry_record (fixture, 0);
  step (fixture, 0);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_BEGUN);
  for (unsigned i = RECORDS + 1; i < 2 * RECORDS; i++)
    carry_record (fixture, 0);
  g_assert_false (claw_rotation_is_worn (&side->rotation, &side->slots));
  carry_record (fixture, 0);
  g_assert_true (claw_rotation_is_worn (&side->rotation, &side->slots));
  /* The rotation still makes them new. */
  carry_rekey (fixture, 0);
  acknowledge_rekey (fixture, 0);
  carry_rekey (fixture, 1);
  g_assert_false (claw_rotation_is_worn (&side->rotation, &side->slots));
}

/* Before the last secret is saved no rotation is begun, on time or on demand. */
static void
test_begins_when_saved (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[1];

  rotate (fixture, 0);
  side->rotation.is_saved = FALSE;
  end_grace (fixture);
  claw_rotation_request (&side->rotation);
  step (fixture, 1);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_IDLE);
  g_assert_cmpint (claw_rotation_get_deadline (&side->rotation, &side->slots), ==, G_MAXINT64);
  claw_rotation_confirm (&side->rotation);
  step (fixture, 1);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_BEGUN);
}

/* Nor is one answered. The key that came is kept for then. */
static void
test_answers_when_saved (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[1];

  side->rotation.is_saved = FALSE;
  claw_rotation_request (&fixture->sides[0].rotation);
  step (fixture, 0);
  g_assert_cmpint (carry_rekey (fixture, 0), ==, CLAW_ROTATION_NOTHING);
  assert_states (fixture, CLAW_ROTATION_BEGUN, CLAW_ROTATION_ASKED);
  /* It comes again, since the acknowledgement got lost. */
  claw_rotation_on_lost (&fixture->sides[0].rotation, 0);
  g_assert_cmpint (carry_rekey (fixture, 0), ==, CLAW_ROTATION_NOTHING);
  g_assert_cmpint (step (fixture, 1), ==, CLAW_ROTATION_NOTHING);
  g_assert_false (claw_rotation_wants_frame (&side->rotation));
  claw_rotation_confirm (&side->rotation);
  g_assert_cmpint (step (fixture, 1), ==, CLAW_ROTATION_DERIVED);
  g_assert_cmpint (carry_rekey (fixture, 1), ==, CLAW_ROTATION_DERIVED);
  assert_same_secrets (fixture);
}

/* While the previous key is in its grace nothing is begun; what was wanted comes after it. */
static void
test_begins_after_grace (Fixture *fixture, gconstpointer data)
{
  rotate (fixture, 0);
  claw_rotation_request (&fixture->sides[0].rotation);
  step (fixture, 0);
  assert_states (fixture, CLAW_ROTATION_IDLE, CLAW_ROTATION_IDLE);
  end_grace (fixture);
  step (fixture, 0);
  assert_states (fixture, CLAW_ROTATION_BEGUN, CLAW_ROTATION_IDLE);
}

/* But a rotation of the peer, whose grace was shorter, is answered. */
static void
test_answers_in_grace (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[0];

  rotate (fixture, 0);
  claw_key_slots_wake (&side->slots, G_MAXINT64 - 1);
  rotate (fixture, 0);
  assert_states (fixture, CLAW_ROTATION_IDLE, CLAW_ROTATION_IDLE);
  assert_same_secrets (fixture);
  g_assert_cmpuint (fixture->sides[1].rotation.epoch, ==, 2);
}

/* A lost REKEY is sent again, with the same key, until it is acknowledged. */
static void
test_lost (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[0];
  uint8_t key[CLAW_PUBLIC_KEY_SIZE];

  side->counter = 10;
  claw_rotation_request (&side->rotation);
  step (fixture, 0);
  memcpy (key, side->rotation.own_key, sizeof key);
  carry_rekey (fixture, 0);
  claw_rotation_on_lost (&side->rotation, 10);
  g_assert_true (claw_rotation_wants_frame (&side->rotation));
  g_assert_cmpmem (side->rotation.own_key, sizeof key, key, sizeof key);
  g_assert_cmpint (carry_rekey (fixture, 0), ==, CLAW_ROTATION_NOTHING);
  /* Either record's acknowledgement will do, and then loss is no matter any more. */
  acknowledge_rekey (fixture, 0);
  claw_rotation_on_lost (&side->rotation, 11);
  g_assert_false (claw_rotation_wants_frame (&side->rotation));
}

/* What became of the records of an earlier rotation says nothing about this one. */
static void
test_late_acknowledgement (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[0];

  rotate (fixture, 0);
  end_grace (fixture);
  uint64_t old = side->rotation.first_record;
  claw_rotation_request (&side->rotation);
  step (fixture, 0);
  carry_rekey (fixture, 0);
  carry_rekey (fixture, 1);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_AGREED);
  g_assert_cmpint (claw_rotation_on_acknowledged (&side->rotation, &side->slots, old), ==,
                   CLAW_ROTATION_NOTHING);
  claw_rotation_on_lost (&side->rotation, old);
  g_assert_false (claw_rotation_wants_frame (&side->rotation));
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_AGREED);
}

static ClawRotationNews
give_rekey (Fixture *fixture, uint64_t epoch, const uint8_t *key)
{
  Side *side = &fixture->sides[0];

  return claw_rotation_on_rekey (&side->rotation, &side->slots, epoch, key, fixture->now_us);
}

/* Epoch 0, one that was skipped to, another key for the same epoch, a new rotation amid one, and a
 * point of small order all break the rules; repeated and overtaken frames do not. */
static void
test_rules (Fixture *fixture, gconstpointer data)
{
  Side *side = &fixture->sides[0];
  uint8_t key[CLAW_PUBLIC_KEY_SIZE], first_key[CLAW_PUBLIC_KEY_SIZE];
  const uint8_t small[CLAW_PUBLIC_KEY_SIZE] = { 1 };

  memset (key, 9, sizeof key);
  g_assert_cmpint (give_rekey (fixture, 0, key), ==, CLAW_ROTATION_BROKEN);
  g_assert_cmpint (give_rekey (fixture, 2, key), ==, CLAW_ROTATION_BROKEN);
  g_assert_cmpint (give_rekey (fixture, G_MAXUINT64, key), ==, CLAW_ROTATION_BROKEN);
  g_assert_cmpint (give_rekey (fixture, 1, small), ==, CLAW_ROTATION_BROKEN);
  g_assert_cmpuint (side->rotation.epoch, ==, 0);

  claw_rotation_request (&fixture->sides[1].rotation);
  step (fixture, 1);
  memcpy (first_key, fixture->sides[1].rotation.own_key, sizeof first_key);
  carry_rekey (fixture, 1);
  g_assert_cmpint (side->rotation.state, ==, CLAW_ROTATION_ANSWERED);
  g_assert_cmpint (give_rekey (fixture, 1, first_key), ==, CLAW_ROTATION_NOTHING);
  g_assert_cmpint (give_rekey (fixture, 1, key), ==, CLAW_ROTATION_BROKEN);
  g_assert_cmpint (give_rekey (fixture, 2, key), ==, CLAW_ROTATION_BROKEN);
  acknowledge_rekey (fixture, 1);
  carry_rekey (fixture, 0);
  carry_record (fixture, 1);
  carry_record (fixture, 0);
  claw_rotation_confirm (&side->rotation);
  claw_rotation_confirm (&fixture->sides[1].rotation);
  end_grace (fixture);
  rotate (fixture, 1);
  g_assert_cmpint (give_rekey (fixture, 1, first_key), ==, CLAW_ROTATION_NOTHING);
  g_assert_cmpuint (side->rotation.epoch, ==, 2);
}

/* Of small order, while the answer has to wait: found when it is to be given. */
static void
test_small_order_later (Fixture *fixture, gconstpointer data)
{
  const uint8_t small[CLAW_PUBLIC_KEY_SIZE] = { 1 };

  fixture->sides[0].rotation.is_saved = FALSE;
  g_assert_cmpint (give_rekey (fixture, 1, small), ==, CLAW_ROTATION_NOTHING);
  claw_rotation_confirm (&fixture->sides[0].rotation);
  g_assert_cmpint (step (fixture, 0), ==, CLAW_ROTATION_BROKEN);
}

/* The grace is three probe timeouts, within one and fifteen seconds. */
static void
test_grace_bounds (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    gint64 timeout_us, grace_us;
  } cases[] = { { 1, G_USEC_PER_SEC },
                { G_USEC_PER_SEC, 3 * G_USEC_PER_SEC },
                { 60 * G_USEC_PER_SEC, 15 * G_USEC_PER_SEC } };
  ClawRotation *rotation = &fixture->sides[0].rotation;
  ClawKeySlots *slots = &fixture->sides[0].slots;

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      rotation->state = CLAW_ROTATION_SWITCHED;
      claw_rotation_on_opened (rotation, slots, CLAW_KEY_SLOT_CURRENT, cases[i].timeout_us, 1000);
      g_assert_cmpint (claw_key_slots_get_deadline (slots), ==, 1000 + cases[i].grace_us);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/rotation/order/answerer-last", test_order);
  ADD ("/rotation/order/both-at-once", test_both_at_once);
  ADD ("/rotation/ephemeral/wiped", test_ephemeral_wiped);
  ADD ("/rotation/begin/due", test_due);
  ADD ("/rotation/begin/records", test_records);
  ADD ("/rotation/begin/when-saved", test_begins_when_saved);
  ADD ("/rotation/begin/after-grace", test_begins_after_grace);
  ADD ("/rotation/answer/when-saved", test_answers_when_saved);
  ADD ("/rotation/answer/in-grace", test_answers_in_grace);
  ADD ("/rotation/lost/again", test_lost);
  ADD ("/rotation/lost/earlier-rotation", test_late_acknowledgement);
  ADD ("/rotation/rules/broken", test_rules);
  ADD ("/rotation/rules/small-order-later", test_small_order_later);
  ADD ("/rotation/grace/bounds", test_grace_bounds);
#undef ADD
  return g_test_run ();
}
