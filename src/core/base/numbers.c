/* A caller's matrix: numbers of either type, any strides. */
#include "base/numbers.h"

#include <math.h>

size_t circle_column_beyond(const circle_matrix *matrix, size_t row, double largest) {
  const size_t columns = (size_t)matrix->columns;
  size_t k = 0;
  while (k < columns && fabs(circle_number(matrix, row, k)) <= largest) k++;
  return k;
}

/* Without a way out of the loop, so that compilers use wide registers. */
CIRCLE_FOR_EACH_TYPE bool run_is_within(const void *values, circle_numbers type, ptrdiff_t first,
                                        size_t count, ptrdiff_t stride, double largest) {
  size_t beyond = 0;
  for (size_t i = 0; i < count; i++)
    beyond += !(fabs(circle_number_at(values, type, first + (ptrdiff_t)i * stride)) <= largest);
  return beyond == 0;
}

static bool is_within(const circle_matrix *matrix, size_t run, double largest) {
  const bool by_row = circle_is_row_major(matrix->row_stride, matrix->column_stride);
  const size_t count = (size_t)(by_row ? matrix->columns : matrix->rows);
  const ptrdiff_t stride = (ptrdiff_t)(by_row ? matrix->column_stride : matrix->row_stride);
  const ptrdiff_t first =
      (ptrdiff_t)run * (ptrdiff_t)(by_row ? matrix->row_stride : matrix->column_stride);
  if (matrix->type == CIRCLE_FLOATS)
    return run_is_within(matrix->values, CIRCLE_FLOATS, first, count, stride, largest);
  return run_is_within(matrix->values, CIRCLE_DOUBLES, first, count, stride, largest);
}

size_t circle_row_beyond(const circle_matrix *matrix, double largest) {
  const bool by_row = circle_is_row_major(matrix->row_stride, matrix->column_stride);
  const size_t rows = (size_t)matrix->rows, columns = (size_t)matrix->columns;
  const size_t runs = by_row ? rows : columns;
  size_t run = 0, row = 0;
  while (run < runs && is_within(matrix, run, largest)) run++;
  if (run == runs) return rows;
  while (circle_column_beyond(matrix, row, largest) == columns) row++;
  return row;
}
