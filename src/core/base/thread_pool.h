/* Threads that wait for work, asleep. */
#ifndef CIRCLE_THREAD_POOL_H
#define CIRCLE_THREAD_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* POSIX threads; Windows' compilers for R have them too. Without them there is one thread. */
#if __has_include(<pthread.h>) && !defined(CIRCLE_NO_THREADS)
#define CIRCLE_HAS_THREADS
#endif

typedef void circle_thread_body(void *context, int thread);

/* Calls body(context, 0) on this thread, and body(context, 1), body(context, 2), ... on up to
 * threads - 1 others that get a processor before body(context, 0) is over. A thread that does not
 * is not waited for: the body must do all there is to do on however many threads it runs. Several
 * threads may call this at once. */
void circle_on_threads(int threads, circle_thread_body *body, void *context);

#ifdef CIRCLE_HAS_THREADS

#include <pthread.h>

/* Nanoseconds since some time in the past. */
int64_t circle_clock(void);

/* Tries for some microseconds before it sleeps: locks are held for less, and sleep costs more. */
void circle_acquire(pthread_mutex_t *lock);

/* Waits a little, awake, until the number is another one: what is about to happen costs less when
 * nobody has to be woken. */
void circle_await_change(const atomic_uint *number, unsigned from);

#endif
#endif
