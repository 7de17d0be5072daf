/* Work in tasks that threads share, with a look at the caller's poll function in between. */
#include "base/tasks.h"

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/task_queue.h"

/* ---- workers ---- */

bool circle_begin_workers(circle_workers *workers, const circle_run *run, size_t size) {
  *workers = (circle_workers){.threads = circle_threads(run->threads),
                              .poll = run->poll,
                              .poll_context = run->poll_context};
  if (size == 0) return true;
  workers->workspaces = circle_allocate_zeros((size_t)workers->threads, sizeof(void *));
  if (workers->workspaces == NULL) return false;
  for (int thread = 0; thread < workers->threads; thread++) {
    workers->workspaces[thread] = circle_allocate(1, size);
    if (workers->workspaces[thread] == NULL) return false;
  }
  return true;
}

void circle_end_workers(circle_workers *workers) {
  for (int thread = 0; workers->workspaces != NULL && thread < workers->threads; thread++)
    circle_free(workers->workspaces[thread]);
  circle_free(workers->workspaces);
}

/* ---- tasks ---- */

/* The break-even of a second thread, in multiplications. */
#define WORK_FOR_THREADS 2e6

bool circle_stop_is_wanted(const circle_workers *workers, const circle_tasks *tasks, size_t done) {
  if (workers->poll == NULL) return false;
  const double part = (double)done / (double)tasks->count;
  const circle_span span = tasks->span;
  return workers->poll(workers->poll_context, span.start + span.length * part);
}

circle_status circle_run_tasks(const circle_workers *workers, const circle_tasks *tasks) {
  circle_status status = CIRCLE_OK;
  const bool pays = tasks->work_of_task * (double)tasks->count >= WORK_FOR_THREADS;
  if (pays && workers->threads > 1 && tasks->count > 1 &&
      circle_share_tasks(workers, tasks, &status))
    return status;
  for (size_t task = 0; task < tasks->count; task++) {
    tasks->body(tasks->context, task, 0);
    if (circle_stop_is_wanted(workers, tasks, task + 1)) return CIRCLE_STOPPED;
  }
  return CIRCLE_OK;
}

/* ---- rows ---- */

#define ROWS_AT_ONCE 32

/* A row costs a few logarithms and exponentials, or this many multiplications. */
#define WORK_OF_ROW 10000.0

typedef struct {
  size_t first, count;
  circle_row_body body;
  void *context;
} row_loop;

static void run_rows(void *context, size_t task, int thread) {
  (void)thread;
  const row_loop *loop = context;
  const size_t first = task * ROWS_AT_ONCE;
  const size_t count = circle_smaller(loop->count - first, ROWS_AT_ONCE);
  for (size_t i = 0; i < count; i++) loop->body(loop->context, loop->first + first + i);
}

void circle_for_each_row(const circle_workers *workers, size_t first, size_t count,
                         circle_row_body body, void *context) {
  row_loop loop = {first, count, body, context};
  const circle_workers unwatched = {.threads = workers->threads};
  const circle_tasks tasks = {.count = circle_ceil_div(count, ROWS_AT_ONCE),
                              .work_of_task = WORK_OF_ROW * ROWS_AT_ONCE,
                              .body = run_rows,
                              .context = &loop};
  (void)circle_run_tasks(&unwatched, &tasks);
}
