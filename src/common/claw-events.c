/* claw-events.c: the table of events, their limits, and the way into the log. */
#include "claw-events.h"

#include "config.h"

#include <glib/gi18n-lib.h>

#define MINUTE_US (60 * G_USEC_PER_SEC)

/* Numbers are made by `systemd-id128 new` and never change; who finds an old one in a journal looks
 * it up in the catalogue. */
static const ClawEventInfo infos[] = {
  [CLAW_EVENT_STARTED] = {
    "started",
    "f9399b056d194ae6958181b9d424e016",
    G_LOG_LEVEL_INFO,
    0,
    "The server is starting",
    "The program has read its settings and begins. “ready” follows when members can\n"
      "come.",
  },
  [CLAW_EVENT_START_FAILED] = {
    "start-failed",
    "cdc320f9b1494af8992fc8a3272bb1a0",
    G_LOG_LEVEL_CRITICAL,
    0,
    "The server could not start",
    "The message says why, and what to do about it. Nothing was changed.",
  },
  [CLAW_EVENT_READY] = {
    "ready",
    "9d1e117b7b6245bcbf45801067359aa8",
    G_LOG_LEVEL_MESSAGE,
    0,
    "The server is ready",
    "The UDP port is bound, and a .sec file is there unless none is made by itself.\n"
      "Members can come.",
  },
  [CLAW_EVENT_STOPPING] = {
    "stopping",
    "30ebc389cd2b4b0f87cf9ca250c0483d",
    G_LOG_LEVEL_MESSAGE,
    0,
    "The server is stopping",
    "Somebody asked for it, by a signal or through systemd. Members are told.",
  },
  [CLAW_EVENT_STOPPED] = {
    "stopped",
    "246423429b0544ce9a37a675e686967e",
    G_LOG_LEVEL_MESSAGE,
    0,
    "The server has stopped",
    "All sessions are ended and everything is saved.",
  },
  [CLAW_EVENT_RELOADED] = {
    "reloaded",
    "52636019621d49c2985ae0163fd73027",
    G_LOG_LEVEL_MESSAGE,
    0,
    "The configuration was read again",
    "The message says which settings are in force now.",
  },
  [CLAW_EVENT_RELOAD_REFUSED] = {
    "reload-refused",
    "3b3d34aef369441bba8d4411eb9b4f91",
    G_LOG_LEVEL_WARNING,
    0,
    "The configuration has faults and was not taken over",
    "The server goes on with what it had. Mend what the message names, look at it\n"
      "with “clawchat-server --check-config”, and reload again.",
  },
  [CLAW_EVENT_RESTART_NEEDED] = {
    "restart-needed",
    "a0f7cad10d244a8ebf84c32726087863",
    G_LOG_LEVEL_WARNING,
    0,
    "A changed setting needs a restart",
    "These settings cannot be changed while members are connected:\n"
      "systemctl restart clawchat-server",
  },
  [CLAW_EVENT_UNPROTECTED] = {
    "unprotected",
    "8cd74b503a1447b3b692c8ae66ef4bbc",
    G_LOG_LEVEL_WARNING,
    0,
    "The system does not protect the keys in memory",
    "Keys may reach the swap, or other programs of the same user. The message says\n"
      "what to allow.",
  },
  [CLAW_EVENT_DISK_ERROR] = {
    "disk-error",
    "c89e2dd09161457c99fd67294bafa32e",
    G_LOG_LEVEL_WARNING,
    60,
    "A file could not be written, read or deleted",
    "Look whether the disk is full or has errors, and who owns the directory. The\n"
      "server tries again by itself; until then a restart would lose what the message\n"
      "names.",
  },
  [CLAW_EVENT_CLOCK_JUMPED] = {
    "clock-jumped",
    "3614fe023dcc4e9da8ff15b580105076",
    G_LOG_LEVEL_WARNING,
    60,
    "The clock was set, or the machine was asleep",
    "The wall clock moved by @COUNT@ s against the time that has passed. The server's\n"
      "clock decides how long .sec files can be used and which port is open: let a time\n"
      "service keep it right.",
  },
  [CLAW_EVENT_CONTROL_REFUSED] = {
    "control-refused",
    "1dfb87b829f34e59bee3a74116d06e0e",
    G_LOG_LEVEL_MESSAGE,
    10,
    "A local program was not served on the control socket",
    "It runs as a user who may not use the socket, there are too many of them, or it\n"
      "does not read what it asked for. See clawchat-control(7).",
  },
  [CLAW_EVENT_METRICS_NOT_WRITTEN] = {
    "metrics-not-written",
    "91f9349dd6664481ba85c86146b39e91",
    G_LOG_LEVEL_WARNING,
    10,
    "The file with metrics could not be written",
    "The directory of metrics.textfile must be there, writable for the server's user,\n"
      "and named in ReadWritePaths= of the service. See clawchat-server.yaml(5).",
  },
  [CLAW_EVENT_KEY_MADE] = {
    "key-made",
    "50679de4b30d4bf0aa0ffe5e8afab48b",
    G_LOG_LEVEL_MESSAGE,
    0,
    "A bootstrap key was made",
    "It opens this server's .sec files. Bring it once to each desktop over a trusted\n"
      "channel, another one than the .sec files take.",
  },
  [CLAW_EVENT_FILE_MADE] = {
    "file-made",
    "cf23d7819e0f47b0bdfdb0bad3470a6e",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A .sec file was made",
    "@SEC_FILE@\n"
      "Whoever opens it with the bootstrap key can be paired with this server, once.",
  },
  [CLAW_EVENT_FILE_KEPT] = {
    "file-kept",
    "ef2e1eae6778489888938ffa4f94176e",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A .sec file of before is still good",
    "@SEC_FILE@\n"
      "It was made before the server was started, and nobody has used it yet.",
  },
  [CLAW_EVENT_FILE_USED] = {
    "file-used",
    "c0be10802b0a45b0b2ae1ad98923cf98",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A .sec file was used",
    "@SEC_FILE@\n"
      "A client came with it. It is deleted, and nobody can come with a copy of it. If\n"
      "nobody was expected, look at “clawchat-server members” and revoke who is not\n"
      "known; then the file or the bootstrap key got into wrong hands.",
  },
  [CLAW_EVENT_FILE_EXPIRED] = {
    "file-expired",
    "b1b7e5c60e274d20ab1cfcaac8addd53",
    G_LOG_LEVEL_INFO,
    60,
    "A .sec file is over",
    "@SEC_FILE@\n"
      "Nobody used it in time. It is deleted, and nobody can come with a copy of it.",
  },
  [CLAW_EVENT_PAIRED] = {
    "paired",
    "6fc3cdf28b29461ebfaa24110131a0a9",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A new client is paired",
    "It came with a .sec file and is member @MEMBER@ from now on, until it is revoked\n"
      "or stays away for security.pairing_lifetime_days.",
  },
  [CLAW_EVENT_PAIRING_REFUSED] = {
    "pairing-refused",
    "04cee2b147f34b8aafb527373aedf81d",
    G_LOG_LEVEL_WARNING,
    10,
    "A client could not be paired",
    "There are as many pairings as limits.members allows. Revoke some that are not\n"
      "needed (“clawchat-server members”, “revoke”), or allow more. The file that the\n"
      "client came with is used up.",
  },
  [CLAW_EVENT_PAIRING_EXPIRED] = {
    "pairing-expired",
    "0f8e64ae79df4d6b85f154a825c4aa47",
    G_LOG_LEVEL_MESSAGE,
    0,
    "A pairing was forgotten",
    "Member @MEMBER@ has not come for security.pairing_lifetime_days. It needs a new\n"
      ".sec file to return.",
  },
  [CLAW_EVENT_PAIRING_REVOKED] = {
    "pairing-revoked",
    "1195274f056e4332a1a39c9aa4fa1384",
    G_LOG_LEVEL_MESSAGE,
    0,
    "A pairing was revoked",
    "The operator has forgotten member @MEMBER@, who needs a new .sec file to return.",
  },
  [CLAW_EVENT_COMPROMISED] = {
    "compromised",
    "9a8887e7dab0458f969e7d38e516fd25",
    G_LOG_LEVEL_MESSAGE,
    0,
    "Keys may be in wrong hands",
    "The keys of member @MEMBER@, or of all where none is named, are erased here and,\n"
      "if it can be reached, at the client. A new .sec file is made. Find out how the\n"
      "keys got away before you hand it over.",
  },
  [CLAW_EVENT_COMPROMISE_ENDED] = {
    "compromise-ended",
    "c118c5c30ace4b558aa0db73e8c526be",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A client was told that keys are compromised, or not",
    "The reason “erased” means that the client has erased its keys as well; with\n"
      "“no-answer” it may still hold them, though they open nothing here any more.",
  },
  [CLAW_EVENT_SESSION_BEGUN] = {
    "session-begun",
    "ff0f15cedb1246838a0109cc8e4df8c1",
    G_LOG_LEVEL_INFO,
    3000,
    "A member is connected",
    "Member @MEMBER@ began the session @SESSION@.",
  },
  [CLAW_EVENT_SESSION_ENDED] = {
    "session-ended",
    "867fab6332e544fb8186176605a8f935",
    G_LOG_LEVEL_INFO,
    3000,
    "A member is disconnected",
    "The session @SESSION@ of member @MEMBER@ is over: @REASON@.",
  },
  [CLAW_EVENT_SESSION_REFUSED] = {
    "session-refused",
    "427352e4c8594bcbbbcb2bad710e73a4",
    G_LOG_LEVEL_WARNING,
    10,
    "A member was not let in",
    "There are as many sessions as limits.sessions allows. The client tries again by\n"
      "itself.",
  },
  [CLAW_EVENT_HANDSHAKES_REFUSED] = {
    "handshakes-refused",
    "fb78b1fd74944bbabf9fe99efc728260",
    G_LOG_LEVEL_MESSAGE,
    0,
    "Handshakes came close and were refused",
    "@COUNT@ datagrams were made with a secret of this server and yet refused; the\n"
      "last one because of: @REASON@. Some of this is normal (a file that was used\n"
      "already, a copy of a datagram); much of it may be an attack, or a client's clock\n"
      "that was set back. Nobody was answered.",
  },
  [CLAW_EVENT_KEYS_ROTATED] = {
    "keys-rotated",
    "0ec9381655854725bfa5fe3c1824318b",
    G_LOG_LEVEL_DEBUG,
    0,
    "The keys of a session were changed",
    "This happens every encryption.key_rotation_interval, and when somebody asks for\n"
      "it.",
  },
  [CLAW_EVENT_MEMBER_SLOWED] = {
    "member-slowed",
    "49031104817b4bcda50598f1cee90198",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A member says too much",
    "Member @MEMBER@ says more than limits.messages_per_second. What it says goes on\n"
      "more slowly, and it was told.",
  },
  [CLAW_EVENT_MEMBER_DISCONNECTED] = {
    "member-disconnected",
    "6c78caaa5c6b4949bdccbf41d46eaa87",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A member was disconnected by the server",
    "Member @MEMBER@ was disconnected: @REASON@. “too-slow”: it does not take what\n"
      "others say. “too-fast”: it did not stop to say too much. “broken”: its program\n"
      "does not keep to the format of the chat. It may come back.",
  },
  [CLAW_EVENT_PORT_OPENED] = {
    "port-opened",
    "7d58ae6d436c44528813d674a6b2294b",
    G_LOG_LEVEL_MESSAGE,
    60,
    "A UDP port is open",
    "The server listens on UDP port @PORT@. Open it in the firewall.",
  },
  [CLAW_EVENT_PORT_ROTATED] = {
    "port-rotated",
    "128e4ed154434862ae67fa0c4c72136c",
    G_LOG_LEVEL_MESSAGE,
    60,
    "The server moved to another UDP port",
    "It is UDP port @PORT@ now. Members go along by themselves; the former port closes\n"
      "when nobody uses it any more.",
  },
  [CLAW_EVENT_PORT_UNAVAILABLE] = {
    "port-unavailable",
    "72f542deeaa44cacbdaf4280e75d8523",
    G_LOG_LEVEL_WARNING,
    60,
    "No UDP port could be opened",
    "All ports of this time are taken by other programs, or the system refuses. Clients\n"
      "that were away may not find the server before the next change of its port.",
  },
  [CLAW_EVENT_PORTS_CLOSED] = {
    "ports-closed",
    "537eb71d5eb34eb2b87e6f98e7fa8936",
    G_LOG_LEVEL_MESSAGE,
    60,
    "All UDP ports are closed",
    "There is no unused .sec file and nobody is paired, so nobody can come.\n"
      "“clawchat-server new-file” opens a port again.",
  },
  [CLAW_EVENT_REACH_CHANGED] = {
    "reach-changed",
    "f2fd82e9b48741409dfcfe711233086e",
    G_LOG_LEVEL_MESSAGE,
    60,
    "It changed how the server can be reached",
    "The message says how, and where clients knock. “clawchat-server status” says what\n"
      "to do when nobody outside can.",
  },
  [CLAW_EVENT_MAPPING_GAINED] = {
    "mapping-gained",
    "16dc5082341b46efbfb3a6a60bee3409",
    G_LOG_LEVEL_MESSAGE,
    60,
    "The router passes a port on",
    "The router of the local network passes UDP port @PORT@ on to this machine.",
  },
  [CLAW_EVENT_MAPPING_LOST] = {
    "mapping-lost",
    "bce30a4497ab4909ae1cf636c4f00a0b",
    G_LOG_LEVEL_WARNING,
    60,
    "The router does not pass a port on any more",
    "Nobody can come from outside until it does again, unless there is another way.\n"
      "The server keeps asking. @REASON@",
  },
};
G_STATIC_ASSERT (G_N_ELEMENTS (infos) == CLAW_EVENT_N);

/* Guarded by the lock: the log is written from several threads. */
static GMutex lock;
static uint64_t counts[CLAW_EVENT_N];
static ClawEventLimit limits[CLAW_EVENT_N];

static int may_log_peers = TRUE; /* atomic */

const ClawEventInfo *
claw_event_get_info (ClawEvent event)
{
  g_return_val_if_fail ((unsigned) event < CLAW_EVENT_N, NULL);

  return &infos[event];
}

uint64_t
claw_event_get_count (ClawEvent event)
{
  g_return_val_if_fail ((unsigned) event < CLAW_EVENT_N, 0);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  return counts[event];
}

void
claw_events_set_peer_addresses (gboolean may_log)
{
  g_atomic_int_set (&may_log_peers, may_log);
}

gboolean
claw_event_limit_take (ClawEventLimit *limit,
                       unsigned per_minute,
                       gint64 now_us,
                       uint64_t *suppressed)
{
  g_return_val_if_fail (limit != NULL && suppressed != NULL, FALSE);

  *suppressed = 0;
  if (per_minute == 0)
    return TRUE;
  if (limit->since_us == 0 || now_us - limit->since_us >= MINUTE_US)
    {
      limit->since_us = MAX (now_us, 1);
      limit->taken = 0;
    }
  if (limit->taken >= per_minute)
    {
      limit->suppressed++;
      return FALSE;
    }
  limit->taken++;
  *suppressed = limit->suppressed;
  limit->suppressed = 0;
  return TRUE;
}

static gboolean
count (ClawEvent event, uint64_t *suppressed)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  counts[event]++;
  return claw_event_limit_take (&limits[event], infos[event].per_minute, g_get_monotonic_time (),
                                suppressed);
}

/* As syslog has them; GLib takes what is critical for a warning. */
static const char *
get_priority (GLogLevelFlags level)
{
  switch (level)
    {
    case G_LOG_LEVEL_CRITICAL:
    case G_LOG_LEVEL_ERROR:
      return "3";
    case G_LOG_LEVEL_WARNING:
      return "4";
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    case G_LOG_LEVEL_DEBUG:
    case G_LOG_LEVEL_MASK:
    case G_LOG_FLAG_FATAL:
    case G_LOG_FLAG_RECURSION:
      break;
    }
  return "7";
}

/* The fields of one entry; texts that were made for it go when it goes. */
typedef struct
{
  GLogField list[16];
  unsigned n;
  GPtrArray *owned;
} Entry;

static void
add (Entry *entry, const char *key, const char *value)
{
  if (value == NULL)
    return;
  g_assert (entry->n < G_N_ELEMENTS (entry->list));
  entry->list[entry->n++] = (GLogField){ key, value, -1 };
}

static void
add_number (Entry *entry, const char *key, uint64_t value)
{
  char *text;

  if (value == 0)
    return;
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  g_ptr_array_add (entry->owned, text);
  add (entry, key, text);
}

static void
add_fields (Entry *entry, const ClawEventFields *fields, const char *peer)
{
  add_number (entry, "MEMBER", fields->member);
  add_number (entry, "SESSION", fields->session);
  add (entry, "PEER", peer);
  add_number (entry, "PORT", fields->port);
  add (entry, "SEC_FILE", fields->sec_file);
  add_number (entry, "VALID_UNTIL", (uint64_t) fields->valid_until_s);
  add (entry, "REASON", fields->reason);
  add_number (entry, "COUNT", fields->count);
}

/* @text: (transfer full) */
static char *
append_rest (char *text, const char *peer, uint64_t suppressed)
{
  GString *line = g_string_new (text);

  g_free (text);
  if (peer != NULL)
    g_string_append_printf (line, _ (" (from %s)"), peer);
  if (suppressed > 0)
    g_string_append_printf (line, _ (" (%llu more of this kind were not logged)"),
                            (unsigned long long) suppressed);
  return g_string_free (line, FALSE);
}

void
claw_event (ClawEvent event, const ClawEventFields *fields, const char *format, ...)
{
  static const ClawEventFields none = { 0 };
  g_autoptr (GPtrArray) owned = g_ptr_array_new_with_free_func (g_free);
  Entry entry = { .owned = owned };
  char address[CLAW_ADDRESS_STRING_SIZE];
  const char *peer = NULL;
  uint64_t suppressed;
  va_list arguments;

  g_return_if_fail ((unsigned) event < CLAW_EVENT_N && format != NULL);

  if (!count (event, &suppressed))
    return;
  if (fields == NULL)
    fields = &none;
  if (fields->peer != NULL && fields->peer->family != CLAW_ADDRESS_NONE
      && g_atomic_int_get (&may_log_peers))
    peer = claw_address_format (fields->peer, address);

  va_start (arguments, format);
  g_autofree char *text = append_rest (g_strdup_vprintf (format, arguments), peer, suppressed);
  va_end (arguments);
  add (&entry, "MESSAGE", text);
  add (&entry, "PRIORITY", get_priority (infos[event].level));
  add (&entry, "GLIB_DOMAIN", G_LOG_DOMAIN);
  add (&entry, "CLAWCHAT_EVENT", infos[event].name);
  add (&entry, "MESSAGE_ID", infos[event].message_id);
  add_fields (&entry, fields, peer);
  add_number (&entry, "SUPPRESSED", suppressed);
  g_log_structured_array (infos[event].level, entry.list, entry.n);
}
