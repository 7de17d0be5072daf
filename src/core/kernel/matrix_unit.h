/* Whether this process may use the processor's matrix unit. */
#ifndef CIRCLE_MATRIX_UNIT_H
#define CIRCLE_MATRIX_UNIT_H

#include <stdbool.h>

/* The processor has one for bfloat16, and the system knows it. */
bool circle_has_matrix_unit(void);

/* Asks the system for it, at the first call: the state of a thread becomes larger by it. */
bool circle_may_use_matrix_unit(void);

#endif
