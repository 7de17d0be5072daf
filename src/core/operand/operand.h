/* One side of the pairs: rows sorted by label, measured, packed into panels, and unpacked again. */
#ifndef CIRCLE_SIDE_H
#define CIRCLE_SIDE_H

#include "operand/engine.h"

/* Allocates and sorts; false if memory is short. */
bool circle_side_sort(const circle_kernel *kernel, const circle_matrix *given,
                      const int32_t *labels, circle_side *side);
/* Measures and packs the rows. */
circle_status circle_side_pack(const circle_engine *engine, circle_side *side);
/* CIRCLE_NOT_FINITE or CIRCLE_EMBEDDING_OVERFLOW where the dtype cannot take a number; fills
 * report->not_unit. */
circle_status circle_side_check(const circle_engine *engine, const circle_side *side,
                                circle_side_name name, circle_report *report);
/* The embeddings in the layout of the products, and rows of zeros for their gradient, if it is
 * wanted. */
circle_status circle_side_begin_gradient(const circle_engine *engine, circle_side *side);
/* Multiplies the gradient, if there is one, by 2^exponent. */
circle_status circle_side_scale_gradient(const circle_engine *engine, circle_side *side,
                                         int exponent);
/* Writes the gradient of the given rows, or adds it; see circle_unpacking. Tells whether some
 * number is not finite or beyond the largest. */
circle_status circle_side_unpack(const circle_engine *engine, const circle_side *side,
                                 const circle_unpacking *how, bool *is_beyond);
void circle_side_free(circle_side *side);

/* The length of the longest row. */
double circle_longest_row(const circle_side *side);

/* The largest number that the dtype rounds to, and the largest of the type it computes in. */
double circle_largest_number(circle_dtype dtype);
double circle_largest_computed(circle_dtype dtype);

static inline circle_status circle_fail(circle_report *report, circle_status status,
                                        circle_side_name side, size_t row, size_t column) {
  report->side = side;
  report->row = row;
  report->column = column;
  return status;
}

#endif
