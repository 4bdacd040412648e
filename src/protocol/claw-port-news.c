/* claw-port-news.c: see claw-port-news.h. */
#include "claw-port-news.h"

static void
set_secret (ClawPortNotice *notice, const uint8_t *bytes)
{
  if (bytes != NULL)
    claw_key_set (&notice->secret, bytes);
  else
    claw_key_clear (&notice->secret);
}

void
claw_port_news_clear (ClawPortNews *news)
{
  claw_key_clear (&news->notice.secret);
}

void
claw_port_news_tell (
    ClawPortNews *news, uint64_t slot, uint32_t interval_s, uint16_t port, const ClawKey *secret)
{
  news->notice.slot = slot;
  news->notice.interval_s = interval_s;
  news->notice.port = port;
  set_secret (&news->notice, interval_s > 0 ? secret->bytes : NULL);
  news->number = news->number == G_MAXUINT8 ? 1 : (uint8_t) (news->number + 1);
  news->must_tell = TRUE;
}

uint8_t
claw_port_news_write (ClawPortNews *news, ClawWriter *writer)
{
  static const uint8_t no_secret[CLAW_KEY_SIZE];
  const ClawPortNotice *notice = &news->notice;
  const ClawFramePort frame = { .slot = notice->slot,
                                .interval_s = notice->interval_s,
                                .port = notice->port,
                                .secret = notice->interval_s > 0 ? notice->secret.bytes
                                                                 : no_secret };

  claw_frame_write_port (writer, &frame);
  news->must_tell = FALSE;
  return news->number;
}

void
claw_port_news_on_acknowledged (ClawPortNews *news, uint8_t number)
{
  if (number == 0 || number != news->number)
    return;
  /* Whatever is lost of it now need not be told again, and one copy less of the secret stays. */
  news->must_tell = FALSE;
  news->notice.port = 0;
  claw_key_clear (&news->notice.secret);
}

void
claw_port_news_on_lost (ClawPortNews *news, uint8_t number)
{
  if (number == 0 || number != news->number || news->notice.port == 0)
    return;
  news->must_tell = TRUE;
}

gboolean
claw_port_news_hear (ClawPortNews *news, const ClawFramePort *frame, uint64_t counter)
{
  if (frame->interval_s > CLAW_CONNECTION_PORT_INTERVAL_MAX_S)
    return FALSE;
  if (news->has_heard && counter < news->counter)
    return TRUE;
  news->has_heard = TRUE;
  news->counter = counter;
  news->notice.slot = frame->slot;
  news->notice.interval_s = (uint32_t) frame->interval_s;
  news->notice.port = frame->port;
  set_secret (&news->notice, frame->interval_s > 0 ? frame->secret : NULL);
  return TRUE;
}
