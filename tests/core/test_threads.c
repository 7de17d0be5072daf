/* Threads: every task once and in order, callers at the same time, forked children, an end and a
 * new beginning, too little memory for threads, signals, idleness. To be run under the thread
 * sanitizer too, which cannot follow a fork. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#ifndef _WIN32
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "base/tasks.h"
#include "base/thread_pool.h"
#include "check.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER
#endif
#endif

#if !defined(_WIN32) && !defined(UNDER_THREAD_SANITIZER)
#define CAN_FORK
#endif

#define MOST_TASKS 5000

/* Task i follows i - width and i - 2 width, so that about `width` are ready at a time. */
typedef struct {
  size_t width;
  atomic_int begun[MOST_TASKS], done[MOST_TASKS];
  atomic_int early;            /* tasks that began before one they follow was done */
  atomic_int busy[64], shared; /* whether a thread number was in use twice at a time */
} record;

static size_t tasks_before(void *context, size_t task, size_t *followed) {
  const size_t width = ((const record *)context)->width;
  size_t count = 0;
  for (size_t back = width; back <= 2 * width && back <= task; back += width)
    followed[count++] = task - back;
  return count;
}

static void do_task(void *context, size_t task, int thread) {
  record *of = context;
  size_t followed[CIRCLE_MOST_FOLLOWED];
  const size_t count = of->width > 0 ? tasks_before(of, task, followed) : 0;
  if (atomic_fetch_add(&of->busy[thread], 1) != 0) atomic_fetch_add(&of->shared, 1);
  for (size_t i = 0; i < count; i++)
    if (atomic_load(&of->done[followed[i]]) != 1) atomic_fetch_add(&of->early, 1);
  atomic_fetch_add(&of->begun[task], 1);
  for (volatile int i = 0; i < (int)(task % 7) * 300; i++) continue;
  atomic_fetch_add(&of->done[task], 1);
  atomic_fetch_sub(&of->busy[thread], 1);
}

static circle_tasks tasks_of(record *of, size_t count) {
  return (circle_tasks){.count = count,
                        .work_of_task = 1e7,
                        .span = {0.0, 1.0},
                        .body = do_task,
                        .follows = of->width > 0 ? tasks_before : NULL,
                        .context = of};
}

/* Whether each of `count` tasks was done once, and none early. */
static bool run_well(size_t width, size_t count, int threads) {
  record *of = calloc(1, sizeof *of);
  of->width = width;
  const circle_workers workers = {.threads = threads};
  const circle_tasks tasks = tasks_of(of, count);
  bool well = circle_run_tasks(&workers, &tasks) == CIRCLE_OK;
  for (size_t i = 0; i < count; i++) well = well && of->begun[i] == 1 && of->done[i] == 1;
  well = well && of->early == 0 && of->shared == 0;
  free(of);
  return well;
}

static void test_tasks(void) {
  const size_t counts[] = {1, 2, 3, 70, 500, MOST_TASKS}, widths[] = {0, 1, 2, 5, 64, 100};
  for (int threads = 1; threads <= 17; threads += threads < 4 ? 1 : 6)
    for (int c = 0; c < 6; c++)
      for (int w = 0; w < 6; w++)
        CHECK(run_well(widths[w], counts[c], threads), "%d threads, %zu tasks, width %zu", threads,
              counts[c], widths[w]);
}

/* ---- stopping ---- */

typedef struct {
  pthread_t caller;
  int left; /* questions until it says stop */
  bool elsewhere;
  double last;
  bool backwards;
} questions;

static bool ask(void *context, double fraction) {
  questions *of = context;
  of->elsewhere = of->elsewhere || !pthread_equal(of->caller, pthread_self());
  of->backwards = of->backwards || fraction < of->last || fraction > 1.0;
  of->last = fraction;
  return --of->left == 0;
}

static void test_stop(int threads, int after) {
  record *of = calloc(1, sizeof *of);
  of->width = 3;
  questions asked = {.caller = pthread_self(), .left = after};
  const circle_workers workers = {.threads = threads, .poll = ask, .poll_context = &asked};
  const circle_tasks tasks = tasks_of(of, MOST_TASKS);
  /* On a busy machine the others may have done everything before the caller asks so often */
  const bool stopped = circle_run_tasks(&workers, &tasks) == CIRCLE_STOPPED;
  CHECK(stopped == (asked.left <= 0), "stopped when it was said");
  bool whole = true;
  size_t done = 0;
  for (size_t i = 0; i < MOST_TASKS; i++) {
    whole = whole && of->begun[i] == of->done[i];
    done += (size_t)of->done[i];
  }
  CHECK(whole, "no task is at work after a stop");
  CHECK(stopped || done == MOST_TASKS, "all tasks are done where nobody stops");
  CHECK(!asked.elsewhere && !asked.backwards, "asked by the caller, forwards");
  free(of);
}

/* ---- callers at the same time ---- */

static void *call_repeatedly(void *wrong) {
  for (int i = 0; i < 30; i++)
    if (!run_well((size_t)(i % 4), 200, 2 + i % 3)) atomic_fetch_add((atomic_int *)wrong, 1);
  return NULL;
}

static void test_callers(void) {
  pthread_t callers[4];
  atomic_int wrong = 0;
  for (int i = 0; i < 4; i++) pthread_create(&callers[i], NULL, call_repeatedly, &wrong);
  for (int i = 0; i < 4; i++) pthread_join(callers[i], NULL);
  CHECK(wrong == 0, "callers at the same time");
}

/* ---- children, endings ---- */

#ifdef CAN_FORK

/* The exit status of a child that runs `body`; a child that hangs is ended by its alarm. */
static int status_of_child(int (*body)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(body());
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_in_child(void) {
  if (!circle_threads_describe().forked) return 1;
  if (getenv("OMP_NUM_THREADS") == NULL && circle_threads(0) != 1) return 2;
  return run_well(3, 500, 4) && run_well(0, 500, 4) ? 0 : 3;
}

static int fork_in_child(void) { return run_well(3, 500, 4) ? status_of_child(run_in_child) : 4; }

static int end_in_child(void) {
  circle_end_threads();
  return run_well(2, 500, 3) ? 0 : 1;
}

/* No address space for the stack of a thread. */
static int run_without_memory(void) {
  const struct rlimit limit = {1, 1};
  record *of = calloc(1, sizeof *of);
  of->width = 2;
  const circle_workers workers = {.threads = 4};
  const circle_tasks tasks = tasks_of(of, 500);
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 1;
  if (circle_run_tasks(&workers, &tasks) != CIRCLE_OK) return 2;
  for (size_t i = 0; i < tasks.count; i++)
    if (of->done[i] != 1) return 3;
  return 0;
}

static void *fork_repeatedly(void *wrong) {
  for (int i = 0; i < 20; i++)
    if (status_of_child(run_in_child) != 0) atomic_fetch_add((atomic_int *)wrong, 1);
  return NULL;
}

static void test_children(void) {
  CHECK(run_well(2, 500, 4), "before a fork");
  CHECK(status_of_child(run_in_child) == 0, "in a child");
  CHECK(status_of_child(fork_in_child) == 0, "in a child's child");
  CHECK(status_of_child(end_in_child) == 0, "a child ends what it does not have");
  CHECK(status_of_child(run_without_memory) == 0, "without memory for threads");
  CHECK(run_well(2, 500, 4), "after a fork");
  /* Forks while the locks are in use */
  pthread_t forking;
  atomic_int wrong = 0;
  pthread_create(&forking, NULL, fork_repeatedly, &wrong);
  call_repeatedly(&wrong);
  pthread_join(forking, NULL);
  CHECK(wrong == 0, "forks in the middle of calls");
}

#endif

static void test_end(void) {
  for (int i = 0; i < 20; i++) {
    CHECK(run_well(2, 100, 1 + i % 5), "before the end");
    circle_end_threads();
  }
  circle_end_threads();
}

/* ---- signals, idleness ---- */

static bool gets_signals(void) {
#ifdef _WIN32
  return false; /* as no thread does there */
#else
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  return !(sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGCHLD));
#endif
}

static atomic_int unblocked, joined;

static void look_at_signals(void *context, int thread) {
  (void)context;
  atomic_fetch_add(&joined, 1);
  if (thread > 0 && gets_signals()) atomic_fetch_add(&unblocked, 1);
  /* Nobody leaves before another has come, or for some seconds */
  for (int i = 0; i < 3000 && atomic_load(&joined) < 2; i++)
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void test_signals(void) {
  const bool before = gets_signals();
  circle_on_threads(3, look_at_signals, NULL);
#ifdef CIRCLE_HAS_THREADS
  CHECK(joined >= 2, "another thread joins");
#endif
  CHECK(unblocked == 0, "workers get no signals");
  CHECK(gets_signals() == before, "the caller as before");
}

static double processor_seconds(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

/* What is measured is the process's own time, which does not depend on what else is running. */
static void test_idleness(void) {
  CHECK(run_well(2, 100, 4), "a call before");
  nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  const double before = processor_seconds();
  nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
  CHECK(processor_seconds() - before < 0.005, "threads that have nothing to do sleep");
}

int main(void) {
  CHECK(!circle_threads_describe().forked, "this is no child");
#ifdef CAN_FORK
  test_children();
#endif
  test_tasks();
  for (int threads = 1; threads <= 5; threads += 2) {
    test_stop(threads, 1);
    test_stop(threads, 20);
  }
  test_callers();
  test_end();
  test_signals();
  test_idleness();
  circle_end_threads();
  return check_report("threads");
}
