/* The backward pass: from the derivatives of the value by the losses to those by the embeddings. */
#include <math.h>

#include "engine.h"
#include "formula.h"
#include "memory.h"
#include "numbers.h"
#include "self.h"
#include "side.h"
#include "sweep.h"
#include "tasks.h"

static bool allocate_weight(const circle_engine *engine, circle_pair_weight *weight) {
  const size_t rows = engine->anchors.padded_rows, size = engine->kernel->element_size;
  if (weight->coefficient == NULL) weight->coefficient = circle_allocate_zeros(rows, size);
  if (weight->exponent == NULL) weight->exponent = circle_allocate_zeros(rows, size);
  return weight->coefficient != NULL && weight->exponent != NULL;
}

static circle_status begin_gradient(circle_engine *engine) {
  if (engine->derivatives == NULL)
    engine->derivatives = circle_allocate(engine->anchors.rows, sizeof *engine->derivatives);
  if (engine->derivatives == NULL || !allocate_weight(engine, &engine->positive_weight) ||
      !allocate_weight(engine, &engine->negative_weight))
    return CIRCLE_OUT_OF_MEMORY;
  const circle_status status = circle_side_begin_gradient(engine, &engine->anchors);
  if (status != CIRCLE_OK || engine->symmetric) return status;
  return circle_side_begin_gradient(engine, &engine->other);
}

/* ---- the weights of pairs ---- */

/* derivatives[place] = u_i dL_i/dt_i, times the factor of gamma that the slopes leave out. */
static void set_derivative(const circle_engine *engine, size_t place, void *context) {
  const double *upstream = context;
  const double factor =
      engine->problem.gamma * (engine->pair_weights == CIRCLE_DETACHED ? 1.0 : 2.0);
  engine->derivatives[place] =
      upstream[engine->anchors.order[place]] * factor * circle_sigmoid(engine->totals[place]);
}

/* The power of 2 near the largest derivative. In the compute type derivatives are kept in its unit,
 * so that none is lost for being small in itself. */
static int unit_of_derivatives(const circle_engine *engine) {
  double largest = 0.0;
  for (size_t place = 0; place < engine->anchors.rows; place++)
    largest = circle_larger(largest, fabs(engine->derivatives[place]));
  return largest > 0.0 && isfinite(largest) ? ilogb(largest) : 0;
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
  const int *unit = context;
  const double derivative = ldexp(engine->derivatives[place], -*unit);
  set_weight_of_set(engine, &engine->positive_weight, &engine->positives[place], place, derivative,
                    false);
  set_weight_of_set(engine, &engine->negative_weight, &engine->negatives[place], place, derivative,
                    engine->fixed_scale);
}

/* ---- from packed rows to the caller's ---- */

static void set_along(const circle_engine *engine, size_t place, void *context) {
  const circle_unpacking *how = context;
  double along = 0.0;
  if (circle_is_own_positive(engine)) /* s_ii is x_i twice */
    along = 2.0 * circle_self_weight(engine, place, engine->derivatives[place]);
  if (engine->problem.normalize) {
    const double gradient = engine->kernel->radial_gradient(engine, how->side, place);
    const double square = engine->kernel->self_similarity(engine, how->side, place);
    along -= ldexp(gradient, how->unit) + along * square;
  }
  how->along[place] = along;
}

static circle_status check_gradient(const circle_engine *engine, const circle_target *gradient,
                                    size_t rows, circle_side_name name, circle_report *report) {
  const circle_matrix written = circle_matrix_of_target(gradient, rows, engine->dimensions);
  const size_t row = circle_row_beyond(&written, circle_largest_computed(engine->problem.dtype));
  return row == rows ? CIRCLE_OK : circle_fail(report, CIRCLE_GRADIENT_OVERFLOW, name, row, 0);
}

static circle_status unpack_side(const circle_engine *engine, const circle_side *side,
                                 circle_side_name name, int unit, bool add,
                                 const circle_target *gradient, circle_report *report) {
  circle_unpacking how = {.side = side, .unit = unit, .add = add, .gradient = gradient};
  if (engine->problem.normalize || circle_is_own_positive(engine)) {
    how.along = circle_allocate(side->rows, sizeof *how.along);
    if (how.along == NULL) return CIRCLE_OUT_OF_MEMORY;
    circle_for_each_row(engine, side->rows, set_along, &how);
  }
  const circle_status status = circle_side_unpack(engine, side, &how);
  circle_free(how.along);
  if (status != CIRCLE_OK) return status;
  return check_gradient(engine, gradient, side->rows, name, report);
}

/* Embeddings that are their own references under other labels get a part from each side. */
static circle_status unpack(const circle_engine *engine, int unit, const circle_target *gradient,
                            const circle_target *reference_gradient, circle_report *report) {
  circle_status status =
      unpack_side(engine, &engine->anchors, CIRCLE_ANCHORS, unit, false, gradient, report);
  if (status != CIRCLE_OK || engine->symmetric) return status;
  if (engine->references_are_given)
    return unpack_side(engine, &engine->other, CIRCLE_REFERENCES, unit, false, reference_gradient,
                       report);
  return unpack_side(engine, &engine->other, CIRCLE_ANCHORS, unit, true, gradient, report);
}

circle_status circle_gradient(circle_engine *engine, const double *upstream,
                              circle_pair_weights pair_weights, const circle_target *gradient,
                              const circle_target *reference_gradient, circle_report *report) {
  circle_status status = begin_gradient(engine);
  if (status != CIRCLE_OK) return status;
  engine->pair_weights = pair_weights;
  circle_for_each_row(engine, engine->anchors.rows, set_derivative, (void *)upstream);
  int unit = unit_of_derivatives(engine);
  circle_for_each_row(engine, engine->anchors.rows, set_weights, &unit);
  status = circle_sweep(engine, engine->kernel->add_gradient_tile);
  return status == CIRCLE_OK ? unpack(engine, unit, gradient, reference_gradient, report) : status;
}
