/* Tasks that several threads draw, each when those it follows are done. */
#ifndef CIRCLE_TASK_QUEUE_H
#define CIRCLE_TASK_QUEUE_H

#include "base/tasks.h"

/* Does all tasks on up to `threads` threads, and asks `poll` between those of the calling thread.
 * False, with nothing done, where threads have not paid of late, or memory is short. */
bool circle_share_tasks(const circle_workers *workers, const circle_tasks *tasks,
                        circle_status *status);

#endif
