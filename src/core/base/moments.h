/* Count, mean, spread and range, updated a few numbers at a time. */
#ifndef CIRCLE_MOMENTS_H
#define CIRCLE_MOMENTS_H

#include <math.h>

#include "base/floating_point.h"

/* squares: the sum of squared deviations from the mean. */
typedef struct {
  double count, mean, squares, least, largest;
} circle_moments;

static inline circle_moments circle_no_moments(void) {
  return (circle_moments){.least = INFINITY, .largest = -INFINITY};
}

static inline void circle_widen_range(circle_moments *moments, double least, double largest) {
  if (least < moments->least) moments->least = least;
  if (largest > moments->largest) moments->largest = largest;
}

/* Adds `count` numbers, given the sum of their deviations from the current mean and the sum of the
 * squares of these. Deviations are small, so no digits cancel. Before the first numbers the mean is
 * a guess, best one of them. */
static inline void circle_add_distances(circle_moments *moments, double count, double sum,
                                        double squares) {
  moments->count += count;
  const double step = sum / moments->count;
  moments->mean += step;
  moments->squares += squares - sum * step;
}

#endif
