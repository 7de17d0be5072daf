/* From products of rows to similarities, in place, where these are cosines or distances.
 *
 * Rows are multiplied as they are and divided by their lengths afterwards, so that products that
 * are exact, as those of codes, counts and copies, give equal similarities where these are equal.
 * The arithmetic is double: its result in float is then, with few exceptions, the nearest to the
 * exact quotient, whichever way that was written. In double a quotient of squares has a single
 * rounding. */
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
ALWAYS_INLINE vector cosine_of(vector product, real row, vector column) {
  const vector both = column * row;
  const vector square = choose(COMPARE(both, >, all(0)), product * product / both, all(0));
  const vector size = square_root(minimum(square, all(1)));
  return choose(COMPARE(product, <, all(0)), -size, size);
}

/* Not -0 for equal rows, where 0 - 0 = 0. */
ALWAYS_INLINE vector minus_distance(vector product, real row, vector column) {
  const vector square = (column + row) - (product + product);
  return all(0) - square_root(maximum(square, all(0)));
}

ALWAYS_INLINE vector finished(const circle_operands *operands, vector product, real row,
                              const double *column) {
  const vector own = load_wide(column);
  return operands->settings.similarity == CIRCLE_COSINE ? cosine_of(product, row, own)
                                                        : minus_distance(product, row, own);
}

static const double *own_numbers(const circle_operand *operand) { return operand->self_product; }

#else

/* The factor is the same for (i, j) and (j, i). */
ALWAYS_INLINE vector finished(const circle_operands *operands, vector product, double row,
                              const double *column) {
  wide cosine[WIDE_PARTS];
  (void)operands;
  UNROLL
  for (size_t part = 0; part < WIDE_PARTS; part++)
    cosine[part] = widened(product, part) * (load_wide(column + part * (LANES / WIDE_PARTS)) * row);
  return minimum(maximum(narrowed(cosine), all(-1)), all(1));
}

static const double *own_numbers(const circle_operand *operand) { return operand->inverse_length; }

#endif

/* Of a strip, from the panel of its first column on. Absent anchors have rows, too. */
NEVER_INLINE void finish_similarities(const circle_operands *operands, const circle_tile *tile,
                                      const anchor_strip *strip, size_t stride) {
  const double *rows = own_numbers(&operands->anchors) + strip->position;
  const double *columns = own_numbers(operands->references) + tile->first_column;
  for (size_t column = strip->first / PANEL_ROWS * PANEL_ROWS; column < tile->columns;
       column += LANES) {
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      real *similarities = strip->similarities + r * stride + column;
      store(similarities, finished(operands, load(similarities), rows[r], columns + column));
    }
  }
}

#endif
