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

/* ---- items ---- */

/* Wide digits take fewer steps, but more counters. */
typedef struct {
  int digits, bits; /* of each */
} item_digits;
#define FOR_SOME_ITEMS ((item_digits){4, 8})
#define FOR_MANY_ITEMS ((item_digits){3, 11})
#define MANY_ITEMS 1000
#define MOST_COUNTERS ((size_t)3 << 11)

static void sort_few_items(size_t count, uint64_t *items) {
  for (size_t i = 1; i < count; i++) {
    const uint64_t item = items[i];
    size_t to = i;
    for (; to > 0 && items[to - 1] >> 32 > item >> 32; to--) items[to] = items[to - 1];
    items[to] = item;
  }
}

static inline size_t item_digit(uint64_t item, item_digits by, int digit) {
  return (size_t)(item >> (32 + by.bits * digit)) & (((size_t)1 << by.bits) - 1);
}

/* starts[digit][value]: how many items have a smaller value of the digit. */
static inline void count_digits(size_t count, item_digits by, const uint64_t *items,
                                uint32_t *starts) {
  const size_t values = (size_t)1 << by.bits;
  memset(starts, 0, (size_t)by.digits * values * sizeof *starts);
  for (size_t i = 0; i < count; i++)
    for (int digit = 0; digit < by.digits; digit++)
      starts[(size_t)digit * values + item_digit(items[i], by, digit)]++;
  for (int digit = 0; digit < by.digits; digit++, starts += values) {
    uint32_t next = 0;
    for (size_t value = 0; value < values; value++) {
      const uint32_t occurrences = starts[value];
      starts[value] = next;
      next += occurrences;
    }
  }
}

static inline void sort_items_by(item_digits by, size_t count, uint64_t *items, uint64_t *more) {
  uint32_t starts[MOST_COUNTERS];
  uint64_t *from = items, *to = more;
  count_digits(count, by, items, starts);
  for (int digit = 0; digit < by.digits; digit++) {
    uint32_t *start = starts + ((size_t)digit << by.bits);
    uint64_t *const sorted = to;
    for (size_t i = 0; i < count; i++) to[start[item_digit(from[i], by, digit)]++] = from[i];
    to = from;
    from = sorted;
  }
  if (from != items) memcpy(items, from, count * sizeof *items);
}

void circle_sort_items(size_t count, uint64_t *items, uint64_t *more) {
  if (count <= FEW_KEYS)
    sort_few_items(count, items);
  else if (count < MANY_ITEMS)
    sort_items_by(FOR_SOME_ITEMS, count, items, more);
  else
    sort_items_by(FOR_MANY_ITEMS, count, items, more);
}
