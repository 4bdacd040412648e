/* claw-shortcuts.h: every key that does something in the program, in one table.
 *
 * The accelerators of actions are set from it, and the shortcuts window is made of it, so that the
 * two cannot differ. What a widget does with keys itself has a row here too, without an action; a
 * test looks for accelerators in the code that are missing here.
 */
#pragma once

#include <gtk/gtk.h>

#define CLAW_SHORTCUTS_ACCELERATORS_MAX 2

typedef enum
{
  CLAW_SHORTCUTS_GENERAL,
  CLAW_SHORTCUTS_CHATS,
  CLAW_SHORTCUTS_MESSAGES,
  CLAW_SHORTCUTS_N_GROUPS
} ClawShortcutsGroup;

typedef struct
{
  ClawShortcutsGroup group;
  const char *title;                                             /* to be translated */
  const char *action;                                            /* (nullable): a widget's own */
  const char *accelerators[CLAW_SHORTCUTS_ACCELERATORS_MAX + 1]; /* ends with NULL */
} ClawShortcut;

/* Returns: (transfer none) */
const ClawShortcut *claw_shortcuts_get (size_t *n_shortcuts);
const char *claw_shortcuts_get_title (ClawShortcutsGroup group); /* translated */
void claw_shortcuts_set_accelerators (GtkApplication *application);
