/* How many threads, and a loop over tasks that they share. The only room that knows OpenMP. */
#define _POSIX_C_SOURCE 200809L /* getpid() */

#include "threads.h"

#include <stdlib.h>

#include "circle_loss.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#ifndef _WIN32
#include <sys/types.h>
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
  static pid_t owner = 0;
  if (owner == 0) owner = getpid();
  return getpid() != owner;
#endif
}

/* A positive number from the environment, read at each call so that a change is respected although
 * the OpenMP runtime reads it only once; 0 if unset or not a number. For a list ("4,2") the first. */
static int environment_count(const char *name) {
  const char *text = getenv(name);
  if (text == NULL) return 0;
  long count = strtol(text, NULL, 10);
  return count < 1 ? 0 : count > MOST_THREADS ? MOST_THREADS : (int)count;
}

static int smaller(int a, int b) { return a < b ? a : b; }

static int thread_limit(void) {
  int limit = environment_count("OMP_THREAD_LIMIT");
  if (limit == 0) limit = MOST_THREADS;
#ifdef _OPENMP
  limit = smaller(limit, omp_get_thread_limit());
#endif
  return limit;
}

int circle_threads(int requested) {
#ifdef _OPENMP
  if (in_forked_child()) return 1;
  int count = requested > 0 ? requested : environment_count("OMP_NUM_THREADS");
  if (count == 0) count = omp_get_num_procs();
  return smaller(count, thread_limit());
#else
  (void)requested;
  (void)in_forked_child;
  return 1;
#endif
}

circle_thread_report circle_threads_describe(void) {
  circle_thread_report report = {.openmp = false, .forked = in_forked_child(), .processors = 1,
                                 .thread_limit = thread_limit()};
#ifdef _OPENMP
  report.openmp = true;
  report.processors = omp_get_num_procs();
#endif
  return report;
}

void circle_parallel_for(int threads, size_t tasks, circle_task body, void *context) {
#ifdef _OPENMP
  if (threads > 1 && tasks > 1) {
    const ptrdiff_t count = (ptrdiff_t)tasks;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (ptrdiff_t task = 0; task < count; task++)
      body(context, (size_t)task, omp_get_thread_num());
    return;
  }
#else
  (void)threads;
#endif
  for (size_t task = 0; task < tasks; task++) body(context, task, 0);
}
