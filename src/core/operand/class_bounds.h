/* Rows sorted by label, so that the positives of an anchor are contiguous columns. */
#ifndef CIRCLE_CLASS_BOUNDS_H
#define CIRCLE_CLASS_BOUNDS_H

#include "operand/packing.h"

/* A stable sort: order[p] is the row at sorted position p, sorted_labels[p] = labels[order[p]].
 * Returns false if memory is short. */
bool circle_sort_by_label(const int32_t *labels, size_t count, size_t *order,
                          int32_t *sorted_labels);

/* The columns (sorted positions of references) of one anchor: negatives are 0 .. +leading_negatives
 * and all columns after the positives, positives are first_positive .. +positives, except
 * `excluded`. */
typedef struct {
  size_t leading_negatives, first_positive, positives, excluded;
} circle_class_bounds;
#define CIRCLE_NO_COLUMN SIZE_MAX

/* References are the anchors: each pair once, column > row; it serves both of its anchors. */
void circle_bounds_symmetric(const circle_operand *anchors, circle_class_bounds *bounds);

/* Separate references. remove_diagonal excludes pairs of equal index; only then
 * reference_position[j], the sorted position of reference j, is read. */
void circle_bounds_general(const circle_operand *anchors, const circle_operand *references,
                           const size_t *reference_position, bool remove_diagonal,
                           circle_class_bounds *bounds);

#endif
