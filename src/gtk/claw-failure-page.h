/* claw-failure-page.h: what went wrong, and what to do about it. */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_FAILURE_PAGE (claw_failure_page_get_type ())
G_DECLARE_FINAL_TYPE (ClawFailurePage, claw_failure_page, CLAW, FAILURE_PAGE, AdwBin)

void claw_failure_page_show (ClawFailurePage *page, const GError *error);
/* Another action than "win.retry" for its button to try again. */
void claw_failure_page_set_retry_action (ClawFailurePage *page, const char *action);
/* Gives the focus to what is most likely to help. */
void claw_failure_page_focus (ClawFailurePage *page);
