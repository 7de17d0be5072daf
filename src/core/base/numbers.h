/* A caller's matrix: numbers of either type, any strides. Hot loops have one instance per type. */
#ifndef CIRCLE_NUMBERS_H
#define CIRCLE_NUMBERS_H

#include "base/floating_point.h"
#include "circle_loss.h"

/* For functions that take the type as a constant: one instance per type. */
#if defined(__GNUC__)
#define CIRCLE_FOR_EACH_TYPE static inline __attribute__((always_inline))
#else
#define CIRCLE_FOR_EACH_TYPE static inline
#endif

/* With a constant `type` the branch is removed. */
CIRCLE_FOR_EACH_TYPE double circle_number_at(const void *values, circle_numbers type,
                                             ptrdiff_t offset) {
  return type == CIRCLE_FLOATS ? (double)((const float *)values)[offset]
                               : ((const double *)values)[offset];
}

CIRCLE_FOR_EACH_TYPE void circle_set_number_at(void *values, circle_numbers type, ptrdiff_t offset,
                                               double number) {
  if (type == CIRCLE_FLOATS)
    ((float *)values)[offset] = (float)number;
  else
    ((double *)values)[offset] = number;
}

static inline double circle_number(const circle_matrix *matrix, size_t row, size_t column) {
  return circle_number_at(matrix->values, (circle_numbers)matrix->type,
                          (ptrdiff_t)row * (ptrdiff_t)matrix->row_stride +
                              (ptrdiff_t)column * (ptrdiff_t)matrix->column_stride);
}

/* Whether neighbours in memory belong to the same row rather than the same column. */
static inline bool circle_is_row_major(int64_t row_stride, int64_t column_stride) {
  const int64_t down = row_stride < 0 ? -row_stride : row_stride;
  const int64_t along = column_stride < 0 ? -column_stride : column_stride;
  return along < down;
}

/* The first column of a row whose number is NaN, infinite or beyond `largest`; `columns` if there
 * is none. */
size_t circle_column_beyond(const circle_matrix *matrix, size_t row, double largest);

#endif
