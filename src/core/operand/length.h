/* Euclidean lengths of rows, without overflow or underflow. */
#ifndef CIRCLE_LENGTH_H
#define CIRCLE_LENGTH_H

#include "circle_loss.h"

/* Lengths of the rows first .. +count; NaN for a row that is not finite. */
void circle_measure_rows(const circle_matrix *matrix, size_t first, size_t count, double *length);

/* A row times first times second has length 1; a zero row stays zero. Two factors, the first a
 * power of 2, cover everything from subnormal rows to those whose length overflows. */
typedef struct {
  double first, second;
} circle_scaling;
circle_scaling circle_unit_scaling(const circle_matrix *matrix, size_t row, double length);

/* The same to a length from 1 to 2, by powers of 2. */
circle_scaling circle_exact_scaling(double length);

#endif
