/* claw-connecting-page.h: says that something is under way, with a button to end it. */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_CONNECTING_PAGE (claw_connecting_page_get_type ())
G_DECLARE_FINAL_TYPE (ClawConnectingPage, claw_connecting_page, CLAW, CONNECTING_PAGE, AdwBin)

/* @action: (nullable): of the button to cancel, which is gone without one. */
void claw_connecting_page_show (ClawConnectingPage *page,
                                const char *title,
                                const char *text,
                                const char *action);
/* The spinner moves only while it is seen, since it costs processor time. */
void claw_connecting_page_set_is_active (ClawConnectingPage *page, gboolean is_active);
