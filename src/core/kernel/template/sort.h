/* Sorting the positives of an anchor, the most similar first, ties by row.
 *
 * Their range is cut into so many equal bins that most hold one or none. A counting sort by bin
 * then leaves little to an insertion sort, which moves numbers only within a bin. */
#ifndef CIRCLE_KERNEL_SORT_H
#define CIRCLE_KERNEL_SORT_H

/* Up to this many an insertion sort alone is faster. */
#define FEW_POSITIVES 24

/* Where numbers crowd in a few bins, an insertion sort would take long: it gives up after so many
 * moves of each number on average. */
#define MOST_MOVES 8

/* ---- bins, also used for ranking ---- */

/* An integer below 2^STEP_BITS can be the result of nearest_natural(). */
enum { STEP_BITS = 22, MOST_BITS_OF_BIN = 14 };

/* The integer nearest to x, 0 <= x < 2^22. */
ALWAYS_INLINE naturals nearest_natural(vector x) {
  const natural low_bits = ((natural)1 << STEP_BITS) - 1;
  return bits_of(x + ROUNDER) & low_bits;
}

/* Steps, and so bins, descend from the best positive. Counting relies only on their monotonicity: a
 * smaller number is in the same step or a later one. */
ALWAYS_INLINE naturals anchor_steps(vector similarity, real best, real per_unit) {
  return nearest_natural(maximum(best - similarity, all(0)) * per_unit);
}

static void set_steps(circle_ranked_anchor *anchor) {
  size_t steps = anchor->bins;
  int bits = 0;
  for (; bits < MOST_BITS_OF_BIN && steps < (size_t)1 << STEP_BITS; bits++) steps *= 2;
  anchor->step_bits = bits;
  /* Rounding takes no number beyond the last of 2^22 steps. A single step for a range so narrow
   * that the quotient would overflow. */
  const double range = anchor->best - anchor->worst;
  anchor->steps_per_unit = range > 0x1p-100 ? (double)(steps - 4) / range : 0.0;
}

/* What a table of bins consists of: in 32 bits, in 16, or in 32 bits with marks. These tell the
 * step of the first positive of the bin, and whether it holds more. */
typedef enum { WIDE_BINS, SHORT_BINS, MARKED_BINS } bin_form;
enum { FIRST_STEP = 0x7fff, HOLDS_MORE = 0x8000, MARK_BITS = 16 };

#ifdef GATHER
#define FORM_OF_BINS MARKED_BINS
#define BYTES_PER_BIN sizeof(uint32_t)
#else
#define FORM_OF_BINS SHORT_BINS
#define BYTES_PER_BIN sizeof(uint16_t)
#endif

/* `form` is a constant in hot loops. */
ALWAYS_INLINE size_t first_of_bin(const void *bin, bin_form form, size_t b) {
  if (form == SHORT_BINS) return ((const uint16_t *)bin)[b];
  return ((const uint32_t *)bin)[b] >> (form == MARKED_BINS ? MARK_BITS : 0);
}

static bin_form form_of_bins(const circle_ranked_anchor *anchor) {
  return anchor->has_wide_bins ? WIDE_BINS : FORM_OF_BINS;
}

/* ---- sorting ---- */

/* Positives on their way: by bin. */
typedef struct {
  real *similarity;
  uint32_t *rows, *bin;
} binned_positives;

/* Their extremes; and 0 in place of -0, which is equal. */
static void find_range(circle_ranked_anchor *anchor) {
  real *similarity = anchor->similarity;
  const size_t count = anchor->positives, whole = lanes_down(count);
  vector least = all(similarity[0]), largest = least;
  for (size_t i = 0; i < whole; i += LANES) {
    vector numbers = load_anywhere(similarity + i);
    numbers += (real)0;
    memcpy(similarity + i, &numbers, sizeof numbers);
    least = minimum(least, numbers);
    largest = maximum(largest, numbers);
  }
  real best = largest_lane(largest), worst = -largest_lane(-least);
  for (size_t i = whole; i < count; i++) {
    similarity[i] += (real)0;
    if (similarity[i] > best) best = similarity[i];
    if (similarity[i] < worst) worst = similarity[i];
  }
  anchor->best = (double)best + 0.0;
  anchor->worst = (double)worst + 0.0;
}

/* The bin of each positive, and how many are in each. Similarities may be read past the last one,
 * up to CIRCLE_RANK_PADDING. */
static void count_in_bins(const circle_ranked_anchor *anchor, uint32_t *bin, uint32_t *counts) {
  const real best = (real)anchor->best, per_unit = (real)anchor->steps_per_unit;
  const real *similarity = anchor->similarity;
  memset(counts, 0, anchor->bins * sizeof *counts);
  for (size_t first = 0; first < anchor->positives; first += LANES) {
    const vector numbers = load_anywhere(similarity + first);
    natural bin_of[LANES];
    const naturals near = anchor_steps(numbers, best, per_unit) >> anchor->step_bits;
    memcpy(bin_of, &near, sizeof bin_of);
    const size_t count = circle_smaller(anchor->positives - first, LANES);
    for (size_t i = 0; i < count; i++) {
      bin[first + i] = (uint32_t)bin_of[i];
      counts[bin_of[i]]++;
    }
  }
}

/* From counts to the first place of each bin. */
static void sum_counts(size_t bins, uint32_t *counts) {
  uint32_t next = 0;
  size_t b = 0;
#ifdef SUMS_BEFORE
  for (; b + COUNTS_AT_ONCE <= bins; b += COUNTS_AT_ONCE) next = SUMS_BEFORE(counts + b, next);
#endif
  for (; b < bins; b++) {
    const uint32_t count = counts[b];
    counts[b] = next;
    next += count;
  }
}

static void mark_as_empty(size_t bins, const uint32_t *first, uint32_t *marked) {
  size_t b = 0;
#ifdef SHIFT_COUNTS
  for (; b + COUNTS_AT_ONCE <= bins; b += COUNTS_AT_ONCE)
    SHIFT_COUNTS(marked + b, first + b, MARK_BITS, FIRST_STEP);
#endif
  for (; b < bins; b++) marked[b] = first[b] << MARK_BITS | FIRST_STEP;
}

/* The anchor keeps them. Marks are those of an empty bin at first. */
static void keep_bins(const circle_ranked_anchor *anchor, const uint32_t *first) {
  const size_t bins = anchor->bins;
  const uint32_t end = (uint32_t)anchor->positives;
  uint32_t *wide = anchor->bin;
  uint16_t *narrow = anchor->bin;
  switch (form_of_bins(anchor)) {
    case WIDE_BINS:
      memcpy(wide, first, bins * sizeof *wide);
      wide[bins] = end;
      break;
    case SHORT_BINS:
      for (size_t b = 0; b < bins; b++) narrow[b] = (uint16_t)first[b];
      narrow[bins] = (uint16_t)end;
      break;
    case MARKED_BINS:
      mark_as_empty(bins, first, wide);
      wide[bins] = end << MARK_BITS | FIRST_STEP;
      break;
  }
}

static void move_to_bins(const circle_ranked_anchor *anchor, binned_positives to, uint32_t *start) {
  const real *similarity = anchor->similarity;
  for (size_t p = 0; p < anchor->positives; p++) {
    const uint32_t at = start[to.bin[p]]++;
    to.similarity[at] = similarity[p];
    to.rows[at] = anchor->rows[p];
  }
}

/* Stable, from one place to another. Returns whether all moved in good time; in any case all are
 * there, and equal ones in their order. */
static bool insert(const real *from, const uint32_t *from_rows, circle_ranked_anchor *anchor) {
  real *similarity = anchor->similarity;
  uint32_t *rows = anchor->rows;
  const size_t count = anchor->positives;
  size_t moves = MOST_MOVES * count + FEW_POSITIVES * FEW_POSITIVES;
  for (size_t i = 0; i < count; i++) {
    const real number = from[i];
    const uint32_t row = from_rows[i];
    size_t to = i;
    for (; to > 0 && similarity[to - 1] < number; to--) {
      similarity[to] = similarity[to - 1];
      rows[to] = rows[to - 1];
    }
    similarity[to] = number;
    rows[to] = row;
    if (i - to > moves) {
      memcpy(similarity + i + 1, from + i + 1, (count - (i + 1)) * sizeof *from);
      memcpy(rows + i + 1, from_rows + i + 1, (count - (i + 1)) * sizeof *from_rows);
      return false;
    }
    moves -= i - to;
  }
  return true;
}

/* See kernel.h. */
static bool sort_positives(circle_ranked_anchor *anchor, const circle_sort_memory *memory) {
  const size_t count = anchor->positives;
  real *similarity = memory->items;
  uint32_t *rows = (uint32_t *)(void *)(similarity + count);
  const binned_positives binned = {similarity, rows, rows + count};
  find_range(anchor);
  set_steps(anchor);
  count_in_bins(anchor, binned.bin, memory->counts);
  sum_counts(anchor->bins, memory->counts);
  keep_bins(anchor, memory->counts);
  if (count <= FEW_POSITIVES) return insert(anchor->similarity, anchor->rows, anchor);
  if (anchor->bins < count / 4) return false;
  move_to_bins(anchor, binned, memory->counts);
  return insert(binned.similarity, binned.rows, anchor);
}

#endif
