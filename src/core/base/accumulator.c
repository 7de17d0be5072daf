/* A running sum that cannot overflow: it carries its own power of 2. */
#include "base/accumulator.h"

#include <math.h>

/* 2^n for an integer n <= 0; 0 where no digit of a sum would survive, and for NaN. */
static double power_of_2(double n) { return n >= -1000.0 ? ldexp(1.0, (int)n) : 0.0; }

void circle_accumulate_rescaled(circle_accumulator *accumulator, double sum, double scale) {
  if (scale < accumulator->scale || sum == 0.0) {
    accumulator->sum += sum * power_of_2(scale - accumulator->scale);
  } else {
    accumulator->sum = accumulator->sum * power_of_2(accumulator->scale - scale) + sum;
    accumulator->scale = scale;
  }
}

double circle_accumulator_mantissa(const circle_accumulator *accumulator, double *exponent) {
  int exponent_of_sum;
  const double mantissa = frexp(accumulator->sum, &exponent_of_sum);
  *exponent = exponent_of_sum + accumulator->scale;
  return mantissa;
}
