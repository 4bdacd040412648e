/* test-reach.c: what is written into .sec files, and what the operator is told, for every kind of
 * network a server may stand in. */
#include "claw-reach.h"

#include <string.h>

#define ADDRESSES_MAX 32

/* "" is no address. */
static void
parse (const char *text, ClawAddress *address)
{
  memset (address, 0, sizeof *address);
  if (text[0] != '\0')
    g_assert_true (claw_address_parse (text, address));
}

static unsigned
parse_list (const char *text, ClawAddress *addresses)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);
  unsigned n = 0;

  for (; parts[n] != NULL && parts[n][0] != '\0'; n++)
    g_assert_true (claw_address_parse (parts[n], &addresses[n]));
  return n;
}

typedef struct
{
  const char *listening, *own, *configured, *mapped, *seen;
  gboolean is_asking;
  ClawReachKind kind;
  gboolean is_known; /* and no mere guess */
  const char *told;  /* server and candidates */
} Case;

static const Case cases[] = {
  /* A VPS. */
  { "0.0.0.0:5", "203.0.113.9:5 10.0.0.1:5", "", "", "", FALSE, CLAW_REACH_PUBLIC, TRUE,
    "203.0.113.9:5 10.0.0.1:5" },
  /* One with both families, which a socket of one family cannot serve. */
  { "[::]:5", "203.0.113.9:5 [2001:db8::1]:5", "", "", "", FALSE, CLAW_REACH_PUBLIC, TRUE,
    "203.0.113.9:5 [2001:db8::1]:5" },
  { "0.0.0.0:5", "203.0.113.9:5 [2001:db8::1]:5", "", "", "", FALSE, CLAW_REACH_PUBLIC, TRUE,
    "203.0.113.9:5" },
  /* IPv6 alone. */
  { "[::]:5", "[2001:db8::1]:5 [fd00::1]:5", "", "", "", FALSE, CLAW_REACH_PUBLIC, TRUE,
    "[2001:db8::1]:5 [fd00::1]:5" },
  { "[::]:5", "[fd00::1]:5", "", "", "", FALSE, CLAW_REACH_LAN, TRUE, "[fd00::1]:5" },
  /* At home: before the router answered, afterwards, and when it does not. */
  { "0.0.0.0:5", "192.168.1.2:5", "", "", "", TRUE, CLAW_REACH_ASKING, TRUE, "192.168.1.2:5" },
  { "0.0.0.0:5", "192.168.1.2:5", "", "203.0.113.9:77", "", FALSE, CLAW_REACH_MAPPED, TRUE,
    "203.0.113.9:77 192.168.1.2:5" },
  { "0.0.0.0:5", "192.168.1.2:5", "", "", "", FALSE, CLAW_REACH_NAT, TRUE, "192.168.1.2:5" },
  { "0.0.0.0:5", "192.168.1.2:5", "", "", "203.0.113.9:88", FALSE, CLAW_REACH_NAT, TRUE,
    "203.0.113.9:88 192.168.1.2:5" },
  /* Everything at once, in the order of preference; what is the same is there once. */
  { "[::]:5", "[2001:db8::1]:5 192.168.1.2:5 [fd00::1]:5", "198.51.100.1:5", "203.0.113.9:77",
    "203.0.113.9:88", FALSE, CLAW_REACH_MAPPED, TRUE,
    "198.51.100.1:5 203.0.113.9:77 203.0.113.9:88 [2001:db8::1]:5 192.168.1.2:5 [fd00::1]:5" },
  { "0.0.0.0:5", "192.168.1.2:5", "203.0.113.9:5", "203.0.113.9:5", "203.0.113.9:5", FALSE,
    CLAW_REACH_MAPPED, TRUE, "203.0.113.9:5 192.168.1.2:5" },
  /* The router has no public address itself: its own is good for those between the two only. */
  { "0.0.0.0:5", "192.168.1.2:5", "", "100.64.7.7:77", "203.0.113.9:88", FALSE,
    CLAW_REACH_DOUBLE_NAT, TRUE, "203.0.113.9:88 192.168.1.2:5 100.64.7.7:77" },
  /* What a router and a STUN server say is not believed when it leads nowhere. */
  { "0.0.0.0:5", "192.168.1.2:5", "", "127.0.0.1:77", "0.0.0.0:88", FALSE, CLAW_REACH_DOUBLE_NAT,
    TRUE, "192.168.1.2:5" },
  { "0.0.0.0:5", "192.168.1.2:5", "", "169.254.1.1:77", "224.0.0.1:88", FALSE,
    CLAW_REACH_DOUBLE_NAT, TRUE, "192.168.1.2:5" },
  /* The operator has seen to it. */
  { "0.0.0.0:5", "192.168.1.2:5", "203.0.113.9:5", "", "", FALSE, CLAW_REACH_CONFIGURED, TRUE,
    "203.0.113.9:5 192.168.1.2:5" },
  { "0.0.0.0:5", "203.0.113.9:5", "203.0.113.9:5", "", "", FALSE, CLAW_REACH_PUBLIC, TRUE,
    "203.0.113.9:5" },
  { "0.0.0.0:5", "", "203.0.113.9:5", "", "", FALSE, CLAW_REACH_CONFIGURED, TRUE, "203.0.113.9:5" },
  /* Bound to one address, which counts even if the system does not list it. */
  { "192.168.1.2:5", "192.168.1.2:5 10.0.0.1:5", "", "", "", FALSE, CLAW_REACH_NAT, TRUE,
    "192.168.1.2:5" },
  { "203.0.113.9:5", "10.0.0.1:5", "", "", "", FALSE, CLAW_REACH_PUBLIC, TRUE, "203.0.113.9:5" },
  /* This machine only: a loopback address is nothing to knock at from elsewhere. */
  { "127.0.0.1:5", "192.168.1.2:5", "", "", "", FALSE, CLAW_REACH_LOCAL, TRUE, "127.0.0.1:5" },
  { "127.0.0.1:5", "192.168.1.2:5", "127.0.0.2:5", "", "", FALSE, CLAW_REACH_LOCAL, TRUE,
    "127.0.0.2:5" },
  { "[::1]:5", "192.168.1.2:5", "", "", "", FALSE, CLAW_REACH_LOCAL, TRUE, "[::1]:5" },
  /* No network at all: a guess. */
  { "0.0.0.0:5", "", "", "", "", FALSE, CLAW_REACH_OFFLINE, FALSE, "127.0.0.1:5" },
  { "[::]:5", "", "", "", "", FALSE, CLAW_REACH_OFFLINE, FALSE, "[::1]:5" },
  { "[::]:5", "127.0.0.1:5 [::1]:5", "", "", "", FALSE, CLAW_REACH_OFFLINE, FALSE, "[::1]:5" },
};

static void
make_reach (const Case *this, ClawReach *reach)
{
  ClawAddress own[ADDRESSES_MAX];

  memset (reach, 0, sizeof *reach);
  g_assert_true (claw_address_parse_ip ("127.0.0.1", 0, &reach->listening));
  parse (this->listening, &reach->listening);
  claw_reach_set_own (reach, own, parse_list (this->own, own));
  parse (this->configured, &reach->configured);
  parse (this->mapped, &reach->mapped);
  parse (this->seen, &reach->seen);
  reach->is_asking = this->is_asking;
}

static char *
list (const ClawSecFile *file)
{
  char text[CLAW_ADDRESS_STRING_SIZE];
  GString *result = g_string_new (claw_address_format (&file->server, text));

  for (unsigned i = 0; i < file->n_candidates; i++)
    g_string_append_printf (result, " %s", claw_address_format (&file->candidates[i], text));
  return g_string_free (result, FALSE);
}

/* Each network has its word and its addresses. */
static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ClawSecFile) file = claw_sec_file_new ();
      g_autofree char *told = NULL;
      ClawReach reach;

      make_reach (&cases[i], &reach);
      g_assert_cmpint (claw_reach_fill (&reach, file), ==, cases[i].is_known);
      told = list (file);
      g_assert_cmpstr (told, ==, cases[i].told);
      g_assert_cmpstr (claw_reach_kind_to_string (claw_reach_judge (&reach)), ==,
                       claw_reach_kind_to_string (cases[i].kind));
    }
}

/* A machine with more addresses than a file has room for tells the best ones. */
static void
test_limit (void)
{
  g_autoptr (ClawSecFile) file = claw_sec_file_new ();
  ClawAddress own[ADDRESSES_MAX];
  ClawReach reach = { .n_own = 0 };

  parse ("[::]:5", &reach.listening);
  for (guint i = 0; i < ADDRESSES_MAX; i++)
    {
      g_autofree char *text = g_strdup_printf ("10.0.0.%u:5", i);
      parse (text, &own[i]);
    }
  claw_reach_set_own (&reach, own, ADDRESSES_MAX);
  g_assert_cmpuint (reach.n_own, ==, CLAW_SEC_FILE_CANDIDATES_MAX);
  parse ("203.0.113.1:5", &reach.configured);
  parse ("203.0.113.2:5", &reach.mapped);
  parse ("203.0.113.3:5", &reach.seen);
  g_assert_true (claw_reach_fill (&reach, file));
  g_assert_cmpuint (file->n_candidates, ==, CLAW_SEC_FILE_CANDIDATES_MAX);
  g_assert_true (claw_address_equal (&file->server, &reach.configured));
  g_assert_true (claw_address_equal (&file->candidates[0], &reach.mapped));
  g_assert_true (claw_address_equal (&file->candidates[2], &own[0]));
}

/* Who is behind a NAT, and may have a public address by IPv6 all the same. */
static void
test_questions (void)
{
  static const struct
  {
    const char *listening, *own;
    gboolean is_behind_nat, has_ipv6;
  } table[] = {
    { "[::]:5", "192.168.1.2:5 [2001:db8::1]:5", TRUE, TRUE },
    { "0.0.0.0:5", "192.168.1.2:5 [2001:db8::1]:5", TRUE, FALSE },
    { "[::]:5", "203.0.113.9:5 192.168.1.2:5", FALSE, FALSE },
    { "[::]:5", "[2001:db8::1]:5 [fd00::1]:5", FALSE, TRUE },
    { "127.0.0.1:5", "192.168.1.2:5", FALSE, FALSE },
    { "0.0.0.0:5", "", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      const Case this = { table[i].listening, table[i].own, "", "", "" };
      ClawReach reach;

      make_reach (&this, &reach);
      g_assert_cmpint (claw_reach_is_behind_nat (&reach), ==, table[i].is_behind_nat);
      g_assert_cmpint (claw_reach_has_public_ipv6 (&reach), ==, table[i].has_ipv6);
    }
}

/* Words for kinds go there and back, and other words are refused. */
static void
test_words (void)
{
  ClawReachKind kind;

  for (int i = CLAW_REACH_LOCAL; i <= CLAW_REACH_NAT; i++)
    {
      g_assert_true (claw_reach_kind_from_string (claw_reach_kind_to_string (i), &kind));
      g_assert_cmpint (kind, ==, i);
    }
  g_assert_false (claw_reach_kind_from_string ("", &kind));
  g_assert_false (claw_reach_kind_from_string ("publicly", &kind));
}

/* Every kind is described, with the port where there is something to do about it. */
static void
test_describe (void)
{
  static const char *const expected[] = {
    [CLAW_REACH_LOCAL] = "this machine only",
    [CLAW_REACH_OFFLINE] = "--public-ip",
    [CLAW_REACH_LAN] = "local network",
    [CLAW_REACH_PUBLIC] = "public address on this machine; its firewall has to let UDP port 5 in",
    [CLAW_REACH_MAPPED] = "the router maps UDP port 77 (203.0.113.9:77)",
    [CLAW_REACH_CONFIGURED] = "if UDP port 5 is forwarded",
    [CLAW_REACH_DOUBLE_NAT] = "(203.0.113.9:77)",
    [CLAW_REACH_ASKING] = "UDP port 5",
    [CLAW_REACH_NAT]
    = ("only if you forward UDP port 5 on the router to this machine (the router "
       "was asked for it: it sleeps). A STUN server sees this port as 203.0.113.9:8"),
  };
  ClawReachWords words = { .port = 5,
                           .mapped_port = 77,
                           .mapped = "203.0.113.9:77",
                           .seen = "203.0.113.9:8",
                           .problem = "it sleeps" };

  for (int i = CLAW_REACH_LOCAL; i <= CLAW_REACH_NAT; i++)
    {
      g_autofree char *text = NULL;

      words.kind = (ClawReachKind) i;
      text = claw_reach_describe (&words);
      g_assert_nonnull (strstr (text, expected[i]));
    }
}

/* The window that hosts a server has no options to speak of. */
static void
test_describe_hosted (void)
{
  for (int i = CLAW_REACH_LOCAL; i <= CLAW_REACH_NAT; i++)
    {
      ClawReachWords words = { .kind = (ClawReachKind) i, .is_hosted = TRUE };
      g_autofree char *text = claw_reach_describe (&words);

      g_assert_null (strstr (text, "--"));
      g_assert_null (strstr (text, "server."));
      if (i == CLAW_REACH_OFFLINE)
        g_assert_nonnull (strstr (text, "until it is connected to a network"));
    }
}

int
main (int argc, char **argv)
{
  claw_secret_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reach/networks/table", test_table);
  g_test_add_func ("/reach/many-addresses/best", test_limit);
  g_test_add_func ("/reach/questions/table", test_questions);
  g_test_add_func ("/reach/words/there-and-back", test_words);
  g_test_add_func ("/reach/words/described", test_describe);
  g_test_add_func ("/reach/words/described-in-a-window", test_describe_hosted);
  return g_test_run ();
}
