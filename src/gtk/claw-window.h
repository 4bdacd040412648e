/* claw-window.h: the window: a client and the pages that show what it does. */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_WINDOW (claw_window_get_type ())
G_DECLARE_FINAL_TYPE (ClawWindow, claw_window, CLAW, WINDOW, AdwApplicationWindow)

/* @name: (nullable): how to be shown to others. */
ClawWindow *claw_window_new (AdwApplication *application,
                             const char *name,
                             int timeout_s,
                             gboolean nat_detection);
/* Connects by the .sec @file; asks first when that ends a chat. @key_file: (nullable) */
void claw_window_open (ClawWindow *window, GFile *file, const char *key_file);
/* Connects to the server used last, when there is one. */
void claw_window_resume (ClawWindow *window);
