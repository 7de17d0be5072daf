/* Rows sorted by label, so that the positives of an anchor are one run of columns. */
#ifndef CIRCLE_ORDER_H
#define CIRCLE_ORDER_H

#include "circle_loss.h"

/* order[p]: the row that stands at place p once rows are sorted by label (rows of one label in
 * their given order). sorted_labels[p] = labels[order[p]]. Returns false if memory is short. */
bool circle_sort_by_label(const int32_t *labels, size_t count, size_t *order,
                          int32_t *sorted_labels);

/* The columns (places of sorted references) of one anchor:
 * negatives are columns < negative_stop and columns >= positive_end,
 * positives are positive_begin <= column < positive_end, except `excluded`. */
typedef struct {
  size_t negative_stop, positive_begin, positive_end, excluded;
} circle_columns;
#define CIRCLE_NO_COLUMN SIZE_MAX

/* References are the anchors: column > row only, each pair once; it serves both of its anchors. */
void circle_columns_symmetric(const int32_t *sorted_labels, size_t count, circle_columns *columns);

/* Separate references; `reference_place[j]`: the place of reference j. remove_diagonal excludes
 * the pair of equal index. */
void circle_columns_general(const int32_t *sorted_labels, const size_t *order, size_t count,
                            const int32_t *sorted_reference_labels, const size_t *reference_place,
                            size_t references, bool remove_diagonal, circle_columns *columns);

#endif
