/* Work cut into tasks that threads draw, polling the caller in between. */
#ifndef CIRCLE_TASKS_H
#define CIRCLE_TASKS_H

#include "circle_loss.h"

/* The threads of one call, with a workspace each. */
typedef struct {
  int threads;
  circle_poll poll;
  void *poll_context;
  void **workspaces;
} circle_workers;

/* Workspaces of `size` bytes, or none for 0. False if memory is short; call circle_end_workers()
 * all the same. */
bool circle_begin_workers(circle_workers *workers, const circle_run *run, size_t size);
void circle_end_workers(circle_workers *workers);

/* Most multiplications of a task, about: they take 5 to 50 ms, and the caller polls in between. */
#define CIRCLE_WORK_BETWEEN_POLLS 5e8

/* The part of a call that some work is, in fractions of the whole. */
typedef struct {
  double start, length;
} circle_span;

/* body(context, task, thread) is called for each of the `count` tasks, in any order except for
 * dependencies: `follows` writes the numbers of up to CIRCLE_MOST_FOLLOWED tasks, all smaller, that
 * must be done before `task` begins, and returns how many. NULL: no dependencies. A task must not
 * write what another one reads or writes unless one follows the other, directly or not. */
enum { CIRCLE_MOST_FOLLOWED = 2 };
typedef struct {
  size_t count;
  double work_of_task; /* multiplications */
  circle_span span;
  void (*body)(void *context, size_t task, int thread);
  size_t (*follows)(void *context, size_t task, size_t *followed);
  void *context;
} circle_tasks;

/* Asks the poll function, when so many tasks are done. */
bool circle_stop_is_wanted(const circle_workers *workers, const circle_tasks *tasks, size_t done);

/* CIRCLE_STOPPED where the poll function asked for it. */
circle_status circle_run_tasks(const circle_workers *workers, const circle_tasks *tasks);

/* Calls body for the rows first .. +count, in any order, on any thread, without polling. */
typedef void (*circle_row_body)(void *context, size_t row);
void circle_for_each_row(const circle_workers *workers, size_t first, size_t count,
                         circle_row_body body, void *context);

#endif
