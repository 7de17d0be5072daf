/* From products of rows to similarities, in place, where these are cosines or distances.
 *
 * Rows are multiplied as they are and divided by their lengths afterwards. Where products are
 * exact, as those of codes and counts are, equal similarities are to be equal numbers. Then the
 * arithmetic is double: its result in float is, with few exceptions, the nearest to the exact
 * quotient, whichever way that was written; in double a quotient of squares has a single rounding.
 * All other products are multiplied by inverse lengths, in the compute type. */
#ifndef CIRCLE_KERNEL_SIMILARITY_H
#define CIRCLE_KERNEL_SIMILARITY_H

ALWAYS_INLINE wide load_wide(const double *from) {
  wide v;
  memcpy(&v, from, sizeof v);
  return v;
}

#if REAL_IS_DOUBLE

ALWAYS_INLINE vector square_root(vector v) {
#if defined(__x86_64__) && VECTOR_BYTES == 64
  return _mm512_sqrt_pd(v);
#elif defined(__x86_64__) && VECTOR_BYTES == 32
  return _mm256_sqrt_pd(v);
#elif defined(__x86_64__) && VECTOR_BYTES == 16
  return _mm_sqrt_pd(v);
#elif defined(__aarch64__) && VECTOR_BYTES == 16
  return vsqrtq_f64(v);
#else
  real lanes[LANES];
  memcpy(lanes, &v, sizeof v);
  for (size_t lane = 0; lane < LANES; lane++) lanes[lane] = sqrt(lanes[lane]);
  memcpy(&v, lanes, sizeof v);
  return v;
#endif
}

/* The root of p^2 / (a b), with the sign of p: equal fractions are equal numbers. */
ALWAYS_INLINE vector exact_cosine(vector product, double row, const double *column) {
  const vector both = load_wide(column) * row;
  const vector square = choose(COMPARE(both, >, all(0)), product * product / both, all(0));
  const vector size = square_root(minimum(square, all(1)));
  return choose(COMPARE(product, <, all(0)), -size, size);
}

/* Not -0 for equal rows, where 0 - 0 = 0. */
ALWAYS_INLINE vector minus_distance(vector product, double row, const double *column) {
  const vector square = (load_wide(column) + row) - (product + product);
  return all(0) - square_root(maximum(square, all(0)));
}

#else

ALWAYS_INLINE vector exact_cosine(vector product, double row, const double *column) {
  wide cosine[WIDE_PARTS];
  UNROLL
  for (size_t part = 0; part < WIDE_PARTS; part++)
    cosine[part] = widened(product, part) * (load_wide(column + part * (LANES / WIDE_PARTS)) * row);
  return minimum(maximum(narrowed(cosine), all(-1)), all(1));
}

#endif

/* The factor is the same for (i, j) and (j, i). Inverse lengths are numbers of the compute type. */
ALWAYS_INLINE vector cosine_of(vector product, double row, const double *column) {
  wide inverse_length[WIDE_PARTS];
  UNROLL
  for (size_t part = 0; part < WIDE_PARTS; part++)
    inverse_length[part] = load_wide(column + part * (LANES / WIDE_PARTS));
  const vector cosine = product * (narrowed(inverse_length) * (real)row);
  return minimum(maximum(cosine, all(-1)), all(1));
}

/* A similarity from the product and a number of each of the two rows. */
typedef enum { COSINE, EXACT_COSINE, MINUS_DISTANCE } similarity_formula;

ALWAYS_INLINE vector similarity_by(similarity_formula formula, vector product, double row,
                                   const double *column) {
#if REAL_IS_DOUBLE
  if (formula == MINUS_DISTANCE) return minus_distance(product, row, column);
#endif
  return formula == EXACT_COSINE ? exact_cosine(product, row, column)
                                 : cosine_of(product, row, column);
}

/* Of a strip, from the panel of its first column on. Absent anchors have rows, too. */
ALWAYS_INLINE void finish_by(similarity_formula formula, const double *rows, const double *columns,
                             const circle_tile *tile, const anchor_strip *strip, size_t stride) {
  for (size_t column = strip->first / PANEL_ROWS * PANEL_ROWS; column < tile->columns;
       column += LANES) {
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      real *similarities = strip->similarities + r * stride + column;
      store(similarities, similarity_by(formula, load(similarities), rows[r], columns + column));
    }
  }
}

NEVER_INLINE void finish_similarities(const circle_operands *operands, const circle_tile *tile,
                                      const anchor_strip *strip, size_t stride) {
  const circle_operand *anchors = &operands->anchors, *references = operands->references;
  const double *lengths = anchors->inverse_length + strip->position;
  const double *other_lengths = references->inverse_length + tile->first_column;
  const double *products = anchors->self_product + strip->position;
  const double *other_products = references->self_product + tile->first_column;
  if (REAL_IS_DOUBLE && operands->settings.similarity == CIRCLE_DISTANCE)
    finish_by(MINUS_DISTANCE, products, other_products, tile, strip, stride);
  else if (!operands->has_exact_products)
    finish_by(COSINE, lengths, other_lengths, tile, strip, stride);
  else if (REAL_IS_DOUBLE)
    finish_by(EXACT_COSINE, products, other_products, tile, strip, stride);
  else
    finish_by(EXACT_COSINE, lengths, other_lengths, tile, strip, stride);
}

#endif
