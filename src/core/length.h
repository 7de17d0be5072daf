/* Euclidean lengths of rows, for numbers of any size. */
#ifndef CIRCLE_LENGTH_H
#define CIRCLE_LENGTH_H

#include "circle_loss.h"

/* The length of a row; NaN if one of its numbers is NaN or infinite. */
double circle_row_length(const circle_matrix *matrix, size_t row);

/* Whether sqrt(sum_of_squares) is the length: nothing overflowed, underflowed or was NaN. */
static inline bool circle_length_is_safe(double sum_of_squares) {
  return sum_of_squares > 0x1p-900 && sum_of_squares < 0x1p1000;
}

/* number * first * second, for each number of a row, gives it length 1; a zero row stays zero. Two
 * factors, the first a power of 2, reach from subnormal rows to those whose length overflows. */
typedef struct {
  double first, second;
} circle_scaling;
circle_scaling circle_unit_scaling(const circle_matrix *matrix, size_t row);

/* The first column of `row` whose number is NaN, infinite or beyond `largest`; D if none is. */
size_t circle_column_beyond(const circle_matrix *matrix, size_t row, double largest);

static inline const double *circle_row(const circle_matrix *matrix, size_t row) {
  return matrix->values + (ptrdiff_t)row * matrix->row_stride;
}

#endif
