/* Pairs counted by similarity for each group of anchors. */
#include "base/group_counts.h"

#include <math.h>

#include "base/floating_point.h"
#include "base/memory.h"

/* Up to so many pairs all are counted, which takes a few milliseconds; beyond, at least one in
 * MOST_SKIPPED. */
#define ENOUGH_PAIRS 0x1p22
#define MOST_SKIPPED 8.0

static size_t length_of(const circle_groups *groups) {
  return 2 * groups->count * CIRCLE_GROUP_BINS;
}

bool circle_begin_group_counts(const circle_groups *groups, double pairs,
                               circle_group_counts *counts) {
  const double one_in = fmin(ceil(pairs / ENOUGH_PAIRS), MOST_SKIPPED);
  *counts = (circle_group_counts){.groups = *groups, .one_in = one_in > 1.0 ? (uint32_t)one_in : 1};
  if (groups->of_anchor == NULL) return true;
  counts->counts = circle_allocate_zeros(length_of(groups), sizeof *counts->counts);
  return counts->counts != NULL;
}

void circle_add_group_counts(const circle_group_counts *from, circle_group_counts *to) {
  if (from->counts == NULL) return;
  for (size_t i = 0; i < length_of(&from->groups); i++) to->counts[i] += from->counts[i];
}

circle_group_counters circle_counters_of(const circle_group_counts *counts, size_t row) {
  if (counts->counts == NULL) return (circle_group_counters){NULL, NULL};
  const size_t group = (size_t)counts->groups.of_anchor[row];
  uint64_t *positive = counts->counts + group * CIRCLE_GROUP_BINS;
  return (circle_group_counters){positive, positive + counts->groups.count * CIRCLE_GROUP_BINS};
}

void circle_count_group_positives(const circle_groups *groups, const double *similarity,
                                  size_t count, uint64_t *counters) {
  for (size_t i = 0; i < count; i++) {
    const double bin = (similarity[i] - groups->lowest) * groups->bins_per_unit;
    counters[(size_t)rint(fmax(fmin(bin, CIRCLE_GROUP_BINS - 1), 0.0))]++;
  }
}
