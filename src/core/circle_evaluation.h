/* Retrieval metrics of every anchor, and the distribution of similarities.
 *
 * The search is exhaustive, and results are exact. Pairs are those of circle_loss.h, but where the
 * embeddings are their own references a row is not paired with itself, and otherwise no pair is
 * excluded unless the settings' group_rule leaves it out. The neighbours of an anchor are all
 * references, the most similar first, ties by row. Indices are 0-based, undefined numbers NaN.
 * Extra memory is linear in the data. Results do not depend on the number of threads. */
#ifndef CIRCLE_EVALUATION_H
#define CIRCLE_EVALUATION_H

#include "circle_loss.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parts of the anchors whose pairs are to be counted. Bin b holds the similarities nearest to
 * lowest + b / bins_per_unit, the outermost ones also those beyond. */
typedef struct {
  const int32_t *of_anchor; /* from 0, for each of the N rows; NULL: nothing is counted */
  size_t count;
  double lowest, bins_per_unit;
  uint32_t counted_from; /* of many pairs all negatives are counted in this bin and those above */
  /* Classes, or some of them, whose negatives are summed for each two: that of each row, from 0 on,
   * or -1. NULL: none. Needs references that are the anchors. */
  const int32_t *class_of_anchor;
  size_t classes;
} circle_parts;
#define CIRCLE_PART_BINS 1024

/* Of the negatives of two classes: their number, and the sums of x and of its square, where x is -1
 * in the middle of the lowest bin and 1 above the middle of the highest by one bin, and what lies
 * beyond counts as the outermost bins do. */
#define CIRCLE_PAIR_SUMS 3

/* A range of the anchors, which are ordered by label, then by row: where several machines share an
 * evaluation. first: a multiple of CIRCLE_RANGE_ROWS. Everything that follows is then of these
 * anchors; counts add up over ranges, and circle_total_moments() joins the anchors' moments. */
typedef struct {
  size_t first, count;
} circle_anchor_range;
#define CIRCLE_RANGE_ROWS 64

typedef struct {
  size_t k_count;
  const size_t *k;   /* ascending, from 1 */
  size_t kept_pairs; /* most pairs in each list of the hardest */
  circle_parts parts;
  const circle_anchor_range *range; /* NULL: all anchors */
} circle_evaluation_request;

/* Arrays of N, which the caller owns. With R positives, of which the p-th best has rank r_p (from
 * 1):
 *   precision_at_k          positives with r_p <= k, divided by k
 *   r_precision             positives with r_p <= R, divided by R
 *   average_precision_at_r  sum of p / r_p over r_p <= R, divided by R
 *   average_precision       sum of p / r_p, divided by R */
typedef struct {
  double *positives, *negatives;  /* how many */
  double *first_rank, *last_rank; /* r_1, r_R */
  double *r_precision, *average_precision_at_r, *average_precision;
  double *precision_at_k; /* N x k_count, column after column */
  double *nearest, *nearest_similarity;
  double *nearest_positive, *nearest_positive_similarity;
  double *hardest_positive, *hardest_positive_similarity; /* the least similar one */
  double *hardest_negative, *hardest_negative_similarity; /* the most similar one */
  double *positive_mean, *negative_mean;                  /* of similarities */
  double *positive_sd, *negative_sd;                      /* roots of mean squared deviations */
  double *positive_moments, *negative_moments;            /* CIRCLE_MOMENTS numbers each, or NULL */
} circle_anchor_metrics;
#define CIRCLE_MOMENTS 5

/* From here on each pair counts once where the embeddings are their own references. */

typedef struct {
  double count, mean, sd, least, largest;
} circle_similarity_moments;

/* Pairs with similarities in [lower, upper); the last bin includes upper. Bins are ascending, none
 * is empty. Up to CIRCLE_MOST_EXACT_PAIRS pairs each bin is a single similarity, lower = upper.
 * Beyond, CIRCLE_BINS bins of equal width span [-1, 1] for rows of length 1, otherwise a power of 2
 * that bounds the products of lengths; the outermost bins extend to the extreme similarities. */
typedef struct {
  size_t count;
  double *lower, *upper, *positive, *negative;
} circle_similarity_bins;
#define CIRCLE_MOST_EXACT_PAIRS ((size_t)1 << 22)
#define CIRCLE_BINS 65536

typedef struct {
  size_t anchor, reference; /* anchor < reference where each pair is counted once */
  double similarity;
} circle_pair;

/* The hardest first, ties by anchor, then by reference. */
typedef struct {
  size_t count;
  circle_pair *pairs;
} circle_pair_list;

typedef struct {
  circle_similarity_moments positive, negative;
  circle_similarity_bins similarities;
  double limit; /* a power of 2: similarities and moments are multiples of it in [-1, 1] */
  circle_pair_list hardest_positives, hardest_negatives;
  /* Of the parts: bins x parts for positives, then for negatives; NULL if none were asked for. A
   * pair counts for the part of each of its anchors, also where it counts once above. Of many
   * pairs only a part of the negatives below `counted_from` counts, the same one for all parts. */
  uint64_t *part_counts;
  /* Of each two classes: classes x classes x CIRCLE_PAIR_SUMS, exact multiples of a power of 2;
   * NULL if not wanted. A negative counts once, in the row of the class that comes first among the
   * sorted anchors. */
  double *class_pair_sums;
} circle_evaluation;

/* After circle_open(), whose gamma and margin are ignored here. On any status but CIRCLE_OK there
 * is nothing to free. */
circle_status circle_evaluate(const circle_operands *operands, const circle_run *run,
                              const circle_evaluation_request *request,
                              const circle_anchor_metrics *anchors, circle_evaluation *evaluation);
void circle_evaluation_free(circle_evaluation *evaluation);

/* Those of all pairs, from the moments of `count` anchors. */
circle_similarity_moments circle_total_moments(size_t count, const double *moments,
                                               bool each_pair_once, double limit);

#ifdef __cplusplus
}
#endif

#endif
