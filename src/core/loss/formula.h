/* The formula's scalars, in double: what is done once for each anchor. */
#ifndef CIRCLE_FORMULA_H
#define CIRCLE_FORMULA_H

#include <math.h>

#include "base/arithmetic.h"

#define CIRCLE_LOG2_E 1.4426950408889634074
#define CIRCLE_LOG_2 0.69314718055994530942

/* log(1 + exp(t)), keeping the digits of small results, subnormals too */
static inline double circle_softplus(double t) {
  return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t));
}

static inline double circle_sigmoid(double t) {
  return t > 0.0 ? 1.0 / (1.0 + exp(-t)) : exp(t) / (1.0 + exp(t));
}

#endif
