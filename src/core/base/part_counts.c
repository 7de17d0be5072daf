/* Pairs counted by similarity for each part of anchors. */
#include "base/part_counts.h"

#include <math.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* Up to so many pairs all are counted, which takes a few milliseconds; beyond, at least one in
 * MOST_SKIPPED. */
#define ENOUGH_PAIRS 0x1p21
#define MOST_SKIPPED 8.0

static size_t length_of(const circle_parts *parts) { return 2 * parts->count * CIRCLE_PART_BINS; }

/* A double holds any sum of whole steps over all pairs, each at most 1; finer ones tell no more. */
#define MOST_DIGITS 52
#define FINEST_STEP 0x1p-36

static size_t pair_length_of(const circle_parts *parts) {
  return CIRCLE_PAIR_SUMS * parts->classes * parts->classes;
}

static double steps_for(double pairs) {
  int exponent;
  frexp(circle_larger(pairs, 1.0), &exponent);
  return ldexp(1.0, MOST_DIGITS - exponent);
}

bool circle_begin_part_counts(const circle_parts *parts, double pairs,
                              const int32_t *class_of_position, circle_part_counts *counts) {
  const double one_in = fmin(ceil(pairs / ENOUGH_PAIRS), MOST_SKIPPED);
  *counts = (circle_part_counts){.parts = *parts,
                                 .one_in = one_in > 1.0 ? (uint32_t)one_in : 1,
                                 .class_of_position = class_of_position,
                                 .steps = fmin(steps_for(pairs), 1.0 / FINEST_STEP)};
  if (parts->of_anchor == NULL) return true;
  counts->counts = circle_allocate_zeros(length_of(parts), sizeof *counts->counts);
  if (parts->class_of_anchor != NULL)
    counts->pair_sums = circle_allocate_zeros(pair_length_of(parts), sizeof *counts->pair_sums);
  return counts->counts != NULL && (parts->class_of_anchor == NULL || counts->pair_sums != NULL);
}

void circle_end_part_counts(circle_part_counts *counts) {
  circle_free(counts->counts);
  circle_free(counts->pair_sums);
}

void circle_add_part_counts(const circle_part_counts *from, circle_part_counts *to) {
  if (from->counts == NULL) return;
  for (size_t i = 0; i < length_of(&from->parts); i++) to->counts[i] += from->counts[i];
  if (from->pair_sums == NULL) return;
  for (size_t i = 0; i < pair_length_of(&from->parts); i++) to->pair_sums[i] += from->pair_sums[i];
}

double *circle_pair_sums_of(const circle_part_counts *counts) {
  const size_t length = pair_length_of(&counts->parts);
  double *sums = circle_allocate(length, sizeof *sums);
  for (size_t i = 0; sums != NULL && i < length; i++)
    sums[i] = (double)counts->pair_sums[i] / counts->steps;
  return sums;
}

circle_part_counters circle_counters_of(const circle_part_counts *counts, size_t row) {
  if (counts->counts == NULL) return (circle_part_counters){NULL, NULL};
  const size_t part = (size_t)counts->parts.of_anchor[row];
  uint64_t *positive = counts->counts + part * CIRCLE_PART_BINS;
  return (circle_part_counters){positive, positive + counts->parts.count * CIRCLE_PART_BINS};
}

void circle_count_part_positives(const circle_parts *parts, const double *similarity, size_t count,
                                 uint64_t *counters) {
  const double last = CIRCLE_PART_BINS - 1;
  for (size_t i = 0; i < count; i++) {
    const double bin = (similarity[i] - parts->lowest) * parts->bins_per_unit;
    const double inside = bin < last ? circle_larger(bin, 0.0) : last;
    counters[(size_t)(inside + 0.5)]++;
  }
}
