/* How many threads, and tasks that they share. The only room that knows OpenMP. */
#ifndef CIRCLE_THREADS_H
#define CIRCLE_THREADS_H

#include <stddef.h>

/* Calls body(context, task, thread) for the tasks first .. last - 1 on at most `threads` threads,
 * numbered from 0. Tasks come in rounds of `round_length`, counted from task 0: a task begins when
 * all tasks of earlier rounds are done. Within a round they run in any order and must not write
 * what another one reads or writes. */
typedef void (*circle_task)(void *context, size_t task, int thread);
typedef struct {
  size_t first, last, round_length;
  circle_task body;
  void *context;
} circle_tasks;
void circle_run_in_parallel(int threads, const circle_tasks *tasks);

#endif
