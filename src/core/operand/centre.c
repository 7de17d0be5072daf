/* A point in the middle of the data. */
#include "operand/centre.h"

#include <float.h>
#include <math.h>

#include "base/arithmetic.h"
#include "base/numbers.h"

typedef struct {
  double least, largest;
} column_range;

static column_range range_of(const circle_matrix *matrix, size_t column) {
  column_range range = {DBL_MAX, -DBL_MAX};
  for (size_t i = 0; i < (size_t)matrix->rows; i++) {
    const double number = circle_number(matrix, i, column);
    range.least = fmin(range.least, number);
    range.largest = fmax(range.largest, number);
  }
  return range;
}

/* The middle of the range, to a power of 2 of an eighth to a sixteenth of its width. */
static double middle_of(column_range range) {
  const double width = range.largest - range.least;
  if (width == 0.0) return range.least;
  const double step = ldexp(1.0, ilogb(width) - 3);
  const double middle = range.least + 0.5 * width;
  return nearbyint(middle / step) * step;
}

void circle_centre(const circle_matrix *matrix, double *centre) {
  for (size_t k = 0; k < (size_t)matrix->columns; k++) {
    const column_range range = range_of(matrix, k);
    centre[k] = range.least <= range.largest ? middle_of(range) : 0.0;
  }
}
