/* claw-schedule.h: who has something to send, who has something to tell, and who is due when.
 *
 * An idle session costs nothing: it is in none of the two queues, and one entry of a binary heap.
 * All steps take O(log n) at most.
 */
#pragma once

#include <glib.h>

typedef struct
{
  gpointer owner;
  GList ready; /* link in the queue; its data is the task while it is in */
  GList telling;
  unsigned events; /* bits not told yet, the lowest first */
  unsigned heap_index;
  gint64 deadline_us; /* G_MAXINT64: not in the heap */
} ClawTask;

typedef struct
{
  GQueue ready;
  GQueue telling;
  GPtrArray *heap;
} ClawSchedule;

void claw_schedule_init (ClawSchedule *schedule);
void claw_schedule_clear (ClawSchedule *schedule);
void claw_task_init (ClawTask *task, gpointer owner);
/* Takes @task out of everything. */
void claw_schedule_remove (ClawSchedule *schedule, ClawTask *task);

void claw_schedule_set_ready (ClawSchedule *schedule, ClawTask *task);
void claw_schedule_set_unready (ClawSchedule *schedule, ClawTask *task);
/* Returns: (nullable): the owner at the head of the queue, which goes to its end. */
gpointer claw_schedule_next_ready (ClawSchedule *schedule);

void claw_schedule_raise (ClawSchedule *schedule, ClawTask *task, unsigned event);
/* Returns: (nullable): the owner with the oldest untold event; @event is its number. */
gpointer claw_schedule_next_event (ClawSchedule *schedule, unsigned *event);

void claw_schedule_set_deadline (ClawSchedule *schedule, ClawTask *task, gint64 deadline_us);
gint64 claw_schedule_get_deadline (const ClawSchedule *schedule);
/* Returns: (nullable): an owner that is due at @now_us, which has no deadline afterwards. */
gpointer claw_schedule_next_due (ClawSchedule *schedule, gint64 now_us);
