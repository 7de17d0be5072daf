/* Work in tasks that threads share, with a look at the caller's poll function in between. */
#include "tasks.h"

#define ROWS_AT_ONCE 256

static size_t tasks_between_polls(const circle_engine *engine, double work_of_task) {
  const double tasks = engine->threads * (CIRCLE_WORK_BETWEEN_POLLS / (work_of_task + 1.0));
  return tasks < engine->threads ? (size_t)engine->threads : (size_t)tasks;
}

static bool stop_is_wanted(const circle_engine *engine, double fraction) {
  return engine->problem.poll != NULL &&
         engine->problem.poll(engine->problem.poll_context, fraction);
}

circle_status circle_run_tasks(const circle_engine *engine, size_t tasks, double work_of_task,
                               circle_task body, void *context, double from, double to) {
  const size_t slice = tasks_between_polls(engine, work_of_task);
  for (size_t first = 0; first < tasks; first += slice) {
    const size_t last = tasks - first < slice ? tasks : first + slice;
    circle_parallel_for(engine->threads, first, last, body, context);
    if (stop_is_wanted(engine, from + (to - from) * ((double)last / (double)tasks)))
      return CIRCLE_STOPPED;
  }
  return CIRCLE_OK;
}

typedef struct {
  const circle_engine *engine;
  circle_row_body body;
  void *context;
  size_t rows;
} row_loop;

static void run_rows(void *context, size_t task, int thread) {
  (void)thread;
  const row_loop *loop = context;
  const size_t first = task * ROWS_AT_ONCE;
  const size_t last = first + ROWS_AT_ONCE < loop->rows ? first + ROWS_AT_ONCE : loop->rows;
  for (size_t place = first; place < last; place++) loop->body(loop->engine, place, loop->context);
}

void circle_for_each_row(const circle_engine *engine, size_t rows, circle_row_body body,
                         void *context) {
  row_loop loop = {engine, body, context, rows};
  circle_parallel_for(engine->threads, 0, (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, run_rows,
                      &loop);
}
