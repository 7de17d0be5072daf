/* The weights of pairs in the gradient, as far as they belong to an anchor.
 *
 * Derivatives can be of any size, and are kept in units that leave none of them out of the range of
 * the compute type: a power of 2 near the largest factor, and for their products with the pairs'
 * exponentials a power of 2 near the largest of them so far, engine->unit. */
#include "loss/pair_weights.h"

#include <math.h>

#include "loss/formula.h"
#include "base/memory.h"
#include "operand/operand.h"
#include "schedule/tasks.h"

/* Exponent of a power of 2 near a number; 0 where there is none. */
static int exponent_near(double number) {
  return number > 0.0 && isfinite(number) ? ilogb(number) : 0;
}

static double largest_size(const double *numbers, size_t first, size_t last) {
  double largest = 0.0;
  for (size_t i = first; i < last; i++) largest = circle_larger(largest, fabs(numbers[i]));
  return largest;
}

static bool allocate_weight(const circle_engine *engine, circle_pair_weight *weight) {
  const size_t rows = engine->anchors.padded_rows, size = engine->kernel->element_size;
  if (weight->coefficient == NULL) weight->coefficient = circle_allocate_zeros(rows, size);
  if (weight->exponent == NULL) weight->exponent = circle_allocate_zeros(rows, size);
  return weight->coefficient != NULL && weight->exponent != NULL;
}

circle_status circle_begin_pair_weights(circle_engine *engine, const double *factors,
                                        circle_pair_weights pair_weights) {
  const size_t rows = engine->anchors.rows;
  engine->factors = factors;
  engine->pair_weights = pair_weights;
  engine->factor_unit = factors == NULL ? 0 : exponent_near(largest_size(factors, 0, rows));
  engine->has_unit = false;
  engine->unit = 0;
  if (engine->derivatives == NULL)
    engine->derivatives = circle_allocate(rows, sizeof *engine->derivatives);
  const bool enough = engine->derivatives != NULL &&
                      allocate_weight(engine, &engine->positive_weight) &&
                      allocate_weight(engine, &engine->negative_weight);
  return enough ? CIRCLE_OK : CIRCLE_OUT_OF_MEMORY;
}

/* derivatives[place] = factor_i dL_i/dt_i, times the factor of gamma that the slopes leave out. */
static void set_derivative(const circle_engine *engine, size_t place, void *context) {
  (void)context;
  const double *factors = engine->factors;
  const double factor =
      factors == NULL ? 1.0 : ldexp(factors[engine->anchors.order[place]], -engine->factor_unit);
  const double of_slope =
      engine->problem.gamma * (engine->pair_weights == CIRCLE_DETACHED ? 1.0 : 2.0);
  engine->derivatives[place] = factor * of_slope * circle_sigmoid(engine->totals[place]);
}

/* Above any logit, so that the power of 2 vanishes instead of overflowing next to a coefficient 0.
 */
#define EXPONENT_OF_NO_WEIGHT 0x1p127

/* dL_i/dz_ij = sigmoid(P + Q) exp(z_ij - P): in base 2, coefficient * 2^(logit_ij - exponent) */
static void set_weight_of_set(const circle_engine *engine, const circle_pair_weight *weight,
                              const circle_accumulator *set, size_t place, double derivative,
                              bool fixed) {
  if (derivative == 0.0) {
    engine->kernel->set_weight(weight, place, 0.0, EXPONENT_OF_NO_WEIGHT);
    return;
  }
  double exponent;
  double coefficient = derivative / circle_accumulator_share(set, &exponent);
  if (fixed) {
    coefficient = ldexp(coefficient, (int)(engine->kernel->fixed_scale - exponent));
    exponent = engine->kernel->fixed_scale;
  }
  engine->kernel->set_weight(weight, place, coefficient, exponent);
}

static void set_weights(const circle_engine *engine, size_t place, void *context) {
  (void)context;
  const double derivative = ldexp(engine->derivatives[place], -engine->unit);
  set_weight_of_set(engine, &engine->positive_weight, &engine->positives[place], place, derivative,
                    false);
  set_weight_of_set(engine, &engine->negative_weight, &engine->negatives[place], place, derivative,
                    engine->fixed_scale);
}

/* What has been added to the gradients so far moves to the new unit, by a power of 2. */
static circle_status raise_unit(circle_engine *engine, int unit) {
  const int exponent = engine->unit - unit;
  const bool is_first = !engine->has_unit;
  engine->unit = unit;
  engine->has_unit = true;
  if (is_first) return CIRCLE_OK;
  const circle_status status = circle_side_scale_gradient(engine, &engine->anchors, exponent);
  if (status != CIRCLE_OK || engine->symmetric) return status;
  return circle_side_scale_gradient(engine, &engine->other, exponent);
}

circle_status circle_set_pair_weights(circle_engine *engine, size_t first, size_t last) {
  circle_for_each_row(engine, first, last, set_derivative, NULL);
  const double largest = largest_size(engine->derivatives, first, last);
  const int unit = exponent_near(largest);
  if (largest > 0.0 && (!engine->has_unit || unit > engine->unit)) {
    const circle_status status = raise_unit(engine, unit);
    if (status != CIRCLE_OK) return status;
  }
  circle_for_each_row(engine, first, last, set_weights, NULL);
  return CIRCLE_OK;
}
