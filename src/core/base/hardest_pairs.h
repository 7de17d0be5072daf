/* The hardest of many pairs: a bounded heap. */
#ifndef CIRCLE_HARDEST_PAIRS_H
#define CIRCLE_HARDEST_PAIRS_H

#include <stddef.h>

#include "circle_evaluation.h"

/* The `limit` hardest pairs of all that were offered. Among equally hard ones those of the lowest
 * anchor, then of the lowest reference, so that the order of the offers does not matter. */
typedef struct {
  circle_pair *pairs; /* a heap: the first is the one to go next */
  size_t count, limit;
  double sign;      /* of similarities that are hard: 1 for negatives, -1 for positives */
  double threshold; /* sign * similarity of a pair must reach it to be taken */
} circle_hardest;

circle_hardest circle_new_hardest(circle_pair *memory, size_t limit, double sign);
void circle_offer(circle_hardest *hardest, circle_pair pair);

/* Moves all pairs of `from` to `to`. */
void circle_merge_hardest(circle_hardest *to, const circle_hardest *from);
/* The hardest first. */
void circle_sort_hardest(circle_hardest *hardest);

#endif
