/* claw-port-news.h: telling the peer on which port we listen now and later, and hearing it.
 *
 * The responder tells: its newest news goes out, again when it got lost, until it is acknowledged;
 * older news is not repeated. The initiator hears: of two that overtook each other the one in the
 * newer record counts, since clocks, and with them the numbers of slots, may be set back.
 */
#pragma once

#include "claw-frame.h"

typedef struct
{
  ClawPortNotice notice; /* to be told until acknowledged, or heard last */
  uint8_t number;        /* of what is to be told; 0: nothing yet */
  gboolean must_tell;
  gboolean has_heard;
  uint64_t counter; /* of the record that was heard last */
} ClawPortNews;

void claw_port_news_clear (ClawPortNews *news);

/* @secret: (nullable): copied; NULL when @interval_s is 0. */
void claw_port_news_tell (
    ClawPortNews *news, uint64_t slot, uint32_t interval_s, uint16_t port, const ClawKey *secret);
/* Needs CLAW_FRAME_PORT_SIZE bytes. Returns: a number for the next two functions. */
uint8_t claw_port_news_write (ClawPortNews *news, ClawWriter *writer);
/* @number: 0 does nothing. */
void claw_port_news_on_acknowledged (ClawPortNews *news, uint8_t number);
void claw_port_news_on_lost (ClawPortNews *news, uint8_t number);

/* Returns: FALSE when @frame says what cannot be. */
gboolean claw_port_news_hear (ClawPortNews *news, const ClawFramePort *frame, uint64_t counter);
