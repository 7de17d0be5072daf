/* How many threads, and tasks that they share. The only room that knows OpenMP. */
#define _POSIX_C_SOURCE 200809L /* getpid(), nanosleep() */

#include "base/threads.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "circle_loss.h"
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

/* A count that no machine exceeds: protects against nonsense in an environment variable. */
#define MOST_THREADS 4096

/* The OpenMP runtime of a forked child hangs where its parent has used threads; such a child
 * is told by its process number and computes on one thread. */
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

/* A positive number from the environment, read at each call so that a change is respected although
 * the OpenMP runtime reads it only once; 0 if unset or not a number. For a list ("4,2") the first.
 */
static int environment_count(const char *name) {
  const char *text = getenv(name);
  if (text == NULL) return 0;
  long count = strtol(text, NULL, 10);
  return count < 1 ? 0 : count > MOST_THREADS ? MOST_THREADS : (int)count;
}

/* What the OpenMP runtime says; without it there is one thread. */
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

/* ---- tasks ---- */

/* Threads draw tasks by number. Nobody waits for a thread to arrive, only for tasks that have been
 * drawn to be done: on a busy machine a thread that gets no processor holds hardly anybody up. */
typedef struct {
  const circle_tasks *tasks;
  atomic_size_t next;
  atomic_bool *done; /* of each task; NULL on one thread, which takes them in order */
} task_queue;

/* A task takes some 0.1 ms. Whoever waits longer than a few of them lets go of the processor, which
 * the thread it waits for may need. */
#define PATIENCE 20000

static void wait_a_moment(int moments) {
  if (moments < PATIENCE) {
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
  if (task < queue->tasks->first) return;
  atomic_bool *done = &queue->done[task - queue->tasks->first];
  for (int moments = 0; !atomic_load(done); moments += moments < PATIENCE) wait_a_moment(moments);
}

static void wait_for_followed(task_queue *queue, size_t task) {
  const circle_tasks *tasks = queue->tasks;
  if (tasks->follows == NULL) return;
  size_t followed[MOST_FOLLOWED];
  const size_t count = tasks->follows(tasks->context, task, followed);
  for (size_t i = 0; i < count; i++) wait_for_task(queue, followed[i]);
}

static void work_off(task_queue *queue, int thread) {
  const circle_tasks *tasks = queue->tasks;
  for (;;) {
    const size_t task = atomic_fetch_add(&queue->next, 1);
    if (task >= tasks->last) return;
    if (queue->done != NULL) wait_for_followed(queue, task);
    tasks->body(tasks->context, task, thread);
    if (queue->done != NULL) atomic_store(&queue->done[task - tasks->first], true);
  }
}

#ifdef _OPENMP
/* False for each task; NULL where none follows another. */
static bool allocate_done(task_queue *queue) {
  const circle_tasks *tasks = queue->tasks;
  const size_t count = tasks->last - tasks->first;
  if (tasks->follows == NULL) return true;
  queue->done = circle_allocate(count, sizeof *queue->done);
  if (queue->done == NULL) return false;
  for (size_t i = 0; i < count; i++) atomic_init(&queue->done[i], false);
  return true;
}
#endif

void circle_run_in_parallel(int threads, const circle_tasks *tasks) {
  task_queue queue = {.tasks = tasks, .done = NULL};
  atomic_init(&queue.next, tasks->first);
#ifdef _OPENMP
  /* Without the memory to say what is done, one thread does it all */
  if (threads > 1 && tasks->last - tasks->first > 1 && allocate_done(&queue)) {
#pragma omp parallel num_threads(threads)
    work_off(&queue, omp_get_thread_num());
    circle_free(queue.done);
    return;
  }
#else
  (void)threads;
#endif
  work_off(&queue, 0);
}
