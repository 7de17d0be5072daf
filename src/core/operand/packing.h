/* How a kernel lays out the rows of an operand, see kernel/template/packed.h and products.h. */
#ifndef CIRCLE_PACKING_H
#define CIRCLE_PACKING_H

#include "circle_loss.h"

typedef struct circle_operand circle_operand;

/* Rows first_row .. +rows, by sorted position, in dimensions first_dimension .. +dimensions. */
typedef struct {
  size_t first_row, rows, first_dimension, dimensions;
} circle_patch;

typedef void circle_patch_body(void *context, const circle_patch *patch);

/* Bytes of a row. */
typedef struct {
  size_t panels, product_panels, gradient;
} circle_row_bytes;

/* How a packed gradient becomes the caller's: with x the packed row, a row is
 *   power * (scale * gradient + along * x) / length
 * in two steps, neither of which leaves the range of a double where the result does not. The
 * division is only for rows that were normalised: y = x / |x| has the derivative
 * (1 - y t(y)) / |x|, so `along` takes the radial part away. A row of zeros has the gradient 0. */
typedef struct {
  const circle_operand *operand;
  const void *gradient;
  double power, scale;         /* the former is one of 2 */
  double *along;               /* by sorted position; NULL for zeros */
  bool add;                    /* to what is there */
  double largest;              /* number that may be written */
  const circle_target *target; /* rows x D */
} circle_unpacking;

typedef struct {
  size_t element_size; /* of the compute type */
  size_t panel_rows;   /* rows are packed, and blocks cut, in multiples of this */
  size_t tile_rows;    /* most rows and columns of a tile */
  circle_row_bytes (*row_bytes)(size_t dimensions);
  /* Gathers a patch of the given rows, converted, into the panels; made of whole panels. */
  circle_patch_body *pack; /* context: circle_operand */
  /* Writes a patch of the gradient to the given rows. Returns whether all numbers are finite and
   * not beyond the largest that is allowed. */
  bool (*unpack)(const circle_unpacking *unpacking, const circle_patch *patch);
  /* Copies a panel into the layout of the products. */
  void (*write_product_panels)(const circle_operand *operand, void *product_panels, size_t panel);
  /* Inner product of a packed row with itself, in the compute type, and with its gradient. */
  double (*self_product)(const circle_operand *operand, size_t position);
  double (*gradient_product)(const circle_operand *operand, const void *gradient, size_t position);
} circle_packing;

#endif
