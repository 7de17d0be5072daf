/* How many threads, and a loop over tasks that they share. The only room that knows OpenMP. */
#ifndef CIRCLE_THREADS_H
#define CIRCLE_THREADS_H

#include <stddef.h>

/* Calls body(context, task, thread) for the tasks first .. last - 1, in any order, on at most
 * `threads` threads, numbered from 0. Tasks must not write what another task reads or writes. */
typedef void (*circle_task)(void *context, size_t task, int thread);
void circle_parallel_for(int threads, size_t first, size_t last, circle_task body, void *context);

#endif
