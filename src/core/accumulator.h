/* A running sum of powers of 2 that cannot overflow. */
#ifndef CIRCLE_ACCUMULATOR_H
#define CIRCLE_ACCUMULATOR_H

/* Stands for sum * 2^scale; the scale is a whole number. */
typedef struct {
  double sum, scale;
} circle_accumulator;

/* Adds sum * 2^scale, under the larger of the two scales. A NaN stays. */
void circle_accumulate(circle_accumulator *accumulator, double sum, double scale);

/* log2 of what it stands for; -Inf if nothing was added. */
double circle_accumulator_log2(const circle_accumulator *accumulator);

#endif
