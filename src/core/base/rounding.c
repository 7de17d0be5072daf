/* Rounding of doubles to the narrower floating point types. */
#include "base/rounding.h"

/* A type with `digits` significant bits (the leading one counted). */
typedef struct {
  int digits;
  double smallest_normal, largest;
  double subnormal_rounder; /* 1.5 * 2^52 times the smallest subnormal: adding it rounds to those */
} format;

static const format float16 = {11, 0x1p-14, 65504.0, 0x1.8p52 * 0x1p-24};
static const format bfloat16 = {8, 0x1p-126, 0x1.fep127, 0x1.8p52 * 0x1p-133};

static double round_to_format(double number, const format *type) {
  double magnitude = fabs(number);
  if (!(magnitude <= 0x1p1000)) return number > 0 ? INFINITY : number < 0 ? -INFINITY : number;
  if (magnitude < type->smallest_normal) {
    volatile double shifted =
        number + type->subnormal_rounder; /* keeps the compiler from folding */
    return copysign(shifted - type->subnormal_rounder, number);
  }
  number = circle_round_bits(number, type->digits);
  return fabs(number) > type->largest ? copysign(INFINITY, number) : number;
}

double circle_round(double number, circle_dtype dtype) {
  switch (dtype) {
    case CIRCLE_FLOAT32: return (double)(float)number;
    case CIRCLE_FLOAT16: return round_to_format(number, &float16);
    case CIRCLE_BFLOAT16: return round_to_format(number, &bfloat16);
    case CIRCLE_FLOAT64: break;
  }
  return number;
}
