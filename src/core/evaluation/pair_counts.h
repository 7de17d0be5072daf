/* How many pairs of each kind an anchor has. */
#ifndef CIRCLE_PAIR_COUNTS_H
#define CIRCLE_PAIR_COUNTS_H

#include "operand/operand.h"

typedef struct {
  size_t positives, negatives;
} circle_pair_counts;

/* Of each anchor, by sorted position; where the references are the anchors, with later ones only.
 * `bounds` are those of circle_bounds_general(). False if memory is short. */
bool circle_count_pairs(const circle_operands *operands, const circle_class_bounds *bounds,
                        circle_pair_counts *counts);

#endif
