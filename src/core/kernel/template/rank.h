/* Ranking a tile: each negative is counted between two of its anchor's positives; see
 * evaluation/ranking.h. */
#ifndef CIRCLE_KERNEL_RANK_H
#define CIRCLE_KERNEL_RANK_H

/* Tiles are wider than elsewhere: an anchor's counts, which do not fit into the first level cache,
 * are then fetched once for more pairs. */
#define RANK_COLUMNS (CIRCLE_RANK_TILES * TILE_ROWS)
#define RANK_STRIDE (RANK_COLUMNS + 16)

#include "kernel/template/class_pairs.h"

/* Candidates located together. */
enum { LOCATED_AT_ONCE = 256 };

/* A thread's workspace in its other use. `candidates` are the similarities of a row that
 * may rank before a positive, with their positions in the row. */
typedef struct {
  real similarities[STRIPS_AT_ONCE * STRIP_ROWS][RANK_STRIDE];
  real candidates[RANK_STRIDE], next[LOCATED_AT_ONCE];
  natural position[RANK_STRIDE], bin[RANK_STRIDE], after[LOCATED_AT_ONCE];
  natural unsure[LOCATED_AT_ONCE + LANES];
  size_t rows[RANK_COLUMNS]; /* of the negatives of a row, where groups leave out some */
  class_columns class_columns;
} rank_workspace;
_Static_assert(sizeof(rank_workspace) <= sizeof(workspace), "the workspace is too small");

/* Segments that a tile can meet: it need not begin with one. */
#define MOST_SEGMENTS ((RANK_COLUMNS - 2) / CIRCLE_SEGMENT_COLUMNS + 2)

/* The negatives of one row of a tile, without gaps. */
typedef struct {
  const real *similarity;
  size_t count;
  size_t before, gap; /* after the first `before` of them `gap` columns are skipped */
  size_t later;       /* from here on they are counted and offered as hardest pairs */
  const size_t *rows; /* of the tile's columns, as given */
  size_t first_segment, segment_end[MOST_SEGMENTS]; /* how many there are up to its end */
} negative_row;

/* The column after the segment that is the given one from the first of the tile on. */
static size_t end_of_segment(const anchor_strip *strip, size_t segment) {
  const size_t columns = (size_t)strip->columns;
  const size_t before = strip->first_column % CIRCLE_SEGMENT_COLUMNS;
  return circle_smaller((segment + 1) * CIRCLE_SEGMENT_COLUMNS - before, columns);
}

/* Closes the gap: moves the negatives after the positives in place of these. */
static negative_row negatives_of(const circle_rank_pass *pass, const anchor_strip *strip,
                                 const circle_ranked_anchor *anchor, real *similarities) {
  const circle_tile tile = {.first_column = strip->first_column, .columns = (size_t)strip->columns};
  const size_t first = within_tile(anchor->first_column, &tile);
  const size_t end = within_tile(anchor->first_column + anchor->columns, &tile);
  if (end > first)
    memmove(similarities + first, similarities + end, (tile.columns - end) * sizeof(real));
  negative_row row = {.similarity = similarities,
                      .count = tile.columns - (end - first),
                      .before = first,
                      .gap = end - first,
                      .later = pass->ranking->each_pair_once ? first : 0,
                      .rows = pass->operands->references->order + strip->first_column,
                      .first_segment = strip->first_column / CIRCLE_SEGMENT_COLUMNS};
  for (size_t s = 0; s < MOST_SEGMENTS; s++) {
    const size_t column = end_of_segment(strip, s);
    row.segment_end[s] = column - (circle_smaller(column, end) - circle_smaller(column, first));
  }
  return row;
}

/* The same where groups leave out columns anywhere: rows are then numbered one by one. */
static negative_row grouped_negatives_of(const circle_rank_pass *pass, const anchor_strip *strip,
                                         const circle_ranked_anchor *anchor, real *similarities,
                                         rank_workspace *work) {
  const circle_operands *operands = pass->operands;
  const circle_group_relation wanted = circle_relation_of_negatives(&operands->settings);
  const int32_t *groups = operands->references->groups + strip->first_column;
  const size_t *rows = operands->references->order + strip->first_column;
  const int32_t group = operands->anchors.groups[anchor->position];
  const circle_tile tile = {.first_column = strip->first_column, .columns = (size_t)strip->columns};
  const size_t first = within_tile(anchor->first_column, &tile);
  const size_t end = within_tile(anchor->first_column + anchor->columns, &tile);
  negative_row row = {.similarity = similarities,
                      .rows = work->rows,
                      .first_segment = strip->first_column / CIRCLE_SEGMENT_COLUMNS};
  size_t count = 0, before = 0, column = 0;
  for (size_t s = 0; s < MOST_SEGMENTS; s++) {
    const size_t after = end_of_segment(strip, s);
    for (; column < after; column++) {
      if (column == first) before = count;
      if (column >= first && column < end) continue;
      similarities[count] = similarities[column];
      work->rows[count] = rows[column];
      count += circle_is_related(wanted, groups[column] == group);
    }
    row.segment_end[s] = count;
  }
  if (first == tile.columns) before = count;
  row.count = row.before = count;
  row.later = pass->ranking->each_pair_once ? before : 0;
  return row;
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

enum { SEARCHED_AT_ONCE = 8 };

static bool any_equal(const real *similarities, real number) {
  integers equal = all_integers(0);
  UNROLL
  for (size_t v = 0; v < SEARCHED_AT_ONCE; v++)
    equal |= COMPARE(load(similarities + v * LANES), ==, all(number));
  return any_lane(equal);
}

static void offer_nearest(const negative_row *row, size_t position, circle_ranked_anchor *anchor) {
  const double similarity = (double)row->similarity[position];
  const size_t candidate = row_at(row, position);
  if (similarity == anchor->nearest_negative && candidate > anchor->nearest_row) return;
  anchor->nearest_negative = similarity;
  anchor->nearest_row = (uint32_t)candidate;
}

static void find_nearest(const negative_row *row, real largest, circle_ranked_anchor *anchor) {
  const size_t step = SEARCHED_AT_ONCE * LANES;
  if ((double)largest < anchor->nearest_negative) return;
  for (size_t first = 0; first < row->count; first += step) {
    const size_t end = circle_smaller(first + step, row->count);
    if (end == first + step && !any_equal(row->similarity + first, largest)) continue;
    for (size_t i = first; i < end; i++)
      if (row->similarity[i] == largest) offer_nearest(row, i, anchor);
  }
}

/* ---- between which positives ---- */

/* Selects similarities of at least `least`, and their positions unless NULL. */
ALWAYS_INLINE size_t select_similarities(const real *similarities, size_t length, real least,
                                         real *selected, natural *positions) {
  size_t count = 0, i = 0;
#ifdef COMPRESS
  naturals position = (naturals)lane_numbers();
  for (; i + LANES <= length; i += LANES, position += LANES) {
    const vector similarity = load_anywhere(similarities + i);
    const lane_mask mask = LANES_FROM(similarity, all(least));
    COMPRESS(selected + count, mask, similarity);
    if (positions != NULL) COMPRESS_NATURALS(positions + count, mask, position);
    count += (size_t)__builtin_popcount(mask);
  }
#endif
  for (; i < length; i++) {
    selected[count] = similarities[i];
    if (positions != NULL) positions[count] = (natural)i;
    count += similarities[i] >= least;
  }
  return count;
}

/* How many of the next positives are more similar than a negative, of NUMBERS_COMPARED. */
ALWAYS_INLINE size_t count_above(const real *positives, real similarity) {
#ifdef BITS_ABOVE
  return (size_t)__builtin_popcount((unsigned)BITS_ABOVE(positives, similarity));
#else
  size_t count = 0;
  UNROLL
  for (size_t i = 0; i < NUMBERS_COMPARED; i++) count += positives[i] > similarity;
  return count;
#endif
}

/* The first of the positives first .. +count that ranks after the negative; first + count if none
 * does. */
static size_t first_after(const circle_ranked_anchor *anchor, size_t first, size_t count,
                          real similarity, size_t row) {
  while (count > 0) {
    const size_t half = count / 2, middle = first + half;
    const real positive = ((const real *)anchor->similarity)[middle];
    if (positive > similarity || (positive == similarity && anchor->rows[middle] < row)) {
      first = middle + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

/* Some candidates, which are located together. */
typedef struct {
  const real *similarity;
  const natural *position; /* in the row; NULL: from `first` on */
  size_t first, count;
} candidates;

static size_t position_of(const candidates *some, size_t i) {
  return some->position == NULL ? some->first + i : (size_t)some->position[i];
}

/* The bins of all candidates, and of some more. */
ALWAYS_INLINE void find_bins(const candidates *some, const circle_ranked_anchor *anchor,
                             natural *bin) {
  const real best = (real)anchor->best, per_unit = (real)anchor->steps_per_unit;
  for (size_t i = 0; i < some->count; i += LANES) {
    const naturals bins =
        anchor_steps(load(some->similarity + i), best, per_unit) >> anchor->step_bits;
    memcpy(bin + i, &bins, sizeof bins);
  }
}

/* Among the positives of a bin from `first` on. */
static size_t locate_exactly(const candidates *some, size_t i, size_t first, size_t bin,
                             const negative_row *row, const circle_ranked_anchor *anchor) {
  const size_t end = first_of_bin(anchor->bin, form_of_bins(anchor), bin + 1);
  if (first >= end) return first;
  return first_after(anchor, first, end - first, some->similarity[i],
                     row_at(row, position_of(some, i)));
}

/* For each candidate: how many positives are more similar, if its bin holds no more of them than
 * are compared; and the similarity of the next one. A loop without branches, and without a store
 * that a later load might have to wait for. */
ALWAYS_INLINE void locate(const candidates *some, const natural *bin,
                          const circle_ranked_anchor *anchor, bin_form form, natural *after,
                          real *next) {
  const void *bins = anchor->bin;
  const real *positives = anchor->similarity, *similarity = some->similarity;
  const size_t count = some->count;
  for (size_t i = 0; i < count; i++) {
    const size_t first = first_of_bin(bins, form, bin[i]);
    const size_t before = first + count_above(positives + first, similarity[i]);
    next[i] = positives[before];
    after[i] = (natural)before;
  }
}

static bool any_reaches(const real *next, const real *similarity, size_t count) {
  integers reached = all_integers(0);
  for (size_t i = 0; i < count; i += LANES)
    reached |= COMPARE(load(next + i), >=, load(similarity + i));
  return any_lane(reached);
}

/* A next positive that is not less similar is in the same bin: the two are equal, or the bin holds
 * more positives than are compared at once. */
NEVER_INLINE void locate_by_numbers(const candidates *some, const negative_row *row,
                                    const circle_ranked_anchor *anchor, rank_workspace *work) {
  find_bins(some, anchor, work->bin);
  for (size_t i = 0; i < some->count; i += LANES) store(work->next + i, all(-INFINITY));
  /* Marked bins are located by registers. */
  if (anchor->has_wide_bins || FORM_OF_BINS == MARKED_BINS)
    locate(some, work->bin, anchor, WIDE_BINS, work->after, work->next);
  else
    locate(some, work->bin, anchor, FORM_OF_BINS, work->after, work->next);
  if (!any_reaches(work->next, some->similarity, some->count)) return;
  for (size_t i = 0; i < some->count; i++)
    if (work->next[i] >= some->similarity[i])
      work->after[i] = (natural)locate_exactly(some, i, (size_t)work->after[i],
                                               (size_t)work->bin[i], row, anchor);
}

#ifdef GATHER

/* Marks the bins of sorted positives, from the last to the first. */
static void mark_bins(const circle_ranked_anchor *anchor) {
  const real best = (real)anchor->best, per_unit = (real)anchor->steps_per_unit;
  const real *positives = anchor->similarity;
  const natural within = ((natural)1 << anchor->step_bits) - 1;
  uint32_t *marked = anchor->bin;
  natural next = (natural)anchor->bins;
  for (size_t first = lanes_up(anchor->positives); first > 0;) {
    first -= LANES;
    const vector numbers = load_anywhere(positives + first);
    natural bin[LANES], step[LANES];
    const naturals steps = anchor_steps(numbers, best, per_unit);
    const naturals bins = steps >> anchor->step_bits, low = steps & within;
    memcpy(bin, &bins, sizeof bin);
    memcpy(step, &low, sizeof step);
    for (size_t i = circle_smaller(anchor->positives - first, LANES); i-- > 0; next = bin[i])
      marked[bin[i]] = (uint32_t)(first + i) << MARK_BITS | (uint32_t)step[i] |
                       (bin[i] == next ? (uint32_t)HOLDS_MORE : 0);
  }
}

/* The same with whole registers: the marks of a bin decide, unless it holds more positives, or the
 * step is the same. These candidates are listed, and then located one by one. What is less similar
 * than all positives is after them. */
NEVER_INLINE void locate_by_registers(const candidates *some, const negative_row *row,
                                      const circle_ranked_anchor *anchor, rank_workspace *work) {
  const real best = (real)anchor->best, per_unit = (real)anchor->steps_per_unit;
  const vector worst = all((real)anchor->worst);
  const naturals last = (naturals)all_integers((integer)anchor->positives);
  const natural within = ((natural)1 << anchor->step_bits) - 1;
  const real *positives = anchor->similarity;
  naturals number = (naturals)lane_numbers();
  size_t left = 0;
  for (size_t i = 0; i < some->count; i += LANES, number += LANES) {
    const vector given = load(some->similarity + i);
    const naturals steps = anchor_steps(maximum(given, worst), best, per_unit);
    const naturals bins = steps >> anchor->step_bits, step = steps & within;
    const naturals marked = GATHER(anchor->bin, bins);
    const naturals first_step = marked & FIRST_STEP;
    const integers after_first = COMPARE(first_step, <, step);
    const integers beyond = COMPARE(given, <, worst);
    const integers unsure = COMPARE(first_step, ==, step) |
                            (after_first & COMPARE(marked & HOLDS_MORE, !=, (naturals){0}));
    const naturals before = (marked >> MARK_BITS) - (naturals)after_first;
    const naturals after = (before & ~(naturals)beyond) | (last & (naturals)beyond);
    memcpy(work->bin + i, &bins, sizeof bins);
    memcpy(work->after + i, &after, sizeof after);
    const lane_mask listed = LANES_OF(unsure & ~beyond);
    COMPRESS_NATURALS(work->unsure + left, listed, number);
    left += (size_t)__builtin_popcount(listed);
  }
  while (left > 0 && work->unsure[left - 1] >= some->count) left--; /* not candidates */
  for (size_t u = 0; u < left; u++) {
    const size_t i = (size_t)work->unsure[u], bin = (size_t)work->bin[i];
    const size_t first = first_of_bin(anchor->bin, MARKED_BINS, bin);
    const size_t before = first + count_above(positives + first, some->similarity[i]);
    work->after[i] = (natural)(positives[before] < some->similarity[i]
                                   ? before
                                   : locate_exactly(some, i, before, bin, row, anchor));
  }
}

#endif

/* In parts whose buffers stay in the first level cache. */
static void count_candidates(const negative_row *row, candidates all, circle_ranked_anchor *anchor,
                             rank_workspace *work) {
  for (size_t first = 0; first < all.count; first += LOCATED_AT_ONCE) {
    const candidates some = {all.similarity + first,
                             all.position == NULL ? NULL : all.position + first, first,
                             circle_smaller(all.count - first, LOCATED_AT_ONCE)};
#ifdef GATHER
    if (anchor->has_wide_bins)
      locate_by_numbers(&some, row, anchor, work);
    else
      locate_by_registers(&some, row, anchor, work);
#else
    locate_by_numbers(&some, row, anchor, work);
#endif
    for (size_t i = 0; i < some.count; i++) anchor->between[work->after[i]]++;
  }
}

#ifdef GATHER

/* Whether nearly all of a row are candidates, so that selecting them would cost more than it saves.
 */
static bool are_most(const negative_row *row, real least) {
  size_t count = 0;
  for (size_t i = 0; i + LANES <= row->count; i += LANES)
    count += (size_t)__builtin_popcount(LANES_FROM(load(row->similarity + i), all(least)));
  return count >= row->count - row->count / 8;
}

#endif

static void count_between(const negative_row *row, circle_ranked_anchor *anchor,
                          rank_workspace *work) {
  const real least = (real)anchor->worst;
#ifdef GATHER
  if (!anchor->has_wide_bins && are_most(row, least)) {
    count_candidates(row, (candidates){row->similarity, NULL, 0, row->count}, anchor, work);
    return;
  }
#endif
  const size_t count =
      select_similarities(row->similarity, row->count, least, work->candidates, work->position);
  /* Registers are filled up with numbers that have a bin. */
  for (size_t i = count; i < circle_round_up(count, LANES); i++)
    work->candidates[i] = (real)anchor->best;
  count_candidates(row, (candidates){work->candidates, work->position, 0, count}, anchor, work);
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
  for (size_t i = row->later; i < row->count; i++) histogram->recent_negative[work->bin[i]]++;
}

static void find_part_bins(const real *similarity, size_t count, const circle_parts *parts,
                           natural *bin) {
  const real lowest = (real)parts->lowest, per_unit = (real)parts->bins_per_unit;
  const real last = CIRCLE_PART_BINS - 1;
  for (size_t i = 0; i < count; i += LANES) {
    const vector x = (load_anywhere(similarity + i) - lowest) * per_unit;
    const naturals bins = nearest_natural(maximum(minimum(x, all(last)), all(0)));
    memcpy(bin + i, &bins, sizeof bins);
  }
}

/* All of a segment. Negatives are counted by both of their anchors. */
static void count_for_part(const real *similarity, size_t count, const circle_parts *parts,
                           uint64_t *counters, rank_workspace *work) {
  find_part_bins(similarity, count, parts, work->bin);
  for (size_t i = 0; i < count; i++) counters[work->bin[i]]++;
}

/* The least similar negative of the highest bins, and of a bin more, for rounding. */
static double least_of_highest(const circle_parts *parts) {
  return parts->lowest + ((double)parts->counted_from - 1.0) / parts->bins_per_unit;
}

/* Those of the highest bins alone. */
static void count_highest_for_part(const real *similarity, size_t count, const circle_parts *parts,
                                   uint64_t *counters, rank_workspace *work) {
  const natural from = (natural)parts->counted_from;
  const size_t selected =
      select_similarities(similarity, count, (real)least_of_highest(parts), work->candidates, NULL);
  find_part_bins(work->candidates, selected, parts, work->bin);
  for (size_t i = 0; i < selected; i++) counters[work->bin[i]] += work->bin[i] >= from;
}

static void count_for_parts(const negative_row *row, double largest,
                            const circle_part_counts *counts, const circle_ranked_anchor *anchor,
                            rank_workspace *work) {
  const circle_parts *parts = &counts->parts;
  const bool any_high = largest >= least_of_highest(parts);
  for (size_t s = 0, first = 0; first < row->count; first = row->segment_end[s++]) {
    const real *similarity = row->similarity + first;
    const size_t count = row->segment_end[s] - first;
    if (circle_is_sampled(counts, anchor->position, row->first_segment + s))
      count_for_part(similarity, count, parts, anchor->part.negative, work);
    else if (any_high)
      count_highest_for_part(similarity, count, parts, anchor->part.negative, work);
  }
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
  if (anchor->positives > 0 && largest >= anchor->worst) count_between(row, anchor, work);
  if (anchor->part.negative != NULL)
    count_for_parts(row, largest, &ranking->part_counts, anchor, work);
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
  if (pass->ranking->part_counts.pair_sums != NULL)
    sum_class_pairs(pass, strip, &work->class_columns);
  for (size_t r = 0; r < strip->rows; r++) {
    circle_ranked_anchor *anchor = &pass->ranking->anchors[strip->row + r];
    real *similarities = strip->similarities + r * RANK_STRIDE;
    const negative_row row = pass->operands->settings.group_rule == CIRCLE_ALL_PAIRS
                                 ? negatives_of(pass, strip, anchor, similarities)
                                 : grouped_negatives_of(pass, strip, anchor, similarities, work);
    if (row.count > 0) rank_row(&row, pass->ranking, anchor, work);
  }
}

/* The bins of an anchor are marked with its first tile. */
static void rank_tile(void *context, const circle_tile *tile, void *memory) {
  const circle_rank_pass *pass = context;
  rank_workspace *work = memory;
  const strip_memory strips = {
      .similarities = work->similarities[0], .stride = RANK_STRIDE, .reused = true};
#ifdef GATHER
  for (size_t r = 0; tile->first_column == 0 && r < tile->rows; r++)
    if (!pass->ranking->anchors[r].has_wide_bins) mark_bins(&pass->ranking->anchors[r]);
#endif
  for_each_strip(pass->operands, tile, strips, rank_strip, context, memory);
}

#endif
