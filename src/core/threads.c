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

void circle_parallel_for(int threads, size_t first, size_t last, circle_task body, void *context) {
#ifdef _OPENMP
  if (threads > 1 && last - first > 1) {
    const ptrdiff_t begin = (ptrdiff_t)first, end = (ptrdiff_t)last;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (ptrdiff_t task = begin; task < end; task++)
      body(context, (size_t)task, omp_get_thread_num());
    return;
  }
#else
  (void)threads;
#endif
  for (size_t task = first; task < last; task++) body(context, task, 0);
}
