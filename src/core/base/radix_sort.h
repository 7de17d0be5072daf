/* Radix sort of integer keys, least significant digit first. */
#ifndef CIRCLE_RADIX_SORT_H
#define CIRCLE_RADIX_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/floating_point.h"

/* Keys sort like their numbers; -0 is 0. */
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

/* The same for float, in half as many bits. */
static inline uint32_t circle_short_key_of(float number) {
  uint32_t bits;
  number += 0.0f;
  memcpy(&bits, &number, sizeof bits);
  return bits >> 31 ? ~bits : bits | UINT32_C(1) << 31;
}

static inline float circle_short_number_of(uint32_t key) {
  const uint32_t bits = key >> 31 ? key & ~(UINT32_C(1) << 31) : ~key;
  float number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

/* Sorts keys in ascending order, stably; `rows`, which may be NULL, move along. `more_keys` and
 * `more_rows` are buffers of the same sizes. */
void circle_sort_keys(size_t count, uint64_t *keys, uint32_t *rows, uint64_t *more_keys,
                      uint32_t *more_rows);

/* Sorts items in ascending order of their upper 32 bits, a short key, stably; the lower ones move
 * along. `more` is a buffer of the same size. */
void circle_sort_items(size_t count, uint64_t *items, uint64_t *more);

#endif
