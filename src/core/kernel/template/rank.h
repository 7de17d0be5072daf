/* Ranking a tile: each negative is counted between two of its anchor's positives; see
 * evaluation/ranking.h. */
#ifndef CIRCLE_KERNEL_RANK_H
#define CIRCLE_KERNEL_RANK_H

/* Tiles are wider than elsewhere: an anchor's counts, which do not fit into the first level cache,
 * are then fetched once for more pairs. */
#define RANK_COLUMNS (CIRCLE_RANK_TILES * TILE_ROWS)
#define RANK_STRIDE (RANK_COLUMNS + 16)

/* A thread's workspace in its other use. `candidates` are the similarities of a row that
 * may rank before a positive, with their positions in the row. */
typedef struct {
  real similarities[STRIPS_AT_ONCE * STRIP_ROWS][RANK_STRIDE];
  real candidates[RANK_STRIDE];
  natural position[RANK_STRIDE], bin[RANK_STRIDE];
} rank_workspace;
_Static_assert(sizeof(rank_workspace) <= sizeof(workspace), "the workspace is too small");

/* The negatives of one row of a tile, without gaps. */
typedef struct {
  const real *similarity;
  size_t count;
  size_t before, gap; /* after the first `before` of them `gap` columns are skipped */
  size_t later;       /* from here on they are counted and offered as hardest pairs */
  const size_t *rows; /* of the tile's columns, as given */
  bool sampled;       /* counted for the anchor's group */
} negative_row;

/* Closes the gap: moves the negatives after the positives in place of these. */
static negative_row negatives_of(const circle_rank_pass *pass, const anchor_strip *strip,
                                 const circle_ranked_anchor *anchor, real *similarities) {
  const circle_tile tile = {.first_column = strip->first_column, .columns = (size_t)strip->columns};
  const size_t first = within_tile(anchor->first_column, &tile);
  const size_t end = within_tile(anchor->first_column + anchor->columns, &tile);
  if (end > first)
    memmove(similarities + first, similarities + end, (tile.columns - end) * sizeof(real));
  return (negative_row){.similarity = similarities,
                        .count = tile.columns - (end - first),
                        .before = first,
                        .gap = end - first,
                        .later = pass->ranking->each_pair_once ? first : 0,
                        .rows = pass->operands->references->order + strip->first_column,
                        .sampled = circle_is_sampled(&pass->ranking->group_counts, anchor->position,
                                                     strip->first_column)};
}

static size_t row_at(const negative_row *row, size_t position) {
  return row->rows[position < row->before ? position : position + row->gap];
}

/* ---- moments ---- */

typedef struct {
  double sum, squares; /* of distances from a mean */
  real least, largest;
} row_summary;

/* Which multiplications compilers fuse with additions depends on inlining, which is therefore
 * fixed: results must keep their last bits. */
#if VECTOR_BYTES == 64 && !REAL_IS_DOUBLE
NEVER_INLINE
#else
static
#endif
row_summary summarize(const negative_row *row, double scale, double mean) {
  const size_t whole = lanes_down(row->count);
  vector least = all(row->similarity[0]), largest = least;
  wide sum[WIDE_PARTS], squares[WIDE_PARTS];
  for (size_t part = 0; part < WIDE_PARTS; part++) sum[part] = squares[part] = all_wide(0.0);
  for (size_t i = 0; i < whole; i += LANES) {
    const vector similarity = load(row->similarity + i);
    least = minimum(least, similarity);
    largest = maximum(largest, similarity);
    UNROLL
    for (size_t part = 0; part < WIDE_PARTS; part++) {
      const wide distance = widened(similarity, part) * scale - mean;
      sum[part] += distance;
      squares[part] += distance * distance;
    }
  }
  row_summary summary = {0.0, 0.0, -largest_lane(-least), largest_lane(largest)};
  for (size_t part = 0; part < WIDE_PARTS; part++) {
    summary.sum += sum_of_wide(sum[part]);
    summary.squares += sum_of_wide(squares[part]);
  }
  for (size_t i = whole; i < row->count; i++) {
    const real similarity = row->similarity[i];
    const double distance = (double)similarity * scale - mean;
    summary.sum += distance;
    summary.squares += distance * distance;
    if (similarity < summary.least) summary.least = similarity;
    if (similarity > summary.largest) summary.largest = similarity;
  }
  return summary;
}

static row_summary add_moments(const negative_row *row, double scale, circle_moments *moments) {
  if (moments->count == 0.0) moments->mean = (double)row->similarity[0] * scale;
  const row_summary summary = summarize(row, scale, moments->mean);
  circle_add_distances(moments, (double)row->count, summary.sum, summary.squares);
  circle_widen_range(moments, (double)summary.least * scale, (double)summary.largest * scale);
  return summary;
}

/* ---- the nearest negative ---- */

static void find_nearest(const negative_row *row, real largest, circle_ranked_anchor *anchor) {
  if ((double)largest < anchor->nearest_negative) return;
  for (size_t i = 0; i < row->count; i++) {
    const size_t candidate = row_at(row, i);
    if (row->similarity[i] != largest) continue;
    if ((double)largest == anchor->nearest_negative && candidate > anchor->nearest_row) continue;
    anchor->nearest_negative = (double)largest;
    anchor->nearest_row = (uint32_t)candidate;
  }
}

/* ---- between which positives ---- */

/* The integer nearest to x, 0 <= x < 2^22. */
ALWAYS_INLINE naturals nearest_natural(vector x) {
  const natural low_bits = ((natural)1 << 22) - 1;
  return bits_of(x + ROUNDER) & low_bits;
}

/* Bins descend from the best positive. Counting relies only on their monotonicity: a smaller number
 * is in the same bin or a later one. */
ALWAYS_INLINE naturals anchor_bins(vector similarity, real best, real per_unit) {
  return nearest_natural(maximum(best - similarity, all(0)) * per_unit);
}

/* 0, a single bin, for a range so narrow that the quotient would overflow. */
static double bins_per_unit(const circle_ranked_anchor *anchor) {
  const double range = anchor->similarity[0] - anchor->similarity[anchor->positives - 1];
  return range > 0x1p-100 ? (double)(anchor->bins - 1) / range : 0.0;
}

enum { BINNED_AT_ONCE = 64 };

/* The bins of the positives first .. +count. */
static void bins_of_positives(const circle_ranked_anchor *anchor, size_t first, size_t count,
                              natural *bin) {
  const real best = (real)anchor->similarity[0], per_unit = (real)anchor->bins_per_unit;
  real numbers[BINNED_AT_ONCE] = {0};
  for (size_t i = 0; i < count; i++) numbers[i] = (real)anchor->similarity[first + i];
  for (size_t i = 0; i < count; i += LANES) {
    vector similarity;
    memcpy(&similarity, numbers + i, sizeof similarity);
    const naturals bins = anchor_bins(similarity, best, per_unit);
    memcpy(bin + i, &bins, sizeof bins);
  }
}

/* Counts the positives in each bin, then those before it. */
static void set_bins(circle_ranked_anchor *anchor) {
  anchor->bins_per_unit = bins_per_unit(anchor);
  memset(anchor->bin, 0, (anchor->bins + 1) * sizeof *anchor->bin);
  for (size_t first = 0; first < anchor->positives; first += BINNED_AT_ONCE) {
    const size_t left = anchor->positives - first;
    const size_t count = left < BINNED_AT_ONCE ? left : BINNED_AT_ONCE;
    natural bin[BINNED_AT_ONCE];
    bins_of_positives(anchor, first, count, bin);
    for (size_t i = 0; i < count; i++) anchor->bin[bin[i] + 1]++;
  }
  for (size_t b = 0; b < anchor->bins; b++) anchor->bin[b + 1] += anchor->bin[b];
}

/* Selects similarities of at least `least`. */
static size_t select_candidates(const negative_row *row, real least, rank_workspace *work) {
  size_t count = 0, i = 0;
#ifdef COMPRESS
  naturals position = (naturals)lane_numbers();
  for (; i + LANES <= row->count; i += LANES, position += LANES) {
    const vector similarity = load(row->similarity + i);
    const lane_mask mask = LANES_FROM(similarity, all(least));
    COMPRESS(work->candidates + count, mask, similarity);
    COMPRESS_NATURALS(work->position + count, mask, position);
    count += (size_t)__builtin_popcount(mask);
  }
#endif
  for (; i < row->count; i++) {
    work->candidates[count] = row->similarity[i];
    work->position[count] = (natural)i;
    count += row->similarity[i] >= least;
  }
  return count;
}

/* The first of the positives first .. +count that ranks after the negative; first + count if none
 * does. */
static size_t first_after(const circle_ranked_anchor *anchor, size_t first, size_t count,
                          double similarity, size_t row) {
  while (count > 0) {
    const size_t half = count / 2, middle = first + half;
    const double positive = anchor->similarity[middle];
    if (positive > similarity || (positive == similarity && anchor->rows[middle] < row)) {
      first = middle + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

/* Most bins hold one positive or none, so one comparison finds the first positive after a negative:
 * that of the bin, or the one after it, which is smaller anyway. */
static void count_between(const negative_row *row, circle_ranked_anchor *anchor,
                          rank_workspace *work) {
  const real best = (real)anchor->similarity[0], per_unit = (real)anchor->bins_per_unit;
  const size_t count =
      select_candidates(row, (real)anchor->similarity[anchor->positives - 1], work);
  for (size_t i = 0; i < count; i += LANES) {
    const naturals bins = anchor_bins(load(work->candidates + i), best, per_unit);
    memcpy(work->bin + i, &bins, sizeof bins);
  }
  for (size_t i = 0; i < count; i++) {
    const double similarity = (double)work->candidates[i];
    const uint32_t *bin = anchor->bin + work->bin[i];
    size_t after = bin[0];
    after += anchor->similarity[after] > similarity;
    if (anchor->similarity[after] >= similarity && after < bin[1])
      after =
          first_after(anchor, after, bin[1] - after, similarity, row_at(row, work->position[i]));
    anchor->between[after]++;
  }
}

/* ---- pairs by similarity ---- */

/* circle_bin_of() for any number. */
ALWAYS_INLINE naturals similarity_bins(vector similarity, real per_unit) {
  const real half = CIRCLE_BINS / 2;
  const vector x = maximum(minimum(similarity * per_unit, all(half - 1)), all(-half));
  const vector nearest = (x + ROUNDER) - ROUNDER;
  const vector floored = choose(COMPARE(nearest, >, x), nearest - (real)1, nearest);
  return nearest_natural(floored + half);
}

static void count_similarities(const negative_row *row, const circle_histogram *histogram,
                               rank_workspace *work) {
  const real per_unit = (real)histogram->bins_per_unit;
  for (size_t i = lanes_down(row->later); i < row->count; i += LANES) {
    const naturals bins = similarity_bins(load(row->similarity + i), per_unit);
    memcpy(work->bin + i, &bins, sizeof bins);
  }
  for (size_t i = row->later; i < row->count; i++) histogram->negative[work->bin[i]]++;
}

/* Negatives are counted by both of their anchors. */
static void count_for_group(const negative_row *row, const circle_groups *groups,
                            uint64_t *counters, rank_workspace *work) {
  const real lowest = (real)groups->lowest, per_unit = (real)groups->bins_per_unit;
  const real last = CIRCLE_GROUP_BINS - 1;
  for (size_t i = 0; i < row->count; i += LANES) {
    const vector bin = (load(row->similarity + i) - lowest) * per_unit;
    const naturals bins = nearest_natural(maximum(minimum(bin, all(last)), all(0)));
    memcpy(work->bin + i, &bins, sizeof bins);
  }
  for (size_t i = 0; i < row->count; i++) counters[work->bin[i]]++;
}

static void append_keys(const negative_row *row, circle_ranked_anchor *anchor) {
  for (size_t i = row->later; i < row->count; i++)
    *anchor->negative_keys++ = circle_key_of((double)row->similarity[i]);
}

static void offer_negatives(const negative_row *row, const circle_ranking *ranking,
                            const circle_ranked_anchor *anchor, circle_hardest *hardest) {
  for (size_t i = row->later; i < row->count; i++) {
    if ((double)row->similarity[i] < hardest->threshold) continue;
    const size_t reference = row_at(row, i);
    const bool swapped = ranking->each_pair_once && reference < anchor->row;
    circle_offer(hardest,
                 (circle_pair){swapped ? reference : anchor->row, swapped ? anchor->row : reference,
                               (double)row->similarity[i]});
  }
}

/* ---- tiles ---- */

static void rank_row(const negative_row *row, circle_ranking *ranking, circle_ranked_anchor *anchor,
                     rank_workspace *work) {
  const double largest = (double)add_moments(row, ranking->moment_scale, &anchor->negative).largest;
  find_nearest(row, (real)largest, anchor);
  if (anchor->positives > 0 && largest >= anchor->similarity[anchor->positives - 1])
    count_between(row, anchor, work);
  if (anchor->group.negative != NULL && row->sampled)
    count_for_group(row, &ranking->group_counts.groups, anchor->group.negative, work);
  if (row->later >= row->count) return;
  if (anchor->negative_keys != NULL)
    append_keys(row, anchor);
  else
    count_similarities(row, &ranking->histogram, work);
  if (largest >= ranking->hardest_negatives.threshold)
    offer_negatives(row, ranking, anchor, &ranking->hardest_negatives);
}

static void rank_strip(void *context, const anchor_strip *strip, workspace *memory) {
  const circle_rank_pass *pass = context;
  rank_workspace *work = (rank_workspace *)memory;
  for (size_t r = 0; r < strip->rows; r++) {
    circle_ranked_anchor *anchor = &pass->ranking->anchors[strip->row + r];
    const negative_row row =
        negatives_of(pass, strip, anchor, strip->similarities + r * RANK_STRIDE);
    if (row.count > 0) rank_row(&row, pass->ranking, anchor, work);
  }
}

/* The bins of an anchor are set with its first tile. */
static void rank_tile(void *context, const circle_tile *tile, void *memory) {
  const circle_rank_pass *pass = context;
  rank_workspace *work = memory;
  const strip_memory strips = {
      .similarities = work->similarities[0], .stride = RANK_STRIDE, .reused = true};
  for (size_t r = 0; tile->first_column == 0 && r < tile->rows; r++)
    if (pass->ranking->anchors[r].positives > 0) set_bins(&pass->ranking->anchors[r]);
  for_each_strip(pass->operands, tile, strips, rank_strip, context, memory);
}

#endif
