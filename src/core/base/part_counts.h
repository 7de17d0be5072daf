/* Pairs counted by similarity for each part of anchors: what intervals of metrics are computed
 * from. */
#ifndef CIRCLE_PART_COUNTS_H
#define CIRCLE_PART_COUNTS_H

#include <stdbool.h>

#include "circle_evaluation.h"

/* What one thread counts: CIRCLE_PART_BINS for each part, negatives after all positives; NULL
 * without parts. */
typedef struct {
  circle_parts parts;
  uint64_t *counts;
  uint32_t one_in; /* of the segments of anchors' rows, all of whose negatives are counted */
  /* See CIRCLE_PAIR_SUMS: in multiples of 1 / `steps`, a power of 2, so that the order of adding
   * does not matter; NULL if not wanted. */
  int64_t *pair_sums;
  const int32_t *class_of_position; /* by sorted position */
  double steps;
} circle_part_counts;

/* The counters of an anchor's part; NULL without parts. */
typedef struct {
  uint64_t *positive, *negative;
} circle_part_counters;

/* Of many pairs, positive and negative, a part of the negatives will do. False if memory is
 * short. */
bool circle_begin_part_counts(const circle_parts *parts, double pairs,
                              const int32_t *class_of_position, circle_part_counts *counts);
void circle_end_part_counts(circle_part_counts *counts);
void circle_add_part_counts(const circle_part_counts *from, circle_part_counts *to);

/* What has been summed over pairs of classes, which the caller frees; NULL if memory is short. */
double *circle_pair_sums_of(const circle_part_counts *counts);

/* The columns of a segment, which begins at a multiple of them: not at a tile, whose width depends
 * on the kernel. */
#define CIRCLE_SEGMENT_COLUMNS 1024

/* Whether to count the negatives of the anchor at this sorted position in the segment of this
 * number. The choice looks random, so that every class meets most others. */
static inline bool circle_is_sampled(const circle_part_counts *counts, size_t position,
                                     size_t segment) {
  const uint32_t first_column = (uint32_t)segment * CIRCLE_SEGMENT_COLUMNS;
  const uint32_t mixed =
      (uint32_t)position * UINT32_C(0x9E3779B1) + first_column * UINT32_C(0x85EBCA77);
  return (mixed >> 16) % counts->one_in == 0;
}

circle_part_counters circle_counters_of(const circle_part_counts *counts, size_t row);

/* Of an anchor's positives, in any order. */
void circle_count_part_positives(const circle_parts *parts, const double *similarity, size_t count,
                                 uint64_t *counters);

#endif
