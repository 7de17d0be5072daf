/* How many threads a call may use: what the process was given, and what the user allows. */
#ifndef CIRCLE_PROCESSORS_H
#define CIRCLE_PROCESSORS_H

#include "circle_loss.h"

/* No machine has more: protects against nonsense in an environment variable. */
#define CIRCLE_MOST_THREADS 1024

/* The number of the calling process; a forked child has another one than its parent. */
long circle_process(void);

#endif
