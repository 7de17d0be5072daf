/* Products of the weights W of a tile's pairs with the embeddings: W R into the gradient of the
 * rows, t(W) X into that of the columns. The micro-kernel of the gradient. */
#ifndef CIRCLE_KERNEL_PRODUCTS_H
#define CIRCLE_KERNEL_PRODUCTS_H

/* Product panels have the layout of the gradient, so that a register holds neighbouring dimensions
 * of one row: [panel of GRADIENT_COLUMNS dimensions][row][GRADIENT_COLUMNS]. */
static size_t product_row_bytes(size_t dimensions) { return gradient_row_bytes(dimensions); }

static void write_product_panels(const circle_operand *operand, void *product_panels,
                                 size_t panel) {
  const word *packed = panel_of(operand, panel);
  const size_t part_words = part_words_of(operand), dimensions = operand->dimensions;
  for (size_t k = 0; k < dimensions; k += GRADIENT_COLUMNS) {
    const size_t count = circle_smaller(dimensions - k, GRADIENT_COLUMNS);
    real *rows = (real *)product_panels + dimension_at(operand, k, panel * PANEL_ROWS);
    for (size_t c = 0; c < GRADIENT_COLUMNS; c++)
      for (size_t w = 0; w < PANEL_ROWS; w++)
        rows[w * GRADIENT_COLUMNS + c] =
            c < count ? number_in(packed + w, part_words, k + c) : (real)0;
  }
}

/* gradient[r][0 .. GRADIENT_COLUMNS) += sum over k of weights[r, k] * embeddings[k][...]
 *
 * Row r of the weights begins at r * row_stride, with a stride of `next`; rows of embeddings and of
 * the gradient are contiguous and aligned. */
ALWAYS_INLINE void multiply_weights(const real *weights, size_t row_stride, size_t next,
                                    const real *embeddings, size_t depth, real *gradient) {
  vector sums[GRADIENT_STRIP_ROWS][GRADIENT_VECTORS];
  UNROLL
  for (size_t r = 0; r < GRADIENT_STRIP_ROWS; r++) {
    UNROLL
    for (size_t v = 0; v < GRADIENT_VECTORS; v++) sums[r][v] = all(0);
  }
  for (size_t k = 0; k < depth; k++) {
    vector embedding[GRADIENT_VECTORS];
    UNROLL
    for (size_t v = 0; v < GRADIENT_VECTORS; v++) embedding[v] = load(embeddings + v * LANES);
    UNROLL
    for (size_t r = 0; r < GRADIENT_STRIP_ROWS; r++) {
      UNROLL
      for (size_t v = 0; v < GRADIENT_VECTORS; v++)
        sums[r][v] += weights[r * row_stride] * embedding[v];
    }
    weights += next;
    embeddings += GRADIENT_COLUMNS;
  }
  UNROLL
  for (size_t r = 0; r < GRADIENT_STRIP_ROWS; r++) {
    UNROLL
    for (size_t v = 0; v < GRADIENT_VECTORS; v++) {
      real *to = gradient + r * GRADIENT_COLUMNS + v * LANES;
      store(to, load(to) + sums[r][v]);
    }
  }
}

/* The rows' gradient: W R. In a diagonal tile W is 0 left of the strip. */
NEVER_INLINE void add_row_products(const circle_backward_pass *pass, const circle_tile *tile,
                                   const real *weights, workspace *work) {
  const circle_operand *rows = &pass->operands->anchors, *columns = pass->operands->references;
  const bool diagonal = is_diagonal(pass, tile);
  (void)work;
  for (size_t k = 0; k < rows->dimensions; k += GRADIENT_COLUMNS) {
    const real *embeddings = (const real *)pass->references.product_panels +
                             dimension_at(columns, k, tile->first_column);
    real *gradient = (real *)pass->anchors.gradient + dimension_at(rows, k, tile->first_row);
    for (size_t row = 0; row < tile->rows; row += GRADIENT_STRIP_ROWS) {
      const size_t first = diagonal ? row : 0;
      multiply_weights(weights + row * ROW_STRIDE + first, ROW_STRIDE, 1,
                       embeddings + first * GRADIENT_COLUMNS, tile->columns - first,
                       gradient + row * GRADIENT_COLUMNS);
    }
  }
}

/* The columns' gradient: t(W) X. In a diagonal tile W is 0 below the diagonal. */
NEVER_INLINE void add_column_products(const circle_backward_pass *pass, const circle_tile *tile,
                                      const real *weights, workspace *work) {
  const circle_operand *rows = &pass->operands->anchors, *columns = pass->operands->references;
  const bool diagonal = is_diagonal(pass, tile);
  (void)work;
  for (size_t k = 0; k < rows->dimensions; k += GRADIENT_COLUMNS) {
    const real *embeddings =
        (const real *)pass->anchors.product_panels + dimension_at(rows, k, tile->first_row);
    real *gradient =
        (real *)pass->references.gradient + dimension_at(columns, k, tile->first_column);
    for (size_t column = 0; column < tile->columns; column += GRADIENT_STRIP_ROWS) {
      const size_t end = column + GRADIENT_STRIP_ROWS;
      const size_t depth = diagonal && end < tile->rows ? end : tile->rows;
      multiply_weights(weights + column, 1, ROW_STRIDE, embeddings, depth,
                       gradient + column * GRADIENT_COLUMNS);
    }
  }
}

#endif
