/* Pairs counted by similarity: per distinct value where pairs are few, otherwise in bins whose
 * bounds are multiples of a power of 2. */
#ifndef CIRCLE_HISTOGRAM_H
#define CIRCLE_HISTOGRAM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/floating_point.h"
#include "circle_evaluation.h"

/* Bin b starts at (b - CIRCLE_BINS / 2) / bins_per_unit; the outermost bins also take what lies
 * beyond. Multiplying by a power of 2 is exact, so no pair lands in the wrong bin. */
typedef struct {
  double bins_per_unit;
  uint64_t *positive, *negative; /* CIRCLE_BINS each, the latter after the former; NULL where
                                    keys are stored instead */
} circle_histogram;

static inline size_t circle_bin_of(double similarity, double bins_per_unit) {
  const double bin = floor(similarity * bins_per_unit) + 0.5 * CIRCLE_BINS;
  return bin < 0.0 ? 0 : bin >= CIRCLE_BINS ? CIRCLE_BINS - 1 : (size_t)bin;
}

/* Both allocate the arrays of `bins` as one block, which begins at `lower`; false if memory is
 * short. `least` and `largest` are the extreme similarities. */
bool circle_list_histogram(const circle_histogram *histogram, double least, double largest,
                           circle_similarity_bins *bins);
/* From the keys (radix_sort.h) of all similarities, in ascending order. */
bool circle_list_similarities(const uint64_t *positive, size_t positives, const uint64_t *negative,
                              size_t negatives, circle_similarity_bins *bins);

#endif
