/* The product of each row with itself. */
#include "kernel/self_products.h"

#include <math.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/numbers.h"

static double inverse_length_in_float(float product) {
  float inverse = (float)(1.0 / sqrt((double)product));
  while (product * (inverse * inverse) < 1.0f) inverse = nextafterf(inverse, INFINITY);
  return (double)inverse;
}

static double inverse_length_in_double(double product) {
  double inverse = 1.0 / sqrt(product);
  while (product * (inverse * inverse) < 1.0) inverse = nextafter(inverse, INFINITY);
  return inverse;
}

/* Rounded up, unless products are exact, to a number of the compute type that gives equal rows,
 * whose product this is, a cosine of 1 or just above, where it is cut. */
static double inverse_length(const circle_operands *operands, circle_numbers type, double product) {
  if (product <= 0.0) return 0.0;
  if (operands->has_exact_products) return 1.0 / sqrt(product);
  return type == CIRCLE_FLOATS ? inverse_length_in_float((float)product)
                               : inverse_length_in_double(product);
}

/* A panel of rows against itself: the diagonal, by the micro-kernel, so that rows that are equal
 * have the very product of one of them with itself. */
static void set_panel(const circle_operands *alone, const circle_store *store, size_t first,
                      void *workspace, circle_operand *operand) {
  const circle_kernel *kernel = alone->kernel;
  const circle_numbers type =
      kernel->packing.element_size == sizeof(double) ? CIRCLE_DOUBLES : CIRCLE_FLOATS;
  const size_t rows = circle_smaller(operand->rows - first, kernel->packing.panel_rows);
  const circle_tile tile = {
      .first_row = first, .rows = rows, .first_column = first, .columns = rows};
  circle_store_pass pass = {alone, store};
  kernel->store_tile(&pass, &tile, workspace);
  for (size_t r = 0; r < rows; r++) {
    const char *row = (const char *)store->memory + r * kernel->similarity_row_bytes;
    const double product = circle_number_at(row, type, (ptrdiff_t)r);
    operand->self_product[first + r] = product;
    operand->inverse_length[first + r] = inverse_length(alone, type, product);
  }
}

bool circle_set_self_products(const circle_operands *operands, circle_operand *operand) {
  const circle_kernel *kernel = operands->kernel;
  const size_t panel_rows = kernel->packing.panel_rows;
  circle_operands alone = {.kernel = kernel,
                           .dimensions = operand->dimensions,
                           .has_exact_products = operands->has_exact_products,
                           .anchors = *operand};
  alone.references = &alone.anchors;
  operand->self_product = circle_allocate_zeros(2 * operand->padded_rows, sizeof(double));
  void *workspace = circle_allocate(1, kernel->workspace_size);
  const circle_store store = {circle_allocate(panel_rows, kernel->similarity_row_bytes), 1,
                              panel_rows};
  const bool enough = operand->self_product != NULL && workspace != NULL && store.memory != NULL;
  if (enough) operand->inverse_length = operand->self_product + operand->padded_rows;
  for (size_t first = 0; enough && first < operand->rows; first += panel_rows)
    set_panel(&alone, &store, first, workspace, operand);
  circle_free(workspace);
  circle_free(store.memory);
  return enough;
}
