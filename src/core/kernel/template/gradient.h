/* The backward pass over a tile: the forward's similarities, kept or computed again, turned into
 * the weights W_ij = (u_i dL_i/dz_ij + u_j dL_j/dz_ji) dz/ds      (the second term only where the
 * references are the anchors) and their products with the embeddings: W R into the rows, t(W) X
 * into the columns. */
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

/* What one register of columns is to one kind of pair. Rows and columns say where the weights of
 * their anchors begin; columns are anchors only where symmetric. */
typedef struct {
  pair_kind kind;
  bool fixed, symmetric, detached;
  weights_of row, column;
} pair_group;

ALWAYS_INLINE pair_group group(pair_kind kind, bool fixed, bool symmetric, bool detached) {
  return (pair_group){.kind = kind, .fixed = fixed, .symmetric = symmetric, .detached = detached};
}

/* power[r] becomes the power of 2 times the anchors' coefficients: u_i dL_i/dz_ij + u_j dL_j/dz_ji.
 */
ALWAYS_INLINE void derivatives_fixed(pair_group of, const vector *logit, vector *power) {
  exp2_fixed(logit, power);
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    vector coefficient = all(of.row.coefficient[r]);
    if (of.symmetric) coefficient += load(of.column.coefficient);
    power[r] *= coefficient;
  }
}

ALWAYS_INLINE void derivatives_floating(pair_group of, const vector *logit, vector *power) {
  vector whole[STRIP_ROWS];
  exp2_split(logit, power, whole);
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    vector factor = of.row.coefficient[r] * exp2_of_whole(whole[r] - of.row.exponent[r]);
    if (of.symmetric)
      factor += load(of.column.coefficient) * exp2_of_whole(whole[r] - load(of.column.exponent));
    power[r] *= factor;
  }
}

/* W for one register of columns and all rows of the strip. */
ALWAYS_INLINE void pair_weights(pair_group of, const real *similarities, formula by,
                                vector *weight) {
  vector base[STRIP_ROWS], logit[STRIP_ROWS];
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    base[r] = logit_base(of.kind, load(similarities + r * ROW_STRIDE), by);
    logit[r] = logit_of_base(base[r], by);
  }
  if (of.fixed)
    derivatives_fixed(of, logit, weight);
  else
    derivatives_floating(of, logit, weight);
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++)
    weight[r] *= slope(of.kind, of.detached, load(similarities + r * ROW_STRIDE), base[r], by);
}

/* A segment of one kind, every pair of it. */
ALWAYS_INLINE void weigh_whole_segment(const circle_engine *engine, const circle_tile *tile,
                                       const anchor_strip *strip, const column_segment *segment,
                                       pair_group of, const circle_pair_weight *anchors) {
  const formula by = formula_of(engine);
  real *similarities = strip->similarities;
  of.row = of.column = weights_at(anchors, strip->place);
  for (size_t column = segment->first; column < segment->last; column += LANES) {
    vector weight[STRIP_ROWS];
    if (of.symmetric) of.column = weights_at(anchors, tile->first_column + column);
    pair_weights(of, similarities + column, by, weight);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++)
      store(similarities + r * ROW_STRIDE + column, weight[r]);
  }
}

/* A segment of both kinds, or with pairs that belong to neither. */
static void weigh_mixed_segment(const circle_engine *engine, const circle_tile *tile,
                                const anchor_strip *strip, const column_segment *segment) {
  const formula by = formula_of(engine);
  real *similarities = strip->similarities;
  const bool symmetric = engine->symmetric;
  const bool detached = engine->pair_weights == CIRCLE_DETACHED;
  pair_group of_negatives = group(NEGATIVES, engine->fixed_scale, symmetric, detached);
  pair_group of_positives = group(POSITIVES, false, symmetric, detached);
  of_negatives.row = weights_at(&engine->negative_weight, strip->place);
  of_positives.row = weights_at(&engine->positive_weight, strip->place);
  for (size_t column = segment->first; column < segment->last; column += LANES) {
    vector negative[STRIP_ROWS], positive[STRIP_ROWS];
    const size_t place = symmetric ? tile->first_column + column : strip->place;
    of_negatives.column = weights_at(&engine->negative_weight, place);
    of_positives.column = weights_at(&engine->positive_weight, place);
    pair_weights(of_negatives, similarities + column, by, negative);
    pair_weights(of_positives, similarities + column, by, positive);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++)
      store(similarities + r * ROW_STRIDE + column,
            choose(pairs_of_kind(NEGATIVES, strip, r, column), negative[r],
                   choose(pairs_of_kind(POSITIVES, strip, r, column), positive[r], all(0))));
  }
}

/* Constants in a call let the compiler drop what does not apply: worth it for the commonest. */
static void weigh_segment(const circle_engine *engine, const circle_tile *tile,
                          const anchor_strip *strip, const column_segment *segment) {
  const bool symmetric = engine->symmetric, fixed = engine->fixed_scale;
  const bool detached = engine->pair_weights == CIRCLE_DETACHED;
  const circle_pair_weight *negatives = &engine->negative_weight;
  const circle_pair_weight *positives = &engine->positive_weight;
  if (segment->kinds == POSITIVES)
    weigh_whole_segment(engine, tile, strip, segment, group(POSITIVES, false, symmetric, detached),
                        positives);
  else if (fixed && symmetric && !detached)
    weigh_whole_segment(engine, tile, strip, segment, group(NEGATIVES, true, true, false),
                        negatives);
  else if (fixed && symmetric)
    weigh_whole_segment(engine, tile, strip, segment, group(NEGATIVES, true, true, true),
                        negatives);
  else if (fixed)
    weigh_whole_segment(engine, tile, strip, segment, group(NEGATIVES, true, false, detached),
                        negatives);
  else
    weigh_whole_segment(engine, tile, strip, segment, group(NEGATIVES, false, symmetric, detached),
                        negatives);
}

/* Similarities become weights. */
static void weigh_strip(const circle_engine *engine, const circle_tile *tile,
                        const anchor_strip *strip) {
  for (size_t r = 0; r < STRIP_ROWS; r++)
    memset(strip->similarities + r * ROW_STRIDE, 0, strip->first * sizeof(real));
  for (int s = 0; s < strip->segment_count; s++) {
    const column_segment *segment = &strip->segments[s];
    if (segment->masked)
      weigh_mixed_segment(engine, tile, strip, segment);
    else
      weigh_segment(engine, tile, strip, segment);
  }
}

/* The rows of one panel in the layout of the products, and zeros for their gradient. */
static void begin_gradient(const circle_engine *engine, circle_side *side, size_t panel) {
  for (size_t k = 0; side->gradient != NULL && k < engine->dimensions; k += GRADIENT_COLUMNS)
    memset(gradient_row(side, k, panel * PANEL_ROWS), 0,
           PANEL_ROWS * GRADIENT_COLUMNS * sizeof(real));
  write_dimension_panels(engine, side, panel);
}

static void add_gradient_tile(const circle_engine *engine, const circle_tile *tile, void *memory) {
  scratch *room = memory;
  const bool diagonal = tile->first_row == tile->first_column;
  real *kept = kept_tile(engine, tile), *weights = kept == NULL ? room->similarities[0] : kept;
  for (size_t row = 0; row < tile->rows; row += STRIPS_AT_ONCE * STRIP_ROWS) {
    anchor_strip strips[STRIPS_AT_ONCE];
    const size_t count = describe_strips(engine, tile, row, weights + row * ROW_STRIDE, strips);
    if (kept == NULL) compute_similarities(engine, tile, strips, count);
    for (size_t i = 0; i < count; i++) weigh_strip(engine, tile, &strips[i]);
  }
  add_row_products(engine, tile, diagonal, weights, room);
  add_column_products(engine, tile, diagonal, weights, room);
}

/* ---- in a stripe, see stripes.c ---- */

static void keep_tile(const circle_engine *engine, const circle_tile *tile, void *memory) {
  (void)memory;
  const size_t strips = circle_groups(tile->rows, STRIP_ROWS);
  similarity_strips(engine, tile, tile->first_row, strips, 0, tile->columns,
                    kept_similarities(engine, tile, 0), ROW_STRIDE);
}

static void add_kept_columns(const circle_engine *engine, const circle_tile *tile, void *memory) {
  for (size_t row = 0; row < tile->rows; row += STRIP_ROWS) {
    anchor_strip strip;
    describe_strip(engine, tile, row, kept_similarities(engine, tile, row), &strip);
    weigh_strip(engine, tile, &strip);
  }
  if (engine->references->gradient != NULL)
    add_column_products(engine, tile, false, kept_similarities(engine, tile, 0), memory);
}

static void add_kept_rows(const circle_engine *engine, const circle_tile *tile, void *memory) {
  add_row_products(engine, tile, false, kept_similarities(engine, tile, 0), memory);
}

#endif
