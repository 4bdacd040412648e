/* claw-live-settings.c: see claw-live-settings.h. */
#include "claw-live-settings.h"

static void
on_name (ClawSettings *settings, GParamSpec *pspec, ClawSavedChats *chats)
{
  claw_saved_chats_set_name (chats, claw_settings_get_name (settings));
}

static void
on_keep_history (ClawSettings *settings, GParamSpec *pspec, ClawSavedChats *chats)
{
  claw_saved_chats_set_history_default (chats, claw_settings_get_keep_history (settings));
}

static void
on_timeout (ClawSettings *settings, GParamSpec *pspec, ClawSavedChats *chats)
{
  claw_saved_chats_set_timeout (chats, claw_settings_get_hole_punch_timeout_s (settings));
}

static void
on_nat_detection (ClawSettings *settings, GParamSpec *pspec, ClawSavedChats *chats)
{
  claw_saved_chats_set_nat_detection (chats, claw_settings_get_nat_detection (settings));
}

static void
on_stun_servers (ClawSettings *settings, GParamSpec *pspec, ClawSavedChats *chats)
{
  g_auto (GStrv) servers = claw_settings_dup_stun_servers (settings);
  claw_saved_chats_set_stun_servers (chats, (const char *const *) servers);
}

void
claw_live_settings_follow (ClawSettings *settings, ClawSavedChats *chats)
{
  static const struct
  {
    const char *signal;
    GCallback callback;
  } table[] = {
    { "notify::name", G_CALLBACK (on_name) },
    { "notify::keep-history", G_CALLBACK (on_keep_history) },
    { "notify::hole-punch-timeout", G_CALLBACK (on_timeout) },
    { "notify::nat-detection", G_CALLBACK (on_nat_detection) },
    { "notify::stun-servers", G_CALLBACK (on_stun_servers) },
  };
  g_return_if_fail (CLAW_IS_SETTINGS (settings) && CLAW_IS_SAVED_CHATS (chats));
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect_object (settings, table[i].signal, table[i].callback, chats, 0);
}
