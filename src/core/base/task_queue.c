/* Tasks that several threads draw, each when those it follows are done.
 *
 * A thread takes the lowest task that is ready. Where the next one is not, it is passed over, and
 * taken later: on a busy machine a thread that lost its processor in the middle of a task holds up
 * what follows that task and nothing else. Which thread does a task, and when, does not show in the
 * results: what two tasks write, one of them follows the other. */
#include "base/task_queue.h"

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/thread_pool.h"

#ifdef CIRCLE_HAS_THREADS

#include <math.h>

/* ---- whether it pays ---- */

/* On a busy machine threads may cost more than they give: one gets a processor, draws a task, loses
 * the processor, and the others wait. So work of a size (in powers of 2) that took much longer than
 * it would have on one thread is done on one the next time, then the next three times, up to 31. A
 * thread that had to be woken and came late is no reason: next time it may be awake. */
#define MUCH_LONGER 1.2
#define SIZES 128
#define MOST_RUNS_ALONE 31

static struct {
  atomic_int alone; /* runs on one thread that are left */
  atomic_int most;  /* what that was set to last */
} experience[SIZES];

static int size_of(const circle_tasks *tasks) {
  const int size = ilogb(tasks->work_of_task * (double)tasks->count + 1.0);
  return size < SIZES ? size : SIZES - 1;
}

static bool threads_pay(int size) {
  const int alone = atomic_load(&experience[size].alone);
  if (alone > 0) atomic_store(&experience[size].alone, alone - 1);
  return alone == 0;
}

static void learn(int size, bool paid) {
  const int most = atomic_load(&experience[size].most);
  const int next = paid ? 0 : most < MOST_RUNS_ALONE ? 2 * most + 1 : most;
  atomic_store(&experience[size].most, next);
  atomic_store(&experience[size].alone, next);
}

/* ---- the queue ---- */

/* Tasks that may be passed over at a time; the search for a ready one looks at all of them. */
#define MOST_PASSED 64

typedef struct {
  const circle_workers *workers;
  const circle_tasks *tasks;
  pthread_mutex_t lock; /* of all below */
  pthread_cond_t changed;
  size_t next; /* the first task that was neither drawn nor passed over */
  size_t passed[MOST_PASSED], passed_count; /* in order */
  size_t done_count;
  bool *done; /* of each task; NULL where none follows another */
  int asleep;
  bool stopped;
  size_t own_count; /* tasks of the calling thread, and the time they took */
  int64_t own_time;
  atomic_uint changes; /* tasks done, to wait awake */
} task_queue;

static bool is_ready(const task_queue *queue, size_t task) {
  const circle_tasks *tasks = queue->tasks;
  if (tasks->follows == NULL) return true;
  size_t followed[CIRCLE_MOST_FOLLOWED];
  const size_t count = tasks->follows(tasks->context, task, followed);
  for (size_t i = 0; i < count; i++)
    if (!queue->done[followed[i]]) return false;
  return true;
}

/* The lowest task that is ready, which is then no longer in the queue; false if there is none. */
static bool take_ready_task(task_queue *queue, size_t *task) {
  for (size_t i = 0; i < queue->passed_count; i++) {
    *task = queue->passed[i];
    if (!is_ready(queue, *task)) continue;
    for (queue->passed_count--; i < queue->passed_count; i++)
      queue->passed[i] = queue->passed[i + 1];
    return true;
  }
  while (queue->next < queue->tasks->count && queue->passed_count < MOST_PASSED) {
    *task = queue->next++;
    if (is_ready(queue, *task)) return true;
    queue->passed[queue->passed_count++] = *task;
  }
  return false;
}

static bool is_empty(const task_queue *queue) {
  return queue->stopped || (queue->next == queue->tasks->count && queue->passed_count == 0);
}

/* What a task that is not ready follows was drawn, so that somebody is at work on it. */
static bool draw_task(task_queue *queue, size_t *task) {
  for (bool awake = true; !is_empty(queue); awake = !awake) {
    if (take_ready_task(queue, task)) return true;
    if (awake) {
      const unsigned changes = atomic_load(&queue->changes);
      pthread_mutex_unlock(&queue->lock);
      circle_await_change(&queue->changes, changes);
      circle_acquire(&queue->lock);
    } else {
      queue->asleep++;
      pthread_cond_wait(&queue->changed, &queue->lock);
      queue->asleep--;
    }
  }
  return false;
}

static void end_task(task_queue *queue, size_t task) {
  queue->done_count++;
  if (queue->done == NULL) return;
  queue->done[task] = true;
  atomic_fetch_add(&queue->changes, 1);
  if (queue->asleep > 0) pthread_cond_broadcast(&queue->changed);
}

/* On the calling thread alone: it may be R's. */
static void ask_to_stop(task_queue *queue) {
  const size_t done = queue->done_count;
  pthread_mutex_unlock(&queue->lock);
  const bool stop = circle_stop_is_wanted(queue->workers, queue->tasks, done);
  circle_acquire(&queue->lock);
  queue->stopped = stop;
}

static void do_tasks(void *context, int thread) {
  task_queue *queue = context;
  const circle_tasks *tasks = queue->tasks;
  size_t task;
  circle_acquire(&queue->lock);
  while (draw_task(queue, &task)) {
    pthread_mutex_unlock(&queue->lock);
    const int64_t begun = thread == 0 ? circle_clock() : 0;
    tasks->body(tasks->context, task, thread);
    const int64_t ended = thread == 0 ? circle_clock() : 0;
    circle_acquire(&queue->lock);
    end_task(queue, task);
    if (thread > 0) continue;
    queue->own_count++;
    queue->own_time += ended - begun;
    if (queue->workers->poll != NULL) ask_to_stop(queue);
  }
  if (queue->asleep > 0) pthread_cond_broadcast(&queue->changed);
  pthread_mutex_unlock(&queue->lock);
}

bool circle_share_tasks(const circle_workers *workers, const circle_tasks *tasks,
                        circle_status *status) {
  task_queue queue = {.workers = workers, .tasks = tasks};
  const int size = size_of(tasks);
  if (!threads_pay(size)) return false;
  if (tasks->follows != NULL) {
    queue.done = circle_allocate_zeros(tasks->count, sizeof *queue.done);
    if (queue.done == NULL) return false;
  }
  if (pthread_mutex_init(&queue.lock, NULL) == 0) {
    if (pthread_cond_init(&queue.changed, NULL) == 0) {
      const size_t threads = circle_smaller((size_t)workers->threads, tasks->count);
      const int64_t begun = circle_clock();
      circle_on_threads((int)threads, do_tasks, &queue);
      const double elapsed = (double)(circle_clock() - begun);
      learn(size, elapsed * (double)queue.own_count <
                      MUCH_LONGER * (double)queue.own_time * (double)queue.done_count);
      pthread_cond_destroy(&queue.changed);
    }
    pthread_mutex_destroy(&queue.lock);
  }
  circle_free(queue.done);
  *status = queue.stopped ? CIRCLE_STOPPED : CIRCLE_OK;
  return queue.stopped || queue.done_count == tasks->count;
}

#else

bool circle_share_tasks(const circle_workers *workers, const circle_tasks *tasks,
                        circle_status *status) {
  (void)workers, (void)tasks, (void)status;
  return false;
}

#endif
