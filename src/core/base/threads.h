/* How many threads, and tasks that they share. The only room that knows OpenMP. */
#ifndef CIRCLE_THREADS_H
#define CIRCLE_THREADS_H

#include <stddef.h>

/* Calls body(context, task, thread) for the tasks first .. last - 1 on at most `threads` threads,
 * numbered from 0. Tasks run in any order, but for those that follow others: `follows` writes the
 * numbers of up to MOST_FOLLOWED tasks, all of them smaller, that must be done before `task`
 * begins, and returns how many. Where it is NULL no task follows another. Tasks must not write what
 * another one reads or writes, unless one follows the other, by whatever detour. */
typedef void (*circle_task)(void *context, size_t task, int thread);
enum { MOST_FOLLOWED = 2 };
typedef size_t (*circle_follows)(void *context, size_t task, size_t *followed);
typedef struct {
  size_t first, last;
  circle_task body;
  circle_follows follows;
  void *context;
} circle_tasks;
void circle_run_in_parallel(int threads, const circle_tasks *tasks);

#endif
