/* Pairs counted by similarity for each group of anchors: what intervals of metrics are computed
 * from. */
#ifndef CIRCLE_GROUP_COUNTS_H
#define CIRCLE_GROUP_COUNTS_H

#include <stdbool.h>

#include "circle_evaluation.h"

/* What one thread counts: CIRCLE_GROUP_BINS for each group, negatives after all positives; NULL
 * without groups. */
typedef struct {
  circle_groups groups;
  uint64_t *counts;
  uint32_t one_in; /* of the row segments of a tile, whose negatives are counted */
} circle_group_counts;

/* The counters of an anchor's group; NULL without groups. */
typedef struct {
  uint64_t *positive, *negative;
} circle_group_counters;

/* Of many pairs, positive and negative, a part of the negatives will do. False if memory is
 * short. */
bool circle_begin_group_counts(const circle_groups *groups, double pairs,
                               circle_group_counts *counts);
void circle_add_group_counts(const circle_group_counts *from, circle_group_counts *to);

/* Whether to count the negatives of the anchor at this sorted position in the tile that begins with
 * this column. The choice looks random, so that every class meets most others. */
static inline bool circle_is_sampled(const circle_group_counts *counts, size_t position,
                                     size_t first_column) {
  const uint32_t mixed =
      (uint32_t)position * UINT32_C(0x9E3779B1) + (uint32_t)first_column * UINT32_C(0x85EBCA77);
  return (mixed >> 16) % counts->one_in == 0;
}

circle_group_counters circle_counters_of(const circle_group_counts *counts, size_t row);

/* Of an anchor's positives, in any order. */
void circle_count_group_positives(const circle_groups *groups, const double *similarity,
                                  size_t count, uint64_t *counters);

#endif
