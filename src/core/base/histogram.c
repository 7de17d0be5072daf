/* Pairs counted by similarity: per distinct value, or in bins. */
#include "base/histogram.h"

#include "base/radix_sort.h"
#include "base/memory.h"

void circle_add_recent(circle_histogram *histogram) {
  for (size_t bin = 0; bin < 2 * CIRCLE_BINS; bin++) {
    histogram->positive[bin] += histogram->recent_positive[bin];
    histogram->recent_positive[bin] = 0;
  }
  histogram->recent = 0;
}

void circle_expect_pairs(circle_histogram *histogram, uint64_t pairs) {
  if (histogram->recent + pairs > UINT32_MAX) circle_add_recent(histogram);
  histogram->recent += pairs;
}

static bool allocate_bins(circle_similarity_bins *bins, size_t count) {
  double *memory = circle_allocate(count, 4 * sizeof *memory);
  if (memory == NULL) return false;
  *bins = (circle_similarity_bins){.lower = memory,
                                   .upper = memory + count,
                                   .positive = memory + 2 * count,
                                   .negative = memory + 3 * count};
  return true;
}

static void add_bin(circle_similarity_bins *bins, double lower, double upper, double positive,
                    double negative) {
  const size_t at = bins->count++;
  bins->lower[at] = lower;
  bins->upper[at] = upper;
  bins->positive[at] = positive;
  bins->negative[at] = negative;
}

bool circle_list_histogram(const circle_histogram *histogram, double least, double largest,
                           circle_similarity_bins *bins) {
  if (!allocate_bins(bins, CIRCLE_BINS)) return false;
  for (int bin = 0; bin < CIRCLE_BINS; bin++) {
    if (histogram->positive[bin] == 0 && histogram->negative[bin] == 0) continue;
    double lower = (bin - 0.5 * CIRCLE_BINS) / histogram->bins_per_unit;
    double upper = (bin + 1 - 0.5 * CIRCLE_BINS) / histogram->bins_per_unit;
    if (bin == 0 && least < lower) lower = least;
    if (bin == CIRCLE_BINS - 1 && largest > upper) upper = largest;
    add_bin(bins, lower, upper, (double)histogram->positive[bin], (double)histogram->negative[bin]);
  }
  return true;
}

/* How many of the first keys are equal to `key`; all others are larger. */
static size_t run_of(uint64_t key, const uint64_t *keys, size_t count) {
  size_t run = 0;
  while (run < count && keys[run] == key) run++;
  return run;
}

static size_t distinct(const uint64_t *keys, size_t count) {
  size_t number = count > 0;
  for (size_t i = 1; i < count; i++) number += keys[i] != keys[i - 1];
  return number;
}

bool circle_list_similarities(const uint64_t *positive, size_t positives, const uint64_t *negative,
                              size_t negatives, circle_similarity_bins *bins) {
  const size_t most = distinct(positive, positives) + distinct(negative, negatives);
  if (!allocate_bins(bins, most)) return false;
  for (size_t p = 0, n = 0; p < positives || n < negatives;) {
    const bool positive_is_next = n == negatives || (p < positives && positive[p] < negative[n]);
    const uint64_t key = positive_is_next ? positive[p] : negative[n];
    const size_t of_positives = run_of(key, positive + p, positives - p);
    const size_t of_negatives = run_of(key, negative + n, negatives - n);
    const double similarity = circle_number_of(key);
    add_bin(bins, similarity, similarity, (double)of_positives, (double)of_negatives);
    p += of_positives;
    n += of_negatives;
  }
  return true;
}
