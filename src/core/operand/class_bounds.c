/* Rows sorted by label, so that the positives of an anchor are one run of columns. */
#include "operand/class_bounds.h"

#include "base/memory.h"
#include "base/radix_sort.h"

/* Negative labels come first */
static uint64_t key_of(int32_t label) { return (uint32_t)label ^ UINT32_C(0x80000000); }

bool circle_sort_by_label(const int32_t *labels, size_t count, size_t *order,
                          int32_t *sorted_labels) {
  uint64_t *keys = circle_allocate(2 * count, sizeof *keys);
  uint32_t *rows = circle_allocate(2 * count, sizeof *rows);
  const bool enough = keys != NULL && rows != NULL;
  for (size_t i = 0; enough && i < count; i++) {
    keys[i] = key_of(labels[i]);
    rows[i] = (uint32_t)i;
  }
  if (enough) circle_sort_keys(count, keys, rows, keys + count, rows + count);
  for (size_t i = 0; enough && i < count; i++) {
    order[i] = rows[i];
    sorted_labels[i] = labels[rows[i]];
  }
  circle_free(keys);
  circle_free(rows);
  return enough;
}

void circle_bounds_symmetric(const int32_t *sorted_labels, size_t count,
                             circle_class_bounds *bounds) {
  size_t end = count; /* of the current label */
  for (size_t i = count; i-- > 0;) {
    if (i + 1 < count && sorted_labels[i] != sorted_labels[i + 1]) end = i + 1;
    bounds[i] = (circle_class_bounds){.leading_negatives = 0,
                                      .first_positive = i + 1,
                                      .positives = end - (i + 1),
                                      .excluded = CIRCLE_NO_COLUMN};
  }
}

void circle_bounds_general(const int32_t *sorted_labels, const size_t *order, size_t count,
                           const int32_t *sorted_reference_labels, const size_t *reference_position,
                           size_t references, bool remove_diagonal, circle_class_bounds *bounds) {
  size_t first = 0, end = 0; /* of the references with the current anchor's label */
  for (size_t i = 0; i < count; i++) {
    while (first < references && sorted_reference_labels[first] < sorted_labels[i]) first++;
    if (end < first) end = first;
    while (end < references && sorted_reference_labels[end] == sorted_labels[i]) end++;
    bool has_diagonal = remove_diagonal && order[i] < references;
    size_t diagonal = has_diagonal ? reference_position[order[i]] : CIRCLE_NO_COLUMN;
    bool is_positive = has_diagonal && first <= diagonal && diagonal < end;
    bounds[i] = (circle_class_bounds){.leading_negatives = first,
                                      .first_positive = first,
                                      .positives = end - first,
                                      .excluded = is_positive ? diagonal : CIRCLE_NO_COLUMN};
  }
}
