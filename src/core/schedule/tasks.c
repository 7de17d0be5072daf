/* Work in tasks that threads share, with a look at the caller's poll function in between. */
#include "schedule/tasks.h"

#include "base/sizes.h"

#define ROWS_AT_ONCE 32

/* Below this many multiplications a second thread costs more than it gives. */
#define WORK_FOR_THREADS 2e6

static size_t tasks_between_polls(const circle_engine *engine, double work_of_task) {
  const double tasks = engine->threads * (CIRCLE_WORK_BETWEEN_POLLS / (work_of_task + 1.0));
  return tasks < engine->threads ? (size_t)engine->threads : (size_t)tasks;
}

static bool stop_is_wanted(const circle_engine *engine, double fraction) {
  return engine->problem.poll != NULL &&
         engine->problem.poll(engine->problem.poll_context, fraction);
}

circle_status circle_run_tasks(const circle_engine *engine, const circle_plan *plan,
                               circle_task body, void *context) {
  const size_t slice = tasks_between_polls(engine, plan->work_of_task);
  const double work = plan->work_of_task * (double)plan->count;
  const int threads = work < WORK_FOR_THREADS ? 1 : engine->threads;
  for (size_t first = 0; first < plan->count; first += slice) {
    const size_t last = plan->count - first < slice ? plan->count : first + slice;
    const circle_tasks tasks = {first, last, body, plan->follows, context};
    circle_run_in_parallel(threads, &tasks);
    const double done = (double)last / (double)plan->count;
    if (stop_is_wanted(engine, plan->span.from + (plan->span.to - plan->span.from) * done))
      return CIRCLE_STOPPED;
  }
  return CIRCLE_OK;
}

typedef struct {
  const circle_engine *engine;
  circle_row_body body;
  void *context;
  size_t first, last;
} row_loop;

static void run_rows(void *context, size_t task, int thread) {
  (void)thread;
  const row_loop *loop = context;
  const size_t first = loop->first + task * ROWS_AT_ONCE;
  const size_t last = loop->last - first < ROWS_AT_ONCE ? loop->last : first + ROWS_AT_ONCE;
  for (size_t place = first; place < last; place++) loop->body(loop->engine, place, loop->context);
}

/* A row costs a few logarithms and exponentials, as long as this many multiplications take. */
#define WORK_OF_ROW 10000.0

void circle_for_each_row(const circle_engine *engine, size_t first, size_t last,
                         circle_row_body body, void *context) {
  row_loop loop = {engine, body, context, first, last};
  const size_t count = circle_groups(last - first, ROWS_AT_ONCE);
  const double work = WORK_OF_ROW * (double)(last - first);
  const int threads = work < WORK_FOR_THREADS ? 1 : engine->threads;
  const circle_tasks tasks = {0, count, run_rows, NULL, &loop};
  circle_run_in_parallel(threads, &tasks);
}
