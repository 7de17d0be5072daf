/* A running sum of powers of 2 that cannot overflow. */
#ifndef CIRCLE_ACCUMULATOR_H
#define CIRCLE_ACCUMULATOR_H

/* Stands for sum * 2^scale; the scale is a whole number. */
typedef struct {
  double sum, scale;
} circle_accumulator;

/* The rarer case of circle_accumulate(). */
void circle_accumulate_rescaled(circle_accumulator *accumulator, double sum, double scale);

/* Adds sum * 2^scale, under the larger of the two scales. A NaN stays. */
static inline void circle_accumulate(circle_accumulator *accumulator, double sum, double scale) {
  if (scale == accumulator->scale)
    accumulator->sum += sum;
  else
    circle_accumulate_rescaled(accumulator, sum, scale);
}

/* What it stands for as mantissa * 2^*exponent, with the mantissa in [1/2, 1) or 0. A logarithm is
 * taken of the mantissa alone: added to the exponent it would lose digits. */
double circle_accumulator_mantissa(const circle_accumulator *accumulator, double *exponent);

#endif
