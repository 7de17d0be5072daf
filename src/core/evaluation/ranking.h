/* Ranking a group of anchors against all references.
 *
 * An anchor's retrieval metrics follow from the ranks of its positives, and those from the numbers
 * of negatives between them, so no list of neighbours is needed. Its positives are sorted first;
 * each negative is then counted between two of them. README.md has a drawing. */
#ifndef CIRCLE_RANKING_H
#define CIRCLE_RANKING_H

#include "base/tasks.h"
#include "circle_evaluation.h"
#include "evaluation/pair_counts.h"
#include "kernel/ranks.h"

/* Rows of references are stored in 32 bits. */
#define CIRCLE_MOST_REFERENCES UINT32_MAX

/* A thread's workspace. */
typedef struct {
  circle_ranking ranking;
  size_t count; /* anchors of the current group */
  void *kernel_workspace;
  void *strip;        /* similarities of some strips of anchors to a tile */
  void *similarities; /* of all positives of a group's anchors, in the compute type */
  double *sorted;     /* those of one anchor */
  uint32_t *numbers;  /* rows, counts and bins of a group's anchors */
  uint64_t *keys;     /* of one anchor's positives, twice as many as there are: see radix_sort.h */
  uint32_t *more_rows;
  uint32_t *sort_counts; /* of bins */
} circle_ranking_workspace;

/* How many numbers of each kind some anchors need in a workspace. */
typedef struct {
  size_t similarities, numbers, positives; /* the last: of the anchor that has most */
} circle_ranking_size;

/* What all threads read, and the results they write. */
typedef struct {
  const circle_operands *operands;
  const circle_evaluation_request *request;
  const circle_anchor_metrics *metrics;
  circle_workers workers; /* with a circle_ranking_workspace each */
  size_t *group_first;    /* sorted positions, see circle_pass */
  size_t groups;
  circle_ranking_size largest_group;
  circle_class_bounds *bounds;         /* of each anchor, by sorted position */
  circle_moments *positive, *negative; /* of each anchor, by row */
  circle_anchor_range range;           /* whose anchors are ranked */
  size_t all_pairs;                    /* to be counted, see `each_pair_once`, */
  circle_pair_counts pairs;            /* and those of the range; */
  circle_pair_counts *pairs_before;    /* those of earlier anchors, by sorted position */
  int32_t *class_of_position;          /* see circle_parts */
  /* Keys of their similarities; NULL if there are too many. */
  uint64_t *positive_keys, *negative_keys;
} circle_evaluation_work;

/* Adds what an anchor with this many positives needs. */
void circle_add_ranking_size(const circle_kernel *kernel, size_t positives,
                             circle_ranking_size *size);

/* Into how many bins the range of so many positives is cut. */
size_t circle_ranking_bins(size_t positives);

/* Begins a group: finds, sorts and counts the positives of the anchors first .. +count. */
void circle_begin_ranking(const circle_evaluation_work *work, size_t first, size_t count,
                          circle_ranking_workspace *workspace);

/* Ends it once every negative has been counted: from counts to ranks to metrics. */
void circle_end_ranking(const circle_evaluation_work *work,
                        const circle_ranking_workspace *workspace);

#endif
