/* test-nat-verdict.c: from observations to verdicts and to words. */
#include "claw-nat-verdict.h"

#include <string.h>

#define EIB CLAW_NAT_BEHAVIOUR_ENDPOINT_INDEPENDENT
#define ADB CLAW_NAT_BEHAVIOUR_ADDRESS_DEPENDENT
#define APB CLAW_NAT_BEHAVIOUR_ADDRESS_AND_PORT_DEPENDENT
#define UNK CLAW_NAT_BEHAVIOUR_UNKNOWN
#define YES CLAW_NAT_ANSWER_YES
#define NO CLAW_NAT_ANSWER_NO
#define NOT_TRIED CLAW_NAT_ANSWER_UNKNOWN

static ClawAddress
address (const char *text)
{
  ClawAddress parsed;

  g_assert_true (claw_address_parse (text, &parsed));
  return parsed;
}

static void
add (ClawNatObservations *observations, const char *by, const char *mapped)
{
  ClawAddress by_address = address (by), mapped_address = address (mapped);

  observations->answered = TRUE;
  claw_nat_observations_add (observations, &by_address, &mapped_address);
}

/* Every combination of sightings that tells something, in the order of their number. */
static void
test_mapping (void)
{
  static const struct
  {
    const char *sightings[8]; /* by, mapped, by, mapped, … */
    ClawNatBehaviour mapping;
    gboolean at_least;
  } rows[] = {
    { { "198.51.100.1:1", "203.0.113.9:5" }, UNK, FALSE },
    /* the paired server: two ports of one address */
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.1:2", "203.0.113.9:5" }, EIB, TRUE },
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.1:2", "203.0.113.9:6" }, APB, FALSE },
    /* two addresses */
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.2:1", "203.0.113.9:5" }, EIB, FALSE },
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.2:2", "203.0.113.9:5" }, EIB, FALSE },
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.2:1", "203.0.113.9:6" }, ADB, TRUE },
    /* a NAT with several addresses of its own changes the mapping too */
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.2:1", "203.0.113.8:5" }, ADB, TRUE },
    /* RFC 5780 section 4.3 in full */
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.2:1", "203.0.113.9:6", "198.51.100.2:2",
        "203.0.113.9:6" },
      ADB,
      FALSE },
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.2:1", "203.0.113.9:6", "198.51.100.2:2",
        "203.0.113.9:7" },
      APB,
      FALSE },
    /* IPv6 */
    { { "[2001:db8::1]:1", "[2001:db8::9]:5", "[2001:db8::2]:1", "[2001:db8::9]:5" }, EIB, FALSE },
    /* the same server twice is one sighting */
    { { "198.51.100.1:1", "203.0.113.9:5", "198.51.100.1:1", "203.0.113.9:6" }, UNK, FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      ClawNatObservations observations = { .local = address ("192.168.1.2:5") };
      ClawNatVerdict verdict;

      g_test_message ("row %zu", i);
      for (unsigned j = 0; rows[i].sightings[j] != NULL; j += 2)
        add (&observations, rows[i].sightings[j], rows[i].sightings[j + 1]);
      claw_nat_verdict_decide (&observations, &verdict);
      g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NAT);
      g_assert_cmpint (verdict.mapping, ==, rows[i].mapping);
      g_assert_cmpint (verdict.mapping_at_least, ==, rows[i].at_least);
      g_assert_cmpint (verdict.filtering, ==, UNK);
    }
}

/* All nine pairs of answers. */
static void
test_filtering (void)
{
  static const struct
  {
    ClawNatAnswer other_address, other_port;
    ClawNatBehaviour filtering;
    gboolean at_least;
  } rows[] = {
    { YES, YES, EIB, FALSE },
    { YES, NO, EIB, FALSE }, /* the second was lost */
    { YES, NOT_TRIED, EIB, FALSE },
    { NO, YES, ADB, FALSE },
    { NO, NO, APB, FALSE },
    { NO, NOT_TRIED, ADB, TRUE },
    { NOT_TRIED, YES, EIB, TRUE },
    { NOT_TRIED, NO, APB, FALSE },
    { NOT_TRIED, NOT_TRIED, UNK, FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      ClawNatObservations observations = { .from_other_address = rows[i].other_address,
                                           .from_other_port = rows[i].other_port };
      ClawNatVerdict verdict;

      add (&observations, "198.51.100.1:1", "203.0.113.9:5");
      claw_nat_verdict_decide (&observations, &verdict);
      g_assert_cmpint (verdict.filtering, ==, rows[i].filtering);
      g_assert_cmpint (verdict.filtering_at_least, ==, rows[i].at_least);
    }
}

/* No answer, answers without an address, the own address, another one, and one whose port only is
 * another. */
static void
test_kind (void)
{
  ClawNatObservations observations = { .local = address ("203.0.113.9:5"), .hairpin = NO };
  ClawNatVerdict verdict;

  claw_nat_verdict_decide (&observations, &verdict);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_BLOCKED);
  observations.answered = TRUE;
  claw_nat_verdict_decide (&observations, &verdict);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_UNKNOWN);

  add (&observations, "198.51.100.1:1", "203.0.113.9:5");
  claw_nat_verdict_decide (&observations, &verdict);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NONE);
  g_assert_cmpint (verdict.mapping, ==, EIB);
  g_assert_cmpint (verdict.hairpin, ==, NOT_TRIED);
  g_assert_cmpuint (verdict.server.port, ==, 1);

  observations.local = address ("203.0.113.9:6");
  claw_nat_verdict_decide (&observations, &verdict);
  g_assert_cmpint (verdict.kind, ==, CLAW_NAT_KIND_NAT);
  g_assert_cmpint (verdict.hairpin, ==, NO);
}

/* One sighting more than are kept is passed over. */
static void
test_sightings_max (void)
{
  ClawNatObservations observations = { 0 };
  ClawAddress by = address ("198.51.100.1:1"), mapped = address ("203.0.113.9:5");

  for (unsigned i = 0; i <= CLAW_NAT_SIGHTINGS_MAX; i++)
    {
      by.port = (uint16_t) (i + 1);
      claw_nat_observations_add (&observations, &by, &mapped);
    }
  g_assert_cmpuint (observations.n_sightings, ==, CLAW_NAT_SIGHTINGS_MAX);
  g_assert_cmpuint (observations.sightings[CLAW_NAT_SIGHTINGS_MAX - 1].by.port, ==,
                    CLAW_NAT_SIGHTINGS_MAX);
}

/* What is said fits to what can be punched, and to what is not known. */
static void
test_words (void)
{
  static const struct
  {
    ClawNatVerdict verdict;
    const char *says;
    const char *does_not_say; /* (nullable) */
  } rows[] = {
    { { .kind = CLAW_NAT_KIND_BLOCKED }, "UDP is blocked", "NAT" },
    { { .kind = CLAW_NAT_KIND_UNKNOWN }, "Nothing can be said", NULL },
    { { .kind = CLAW_NAT_KIND_NONE, .mapping = EIB, .filtering = EIB },
      "no NAT, and no firewall",
      "both sides" },
    { { .kind = CLAW_NAT_KIND_NONE, .mapping = EIB, .filtering = APB }, "firewall may keep", NULL },
    { { .kind = CLAW_NAT_KIND_NONE, .mapping = EIB }, "cannot be told", "Friends can" },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = EIB, .filtering = EIB },
      "can reach you directly, whatever",
      "both sides" },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = EIB, .filtering = ADB },
      "whatever network they are in, when both sides",
      "symmetric" },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = EIB, .filtering = APB },
      "most home routers",
      "whatever network" },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = ADB, .filtering = APB }, "a server between", NULL },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = APB, .filtering = APB }, "a server between", NULL },
    { { .kind = CLAW_NAT_KIND_NAT,
        .mapping = EIB,
        .mapping_at_least = TRUE,
        .filtering = EIB,
        .filtering_at_least = TRUE },
      "may be stricter",
      "can reach you directly, whatever" },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = EIB }, "cannot be told", "Friends can" },
    { { .kind = CLAW_NAT_KIND_NAT, .mapping = EIB, .filtering = EIB, .hairpin = NO },
      "by their outer addresses",
      NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = claw_nat_verdict_describe (&rows[i].verdict);
      g_test_message ("row %zu: %s", i, text);
      g_assert_nonnull (strstr (text, rows[i].says));
      if (rows[i].does_not_say != NULL)
        g_assert_null (strstr (text, rows[i].does_not_say));
    }
}

/* RFC 4787's words, with "at least" where that holds. */
static void
test_format (void)
{
  g_autofree char *exact = claw_nat_behaviour_format (APB, FALSE);
  g_autofree char *at_least = claw_nat_behaviour_format (ADB, TRUE);

  g_assert_cmpstr (exact, ==, "address-and-port-dependent");
  g_assert_cmpstr (at_least, ==, "at least address-dependent");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-verdict/mapping/table", test_mapping);
  g_test_add_func ("/nat-verdict/filtering/table", test_filtering);
  g_test_add_func ("/nat-verdict/kind/table", test_kind);
  g_test_add_func ("/nat-verdict/too-many-sightings/passed-over", test_sightings_max);
  g_test_add_func ("/nat-verdict/describe/table", test_words);
  g_test_add_func ("/nat-verdict/format/words", test_format);
  return g_test_run ();
}
