/* A caller's matrix: numbers of any type, any strides. Hot loops have one instance per type. */
#ifndef CIRCLE_NUMBERS_H
#define CIRCLE_NUMBERS_H

#include <string.h>

#include "base/floating_point.h"
#include "circle_loss.h"

/* For functions that take the type as a constant: one instance per type. */
#if defined(__GNUC__)
#define CIRCLE_FOR_EACH_TYPE static inline __attribute__((always_inline))
#else
#define CIRCLE_FOR_EACH_TYPE static inline
#endif

/* The exponent of a half is 112 less than that of a float: multiplying by 2^112 mends it, for
 * subnormal numbers too. All bits of the exponent are those of infinities and NaN. */
static inline double circle_half_to_double(uint16_t half) {
  const uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
  const uint32_t bits = magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : magnitude;
  float number;
  memcpy(&number, &bits, sizeof number);
  if (magnitude < 0x0f800000) number *= 0x1p112f;
  return half & 0x8000 ? -(double)number : (double)number;
}

/* With a constant `type` the branch is removed. */
CIRCLE_FOR_EACH_TYPE double circle_number_at(const void *values, circle_numbers type,
                                             ptrdiff_t offset) {
  if (type == CIRCLE_HALVES) return circle_half_to_double(((const uint16_t *)values)[offset]);
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
