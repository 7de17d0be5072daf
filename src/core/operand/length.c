/* Euclidean lengths of rows, without overflow or underflow. */
#include "operand/length.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/numbers.h"

/* Squares are summed in several independent sums, in the same order whatever the layout of a
 * matrix, so that its results do not depend on that. */
enum { SUMS_AT_ONCE = 16 };

static double sum_of(double sum[SUMS_AT_ONCE]) {
  for (int half = SUMS_AT_ONCE / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) sum[i] += sum[i + half];
  return sum[0];
}

/* The sum of squares of row * factor. */
static double sum_of_squares(const circle_matrix *matrix, size_t row, double factor) {
  double sum[SUMS_AT_ONCE] = {0.0};
  for (size_t k = 0; k < (size_t)matrix->columns; k++) {
    const double number = circle_number(matrix, row, k) * factor;
    sum[k % SUMS_AT_ONCE] += number * number;
  }
  return sum_of(sum);
}

/* A power of 2 that brings the largest number of a row near 1; 0 for a zero row. */
static double factor_near_1(const circle_matrix *matrix, size_t row) {
  double largest = 0.0;
  for (size_t k = 0; k < (size_t)matrix->columns; k++)
    largest = fmax(largest, fabs(circle_number(matrix, row, k)));
  if (largest == 0.0) return 0.0;
  const int exponent = -ilogb(largest);
  return ldexp(1.0, exponent > 1022 ? 1022 : exponent);
}

/* Whether a sum of squares is good: nothing overflowed, underflowed or was NaN. */
static bool is_safe(double sum) { return sum > 0x1p-900 && sum < 0x1p1000; }

static double careful_length(const circle_matrix *matrix, size_t row) {
  if (circle_column_beyond(matrix, row, DBL_MAX) < (size_t)matrix->columns) return NAN;
  const double factor = factor_near_1(matrix, row);
  return factor == 0.0 ? 0.0 : sqrt(sum_of_squares(matrix, row, factor)) / factor;
}

/* Sums of squares of ROWS_AT_ONCE neighbours, column by column, in runs long enough for the
 * hardware prefetcher. Their sums, 16 KB, stay in the first level cache. */
enum { ROWS_AT_ONCE = 128 };

CIRCLE_FOR_EACH_TYPE void sum_by_column(const circle_matrix *matrix, circle_numbers type,
                                        size_t first, double *result) {
  double sum[SUMS_AT_ONCE][ROWS_AT_ONCE] = {{0.0}};
  for (size_t k = 0; k < (size_t)matrix->columns; k++) {
    const ptrdiff_t column = (ptrdiff_t)first + (ptrdiff_t)k * (ptrdiff_t)matrix->column_stride;
    double *sum_of_row = sum[k % SUMS_AT_ONCE];
    for (int i = 0; i < ROWS_AT_ONCE; i++) {
      const double number = circle_number_at(matrix->values, type, column + i);
      sum_of_row[i] += number * number;
    }
  }
  for (int half = SUMS_AT_ONCE / 2; half > 0; half /= 2)
    for (int s = 0; s < half; s++)
      for (int i = 0; i < ROWS_AT_ONCE; i++) sum[s][i] += sum[s + half][i];
  memcpy(result, sum[0], sizeof sum[0]);
}

/* The sum of squares of a contiguous row. */
CIRCLE_FOR_EACH_TYPE double sum_along_row(const circle_matrix *matrix, circle_numbers type,
                                          size_t row) {
  double sum[SUMS_AT_ONCE] = {0.0};
  const ptrdiff_t first = (ptrdiff_t)row * (ptrdiff_t)matrix->row_stride;
  for (size_t k = 0; k < (size_t)matrix->columns; k += SUMS_AT_ONCE) {
    const size_t count = circle_smaller((size_t)matrix->columns - k, SUMS_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
      const double number = circle_number_at(matrix->values, type, first + (ptrdiff_t)(k + i));
      sum[i] += number * number;
    }
  }
  return sum_of(sum);
}

static double sum_of_row(const circle_matrix *matrix, size_t row) {
  if (matrix->column_stride != 1) return sum_of_squares(matrix, row, 1.0);
  switch ((circle_numbers)matrix->type) {
    case CIRCLE_DOUBLES: return sum_along_row(matrix, CIRCLE_DOUBLES, row);
    case CIRCLE_FLOATS: return sum_along_row(matrix, CIRCLE_FLOATS, row);
    case CIRCLE_HALVES: break;
  }
  return sum_along_row(matrix, CIRCLE_HALVES, row);
}

static void sum_of_columns(const circle_matrix *matrix, size_t first, double *result) {
  switch ((circle_numbers)matrix->type) {
    case CIRCLE_DOUBLES: sum_by_column(matrix, CIRCLE_DOUBLES, first, result); break;
    case CIRCLE_FLOATS: sum_by_column(matrix, CIRCLE_FLOATS, first, result); break;
    case CIRCLE_HALVES: sum_by_column(matrix, CIRCLE_HALVES, first, result); break;
  }
}

void circle_measure_rows(const circle_matrix *matrix, size_t first, size_t count, double *length) {
  size_t done = 0;
  for (; matrix->row_stride == 1 && count - done >= ROWS_AT_ONCE; done += ROWS_AT_ONCE)
    sum_of_columns(matrix, first + done, length + done);
  for (; done < count; done++) length[done] = sum_of_row(matrix, first + done);
  for (size_t i = 0; i < count; i++)
    length[i] = is_safe(length[i]) ? sqrt(length[i]) : careful_length(matrix, first + i);
}

circle_scaling circle_unit_scaling(const circle_matrix *matrix, size_t row, double length) {
  if (length > 0x1p-450 && length < 0x1p500) return (circle_scaling){1.0, 1.0 / length};
  const double factor = factor_near_1(matrix, row);
  if (factor == 0.0) return (circle_scaling){0.0, 0.0};
  return (circle_scaling){factor, 1.0 / sqrt(sum_of_squares(matrix, row, factor))};
}

/* In two steps, since 2^1074 is no double; a length that is NaN is reported later. */
circle_scaling circle_exact_scaling(double length) {
  if (!(length > 0.0) || isinf(length)) return (circle_scaling){0.0, 0.0};
  const int exponent = -ilogb(length), first = exponent / 2;
  return (circle_scaling){ldexp(1.0, first), ldexp(1.0, exponent - first)};
}

circle_status circle_unit_normalize(const circle_matrix *matrix, double *result,
                                    circle_report *report) {
  const size_t rows = (size_t)matrix->rows, columns = (size_t)matrix->columns;
  for (size_t i = 0; i < rows; i++) {
    double length;
    circle_measure_rows(matrix, i, 1, &length);
    if (isnan(length)) {
      report->side = CIRCLE_ANCHORS;
      report->row = (int64_t)i;
      report->column = (int64_t)circle_column_beyond(matrix, i, DBL_MAX);
      return CIRCLE_NOT_FINITE;
    }
    const circle_scaling scaling = circle_unit_scaling(matrix, i, length);
    for (size_t k = 0; k < columns; k++)
      result[k * rows + i] = circle_number(matrix, i, k) * scaling.first * scaling.second;
  }
  return CIRCLE_OK;
}
