/* Whether products of rows are exact, as those of codes, counts and other whole numbers are. */
#include "operand/exact_products.h"

#include <float.h>
#include <math.h>

#include "base/numbers.h"
#include "base/rounding.h"

static double packed_number(const circle_operand *operand, size_t position, size_t column) {
  const double given = circle_number(&operand->given, operand->order[position], column);
  const circle_scaling scaling = operand->scaling[position];
  return circle_round(given * scaling.first * scaling.second, operand->dtype);
}

/* A row whose numbers are multiples of u, and whose square is at most 2^digits u^2: so is, by
 * Cauchy and Schwarz, every partial sum of its product with another such row. Since the square is
 * at least 1, u is at least 2^(-digits / 2). */
static bool is_exact_row(const circle_operand *operand, size_t position, int digits) {
  const double finest = ldexp(1.0, digits / 2);
  double square = 0.0;
  int64_t bits = 0;
  for (size_t k = 0; k < operand->dimensions; k++) {
    const double whole = fabs(packed_number(operand, position, k)) * finest;
    if (!(whole <= 2.0 * finest && whole == rint(whole))) return false;
    bits |= (int64_t)whole;
    square += whole * whole;
  }
  const double unit = (double)(bits & -bits); /* the last bit that any number has */
  return square <= ldexp(unit * unit, digits);
}

bool circle_has_exact_products(const circle_operand *operand) {
  const int digits = operand->packing->element_size == sizeof(double) ? DBL_MANT_DIG : FLT_MANT_DIG;
  for (size_t position = 0; position < operand->rows; position++)
    if (!is_exact_row(operand, position, digits)) return false;
  return true;
}
