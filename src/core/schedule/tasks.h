/* Work in tasks that threads share, with a look at the caller's poll function in between. */
#ifndef CIRCLE_TASKS_H
#define CIRCLE_TASKS_H

#include "operand/engine.h"
#include "base/threads.h"

/* What a task costs, in multiplications. Between two polls each thread does about this many, some
 * 5 to 50 ms. */
#define CIRCLE_WORK_BETWEEN_POLLS 5e8

/* Which part of the running call some work is, in fractions of the whole. */
typedef struct {
  double from, to;
} circle_span;

/* Runs tasks 0 .. count - 1 as threads.h has it. CIRCLE_STOPPED where the poll function asked for
 * it. */
typedef struct {
  size_t count;
  double work_of_task; /* multiplications */
  circle_span span;
  circle_follows follows;
} circle_plan;
circle_status circle_run_tasks(const circle_engine *engine, const circle_plan *plan,
                               circle_task body, void *context);

/* Calls body for every place first .. last - 1, in any order, on any thread. */
typedef void (*circle_row_body)(const circle_engine *engine, size_t place, void *context);
void circle_for_each_row(const circle_engine *engine, size_t first, size_t last,
                         circle_row_body body, void *context);

#endif
