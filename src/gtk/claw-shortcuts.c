/* claw-shortcuts.c: see claw-shortcuts.h. */
#include "claw-shortcuts.h"

#include <glib/gi18n-lib.h>

static const ClawShortcut shortcuts[] = {
  { CLAW_SHORTCUTS_GENERAL, N_ ("Open a .sec file"), "win.open", { "<Control>o", "<Control>n" } },
  { CLAW_SHORTCUTS_GENERAL, N_ ("Preferences"), "app.preferences", { "<Control>comma" } },
  { CLAW_SHORTCUTS_GENERAL, N_ ("Menu"), NULL, { "F10" } },
  { CLAW_SHORTCUTS_GENERAL,
    N_ ("Keyboard shortcuts"),
    "app.shortcuts",
    { "<Control>question", "F1" } },
  { CLAW_SHORTCUTS_GENERAL, N_ ("Close the window"), "window.close", { "<Control>w" } },
  { CLAW_SHORTCUTS_GENERAL, N_ ("Quit"), "app.quit", { "<Control>q" } },
  { CLAW_SHORTCUTS_CHATS,
    N_ ("Next chat"),
    "win.next-chat",
    { "<Control>Page_Down", "<Alt>Down" } },
  { CLAW_SHORTCUTS_CHATS,
    N_ ("Previous chat"),
    "win.previous-chat",
    { "<Control>Page_Up", "<Alt>Up" } },
  { CLAW_SHORTCUTS_CHATS, N_ ("Rename the chat"), "page.rename", { "F2" } },
  { CLAW_SHORTCUTS_CHATS, N_ ("Menu of a chat"), NULL, { "<Shift>F10", "Menu" } },
  { CLAW_SHORTCUTS_CHATS, N_ ("Back to the list of chats"), NULL, { "Escape", "<Alt>Left" } },
  { CLAW_SHORTCUTS_MESSAGES, N_ ("Send"), NULL, { "Return" } },
  { CLAW_SHORTCUTS_MESSAGES, N_ ("New line"), NULL, { "<Shift>Return" } },
  { CLAW_SHORTCUTS_MESSAGES, N_ ("Latest messages"), "page.latest", { "<Alt>End" } },
  { CLAW_SHORTCUTS_MESSAGES, N_ ("Copy the message"), NULL, { "<Control>c" } },
  { CLAW_SHORTCUTS_MESSAGES, N_ ("Reply to the message"), NULL, { "<Control>r" } },
  { CLAW_SHORTCUTS_MESSAGES, N_ ("Find in the chat"), "page.search", { "<Control>f" } },
};

const ClawShortcut *
claw_shortcuts_get (size_t *n_shortcuts)
{
  *n_shortcuts = G_N_ELEMENTS (shortcuts);
  return shortcuts;
}

const char *
claw_shortcuts_get_title (ClawShortcutsGroup group)
{
  switch (group)
    {
    case CLAW_SHORTCUTS_GENERAL:
      return _ ("General");
    case CLAW_SHORTCUTS_CHATS:
      return _ ("Chats");
    case CLAW_SHORTCUTS_MESSAGES:
      return _ ("Messages");
    case CLAW_SHORTCUTS_N_GROUPS:
      break;
    }
  g_return_val_if_reached (NULL);
}

void
claw_shortcuts_set_accelerators (GtkApplication *application)
{
  for (size_t i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    if (shortcuts[i].action)
      gtk_application_set_accels_for_action (application, shortcuts[i].action,
                                             shortcuts[i].accelerators);
}
