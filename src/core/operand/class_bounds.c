/* Rows sorted by label, so that the positives of an anchor are one run of columns. */
#include "operand/class_bounds.h"

#include <string.h>

#include "base/memory.h"

enum { DIGITS = 4, VALUES = 256 }; /* a label is four bytes, sorted byte by byte */

static unsigned digit_of(int32_t label, int digit) {
  uint32_t ordered = (uint32_t)label ^ UINT32_C(0x80000000); /* negative labels come first */
  return (ordered >> (8 * digit)) & (VALUES - 1);
}

/* Moves rows into the order of one digit, stably. `starts`: how often each value occurs. */
static void sort_by_digit(const int32_t *labels, const size_t *from, size_t *to, size_t count,
                          int digit, size_t *starts) {
  size_t next = 0;
  for (int value = 0; value < VALUES; value++) {
    size_t occurrences = starts[value];
    starts[value] = next;
    next += occurrences;
  }
  for (size_t i = 0; i < count; i++) to[starts[digit_of(labels[from[i]], digit)]++] = from[i];
}

bool circle_sort_by_label(const int32_t *labels, size_t count, size_t *order,
                          int32_t *sorted_labels) {
  size_t occurrences[DIGITS][VALUES] = {{0}};
  for (size_t i = 0; i < count; i++) {
    order[i] = i;
    for (int digit = 0; digit < DIGITS; digit++) occurrences[digit][digit_of(labels[i], digit)]++;
  }
  size_t *other = circle_allocate(count, sizeof *other);
  if (other == NULL) return false;
  for (int digit = 0; digit < DIGITS; digit++) {
    bool all_equal = count == 0 || occurrences[digit][digit_of(labels[0], digit)] == count;
    if (all_equal) continue;
    sort_by_digit(labels, order, other, count, digit, occurrences[digit]);
    memcpy(order, other, count * sizeof *order);
  }
  circle_free(other);
  for (size_t i = 0; i < count; i++) sorted_labels[i] = labels[order[i]];
  return true;
}

void circle_columns_symmetric(const int32_t *sorted_labels, size_t count, circle_columns *columns) {
  size_t run_end = count;
  for (size_t i = count; i-- > 0;) {
    if (i + 1 < count && sorted_labels[i] != sorted_labels[i + 1]) run_end = i + 1;
    columns[i] = (circle_columns){.negative_stop = 0,
                                  .positive_begin = i + 1,
                                  .positive_end = run_end,
                                  .excluded = CIRCLE_NO_COLUMN};
  }
}

void circle_columns_general(const int32_t *sorted_labels, const size_t *order, size_t count,
                            const int32_t *sorted_reference_labels, const size_t *reference_place,
                            size_t references, bool remove_diagonal, circle_columns *columns) {
  size_t begin = 0, end = 0; /* of the references with the current anchor's label */
  for (size_t i = 0; i < count; i++) {
    while (begin < references && sorted_reference_labels[begin] < sorted_labels[i]) begin++;
    if (end < begin) end = begin;
    while (end < references && sorted_reference_labels[end] == sorted_labels[i]) end++;
    bool has_diagonal = remove_diagonal && order[i] < references;
    size_t diagonal = has_diagonal ? reference_place[order[i]] : CIRCLE_NO_COLUMN;
    bool is_positive = has_diagonal && begin <= diagonal && diagonal < end;
    columns[i] = (circle_columns){.negative_stop = begin,
                                  .positive_begin = begin,
                                  .positive_end = end,
                                  .excluded = is_positive ? diagonal : CIRCLE_NO_COLUMN};
  }
}
