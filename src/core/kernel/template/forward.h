/* The forward pass over a tile: the exponentials of all pairs, summed for each anchor.
 *
 * Where the references are anchors too, a pair is both (i, j) and (j, i): its exponential is
 * computed once and added to row i and to column j. */
#ifndef CIRCLE_KERNEL_FORWARD_H
#define CIRCLE_KERNEL_FORWARD_H

/* Logits of one register of columns, for all rows of the strip. */
ALWAYS_INLINE void logits_of(pair_kind kind, const real *similarities, formula by, vector *logit) {
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++)
    logit[r] = logit_of_base(logit_base(kind, load(similarities + r * ROW_STRIDE), by), by);
}

/* Negatives whose logits fit one common scale: sums of 2^(logit - FIXED_SCALE). */
ALWAYS_INLINE void add_fixed(const anchor_strip *strip, const column_segment *segment, bool masked,
                             bool serves_both, formula by, workspace *work, vector *row_sums) {
  const size_t end = segment->first + segment->columns;
  for (size_t column = segment->first; column < end; column += LANES) {
    vector logit[STRIP_ROWS], power[STRIP_ROWS], column_sum = all(0);
    logits_of(NEGATIVES, strip->similarities + column, by, logit);
    exp2_fixed(logit, power);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      if (masked) power[r] = choose(pairs_of_kind(NEGATIVES, strip, r, column), power[r], all(0));
      row_sums[r] += power[r];
      column_sum += power[r];
    }
    if (serves_both) {
      real *sums = work->negatives.sum + column;
      store(sums, load(sums) + column_sum);
    }
  }
}

/* Any logits: the scale of a row of the strip, or of a column, is that of its largest logit so far,
 * a running maximum (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
 * Integer scales make rescaling exact. */
ALWAYS_INLINE void add_floating(const anchor_strip *strip, const column_segment *segment,
                                pair_kind kind, bool masked, bool serves_both, formula by,
                                workspace *work, circle_accumulator *rows) {
  const size_t end = segment->first + segment->columns;
  column_sums *columns = kind == NEGATIVES ? &work->negatives : &work->positives;
  vector row_scale[STRIP_ROWS], row_sum[STRIP_ROWS];
  for (size_t r = 0; r < STRIP_ROWS; r++) row_scale[r] = row_sum[r] = all(0);

  for (size_t column = segment->first; column < end; column += LANES) {
    vector logit[STRIP_ROWS], power[STRIP_ROWS], whole[STRIP_ROWS], largest = all(0);
    logits_of(kind, strip->similarities + column, by, logit);
    exp2_split(logit, power, whole);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      if (masked) {
        integers pairs = pairs_of_kind(kind, strip, r, column);
        power[r] = choose(pairs, power[r], all(0));
        whole[r] = choose(pairs, whole[r], all(0));
      }
      store(work->powers[r] + column, power[r]);
      store(work->wholes[r] + column, whole[r]);
      row_scale[r] = maximum(row_scale[r], whole[r]);
      largest = maximum(largest, whole[r]);
    }
    if (serves_both) {
      vector before = load(columns->scale + column), scale = maximum(before, largest);
      vector sum = load(columns->sum + column) * exp2_of_whole(before - scale);
      UNROLL
      for (size_t r = 0; r < STRIP_ROWS; r++) sum += power[r] * exp2_of_whole(whole[r] - scale);
      store(columns->sum + column, sum);
      store(columns->scale + column, scale);
    }
  }

  for (size_t r = 0; r < strip->rows; r++) {
    const real scale = largest_lane(row_scale[r]);
    for (size_t column = segment->first; column < end; column += LANES) {
      vector whole = load(work->wholes[r] + column);
      row_sum[r] += load(work->powers[r] + column) * exp2_of_whole(whole - scale);
    }
    circle_accumulate(&rows[r], sum_of_lanes(row_sum[r]), (double)scale);
  }
}

/* The flags are constants in the calls below, which removes branches. */
static void add_negatives_fixed(const anchor_strip *strip, bool serves_both, formula by,
                                workspace *work, circle_accumulator *rows) {
  vector row_sums[STRIP_ROWS];
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) row_sums[r] = all(0);
  for (int s = 0; s < strip->segment_count; s++) {
    const column_segment *segment = &strip->segments[s];
    if (!(segment->kinds & NEGATIVES)) continue;
    if (segment->masked)
      add_fixed(strip, segment, true, serves_both, by, work, row_sums);
    else if (serves_both)
      add_fixed(strip, segment, false, true, by, work, row_sums);
    else
      add_fixed(strip, segment, false, false, by, work, row_sums);
  }
  for (size_t r = 0; r < strip->rows; r++)
    circle_accumulate(&rows[r], sum_of_lanes(row_sums[r]), FIXED_SCALE);
}

static void add_pairs_floating(const anchor_strip *strip, pair_kind kind, bool serves_both,
                               formula by, workspace *work, circle_accumulator *rows) {
  for (int s = 0; s < strip->segment_count; s++) {
    const column_segment *segment = &strip->segments[s];
    if (!(segment->kinds & kind)) continue;
    if (segment->masked)
      add_floating(strip, segment, kind, true, serves_both, by, work, rows);
    else if (kind == NEGATIVES)
      add_floating(strip, segment, NEGATIVES, false, serves_both, by, work, rows);
    else
      add_floating(strip, segment, POSITIVES, false, serves_both, by, work, rows);
  }
}

static bool holds_positives(const anchor_strip *strip) {
  for (size_t r = 0; r < strip->rows; r++)
    if (strip->first_positive[r] < strip->first_trailing[r]) return true;
  return false;
}

static void add_strip(void *context, const anchor_strip *strip, workspace *work) {
  const circle_forward_pass *pass = context;
  const bool serves_both = pass->operands->serves_both;
  const formula by = formula_of(&pass->logits);
  circle_accumulator *negatives = pass->sums.negatives + strip->position;
  if (pass->logits.fixed_scale)
    add_negatives_fixed(strip, serves_both, by, work, negatives);
  else
    add_pairs_floating(strip, NEGATIVES, serves_both, by, work, negatives);
  if (holds_positives(strip)) {
    work->has_positives = true;
    add_pairs_floating(strip, POSITIVES, serves_both, by, work,
                       pass->sums.positives + strip->position);
  }
}

static void begin_columns(bool fixed_scale, workspace *work) {
  const real negative_scale = fixed_scale ? FIXED_SCALE : 0;
  work->has_positives = false;
  for (size_t j = 0; j < TILE_ROWS; j++) {
    work->negatives.sum[j] = work->positives.sum[j] = work->positives.scale[j] = 0;
    work->negatives.scale[j] = negative_scale;
  }
}

static void add_columns(const column_sums *columns, size_t count, circle_accumulator *anchors) {
  for (size_t j = 0; j < count; j++)
    circle_accumulate(&anchors[j], (double)columns->sum[j], (double)columns->scale[j]);
}

static void forward_tile(void *context, const circle_tile *tile, void *memory) {
  const circle_forward_pass *pass = context;
  const bool serves_both = pass->operands->serves_both;
  workspace *work = memory;
  real *stored = stored_tile(pass->store, tile);
  const strip_memory strips = {.similarities = stored == NULL ? work->similarities[0] : stored,
                               .stride = ROW_STRIDE,
                               .in_segments = true,
                               .reused = stored == NULL};
  if (serves_both) begin_columns(pass->logits.fixed_scale, work);
  for_each_strip(pass->operands, tile, strips, add_strip, context, work);
  if (!serves_both) return;
  add_columns(&work->negatives, tile->columns, pass->column_sums.negatives + tile->first_column);
  if (work->has_positives)
    add_columns(&work->positives, tile->columns, pass->column_sums.positives + tile->first_column);
}

#endif
