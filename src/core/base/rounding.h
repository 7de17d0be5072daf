/* Rounding of doubles to the narrower floating point types. */
#ifndef CIRCLE_ROUNDING_H
#define CIRCLE_ROUNDING_H

#include <math.h>
#include <string.h>

#include "base/floating_point.h"
#include "circle_loss.h"

/* Round to nearest, ties to even, on the bits: a carry moves into the exponent, as it should. Valid
 * for 0 and numbers between the smallest normal number and the largest of a type with so many
 * significant bits (the leading one counted). */
static inline double circle_round_bits(double number, int digits) {
  const int dropped = 53 - digits;
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  bits += ((UINT64_C(1) << (dropped - 1)) - 1) + ((bits >> dropped) & 1);
  bits &= ~((UINT64_C(1) << dropped) - 1);
  memcpy(&number, &bits, sizeof number);
  return number;
}

/* The nearest number of the type, ties to even, subnormals kept; infinite beyond its range. */
double circle_round(double number, circle_dtype dtype);

/* Whether a number is of the usual size in embeddings, for which circle_round_bits() is valid. */
static inline bool circle_is_ordinary(double number) {
  const double magnitude = fabs(number);
  return (magnitude >= 0x1p-14 && magnitude <= 1.0) || magnitude == 0.0;
}

/* circle_round() of each number, in the usual case without a branch: packing rounds every
 * number. */
static inline void circle_round_all(double *numbers, size_t count, circle_dtype dtype) {
  if (dtype == CIRCLE_FLOAT64) return;
  if (dtype == CIRCLE_FLOAT32) {
    for (size_t i = 0; i < count; i++) numbers[i] = (double)(float)numbers[i];
    return;
  }
  bool ordinary = true;
  for (size_t i = 0; i < count; i++) ordinary &= circle_is_ordinary(numbers[i]);
  if (ordinary && dtype == CIRCLE_BFLOAT16)
    for (size_t i = 0; i < count; i++) numbers[i] = circle_round_bits(numbers[i], 8);
  else if (ordinary && dtype == CIRCLE_FLOAT16)
    for (size_t i = 0; i < count; i++) numbers[i] = circle_round_bits(numbers[i], 11);
  else
    for (size_t i = 0; i < count; i++) numbers[i] = circle_round(numbers[i], dtype);
}

#endif
