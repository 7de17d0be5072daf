/* The hardest of many pairs: a bounded heap. */
#ifndef CIRCLE_HARDEST_PAIRS_H
#define CIRCLE_HARDEST_PAIRS_H

#include <stddef.h>

#include "base/floating_point.h"
#include "circle_evaluation.h"

/* The `limit` hardest of all pairs offered. Ties are broken by anchor, then by reference, so the
 * order of the offers does not matter. */
typedef struct {
  circle_pair *pairs; /* a heap: the first is the next to be replaced */
  size_t count, limit;
  double sign;      /* 1: high similarities are hard (negatives); -1: low ones (positives) */
  double threshold; /* a pair is accepted only if sign * similarity reaches it */
} circle_hardest;

circle_hardest circle_new_hardest(circle_pair *memory, size_t limit, double sign);
void circle_offer(circle_hardest *hardest, circle_pair pair);

/* Moves all pairs of `from` to `to`. */
void circle_merge_hardest(circle_hardest *to, const circle_hardest *from);
/* The hardest first. */
void circle_sort_hardest(circle_hardest *hardest);

#endif
