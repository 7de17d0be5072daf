/* A caller's matrix: numbers of either type, any strides. */
#include "base/numbers.h"

#include <math.h>

size_t circle_column_beyond(const circle_matrix *matrix, size_t row, double largest) {
  const size_t columns = (size_t)matrix->columns;
  size_t k = 0;
  while (k < columns && fabs(circle_number(matrix, row, k)) <= largest) k++;
  return k;
}
