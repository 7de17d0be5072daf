/* The hardest of many pairs: a bounded heap. Its root is the easiest pair, the first to be
 * replaced. */
#include "base/hardest_pairs.h"

#include <math.h>
#include <stdbool.h>

static double threshold_of(const circle_hardest *hardest) {
  if (hardest->limit == 0) return INFINITY;
  if (hardest->count < hardest->limit) return -INFINITY;
  return hardest->sign * hardest->pairs[0].similarity;
}

circle_hardest circle_new_hardest(circle_pair *memory, size_t limit, double sign) {
  circle_hardest hardest = {.pairs = memory, .limit = limit, .sign = sign};
  hardest.threshold = threshold_of(&hardest);
  return hardest;
}

static bool is_harder(const circle_hardest *hardest, const circle_pair *a, const circle_pair *b) {
  const double difference = hardest->sign * (a->similarity - b->similarity);
  if (difference != 0.0) return difference > 0.0;
  if (a->anchor != b->anchor) return a->anchor < b->anchor;
  return a->reference < b->reference;
}

static void swap(circle_pair *a, circle_pair *b) {
  const circle_pair pair = *a;
  *a = *b;
  *b = pair;
}

/* Moves a pair up the heap while it is easier than its parent. */
static void rise(circle_hardest *hardest, size_t at) {
  circle_pair *pairs = hardest->pairs;
  for (; at > 0 && is_harder(hardest, &pairs[(at - 1) / 2], &pairs[at]); at = (at - 1) / 2)
    swap(&pairs[(at - 1) / 2], &pairs[at]);
}

/* Moves the root of a heap of `count` pairs down until both of its children are harder. */
static void sink(circle_hardest *hardest, size_t count) {
  circle_pair *pairs = hardest->pairs;
  for (size_t at = 0, child = 1; child < count; at = child, child = 2 * at + 1) {
    if (child + 1 < count && is_harder(hardest, &pairs[child], &pairs[child + 1])) child++;
    if (!is_harder(hardest, &pairs[at], &pairs[child])) return;
    swap(&pairs[at], &pairs[child]);
  }
}

void circle_offer(circle_hardest *hardest, circle_pair pair) {
  if (hardest->count < hardest->limit) {
    hardest->pairs[hardest->count] = pair;
    rise(hardest, hardest->count++);
  } else if (hardest->limit > 0 && is_harder(hardest, &pair, &hardest->pairs[0])) {
    hardest->pairs[0] = pair;
    sink(hardest, hardest->count);
  }
  hardest->threshold = threshold_of(hardest);
}

void circle_merge_hardest(circle_hardest *to, const circle_hardest *from) {
  for (size_t i = 0; i < from->count; i++) circle_offer(to, from->pairs[i]);
}

void circle_sort_hardest(circle_hardest *hardest) {
  for (size_t left = hardest->count; left > 1; left--) {
    swap(&hardest->pairs[0], &hardest->pairs[left - 1]);
    sink(hardest, left - 1);
  }
}
