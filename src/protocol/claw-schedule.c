/* claw-schedule.c: see claw-schedule.h. */
#include "claw-schedule.h"

void
claw_schedule_init (ClawSchedule *schedule)
{
  g_queue_init (&schedule->ready);
  g_queue_init (&schedule->telling);
  schedule->heap = g_ptr_array_new ();
}

void
claw_schedule_clear (ClawSchedule *schedule)
{
  g_clear_pointer (&schedule->heap, g_ptr_array_unref);
}

void
claw_task_init (ClawTask *task, gpointer owner)
{
  *task = (ClawTask){ .owner = owner, .deadline_us = G_MAXINT64 };
}

void
claw_schedule_remove (ClawSchedule *schedule, ClawTask *task)
{
  claw_schedule_set_unready (schedule, task);
  claw_schedule_set_deadline (schedule, task, G_MAXINT64);
  if (task->telling.data != NULL)
    g_queue_unlink (&schedule->telling, &task->telling);
  task->telling.data = NULL;
  task->events = 0;
}

void
claw_schedule_set_ready (ClawSchedule *schedule, ClawTask *task)
{
  if (task->ready.data != NULL)
    return;
  task->ready.data = task;
  g_queue_push_tail_link (&schedule->ready, &task->ready);
}

void
claw_schedule_set_unready (ClawSchedule *schedule, ClawTask *task)
{
  if (task->ready.data == NULL)
    return;
  g_queue_unlink (&schedule->ready, &task->ready);
  task->ready.data = NULL;
}

gpointer
claw_schedule_next_ready (ClawSchedule *schedule)
{
  GList *link = g_queue_pop_head_link (&schedule->ready);

  if (link == NULL)
    return NULL;
  g_queue_push_tail_link (&schedule->ready, link);
  return ((ClawTask *) link->data)->owner;
}

void
claw_schedule_raise (ClawSchedule *schedule, ClawTask *task, unsigned event)
{
  task->events |= 1u << event;
  if (task->telling.data != NULL)
    return;
  task->telling.data = task;
  g_queue_push_tail_link (&schedule->telling, &task->telling);
}

gpointer
claw_schedule_next_event (ClawSchedule *schedule, unsigned *event)
{
  GList *link = g_queue_peek_head_link (&schedule->telling);

  if (link == NULL)
    return NULL;

  ClawTask *task = link->data;
  *event = (unsigned) g_bit_nth_lsf (task->events, -1);
  task->events &= ~(1u << *event);
  if (task->events == 0)
    {
      g_queue_unlink (&schedule->telling, link);
      link->data = NULL;
    }
  return task->owner;
}

/* Heap */

static gint64
key (const ClawSchedule *schedule, unsigned i)
{
  return ((ClawTask *) g_ptr_array_index (schedule->heap, i))->deadline_us;
}

static void
place (ClawSchedule *schedule, unsigned i, ClawTask *task)
{
  g_ptr_array_index (schedule->heap, i) = task;
  task->heap_index = i;
}

static void
sift (ClawSchedule *schedule, ClawTask *task)
{
  unsigned i = task->heap_index;
  unsigned n = schedule->heap->len;

  for (; i > 0 && key (schedule, (i - 1) / 2) > task->deadline_us; i = (i - 1) / 2)
    place (schedule, i, g_ptr_array_index (schedule->heap, (i - 1) / 2));
  for (unsigned child = 2 * i + 1; child < n; child = 2 * i + 1)
    {
      if (child + 1 < n && key (schedule, child + 1) < key (schedule, child))
        child++;
      if (key (schedule, child) >= task->deadline_us)
        break;
      place (schedule, i, g_ptr_array_index (schedule->heap, child));
      i = child;
    }
  place (schedule, i, task);
}

static void
take_out (ClawSchedule *schedule, ClawTask *task)
{
  ClawTask *last = g_ptr_array_steal_index (schedule->heap, schedule->heap->len - 1);

  task->deadline_us = G_MAXINT64;
  if (last == task)
    return;
  place (schedule, task->heap_index, last);
  sift (schedule, last);
}

void
claw_schedule_set_deadline (ClawSchedule *schedule, ClawTask *task, gint64 deadline_us)
{
  if (deadline_us == task->deadline_us)
    return;
  if (deadline_us == G_MAXINT64)
    {
      take_out (schedule, task);
      return;
    }
  if (task->deadline_us == G_MAXINT64)
    {
      g_ptr_array_add (schedule->heap, task);
      task->heap_index = schedule->heap->len - 1;
    }
  task->deadline_us = deadline_us;
  sift (schedule, task);
}

gint64
claw_schedule_get_deadline (const ClawSchedule *schedule)
{
  return schedule->heap->len > 0 ? key (schedule, 0) : G_MAXINT64;
}

gpointer
claw_schedule_next_due (ClawSchedule *schedule, gint64 now_us)
{
  if (claw_schedule_get_deadline (schedule) > now_us)
    return NULL;

  ClawTask *task = g_ptr_array_index (schedule->heap, 0);
  take_out (schedule, task);
  return task->owner;
}
