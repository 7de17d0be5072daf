/* Radix sort of integer keys, least significant digit first. */
#include "base/radix_sort.h"

enum { DIGITS = 8, VALUES = 256 };

/* Up to this many keys an insertion sort is faster. */
#define FEW_KEYS 48

static void sort_few(size_t count, uint64_t *keys, uint32_t *rows) {
  for (size_t i = 1; i < count; i++) {
    const uint64_t key = keys[i];
    const uint32_t row = rows == NULL ? 0 : rows[i];
    size_t to = i;
    for (; to > 0 && keys[to - 1] > key; to--) {
      keys[to] = keys[to - 1];
      if (rows != NULL) rows[to] = rows[to - 1];
    }
    keys[to] = key;
    if (rows != NULL) rows[to] = row;
  }
}

static unsigned digit_of(uint64_t key, int digit) {
  return (unsigned)(key >> (8 * digit)) & (VALUES - 1);
}

/* A stable counting sort by one digit. */
static void sort_by_digit(size_t count, int digit, const uint64_t *keys, const uint32_t *rows,
                          uint64_t *to_keys, uint32_t *to_rows) {
  size_t starts[VALUES] = {0}, next = 0;
  for (size_t i = 0; i < count; i++) starts[digit_of(keys[i], digit)]++;
  for (int value = 0; value < VALUES; value++) {
    const size_t occurrences = starts[value];
    starts[value] = next;
    next += occurrences;
  }
  for (size_t i = 0; i < count; i++) {
    const size_t to = starts[digit_of(keys[i], digit)]++;
    to_keys[to] = keys[i];
    if (rows != NULL) to_rows[to] = rows[i];
  }
}

/* The bits in which keys differ. */
static uint64_t differences(size_t count, const uint64_t *keys) {
  uint64_t bits = 0;
  for (size_t i = 1; i < count; i++) bits |= keys[i] ^ keys[0];
  return bits;
}

void circle_sort_keys(size_t count, uint64_t *keys, uint32_t *rows, uint64_t *more_keys,
                      uint32_t *more_rows) {
  if (count <= FEW_KEYS) {
    sort_few(count, keys, rows);
    return;
  }
  const uint64_t differ = differences(count, keys);
  uint64_t *const all_keys[] = {keys, more_keys};
  uint32_t *const all_rows[] = {rows, more_rows};
  int from = 0;
  for (int digit = 0; digit < DIGITS; digit++) {
    if (digit_of(differ, digit) == 0) continue;
    sort_by_digit(count, digit, all_keys[from], all_rows[from], all_keys[1 - from],
                  all_rows[1 - from]);
    from = 1 - from;
  }
  if (from == 0) return;
  memcpy(keys, more_keys, count * sizeof *keys);
  if (rows != NULL) memcpy(rows, more_rows, count * sizeof *rows);
}
