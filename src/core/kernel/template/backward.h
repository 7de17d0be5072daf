/* The backward pass over a tile: similarities, stored or computed again, become the weights
 *   W_ij = (u_i dL_i/dz_ij + u_j dL_j/dz_ji) dz/ds      (second term only if j is an anchor too)
 * and are multiplied with the embeddings: W R into the rows' gradient, t(W) X into the columns'. */
#ifndef CIRCLE_KERNEL_BACKWARD_H
#define CIRCLE_KERNEL_BACKWARD_H

/* dz/ds without its factor gamma (detached) or 2 gamma, which is in the coefficients:
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
} anchor_weights;

ALWAYS_INLINE anchor_weights weights_at(const circle_pair_weight *weight, size_t position) {
  return (anchor_weights){(const real *)weight->coefficient + position,
                          (const real *)weight->exponent + position};
}

/* Whose weights make up those of one kind of pair, in a strip and a register of columns. Columns
 * are anchors only if pairs serve both. */
typedef struct {
  pair_kind kind;
  bool fixed, serves_both, detached;
  anchor_weights row, column;
} pair_terms;

ALWAYS_INLINE pair_terms terms(pair_kind kind, bool fixed, bool serves_both, bool detached) {
  return (pair_terms){
      .kind = kind, .fixed = fixed, .serves_both = serves_both, .detached = detached};
}

/* power[r]: u_i dL_i/dz_ij + u_j dL_j/dz_ji, a power of 2 times the anchors' coefficients. */
ALWAYS_INLINE void derivatives_fixed(pair_terms of, const vector *logit, vector *power) {
  exp2_fixed(logit, power);
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    vector coefficient = all(of.row.coefficient[r]);
    if (of.serves_both) coefficient += load(of.column.coefficient);
    power[r] *= coefficient;
  }
}

ALWAYS_INLINE void derivatives_floating(pair_terms of, const vector *logit, vector *power) {
  vector whole[STRIP_ROWS];
  exp2_split(logit, power, whole);
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    vector factor = of.row.coefficient[r] * exp2_of_whole(whole[r] - of.row.exponent[r]);
    if (of.serves_both)
      factor += load(of.column.coefficient) * exp2_of_whole(whole[r] - load(of.column.exponent));
    power[r] *= factor;
  }
}

/* W for one register of columns and all rows of the strip. */
ALWAYS_INLINE void pair_weights(pair_terms of, const real *similarities, formula by,
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

static const circle_pair_weight *weight_of_kind(pair_kind kind,
                                                const circle_anchor_weights *weights) {
  return kind == POSITIVES ? &weights->positive : &weights->negative;
}

/* A segment all of whose pairs are of one kind. */
ALWAYS_INLINE void weigh_whole_segment(const circle_backward_pass *pass, const anchor_strip *strip,
                                       const column_segment *segment, pair_terms of) {
  const circle_pair_weight *rows = weight_of_kind(of.kind, &pass->weights);
  const circle_pair_weight *columns = weight_of_kind(of.kind, &pass->column_weights);
  const size_t end = segment->first + segment->columns;
  const formula by = formula_of(&pass->logits);
  real *similarities = strip->similarities;
  of.row = of.column = weights_at(rows, strip->position);
  for (size_t column = segment->first; column < end; column += LANES) {
    vector weight[STRIP_ROWS];
    if (of.serves_both) of.column = weights_at(columns, strip->first_column + column);
    pair_weights(of, similarities + column, by, weight);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++)
      store(similarities + r * ROW_STRIDE + column, weight[r]);
  }
}

/* A segment of both kinds, or with pairs of neither. */
static void weigh_mixed_segment(const circle_backward_pass *pass, const anchor_strip *strip,
                                const column_segment *segment) {
  const size_t end = segment->first + segment->columns;
  const formula by = formula_of(&pass->logits);
  real *similarities = strip->similarities;
  const bool serves_both = pass->operands->serves_both;
  const bool detached = pass->detached;
  const circle_anchor_weights *others = serves_both ? &pass->column_weights : &pass->weights;
  pair_terms of_negatives = terms(NEGATIVES, pass->logits.fixed_scale, serves_both, detached);
  pair_terms of_positives = terms(POSITIVES, false, serves_both, detached);
  of_negatives.row = weights_at(&pass->weights.negative, strip->position);
  of_positives.row = weights_at(&pass->weights.positive, strip->position);
  for (size_t column = segment->first; column < end; column += LANES) {
    vector negative[STRIP_ROWS], positive[STRIP_ROWS];
    const size_t position = serves_both ? strip->first_column + column : strip->position;
    of_negatives.column = weights_at(&others->negative, position);
    of_positives.column = weights_at(&others->positive, position);
    pair_weights(of_negatives, similarities + column, by, negative);
    pair_weights(of_positives, similarities + column, by, positive);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++)
      store(similarities + r * ROW_STRIDE + column,
            choose(pairs_of_kind(NEGATIVES, strip, r, column), negative[r],
                   choose(pairs_of_kind(POSITIVES, strip, r, column), positive[r], all(0))));
  }
}

/* Constant arguments remove branches; worth it for the most common cases. */
static void weigh_segment(const circle_backward_pass *pass, const anchor_strip *strip,
                          const column_segment *segment) {
  const bool serves_both = pass->operands->serves_both, fixed = pass->logits.fixed_scale;
  const bool detached = pass->detached;
  if (segment->kinds == POSITIVES)
    weigh_whole_segment(pass, strip, segment, terms(POSITIVES, false, serves_both, detached));
  else if (fixed && serves_both && !detached)
    weigh_whole_segment(pass, strip, segment, terms(NEGATIVES, true, true, false));
  else if (fixed && serves_both)
    weigh_whole_segment(pass, strip, segment, terms(NEGATIVES, true, true, true));
  else if (fixed)
    weigh_whole_segment(pass, strip, segment, terms(NEGATIVES, true, false, detached));
  else
    weigh_whole_segment(pass, strip, segment, terms(NEGATIVES, false, serves_both, detached));
}

/* Similarities become weights. */
static void weigh_strip(void *context, const anchor_strip *strip, workspace *work) {
  const circle_backward_pass *pass = context;
  (void)work;
  for (size_t r = 0; r < STRIP_ROWS; r++)
    memset(strip->similarities + r * ROW_STRIDE, 0, strip->first * sizeof(real));
  for (int s = 0; s < strip->segment_count; s++) {
    const column_segment *segment = &strip->segments[s];
    if (segment->masked)
      weigh_mixed_segment(pass, strip, segment);
    else
      weigh_segment(pass, strip, segment);
  }
}

static void backward_tile(void *context, const circle_tile *tile, void *memory) {
  const circle_backward_pass *pass = context;
  workspace *work = memory;
  real *stored = stored_tile(pass->store, tile);
  const strip_memory strips = {.similarities = stored == NULL ? work->similarities[0] : stored,
                               .stride = ROW_STRIDE,
                               .in_segments = true,
                               .known = stored != NULL};
  if (pass->steps & CIRCLE_WEIGH)
    for_each_strip(pass->operands, tile, strips, weigh_strip, context, work);
  if (pass->steps & CIRCLE_ROW_PRODUCTS) add_row_products(pass, tile, strips.similarities, work);
  if (pass->steps & CIRCLE_COLUMN_PRODUCTS)
    add_column_products(pass, tile, strips.similarities, work);
}

/* ---- similarities alone ---- */

static void store_tile(void *context, const circle_tile *tile, void *memory) {
  const circle_store_pass *pass = context;
  const strip_memory strips = {.similarities = stored_tile(pass->store, tile),
                               .stride = ROW_STRIDE};
  for_each_strip(pass->operands, tile, strips, NULL, context, memory);
}

#endif
