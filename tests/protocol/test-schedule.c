/* test-schedule.c: queues and heap of the endpoint. */
#include "claw-schedule.h"

#define TASKS 500

/* Deadlines set, moved and taken away at random come out in order. */
static void
test_deadlines (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autofree ClawTask *tasks = g_new0 (ClawTask, TASKS);
  ClawSchedule schedule;

  claw_schedule_init (&schedule);
  for (unsigned i = 0; i < TASKS; i++)
    claw_task_init (&tasks[i], &tasks[i]);
  for (unsigned round = 0; round < 20; round++)
    {
      unsigned set = 0, due = 0;
      gint64 last_us = 0;
      ClawTask *task;

      for (unsigned i = 0; i < 3 * TASKS; i++)
        {
          gint64 deadline_us = g_rand_int_range (random, 1, 1000);

          if (g_rand_int_range (random, 0, 4) == 0)
            deadline_us = G_MAXINT64;
          claw_schedule_set_deadline (&schedule, &tasks[g_rand_int_range (random, 0, TASKS)],
                                      deadline_us);
        }
      for (unsigned i = 0; i < TASKS; i++)
        set += tasks[i].deadline_us != G_MAXINT64;
      while (claw_schedule_get_deadline (&schedule) != G_MAXINT64)
        {
          gint64 next_us = claw_schedule_get_deadline (&schedule);

          g_assert_cmpint (next_us, >=, last_us);
          last_us = next_us;
          g_assert_null (claw_schedule_next_due (&schedule, next_us - 1));
          task = claw_schedule_next_due (&schedule, next_us);
          g_assert_nonnull (task);
          g_assert_cmpint (task->deadline_us, ==, G_MAXINT64);
          due++;
        }
      g_assert_cmpuint (due, ==, set);
    }
  claw_schedule_clear (&schedule);
}

/* The ready take turns, and one that is added twice has one turn. */
static void
test_ready (void)
{
  ClawTask tasks[3];
  ClawSchedule schedule;

  claw_schedule_init (&schedule);
  g_assert_null (claw_schedule_next_ready (&schedule));
  for (unsigned i = 0; i < 3; i++)
    {
      claw_task_init (&tasks[i], &tasks[i]);
      claw_schedule_set_ready (&schedule, &tasks[i]);
      claw_schedule_set_ready (&schedule, &tasks[i]);
    }
  for (unsigned i = 0; i < 6; i++)
    g_assert_true (claw_schedule_next_ready (&schedule) == &tasks[i % 3]);
  claw_schedule_set_unready (&schedule, &tasks[0]);
  claw_schedule_set_unready (&schedule, &tasks[0]);
  g_assert_true (claw_schedule_next_ready (&schedule) == &tasks[1]);
  claw_schedule_remove (&schedule, &tasks[1]);
  claw_schedule_remove (&schedule, &tasks[2]);
  g_assert_null (claw_schedule_next_ready (&schedule));
  claw_schedule_clear (&schedule);
}

/* Each kind of event waits at most once a task, the lowest number first. */
static void
test_events (void)
{
  ClawTask tasks[2];
  ClawSchedule schedule;
  unsigned event;

  claw_schedule_init (&schedule);
  for (unsigned i = 0; i < 2; i++)
    claw_task_init (&tasks[i], &tasks[i]);
  claw_schedule_raise (&schedule, &tasks[0], 3);
  claw_schedule_raise (&schedule, &tasks[1], 1);
  claw_schedule_raise (&schedule, &tasks[0], 0);
  claw_schedule_raise (&schedule, &tasks[0], 3);
  g_assert_true (claw_schedule_next_event (&schedule, &event) == &tasks[0]);
  g_assert_cmpuint (event, ==, 0);
  g_assert_true (claw_schedule_next_event (&schedule, &event) == &tasks[0]);
  g_assert_cmpuint (event, ==, 3);
  claw_schedule_raise (&schedule, &tasks[0], 2);
  claw_schedule_remove (&schedule, &tasks[0]);
  g_assert_true (claw_schedule_next_event (&schedule, &event) == &tasks[1]);
  g_assert_cmpuint (event, ==, 1);
  g_assert_null (claw_schedule_next_event (&schedule, &event));
  claw_schedule_clear (&schedule);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/schedule/deadlines/in-order", test_deadlines);
  g_test_add_func ("/schedule/ready/turns", test_ready);
  g_test_add_func ("/schedule/events/once", test_events);
  return g_test_run ();
}
