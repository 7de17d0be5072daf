/* A radix sort by whole-number keys, from the lowest digit on. */
#ifndef CIRCLE_RADIX_SORT_H
#define CIRCLE_RADIX_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Keys stand in the order of their numbers; -0 is 0. */
static inline uint64_t circle_key_of(double number) {
  uint64_t bits;
  number += 0.0;
  memcpy(&bits, &number, sizeof bits);
  return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static inline double circle_number_of(uint64_t key) {
  const uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
  double number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

/* Sorts keys in ascending order, equal ones in their given order. `rows` move along; NULL where
 * there are none. `more_keys` and `more_rows` are workspace, as large as what is
 * sorted. */
void circle_sort_keys(size_t count, uint64_t *keys, uint32_t *rows, uint64_t *more_keys,
                      uint32_t *more_rows);

#endif
