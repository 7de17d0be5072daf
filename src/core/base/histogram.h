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
  /* The same of recent pairs, in half as much cache: not yet added to those above. */
  uint32_t *recent_positive, *recent_negative;
  uint64_t recent; /* at least as many as all of them */
} circle_histogram;

/* To be called before so many pairs are counted, at most UINT32_MAX: so no recent count overflows.
 */
void circle_expect_pairs(circle_histogram *histogram, uint64_t pairs);
/* Adds recent counts to the others. */
void circle_add_recent(circle_histogram *histogram);

/* Like floor(), which is not an instruction everywhere. A negative bin wraps around and back. */
static inline size_t circle_bin_of(double similarity, double bins_per_unit) {
  const double half = 0.5 * CIRCLE_BINS, x = similarity * bins_per_unit;
  const double within = x < -half ? -half : x > half - 1.0 ? half - 1.0 : x;
  const int32_t truncated = (int32_t)within;
  const int32_t bin = within < (double)truncated ? truncated - 1 : truncated;
  return (size_t)bin + CIRCLE_BINS / 2;
}

/* Both allocate the arrays of `bins` as one block, which begins at `lower`; false if memory is
 * short. `least` and `largest` are the extreme similarities. */
bool circle_list_histogram(const circle_histogram *histogram, double least, double largest,
                           circle_similarity_bins *bins);
/* From the keys (radix_sort.h) of all similarities, in ascending order. */
bool circle_list_similarities(const uint64_t *positive, size_t positives, const uint64_t *negative,
                              size_t negatives, circle_similarity_bins *bins);

#endif
