/* The number of threads, and tasks that they draw. The only file that uses OpenMP. */
#define _POSIX_C_SOURCE 200809L /* getpid(), nanosleep() */

#include "base/tasks.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef _WIN32
#include <windows.h>
#else
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#endif

/* A bound for nonsense in an environment variable. */
#define MOST_THREADS 4096

/* The OpenMP runtime hangs in a forked child whose parent has used threads; such a child is
 * recognised by its process ID and computes on one thread. */
static bool in_forked_child(void) {
#ifdef _WIN32
  return false;
#else
  static atomic_long owner = 0; /* set by the first thread that asks */
  const long here = (long)getpid();
  long known = 0;
  return !atomic_compare_exchange_strong(&owner, &known, here) && known != here;
#endif
}

/* A positive number from the environment, 0 if unset or not a number; of a list ("4,2") the first.
 * Read at each call, so that changes count: the OpenMP runtime reads it only once. */
static int environment_count(const char *name) {
  const char *text = getenv(name);
  if (text == NULL) return 0;
  long count = strtol(text, NULL, 10);
  return count < 1 ? 0 : count > MOST_THREADS ? MOST_THREADS : (int)count;
}

/* Without OpenMP there is one thread. */
#ifdef _OPENMP
static int runtime_limit(void) { return omp_get_thread_limit(); }
static int processors(void) { return omp_get_num_procs(); }
#else
static int runtime_limit(void) { return 1; }
static int processors(void) { return 1; }
#endif

static int thread_limit(void) {
  const int wanted = environment_count("OMP_THREAD_LIMIT"), possible = runtime_limit();
  return wanted > 0 && wanted < possible ? wanted : possible;
}

int circle_threads(int requested) {
  if (in_forked_child()) return 1;
  int count = requested > 0 ? requested : environment_count("OMP_NUM_THREADS");
  if (count == 0) count = processors();
  const int limit = thread_limit();
  if (count > limit) count = limit;
  return count > MOST_THREADS ? MOST_THREADS : count;
}

circle_thread_report circle_threads_describe(void) {
  circle_thread_report report = {.openmp = false,
                                 .forked = in_forked_child(),
                                 .processors = processors(),
                                 .thread_limit = thread_limit()};
#ifdef _OPENMP
  report.openmp = true;
#endif
  return report;
}

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

/* Threads draw tasks by number. They never wait for a thread to arrive, only for drawn tasks to
 * finish: on a busy machine a thread without a processor holds up hardly anyone. */
typedef struct {
  const circle_tasks *tasks;
  size_t first, count;
  atomic_size_t next;
  atomic_bool *done; /* per task; NULL on one thread, which takes them in order */
} task_queue;

/* A task takes some 0.1 ms. After waiting for a few of them a thread yields its processor: the one
 * it waits for may need it. */
#define PATIENCE 20000

static void back_off(int tries) {
  if (tries < PATIENCE) {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
    __builtin_ia32_pause();
#endif
  } else {
#ifdef _WIN32
    Sleep(0);
#else
    nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
#endif
  }
}

static void wait_for_task(task_queue *queue, size_t task) {
  if (task < queue->first) return;
  atomic_bool *done = &queue->done[task - queue->first];
  for (int tries = 0; !atomic_load(done); tries += tries < PATIENCE) back_off(tries);
}

/* Draws a task and waits for those it follows. */
static bool next_task(task_queue *queue, size_t *task) {
  const circle_tasks *tasks = queue->tasks;
  *task = atomic_fetch_add(&queue->next, 1);
  if (*task >= queue->first + queue->count) return false;
  if (queue->done == NULL) return true;
  size_t followed[CIRCLE_MOST_FOLLOWED];
  const size_t count = tasks->follows(tasks->context, *task, followed);
  for (size_t i = 0; i < count; i++) wait_for_task(queue, followed[i]);
  return true;
}

#ifdef _OPENMP
static void end_task(task_queue *queue, size_t task) {
  if (queue->done != NULL) atomic_store(&queue->done[task - queue->first], true);
}

/* One flag per task; none where no task follows another. */
static bool allocate_done(task_queue *queue) {
  if (queue->tasks->follows == NULL) return true;
  queue->done = circle_allocate(queue->count, sizeof *queue->done);
  if (queue->done == NULL) return false;
  for (size_t i = 0; i < queue->count; i++) atomic_init(&queue->done[i], false);
  return true;
}
#endif

/* The break-even of a second thread, in multiplications. */
#define WORK_FOR_THREADS 2e6

static size_t tasks_between_polls(const circle_workers *workers, const circle_tasks *tasks) {
  const double between =
      workers->threads * (CIRCLE_WORK_BETWEEN_POLLS / (tasks->work_of_task + 1.0));
  return between < workers->threads ? (size_t)workers->threads : (size_t)between;
}

static bool stop_is_wanted(const circle_workers *workers, circle_span span, double done) {
  return workers->poll != NULL &&
         workers->poll(workers->poll_context, span.start + span.length * done);
}

circle_status circle_run_tasks(const circle_workers *workers, const circle_tasks *tasks) {
  const size_t chunk = tasks_between_polls(workers, tasks);
  const bool pays = tasks->work_of_task * (double)tasks->count >= WORK_FOR_THREADS;
  for (size_t first = 0; first < tasks->count; first += chunk) {
    const size_t count = circle_smaller(tasks->count - first, chunk);
    task_queue queue = {.tasks = tasks, .first = first, .count = count};
    atomic_init(&queue.next, first);
#ifdef _OPENMP
    /* Without memory for the flags one thread does it all */
    if (pays && workers->threads > 1 && count > 1 && allocate_done(&queue)) {
#pragma omp parallel num_threads(workers->threads)
      for (size_t task; next_task(&queue, &task); end_task(&queue, task))
        tasks->body(tasks->context, task, omp_get_thread_num());
      circle_free(queue.done);
      queue.done = NULL;
    }
#else
    (void)pays;
#endif
    for (size_t task; next_task(&queue, &task);) tasks->body(tasks->context, task, 0);
    if (stop_is_wanted(workers, tasks->span, (double)(first + count) / (double)tasks->count))
      return CIRCLE_STOPPED;
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
