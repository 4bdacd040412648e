/* claw-terminal-nat-check.c: see claw-terminal-nat-check.h. */
#include "claw-terminal-nat-check.h"

#include "claw-nat-check.h"
#include "claw-stun-servers.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define LINE_WIDTH 78
#define INDENT "  "

typedef struct Run Run;

/* IPv4 or IPv6. */
typedef struct
{
  Run *run;
  const char *name;
  GError *error; /* (nullable): why there is no verdict */
  gboolean is_asked;
  gboolean has_verdict;
  ClawNatVerdict verdict;
  ClawNatLifetimeResult lifetime; /* as far as it is known */
} Family;

struct Run
{
  const ClawTerminalNatCheckOptions *options;
  GMainLoop *loop;
  GCancellable *cancellable;
  Family families[2];
  unsigned n_pending; /* checks or measurements */
  int exit_code;
};

/* Printing */

/* Breaks @text between words into lines of at most LINE_WIDTH, as far as its words allow. */
static void
print_paragraph (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  glong column = 0;

  for (char **word = words; *word != NULL; word++)
    {
      glong width = g_utf8_strlen (*word, -1);
      gboolean is_new_line = column == 0 || column + 1 + width > LINE_WIDTH;

      if (is_new_line)
        printf ("%s" INDENT "%s", column == 0 ? "" : "\n", *word);
      else
        printf (" %s", *word);
      column = is_new_line ? (glong) strlen (INDENT) + width : column + 1 + width;
    }
  printf ("\n");
}

static void
print_field (const char *name, const char *value)
{
  printf (INDENT "%s: %s\n", name, value);
}

static void
print_address (const char *name, const ClawAddress *address)
{
  char text[CLAW_ADDRESS_STRING_SIZE];

  if (address->family != CLAW_ADDRESS_NONE)
    print_field (name, claw_address_format (address, text));
}

static const char *
answer_word (ClawNatAnswer answer)
{
  switch (answer)
    {
    case CLAW_NAT_ANSWER_UNKNOWN:
      return _ ("unknown");
    case CLAW_NAT_ANSWER_YES:
      return _ ("yes");
    case CLAW_NAT_ANSWER_NO:
      return _ ("no");
    }
  g_return_val_if_reached (NULL);
}

static void
print_verdict (const ClawNatVerdict *verdict)
{
  g_autofree char *text = claw_nat_verdict_describe (verdict);
  g_autofree char *mapping = claw_nat_behaviour_format (verdict->mapping,
                                                        verdict->mapping_at_least);
  g_autofree char *filtering = claw_nat_behaviour_format (verdict->filtering,
                                                          verdict->filtering_at_least);

  print_paragraph (text);
  print_address (_ ("Own address"), &verdict->local);
  print_address (_ ("Seen from outside"), &verdict->mapped);
  print_address (_ ("Seen by"), &verdict->server);
  if (verdict->kind != CLAW_NAT_KIND_NAT && verdict->kind != CLAW_NAT_KIND_NONE)
    return;
  print_field (_ ("Mapping"), verdict->kind == CLAW_NAT_KIND_NONE ? _ ("none") : mapping);
  print_field (_ ("Filtering"), filtering);
  if (verdict->kind == CLAW_NAT_KIND_NAT)
    print_field (_ ("Hairpinning"), answer_word (verdict->hairpin));
}

static void
print_family (const Family *family)
{
  if (!family->is_asked)
    return;
  printf ("%s\n", family->name);
  if (family->has_verdict)
    print_verdict (&family->verdict);
  else
    {
      g_autofree char *text = g_strdup_printf (_ ("There is no such network here: %s"),
                                               family->error->message);
      print_paragraph (text);
    }
}

/* Lifetime */

static void
print_lifetime_end (const Family *family)
{
  const ClawNatLifetimeResult *lifetime = &family->lifetime;
  g_autofree char *text = NULL;

  switch (lifetime->state)
    {
    case CLAW_NAT_LIFETIME_NO_ANSWER:
      text = g_strdup (_ ("The server no longer answers; nothing could be measured."));
      break;
    case CLAW_NAT_LIFETIME_UNSUPPORTED:
      text = g_strdup (_ ("This server cannot help to measure it: it does not know RESPONSE-PORT "
                          "(RFC 5780)."));
      break;
    case CLAW_NAT_LIFETIME_MEASURING:
    case CLAW_NAT_LIFETIME_MEASURED:
      if (lifetime->lost_s == 0 && lifetime->alive_s == 0)
        text = g_strdup (_ ("Ended before anything was measured."));
      else if (lifetime->lost_s == 0)
        text = g_strdup_printf (_ ("A mapping in use is remembered for %u s of silence at least."),
                                lifetime->alive_s);
      else
        text = g_strdup_printf (_ ("A mapping in use is remembered for %u to %u s of silence."),
                                lifetime->alive_s, lifetime->lost_s);
      break;
    }
  printf ("%s\n", family->name);
  print_paragraph (text);
}

static void
on_lifetime_progress (const ClawNatLifetimeResult *result, gpointer user_data)
{
  Family *family = user_data;

  if (result->lost_s != 0)
    fprintf (stderr, _ ("%s: forgotten after %u s\n"), family->name, result->lost_s);
  else
    fprintf (stderr, _ ("%s: still there after %u s\n"), family->name, result->alive_s);
  family->lifetime = *result;
}

static void
on_lifetime (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Family *family = user_data;
  Run *run = family->run;
  g_autoptr (GError) error = NULL;

  /* When it was ended early, what was told last is the result. */
  if (!claw_nat_check_lifetime_finish (result, &family->lifetime, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      fprintf (stderr, "clawchat: %s: %s\n", family->name, error->message);
      run->exit_code = EX_OSERR;
    }
  else
    print_lifetime_end (family);
  if (--run->n_pending == 0)
    g_main_loop_quit (run->loop);
}

static void
measure_lifetimes (Run *run)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (run->families); i++)
    {
      Family *family = &run->families[i];

      if (!family->has_verdict || family->verdict.server.family == CLAW_ADDRESS_NONE)
        continue;
      run->n_pending++;
      claw_nat_check_lifetime_async (&family->verdict.server, on_lifetime_progress, family,
                                     run->cancellable, on_lifetime, family);
    }
  if (run->n_pending > 0)
    fprintf (stderr,
             _ ("Measuring for how long a mapping is remembered; this takes up to 5 minutes, and "
                "Ctrl-C ends it early.\n"));
}

/* Verdicts */

static gboolean
is_telling (const Family *family)
{
  return family->has_verdict
         && (family->verdict.kind == CLAW_NAT_KIND_NAT
             || family->verdict.kind == CLAW_NAT_KIND_NONE);
}

static void
on_all_checked (Run *run)
{
  gboolean is_cancelled = g_cancellable_is_cancelled (run->cancellable);

  run->exit_code = is_cancelled ? EX_TEMPFAIL : EX_UNAVAILABLE;
  for (unsigned i = 0; !is_cancelled && i < G_N_ELEMENTS (run->families); i++)
    {
      print_family (&run->families[i]);
      if (is_telling (&run->families[i]))
        run->exit_code = EX_OK;
    }
  fflush (stdout);
  if (run->exit_code == EX_OK && run->options->with_lifetime)
    measure_lifetimes (run);
  if (run->n_pending == 0)
    g_main_loop_quit (run->loop);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Family *family = user_data;

  family->has_verdict = claw_nat_check_finish (result, &family->verdict, &family->error);
  if (--family->run->n_pending == 0)
    on_all_checked (family->run);
}

static void
check_family (Run *run, Family *family, const GArray *servers)
{
  if (servers->len == 0)
    return;
  family->is_asked = TRUE;
  run->n_pending++;
  claw_nat_check_async ((const ClawAddress *) (const void *) servers->data, servers->len,
                        run->cancellable, on_checked, family);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ClawStunServers) servers = claw_stun_servers_resolve_finish (result, &error);

  for (unsigned i = 0; servers != NULL && i < servers->failures->len; i++)
    fprintf (stderr, "clawchat: %s\n", (const char *) g_ptr_array_index (servers->failures, i));
  if (servers != NULL)
    {
      check_family (run, &run->families[0], servers->ipv4);
      check_family (run, &run->families[1], servers->ipv6);
    }
  if (run->n_pending == 0)
    {
      run->exit_code = servers != NULL ? EX_NOHOST : EX_TEMPFAIL;
      g_main_loop_quit (run->loop);
    }
}

/* Running */

static gboolean
on_signal (gpointer user_data)
{
  Run *run = user_data;

  g_cancellable_cancel (run->cancellable);
  return G_SOURCE_CONTINUE;
}

static gboolean
may_run (const ClawTerminalNatCheckOptions *options)
{
  if (!options->is_allowed)
    fprintf (stderr, "clawchat: %s\n",
             _ ("networking.nat_detection is false in the settings, so nothing is sent; set it to "
                "true to check"));
  else if (options->servers[0] == NULL)
    fprintf (stderr, "clawchat: %s\n",
             _ ("there is no STUN server to ask: name some in networking.stun_servers of "
                "client.yaml, as stun_servers: [\"stun.example.org:3478\"], or one with "
                "--stun-server HOST:PORT. Without any, a server that you are paired with tells the "
                "same inside the chat: type /status there"));
  return options->is_allowed && options->servers[0] != NULL;
}

int
claw_terminal_nat_check (const ClawTerminalNatCheckOptions *options)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

  g_return_val_if_fail (options != NULL && options->servers != NULL, EX_SOFTWARE);

  if (!may_run (options))
    return EX_CONFIG;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Run run = { .options = options, .loop = loop, .cancellable = cancellable };
  run.families[0] = (Family){ .run = &run, .name = "IPv4" };
  run.families[1] = (Family){ .run = &run, .name = "IPv6" };
  unsigned sources[G_N_ELEMENTS (signals)];
  for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
    sources[i] = g_unix_signal_add (signals[i], on_signal, &run);

  claw_stun_servers_resolve_async (options->servers, cancellable, on_resolved, &run);
  g_main_loop_run (loop);

  for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (sources[i]);
  g_clear_error (&run.families[0].error);
  g_clear_error (&run.families[1].error);
  return run.exit_code;
}
