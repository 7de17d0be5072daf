/* The backward pass over a tile: the forward's similarities again, turned into the weights
 *   W_ij = (u_i dL_i/dz_ij + u_j dL_j/dz_ji) dz/ds      (the second term only where the references
 *                                                        are the anchors)
 * and their products with the embeddings: W R into the rows, t(W) X into the columns. */
#ifndef CIRCLE_KERNEL_GRADIENT_H
#define CIRCLE_KERNEL_GRADIENT_H

static void set_weight(const circle_pair_weight *weight, size_t place, double coefficient,
                       double exponent) {
  ((real *)weight->coefficient)[place] = (real)coefficient;
  ((real *)weight->exponent)[place] = (real)exponent;
}

/* dz/ds without its factor gamma (detached) or 2 gamma, which the coefficients carry:
 *   differentiated  x for a negative, -d for a positive, 0 where the weight or d is clamped
 *   detached        max(x + m, 0),    -max(d + m, 0) */
ALWAYS_INLINE vector slope(pair_kind kind, bool detached, vector similarity, vector base,
                           formula by) {
  vector size;
  if (detached) {
    size = base - by.margin_clamp;
  } else {
    size = choose(COMPARE(base, >, all(by.margin_clamp)), base, all(0));
    if (kind == NEGATIVES) size = choose(COMPARE(similarity, <, all(1)), size, all(0));
  }
  return kind == NEGATIVES ? size : -size;
}

typedef struct {
  const real *coefficient, *exponent;
} weights_of;

ALWAYS_INLINE weights_of weights_at(const circle_pair_weight *weight, size_t place) {
  return (weights_of){(const real *)weight->coefficient + place,
                      (const real *)weight->exponent + place};
}

/* W for the lanes of one register; `column` and `row` say where their anchors' weights begin. */
ALWAYS_INLINE vector pair_weight(pair_kind kind, bool fixed, bool symmetric, bool detached,
                                 vector similarity, weights_of row, weights_of column, formula by) {
  vector base = logit_base(kind, similarity, by), logit = logit_of_base(base, by), weight;
  if (fixed) {
    vector coefficient = all(row.coefficient[0]);
    if (symmetric) coefficient += load(column.coefficient);
    weight = exp2_fixed(logit) * coefficient;
  } else {
    vector power, whole;
    exp2_split(logit, &power, &whole);
    weight = row.coefficient[0] * exp2_of_whole(whole - row.exponent[0]);
    if (symmetric)
      weight += load(column.coefficient) * exp2_of_whole(whole - load(column.exponent));
    weight *= power;
  }
  return weight * slope(kind, detached, similarity, base, by);
}

/* Where symmetric, the columns' weights are those of the anchors that the columns are. */
ALWAYS_INLINE void weigh_segment(const circle_engine *engine, const circle_tile *tile,
                                 const anchor_strip *strip, const column_segment *segment,
                                 int kinds, bool masked, bool fixed, bool symmetric, bool detached,
                                 real *similarities) {
  const formula by = formula_of(engine);
  for (size_t column = segment->first; column < segment->last; column += LANES) {
    const size_t column_place = symmetric ? tile->first_column + column : 0;
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      real *at = similarities + r * ROW_STRIDE + column;
      vector similarity = load(at), weight = all(0);
      if (kinds & NEGATIVES) {
        weight = pair_weight(NEGATIVES, fixed, symmetric, detached, similarity,
                             weights_at(&engine->negative_weight, strip->place + r),
                             weights_at(&engine->negative_weight, column_place), by);
        if (masked) weight = choose(pairs_of_kind(NEGATIVES, strip, r, column), weight, all(0));
      }
      if (kinds & POSITIVES) {
        vector positive = pair_weight(POSITIVES, false, symmetric, detached, similarity,
                                      weights_at(&engine->positive_weight, strip->place + r),
                                      weights_at(&engine->positive_weight, column_place), by);
        if (masked) positive = choose(pairs_of_kind(POSITIVES, strip, r, column), positive, all(0));
        weight += positive;
      }
      store(at, weight);
    }
  }
}

/* The commonest segments get loops of their own, by constant flags. */
static void weigh_strip(const circle_engine *engine, const circle_tile *tile,
                        const anchor_strip *strip, real *similarities) {
  const bool symmetric = engine->symmetric, fixed = engine->fixed_scale;
  const bool detached = engine->pair_weights == CIRCLE_DETACHED;
  for (size_t r = 0; r < STRIP_ROWS; r++)
    memset(similarities + r * ROW_STRIDE, 0, strip->first * sizeof(real));
  for (int s = 0; s < strip->segment_count; s++) {
    const column_segment *at = &strip->segments[s];
    if (at->kinds == NEGATIVES && !at->masked && fixed && symmetric && !detached)
      weigh_segment(engine, tile, strip, at, NEGATIVES, false, true, true, false, similarities);
    else if (at->kinds == NEGATIVES && !at->masked && fixed && symmetric)
      weigh_segment(engine, tile, strip, at, NEGATIVES, false, true, true, true, similarities);
    else if (at->kinds == NEGATIVES && !at->masked && fixed && !detached)
      weigh_segment(engine, tile, strip, at, NEGATIVES, false, true, false, false, similarities);
    else if (at->kinds == NEGATIVES && !at->masked)
      weigh_segment(engine, tile, strip, at, NEGATIVES, false, fixed, symmetric, detached,
                    similarities);
    else
      weigh_segment(engine, tile, strip, at, at->kinds, at->masked, fixed, symmetric, detached,
                    similarities);
  }
}

/* gradient[r][0 .. GRADIENT_COLUMNS) += sum over k of weights[r, k] * embeddings[k][...]
 *
 * Row r of the weights begins at r * row_stride, its next element is `next` further; rows of
 * embeddings and gradient follow each other and are aligned. */
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

/* The rows' gradient: W R. In a tile on the diagonal W is 0 before the strip's own place. */
static void add_row_products(const circle_engine *engine, const circle_tile *tile, bool diagonal,
                             const scratch *room) {
  for (size_t k = 0; k < engine->dimensions; k += GRADIENT_COLUMNS) {
    const real *embeddings = dimension_row(engine->references->dimension_panels, engine->references,
                                           k, tile->first_column);
    real *gradient = dimension_row(engine->anchors.gradient, &engine->anchors, k, tile->first_row);
    for (size_t row = 0; row < tile->rows; row += GRADIENT_STRIP_ROWS) {
      const size_t first = diagonal ? row : 0;
      multiply_weights(room->similarities[row] + first, ROW_STRIDE, 1,
                       embeddings + first * GRADIENT_COLUMNS, tile->columns - first,
                       gradient + row * GRADIENT_COLUMNS);
    }
  }
}

/* The columns' gradient: t(W) X. On the diagonal W is 0 below it. */
static void add_column_products(const circle_engine *engine, const circle_tile *tile, bool diagonal,
                                const scratch *room) {
  for (size_t k = 0; k < engine->dimensions; k += GRADIENT_COLUMNS) {
    const real *embeddings =
        dimension_row(engine->anchors.dimension_panels, &engine->anchors, k, tile->first_row);
    real *gradient =
        dimension_row(engine->references->gradient, engine->references, k, tile->first_column);
    for (size_t column = 0; column < tile->columns; column += GRADIENT_STRIP_ROWS) {
      const size_t end = column + GRADIENT_STRIP_ROWS;
      const size_t depth = diagonal && end < tile->rows ? end : tile->rows;
      multiply_weights(room->similarities[0] + column, 1, ROW_STRIDE, embeddings, depth,
                       gradient + column * GRADIENT_COLUMNS);
    }
  }
}

static void add_gradient_tile(const circle_engine *engine, const circle_tile *tile, void *memory) {
  scratch *room = memory;
  const bool diagonal = engine->symmetric && tile->first_row == tile->first_column;
  for (size_t row = 0; row < tile->rows; row += STRIP_ROWS) {
    anchor_strip strip;
    describe_strip(engine, tile, row, &strip);
    similarity_strip(engine, tile, strip.place, strip.first, tile->columns, room->similarities[row],
                     ROW_STRIDE);
    weigh_strip(engine, tile, &strip, room->similarities[row]);
  }
  add_row_products(engine, tile, diagonal, room);
  add_column_products(engine, tile, diagonal, room);
}

#endif
