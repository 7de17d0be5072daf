/* What ranking negatives reads and writes; evaluation/ranking.h explains the method. */
#ifndef CIRCLE_RANKS_H
#define CIRCLE_RANKS_H

#include "base/part_counts.h"
#include "base/hardest_pairs.h"
#include "base/histogram.h"
#include "base/moments.h"
#include "kernel/kernel.h"

typedef struct circle_ranked_anchor {
  size_t position, row;         /* among the sorted anchors, and as given */
  size_t first_column, columns; /* of its class; its own one is among them where symmetric */
  size_t positives;
  /* Of its positives, in the compute type, descending; then CIRCLE_RANK_PADDING of -Inf. */
  void *similarity;
  double best, worst;   /* the first and the last of them */
  uint32_t *rows;       /* of its positives, as given */
  uint32_t hardest_row; /* of the worst */
  uint32_t *between;    /* [p]: negatives after p positives and before the next one */
  /* The range of its positives in equal bins, a power of 2: bin b holds the positives from bin[b]
   * to before bin[b + 1]. What `bin` points to, the kernel knows; with more than UINT16_MAX
   * positives uint32_t. Bins are cut into 2^step_bits steps each. */
  void *bin;
  bool has_wide_bins;
  size_t bins;
  int step_bits;
  double steps_per_unit;
  double nearest_negative;                 /* its similarity, */
  uint32_t nearest_row;                    /* and its row */
  circle_moments positive, negative;       /* of similarities times `moment_scale` */
  uint64_t *positive_keys, *negative_keys; /* the next key to be written */
  circle_part_counters part;
} circle_ranked_anchor;

/* What one thread accumulates. */
typedef struct {
  circle_ranked_anchor *anchors; /* of the current group */
  bool each_pair_once; /* only pairs with later references are counted, and offered as hardest */
  double moment_scale; /* a power of 2 that brings similarities near 1, so that squares stay in
                          range */
  circle_histogram histogram;
  circle_part_counts part_counts;
  circle_hardest hardest_positives, hardest_negatives;
} circle_ranking;

/* The rows of a tile are the anchors of the ranking, whose positives are sorted. */
typedef struct {
  const circle_operands *operands;
  circle_ranking *ranking;
} circle_rank_pass;

#endif
