/* What a nearest neighbour search would find, and how similar pairs are.
 *
 * Every similarity is looked at; the results are exact. The pairs are those of circle_loss.h, but
 * where the embeddings are their own references the pair of a row with itself is none at all, and
 * otherwise none is left out. All references are the neighbours of an anchor, the most similar
 * first, equally similar ones by their row. Indices are 0-based, numbers that are not defined NaN.
 * Extra memory is linear in the data. Results do not depend on the number of threads. */
#ifndef CIRCLE_EVALUATION_H
#define CIRCLE_EVALUATION_H

#include "circle_loss.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  size_t k_count;
  const size_t *k; /* ascending, from 1 */
  size_t kept_pairs;
} circle_evaluation_request;

/* Arrays of N, which the caller owns. With R positives, of which the p-th best has rank r_p (from
 * 1):
 *   precision_at_k          positives with r_p <= k, divided by k
 *   r_precision             positives with r_p <= R, divided by R
 *   average_precision_at_r  sum of p / r_p over r_p <= R, divided by R
 *   average_precision       sum of p / r_p, divided by R */
typedef struct {
  double *positives, *negatives; /* how many */
  double *first_rank;            /* r_1 */
  double *r_precision, *average_precision_at_r, *average_precision;
  double *precision_at_k; /* N x k_count, column after column */
  double *nearest, *nearest_similarity;
  double *hardest_positive, *hardest_positive_similarity; /* the least similar one */
  double *hardest_negative, *hardest_negative_similarity; /* the most similar one */
  double *positive_mean, *negative_mean;                  /* of similarities */
} circle_anchor_metrics;

/* Where the embeddings are their own references, each pair is counted once from here on. */

typedef struct {
  double count, mean, sd, least, largest;
} circle_similarity_moments;

/* Pairs whose similarity is in [lower, upper); in the last bin it may be upper. Bins are in
 * ascending order, none empty. Up to CIRCLE_MOST_EXACT_PAIRS pairs a bin is one similarity, and
 * lower is upper. Beyond, CIRCLE_BINS bins of equal width span [-1, 1] for rows of length 1, and a
 * power of 2 that the lengths allow for others; the outermost reach as far as similarities do. */
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

/* The hardest first, equally hard ones by anchor, then by reference. */
typedef struct {
  size_t count;
  circle_pair *pairs;
} circle_pair_list;

typedef struct {
  circle_similarity_moments positive, negative;
  circle_similarity_bins similarities;
  circle_pair_list hardest_positives, hardest_negatives;
} circle_evaluation;

/* After circle_open(), whose gamma and margin do not matter. On any status but CIRCLE_OK there is
 * nothing to free. */
circle_status circle_evaluate(const circle_operands *operands, const circle_run *run,
                              const circle_evaluation_request *request,
                              const circle_anchor_metrics *anchors, circle_evaluation *evaluation);
void circle_evaluation_free(circle_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif
