/* Euclidean lengths of rows, for numbers of any size. */
#ifndef CIRCLE_LENGTH_H
#define CIRCLE_LENGTH_H

#include "circle_loss.h"

/* Lengths of rows first .. +count; NaN for a row with a number that is NaN or infinite. */
void circle_measure_rows(const circle_matrix *matrix, size_t first, size_t count, double *length);

/* number * first * second, for each number of a row, gives it length 1; a zero row stays zero. Two
 * factors, the first a power of 2, reach from subnormal rows to those whose length overflows. */
typedef struct {
  double first, second;
} circle_scaling;
circle_scaling circle_unit_scaling(const circle_matrix *matrix, size_t row, double length);

#endif
