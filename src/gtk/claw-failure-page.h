/* claw-failure-page.h: what went wrong, and what to do about it. */
#pragma once

#include <adwaita.h>

#define CLAW_TYPE_FAILURE_PAGE (claw_failure_page_get_type ())
G_DECLARE_FINAL_TYPE (ClawFailurePage, claw_failure_page, CLAW, FAILURE_PAGE, AdwBin)

void claw_failure_page_show (ClawFailurePage *page, const GError *error);
/* Whether @error (nullable) tells that all keys are erased: nothing is left to go back to. */
gboolean claw_failure_page_is_about_compromise (const GError *error);
