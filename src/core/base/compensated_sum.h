/* Compensated summation (Neumaier 1974): the error does not grow with the number of terms. */
#ifndef CIRCLE_COMPENSATED_SUM_H
#define CIRCLE_COMPENSATED_SUM_H

#include <math.h>
#include <stdbool.h>

#include "base/floating_point.h"

typedef struct {
  double sum, dropped;
} circle_compensated_sum;

static inline void circle_add_compensated(circle_compensated_sum *total, double term) {
  const double sum = total->sum + term;
  const bool term_is_smaller = fabs(total->sum) >= fabs(term);
  total->dropped += term_is_smaller ? (total->sum - sum) + term : (term - sum) + total->sum;
  total->sum = sum;
}

static inline double circle_total(const circle_compensated_sum *total) {
  return total->sum + total->dropped;
}

#endif
