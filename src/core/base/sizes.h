/* Arithmetic of counts. */
#ifndef CIRCLE_SIZES_H
#define CIRCLE_SIZES_H

#include <stddef.h>

static inline size_t circle_smaller(size_t a, size_t b) { return a < b ? a : b; }

/* How many groups of `size` it takes. */
static inline size_t circle_groups(size_t count, size_t size) { return (count + size - 1) / size; }

static inline size_t circle_round_up(size_t count, size_t multiple) {
  return circle_groups(count, multiple) * multiple;
}

#endif
