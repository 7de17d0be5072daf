/* Products of the weights W of a tile's pairs with the embeddings, by the matrix unit: W R into the
 * gradient of the rows, t(W) X into that of the columns. Replaces kernel/template/products.h. */
#ifndef CIRCLE_KERNEL_PRODUCTS_AMX_H
#define CIRCLE_KERNEL_PRODUCTS_AMX_H

_Static_assert(PANEL_ROWS == NUMBERS_AT_ONCE, "the weights of one step meet one panel of rows");

/* ---- embeddings ---- */

/* [panel of GRADIENT_COLUMNS dimensions][panel of rows][part][pair of rows][GRADIENT_COLUMNS]: the
 * rows of a tile are contiguous. Row w of a panel is paired with row w + 16, as weights are in two
 * registers. */
static size_t product_row_bytes(size_t dimensions) {
  return PARTS * gradient_row_bytes(dimensions) / NUMBERS_PER_WORD;
}

/* Offset, in words, of dimension k and row `position`, both at the start of a panel. */
static size_t product_words_at(const circle_operand *operand, size_t k, size_t position) {
  const size_t row_panels = operand->padded_rows / PANEL_ROWS;
  return (k / GRADIENT_COLUMNS * row_panels + position / PANEL_ROWS) * PARTS * STEP_WORDS;
}

/* One part of a panel of rows in GRADIENT_COLUMNS dimensions, from words of two dimensions. */
static void pair_rows(const word *packed, word *to) {
  const __m512i lower = _mm512_set1_epi32(0xffff);
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
  _Alignas(VECTOR_BYTES) word even[SQUARE_WORDS], odd[SQUARE_WORDS];
  __m512i evens[AMX_WORDS], odds[AMX_WORDS];
  UNROLL
  for (size_t k = 0; k < AMX_WORDS; k++) {
    const __m512i row = _mm512_load_si512(packed + k * PANEL_ROWS);
    const __m512i other = _mm512_load_si512(packed + k * PANEL_ROWS + LANES);
    evens[k] = _mm512_or_si512(_mm512_and_si512(row, lower), _mm512_slli_epi32(other, 16));
    odds[k] = _mm512_or_si512(_mm512_srli_epi32(row, 16), _mm512_andnot_si512(lower, other));
  }
  transpose(evens, even, AMX_WORDS);
  transpose(odds, odd, AMX_WORDS);
  for (size_t w = 0; w < AMX_ROWS; w++, to += GRADIENT_COLUMNS) {
    const __m512i of_even = _mm512_load_si512(even + w * AMX_WORDS);
    const __m512i of_odd = _mm512_load_si512(odd + w * AMX_WORDS);
    _mm512_store_si512(to, _mm512_permutex2var_epi32(of_even, first, of_odd));
    _mm512_store_si512(to + LANES, _mm512_permutex2var_epi32(of_even, second, of_odd));
  }
}

static void write_product_panels(const circle_operand *operand, void *product_panels,
                                 size_t panel) {
  for (size_t k = 0; k < operand->dimensions; k += GRADIENT_COLUMNS)
    for (size_t part = 0; part < PARTS; part++)
      pair_rows(panel_of(operand, panel) + part * part_words_of(operand) +
                    k / NUMBERS_PER_WORD * PANEL_ROWS,
                (word *)product_panels + product_words_at(operand, k, panel * PANEL_ROWS) +
                    part * STEP_WORDS);
}

/* ---- weights ---- */

/* Weights of up to ROWS_AT_ONCE rows, `stride` apart: columns first .. +columns. Both are multiples
 * of LANES, the first of PANEL_ROWS. */
typedef struct {
  const real *weights;
  size_t stride, rows, first, columns;
} weight_rows;

/* Weights of a row may all be tiny: they are multiplied by a power of 2 that brings the largest
 * near 2^-10, and their sums by its inverse. At most TILE_ROWS weights of that size add up to less
 * than 1, so that no sum exceeds the largest embedding. */
#define EXPONENT_OF_LARGEST (EXPONENT_BIAS - 10)
_Static_assert(TILE_ROWS <= 512, "sums of weights below 2^-9 are below 1");

typedef struct {
  real factor, inverse;
} row_scale;

static real power_of_2(uint32_t biased_exponent) {
  const uint32_t bits = biased_exponent << MANTISSA_BITS;
  real power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

static row_scale scale_of(const weight_rows *of, size_t row) {
  const real *weights = of->weights + row * of->stride;
  const size_t end = of->first + of->columns;
  vector size[2] = {all(0), all(0)}; /* of even and odd registers */
  for (size_t column = of->first; column < end; column += PANEL_ROWS) {
    const size_t next = column + LANES < end ? column + LANES : column;
    size[0] = maximum(size[0], _mm512_abs_ps(load(weights + column)));
    size[1] = maximum(size[1], _mm512_abs_ps(load(weights + next)));
  }
  const real largest = _mm512_reduce_max_ps(maximum(size[0], size[1]));
  uint32_t exponent;
  memcpy(&exponent, &largest, sizeof exponent);
  exponent >>= MANTISSA_BITS;
  /* So that the factor and its inverse are normal numbers. */
  if (exponent < 1) exponent = 1;
  if (exponent > EXPONENT_BIAS + EXPONENT_OF_LARGEST - 1)
    exponent = EXPONENT_BIAS + EXPONENT_OF_LARGEST - 1;
  return (row_scale){.factor = power_of_2(EXPONENT_BIAS + EXPONENT_OF_LARGEST - exponent),
                     .inverse = power_of_2(EXPONENT_BIAS - EXPONENT_OF_LARGEST + exponent)};
}

/* From here on the last bit of a float is a normal number. Of smaller weights, which are negligible
 * beside the row's largest, only the first part is used: the unit reads subnormal numbers as 0, and
 * computing with them is slow. */
#define LEAST_IN_PARTS 0x1p-102f

ALWAYS_INLINE vector rest_of(vector weights, naturals nearest) {
  const __mmask16 large =
      _mm512_cmp_ps_mask(_mm512_abs_ps(weights), all(LEAST_IN_PARTS), _CMP_GE_OQ);
  return _mm512_maskz_sub_ps(large, weights, with_bits(nearest));
}

/* The squares of one step of a row. */
ALWAYS_INLINE void split_weights(vector first, vector second, word *square_row) {
  naturals nearest = nearest_bfloat16(first), other = nearest_bfloat16(second);
  store_words(square_row, paired(nearest, other));
  first = rest_of(first, nearest);
  second = rest_of(second, other);
  UNROLL
  for (size_t part = 1; part < WEIGHT_PARTS; part++) {
    nearest = nearest_bfloat16(first);
    other = nearest_bfloat16(second);
    store_words(square_row + part * 2 * SQUARE_WORDS, paired(nearest, other));
    first -= with_bits(nearest);
    second -= with_bits(other);
  }
}

/* Returns the factor for the sums of the row. */
static real write_row(const weight_rows *of, size_t row, word *squares) {
  const real *weights = of->weights + row * of->stride;
  const row_scale scale = scale_of(of, row);
  const size_t end = of->first + of->columns;
  word *square_row = squares + row * AMX_WORDS;
  for (size_t column = of->first; column < end; column += PANEL_ROWS) {
    const bool whole = column + LANES < end;
    const vector first = load(weights + column);
    const vector second = whole ? load(weights + column + LANES) : all(0);
    split_weights(first * scale.factor, second * scale.factor, square_row);
    square_row += WEIGHT_PARTS * 2 * SQUARE_WORDS;
  }
  return scale.inverse;
}

/* ---- products ---- */

/* gradient[r][...] += inverse[r] * sums[r][...] of one panel of dimensions. */
static void add_sums(const real *sums, const real *inverse, size_t rows, real *gradient) {
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < GRADIENT_VECTORS; v++) {
      const size_t at = r * GRADIENT_COLUMNS + v * LANES;
      store(gradient + at, load(gradient + at) + inverse[r] * load(sums + at));
    }
}

/* Rows of one side of the products, from a sorted position on. */
typedef struct {
  const circle_operand *operand;
  circle_product_side side;
  size_t position;
} product_rows;

/* gradient[r][0 .. D) += sum over columns of weights[r][column] * embeddings[column][...], for the
 * rows of `to` and the columns that are rows of `from`. Sums are double-buffered: they are read
 * while the unit computes the next ones. */
static void add_weighted(const weight_rows *of, const product_rows *from, const product_rows *to,
                         word *squares) {
  _Alignas(VECTOR_BYTES) real sums[2][ROWS_AT_ONCE * GRADIENT_COLUMNS];
  const row_halves halves = halves_of(of->rows);
  real inverse[ROWS_AT_ONCE], *last_gradient = NULL;
  size_t current = 0;
  for (size_t r = 0; r < of->rows; r++) inverse[r] = write_row(of, r, squares);
  begin_amx(halves);
  for (size_t k = 0; k < to->operand->dimensions; k += GRADIENT_COLUMNS, current ^= 1) {
    const amx_columns columns = {
        .words = (const word *)from->side.product_panels +
                 product_words_at(from->operand, k, from->position + of->first),
        .parts = PARTS,
        .part_words = STEP_WORDS,
        .step_words = PARTS * STEP_WORDS};
    multiply(squares, WEIGHT_PARTS, halves, columns, circle_ceil_div(of->columns, PANEL_ROWS));
    store_sums(sums[current], GRADIENT_COLUMNS, halves);
    if (k > 0) add_sums(sums[current ^ 1], inverse, of->rows, last_gradient);
    last_gradient = (real *)to->side.gradient + dimension_at(to->operand, k, to->position);
  }
  if (last_gradient != NULL) add_sums(sums[current ^ 1], inverse, of->rows, last_gradient);
  _tile_release();
}

/* ---- tiles ---- */

/* The rows' gradient: W R. In a diagonal tile W is 0 left of the rows. */
static void add_row_products(const circle_backward_pass *pass, const circle_tile *tile,
                             const real *weights, workspace *work) {
  const bool diagonal = is_diagonal(pass, tile);
  const product_rows from = {pass->operands->references, pass->references, tile->first_column};
  for (size_t row = 0; row < tile->rows; row += ROWS_AT_ONCE) {
    const size_t first = diagonal ? row : 0;
    const weight_rows of = {.weights = weights + row * ROW_STRIDE,
                            .stride = ROW_STRIDE,
                            .rows = circle_smaller(tile->rows - row, ROWS_AT_ONCE),
                            .first = first,
                            .columns = lanes_up(tile->columns) - first};
    const product_rows to = {&pass->operands->anchors, pass->anchors, tile->first_row + row};
    add_weighted(&of, &from, &to, work->squares);
  }
}

/* Columns column .. +ROWS_AT_ONCE of the weights, as rows; zeros after the last strip. */
static void transpose_weights(const real *weights, size_t rows, size_t column, real *transposed) {
  const size_t end = circle_round_up(rows, STRIP_ROWS);
  for (size_t row = 0; row < rows; row += LANES)
    for (size_t half = 0; half < ROWS_AT_ONCE; half += LANES) {
      __m512i from[LANES];
      UNROLL
      for (size_t i = 0; i < LANES; i++)
        from[i] = row + i < end
                      ? _mm512_load_si512(weights + (row + i) * ROW_STRIDE + column + half)
                      : _mm512_setzero_si512();
      transpose(from, (word *)transposed + half * ROW_STRIDE + row, ROW_STRIDE);
    }
}

/* The columns' gradient: t(W) X. In a diagonal tile W is 0 below the diagonal. */
static void add_column_products(const circle_backward_pass *pass, const circle_tile *tile,
                                const real *weights, workspace *work) {
  const bool diagonal = is_diagonal(pass, tile);
  const product_rows from = {&pass->operands->anchors, pass->anchors, tile->first_row};
  for (size_t column = 0; column < tile->columns; column += ROWS_AT_ONCE) {
    const size_t end = column + ROWS_AT_ONCE;
    const size_t rows = diagonal && end < tile->rows ? end : tile->rows;
    transpose_weights(weights, rows, column, work->transposed);
    const weight_rows of = {.weights = work->transposed,
                            .stride = ROW_STRIDE,
                            .rows = circle_smaller(tile->columns - column, ROWS_AT_ONCE),
                            .first = 0,
                            .columns = lanes_up(rows)};
    const product_rows to = {pass->operands->references, pass->references,
                             tile->first_column + column};
    add_weighted(&of, &from, &to, work->squares);
  }
}

#endif
