/* Small helpers for counts and doubles. */
#ifndef CIRCLE_ARITHMETIC_H
#define CIRCLE_ARITHMETIC_H

#include <stddef.h>

#include "base/floating_point.h"

static inline size_t circle_smaller(size_t a, size_t b) { return a < b ? a : b; }

static inline size_t circle_ceil_div(size_t count, size_t size) {
  return (count + size - 1) / size;
}

static inline size_t circle_round_up(size_t count, size_t multiple) {
  return circle_ceil_div(count, multiple) * multiple;
}

static inline double circle_square(double x) { return x * x; }

static inline double circle_larger(double a, double b) { return a > b ? a : b; }

#endif
