/* Anchors on their walk along all references.
 *
 * An anchor's retrieval metrics follow from the ranks of its positives, and those from how many
 * negatives stand between them: no list of neighbours is kept. Its positives are sorted first; each
 * negative is then only counted at its place among them. README.md has a drawing. */
#ifndef CIRCLE_RANKING_H
#define CIRCLE_RANKING_H

#include "operand/engine.h"
#include "base/hardest_pairs.h"
#include "base/moments.h"
#include "base/histogram.h"

/* Rows of references are kept in 32 bits. */
#define CIRCLE_MOST_REFERENCES UINT32_MAX

struct circle_ranked_anchor {
  size_t place, row;                   /* among the sorted anchors, and as given */
  size_t positive_begin, positive_end; /* columns; its own one is among them where symmetric */
  size_t positives;
  double *similarity; /* of its positives, descending, then -Inf */
  uint32_t *rows;     /* of its positives, as given */
  uint32_t *between;  /* [p]: negatives behind p positives and before the next one */
  /* The range of its positives in equal bins: bin b holds positives bin[b] .. bin[b + 1] - 1. */
  uint32_t *bin;
  size_t bins;
  double bins_per_unit;
  double nearest_negative;                 /* its similarity, */
  uint32_t nearest_row;                    /* and its row */
  circle_moments positive, negative;       /* of similarities times `moment_scale` */
  uint64_t *positive_keys, *negative_keys; /* where keys of similarities are kept: the next one */
};

/* What one thread gathers, and its room. */
struct circle_ranking {
  circle_ranked_anchor *anchors; /* of the task under way, */
  size_t count;
  bool each_pair_once; /* only pairs with later references are counted, and offered as hardest */
  double moment_scale; /* a power of 2 that brings similarities near 1: squares stay in range */
  circle_similarity_counts counts;
  circle_hardest hardest_positives, hardest_negatives;
  double *strip;              /* similarities of a strip of anchors to a tile */
  double *similarities;       /* of all positives of a task's anchors */
  uint32_t *numbers;          /* rows, counts and bins of a task's anchors */
  uint64_t *keys, *more_keys; /* of one anchor's positives */
  uint32_t *more_rows;
};

/* How much room anchors take. */
typedef struct {
  size_t similarities, numbers, positives; /* the last: of the anchor that has most */
} circle_ranking_size;

typedef struct {
  const circle_engine *engine;
  const circle_evaluation_request *request;
  const circle_anchor_metrics *metrics;
  circle_columns *columns;             /* of each anchor, by place */
  circle_moments *positive, *negative; /* of each anchor, by row */
  /* Keys of the similarities of all pairs, NULL where there are too many; those of an anchor
   * begin at its start, by place. */
  uint64_t *positive_keys, *negative_keys;
  size_t *positive_start, *negative_start;
} circle_survey;

/* Adds the room that the anchor at `place` takes. */
void circle_add_ranking_size(const circle_survey *survey, size_t place, circle_ranking_size *size);

/* Begins a task: anchors first .. last - 1, their positives found, sorted and taken into account.
 */
void circle_begin_ranking(const circle_survey *survey, size_t first, size_t last,
                          circle_ranking *ranking, void *scratch);

/* Ends it, after every negative was counted: from ranks to metrics. */
void circle_end_ranking(const circle_survey *survey, const circle_ranking *ranking);

#endif
