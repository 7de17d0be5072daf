/* Euclidean lengths of rows, for numbers of any size. */
#include "length.h"

#include <float.h>
#include <math.h>

/* The sum of squares of row * factor. */
static double sum_of_squares(const circle_matrix *matrix, size_t row, double factor) {
  const double *number = circle_row(matrix, row);
  double sum = 0.0;
  for (size_t k = 0; k < matrix->columns; k++, number += matrix->column_stride)
    sum += (*number * factor) * (*number * factor);
  return sum;
}

/* A power of 2 that brings the largest number of a row near 1; 0 for a zero row. */
static double factor_near_1(const circle_matrix *matrix, size_t row) {
  const double *number = circle_row(matrix, row);
  double largest = 0.0;
  for (size_t k = 0; k < matrix->columns; k++, number += matrix->column_stride)
    largest = fmax(largest, fabs(*number));
  if (largest == 0.0) return 0.0;
  const int exponent = -ilogb(largest);
  return ldexp(1.0, exponent > 1022 ? 1022 : exponent);
}

size_t circle_column_beyond(const circle_matrix *matrix, size_t row, double largest) {
  const double *number = circle_row(matrix, row);
  size_t k = 0;
  while (k < matrix->columns && fabs(number[(ptrdiff_t)k * matrix->column_stride]) <= largest) k++;
  return k;
}

/* Whether the square root of a sum of squares is the length: nothing overflowed, underflowed or was
 * NaN. */
static bool is_safe(double sum) { return sum > 0x1p-900 && sum < 0x1p1000; }

static double careful_length(const circle_matrix *matrix, size_t row) {
  if (circle_column_beyond(matrix, row, DBL_MAX) < matrix->columns) return NAN;
  const double factor = factor_near_1(matrix, row);
  return factor == 0.0 ? 0.0 : sqrt(sum_of_squares(matrix, row, factor)) / factor;
}

/* Sums of squares of ROWS_AT_ONCE neighbours. Column by column, as numbers usually lie, in runs
 * long enough for the hardware to fetch ahead; each row is summed in the same order however many
 * there are. */
enum { ROWS_AT_ONCE = 128 };

static void sum_squares(const circle_matrix *matrix, size_t first, double *result) {
  double sum[ROWS_AT_ONCE] = {0.0};
  const double *number = circle_row(matrix, first);
  for (size_t k = 0; k < matrix->columns; k++, number += matrix->column_stride)
    for (int i = 0; i < ROWS_AT_ONCE; i++) sum[i] += number[i] * number[i];
  for (int i = 0; i < ROWS_AT_ONCE; i++) result[i] = sum[i];
}

void circle_measure_rows(const circle_matrix *matrix, size_t first, size_t count, double *length) {
  size_t done = 0;
  for (; matrix->row_stride == 1 && count - done >= ROWS_AT_ONCE; done += ROWS_AT_ONCE)
    sum_squares(matrix, first + done, length + done);
  for (; done < count; done++) length[done] = sum_of_squares(matrix, first + done, 1.0);
  for (size_t i = 0; i < count; i++)
    length[i] = is_safe(length[i]) ? sqrt(length[i]) : careful_length(matrix, first + i);
}

circle_scaling circle_unit_scaling(const circle_matrix *matrix, size_t row, double length) {
  if (length > 0x1p-450 && length < 0x1p500) return (circle_scaling){1.0, 1.0 / length};
  const double factor = factor_near_1(matrix, row);
  if (factor == 0.0) return (circle_scaling){0.0, 0.0};
  return (circle_scaling){factor, 1.0 / sqrt(sum_of_squares(matrix, row, factor))};
}

circle_status circle_unit_normalize(const circle_matrix *matrix, double *result,
                                    circle_report *report) {
  for (size_t i = 0; i < matrix->rows; i++) {
    double length;
    circle_measure_rows(matrix, i, 1, &length);
    if (isnan(length)) {
      report->side = CIRCLE_ANCHORS;
      report->row = i;
      report->column = circle_column_beyond(matrix, i, DBL_MAX);
      return CIRCLE_NOT_FINITE;
    }
    const circle_scaling scaling = circle_unit_scaling(matrix, i, length);
    const double *number = circle_row(matrix, i);
    for (size_t k = 0; k < matrix->columns; k++, number += matrix->column_stride)
      result[k * matrix->rows + i] = *number * scaling.first * scaling.second;
  }
  return CIRCLE_OK;
}
