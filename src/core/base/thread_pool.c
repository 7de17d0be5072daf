/* Threads that wait for work, asleep.
 *
 * A job is a call of circle_on_threads(): it is put on a list, where threads of the pool find it,
 * and taken off again when the caller has done its own part. So a thread that the system does not
 * let run, on a busy machine, never joins and holds nobody up; one that has joined is waited for.
 * OpenMP is not used: its threads wait for each other by spinning, and where another process wants
 * the processor each wait costs a time slice. */
#define _GNU_SOURCE /* pthread_setname_np() */

#include "base/thread_pool.h"

#include "base/processors.h"
#include "circle_loss.h"

#ifdef CIRCLE_HAS_THREADS

#include <signal.h>
#include <time.h>

#define MOST_WORKERS (CIRCLE_MOST_THREADS - 1)

/* How long a thread waits awake: about as long as it takes to fall asleep and to be woken. */
#define NANOSECONDS_AWAKE 50000

typedef struct job {
  circle_thread_body *body;
  void *context;
  int wanted;  /* workers that may still join */
  int joined;  /* threads that have, the caller included */
  int running; /* workers among them that are not through */
  struct job *next;
} job;

static struct {
  pthread_mutex_t lock;
  pthread_cond_t posted, left;
  job *jobs;
  pthread_t workers[MOST_WORKERS];
  int count, busy, asleep;
  bool ending;
  atomic_uint posts; /* jobs posted, to wait awake; so are leaves: how often a job was done */
  atomic_uint leaves;
  atomic_long process; /* whose workers they are */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .posted = PTHREAD_COND_INITIALIZER,
          .left = PTHREAD_COND_INITIALIZER};

/* ---- waiting ---- */

int64_t circle_clock(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void relax(void) {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  __builtin_ia32_pause();
#elif defined(__GNUC__) && defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#define TRIES 200

void circle_acquire(pthread_mutex_t *lock) {
  for (int i = 0; i < TRIES; i++) {
    if (pthread_mutex_trylock(lock) == 0) return;
    relax();
  }
  pthread_mutex_lock(lock);
}

void circle_await_change(const atomic_uint *number, unsigned from) {
  const int64_t end = circle_clock() + NANOSECONDS_AWAKE;
  do {
    for (int i = 0; i < 32; i++) {
      if (atomic_load_explicit(number, memory_order_acquire) != from) return;
      relax();
    }
  } while (circle_clock() < end);
}

/* ---- workers ---- */

static job *job_that_wants_workers(void) {
  job *wanting = pool.jobs;
  while (wanting != NULL && wanting->wanted == 0) wanting = wanting->next;
  return wanting;
}

/* Called and left under the lock. The caller of a job goes on when nobody runs it any more: after
 * that nothing of it may be touched. */
static void join(job *joined) {
  const int thread = joined->joined++;
  joined->wanted--;
  joined->running++;
  pool.busy++;
  pthread_mutex_unlock(&pool.lock);
  joined->body(joined->context, thread);
  circle_acquire(&pool.lock);
  pool.busy--;
  if (--joined->running > 0) return;
  atomic_fetch_add(&pool.leaves, 1);
  pthread_cond_broadcast(&pool.left);
}

static void *work(void *unused) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), "circleloss");
#elif defined(__APPLE__)
  pthread_setname_np("circleloss");
#endif
  bool awake = true;
  circle_acquire(&pool.lock);
  while (!pool.ending) {
    job *wanting = job_that_wants_workers();
    if (wanting != NULL) {
      join(wanting);
      awake = true;
    } else if (awake) {
      const unsigned posts = atomic_load(&pool.posts);
      pthread_mutex_unlock(&pool.lock);
      circle_await_change(&pool.posts, posts);
      circle_acquire(&pool.lock);
      awake = false;
    } else {
      pool.asleep++;
      pthread_cond_wait(&pool.posted, &pool.lock);
      pool.asleep--;
    }
  }
  pthread_mutex_unlock(&pool.lock);
  return unused;
}

/* Signals are for the threads of the caller's program, R's for the one that runs R. */
static bool start_worker(void) {
#ifdef _WIN32
  return pthread_create(&pool.workers[pool.count], NULL, work, NULL) == 0;
#else
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  const bool started = pthread_create(&pool.workers[pool.count], NULL, work, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
#endif
}

/* A forked child has no workers, and its copy of the lock may be taken by a thread that it does not
 * have. This is found by the number of the process, not by pthread_atfork(): what is registered
 * there would be called after the library is unloaded, where the system does not take it back. */
static void start_anew_in_child(void) {
  long known = atomic_load(&pool.process);
  const long here = circle_process(), nobody = -1;
  while (known != here) {
    if (known != nobody && atomic_compare_exchange_strong(&pool.process, &known, nobody)) {
      pthread_mutex_init(&pool.lock, NULL);
      pthread_cond_init(&pool.posted, NULL);
      pthread_cond_init(&pool.left, NULL);
      pool.jobs = NULL;
      pool.count = pool.busy = pool.asleep = 0;
      pool.ending = false;
      atomic_store(&pool.process, here);
    }
    known = atomic_load(&pool.process);
  }
}

/* ---- jobs ---- */

static void post(job *posted) {
  circle_acquire(&pool.lock);
  while (pool.count < posted->wanted && pool.count < MOST_WORKERS && start_worker()) pool.count++;
  posted->next = pool.jobs;
  pool.jobs = posted;
  atomic_fetch_add(&pool.posts, 1);
  const int awake = pool.count - pool.busy - pool.asleep;
  for (int i = awake; i < posted->wanted && i < pool.count; i++) pthread_cond_signal(&pool.posted);
  pthread_mutex_unlock(&pool.lock);
}

static void withdraw(job *withdrawn) {
  circle_acquire(&pool.lock);
  job **link = &pool.jobs;
  while (*link != withdrawn) link = &(*link)->next;
  *link = withdrawn->next;
  for (bool awake = true; withdrawn->running > 0; awake = false) {
    const unsigned leaves = atomic_load(&pool.leaves);
    if (awake) {
      pthread_mutex_unlock(&pool.lock);
      circle_await_change(&pool.leaves, leaves);
      circle_acquire(&pool.lock);
    } else {
      pthread_cond_wait(&pool.left, &pool.lock);
    }
  }
  pthread_mutex_unlock(&pool.lock);
}

void circle_on_threads(int threads, circle_thread_body *body, void *context) {
  job own = {.body = body, .context = context, .wanted = threads - 1, .joined = 1};
  if (threads > 1) {
    start_anew_in_child();
    post(&own);
  }
  body(context, 0);
  if (threads > 1) withdraw(&own);
}

void circle_end_threads(void) {
  start_anew_in_child();
  circle_acquire(&pool.lock);
  pool.ending = true;
  pthread_cond_broadcast(&pool.posted);
  pthread_mutex_unlock(&pool.lock);
  for (; pool.count > 0; pool.count--) pthread_join(pool.workers[pool.count - 1], NULL);
  pool.ending = false;
}

#else

void circle_on_threads(int threads, circle_thread_body *body, void *context) {
  (void)threads;
  body(context, 0);
}

void circle_end_threads(void) {}

#endif
