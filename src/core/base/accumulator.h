/* A running sum that cannot overflow: it carries its own power of 2. */
#ifndef CIRCLE_ACCUMULATOR_H
#define CIRCLE_ACCUMULATOR_H

#include "base/floating_point.h"

/* sum * 2^scale; the scale is an integer. */
typedef struct {
  double sum, scale;
} circle_accumulator;

/* The rare case of circle_accumulate(). */
void circle_accumulate_rescaled(circle_accumulator *accumulator, double sum, double scale);

/* Adds sum * 2^scale; the larger scale wins. NaN propagates. */
static inline void circle_accumulate(circle_accumulator *accumulator, double sum, double scale) {
  if (scale == accumulator->scale)
    accumulator->sum += sum;
  else
    circle_accumulate_rescaled(accumulator, sum, scale);
}

/* The sum as mantissa * 2^*exponent, with the mantissa in [1/2, 1) or 0. Take the logarithm of the
 * mantissa alone: a single log(sum) + scale would lose digits. */
double circle_accumulator_mantissa(const circle_accumulator *accumulator, double *exponent);

#endif
