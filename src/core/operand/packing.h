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

/* From a packed gradient to the caller's: with x the packed row, a row is
 *   power * (scale * gradient + along * x) / length
 * where no step leaves the range of a double unless the result does. Only rows that were normalised
 * are divided: y = x / |x| has the derivative (1 - y t(y)) / |x|, so `along` removes the radial
 * part. A row of zeros has the gradient 0. */
typedef struct {
  const circle_operand *operand;
  const void *gradient;
  double power, scale;         /* the former is a power of 2 */
  double *along;               /* by sorted position; NULL: zeros */
  bool add;                    /* to the target */
  double largest;              /* number that is no overflow */
  const circle_target *target; /* rows x D */
} circle_unpacking;

typedef struct {
  size_t element_size; /* of the compute type */
  size_t panel_rows;   /* rows are packed, and blocks cut, in multiples of this */
  size_t tile_rows;    /* most rows and columns of a tile */
  circle_row_bytes (*row_bytes)(size_t dimensions);
  /* Gathers and converts a patch of the given rows, made of whole panels, into the panels. */
  circle_patch_body *pack; /* context: circle_operand */
  /* Writes a patch of the gradient to the given rows. Returns whether all numbers are finite and at
   * most `largest`. */
  bool (*unpack)(const circle_unpacking *unpacking, const circle_patch *patch);
  /* Copies a panel into the layout for products. */
  void (*write_product_panels)(const circle_operand *operand, void *product_panels, size_t panel);
  /* Dot product of a packed row with itself, in the compute type, and with its gradient. */
  double (*self_product)(const circle_operand *operand, size_t position);
  double (*gradient_product)(const circle_operand *operand, const void *gradient, size_t position);
} circle_packing;

#endif
