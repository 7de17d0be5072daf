/* Rows sorted by label, so that the positives of an anchor are contiguous columns. */
#include "operand/class_bounds.h"

#include "base/memory.h"
#include "base/radix_sort.h"
#include "operand/operand.h"

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

void circle_bounds_symmetric(const circle_operand *anchors, circle_class_bounds *bounds) {
  const int32_t *labels = anchors->labels;
  size_t end = anchors->rows; /* of the rows with the current label */
  for (size_t i = anchors->rows; i-- > 0;) {
    if (i + 1 < anchors->rows && labels[i] != labels[i + 1]) end = i + 1;
    bounds[i] = (circle_class_bounds){0, i + 1, end - (i + 1), CIRCLE_NO_COLUMN};
  }
}

void circle_bounds_general(const circle_operand *anchors, const circle_operand *references,
                           const size_t *reference_position, bool remove_diagonal,
                           circle_class_bounds *bounds) {
  const int32_t *labels = references->labels;
  size_t first = 0, end = 0; /* references with the current anchor's label */
  for (size_t i = 0; i < anchors->rows; i++) {
    const size_t row = anchors->order[i];
    while (first < references->rows && labels[first] < anchors->labels[i]) first++;
    if (end < first) end = first;
    while (end < references->rows && labels[end] == anchors->labels[i]) end++;
    const bool has_diagonal = remove_diagonal && row < references->rows;
    const size_t diagonal = has_diagonal ? reference_position[row] : CIRCLE_NO_COLUMN;
    const bool is_positive = first <= diagonal && diagonal < end;
    bounds[i] =
        (circle_class_bounds){first, first, end - first, is_positive ? diagonal : CIRCLE_NO_COLUMN};
  }
}
