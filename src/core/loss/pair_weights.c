/* An anchor's part of the weights of its pairs in the gradient. */
#include <math.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "loss/backward.h"

/* The exponent of a power of 2 near a number; 0 if there is none. */
static int exponent_near(double number) {
  return number > 0.0 && isfinite(number) ? ilogb(number) : 0;
}

static double largest_size(const double *numbers, size_t first, size_t count) {
  double largest = 0.0;
  for (size_t i = first; i < first + count; i++) largest = circle_larger(largest, fabs(numbers[i]));
  return largest;
}

static bool allocate_weight(const circle_operand *anchors, circle_pair_weight *weight) {
  const size_t rows = anchors->padded_rows, size = anchors->packing->element_size;
  weight->coefficient = circle_allocate_zeros(rows, size);
  weight->exponent = circle_allocate_zeros(rows, size);
  return weight->coefficient != NULL && weight->exponent != NULL;
}

static bool begin_weights(const circle_operand *anchors, circle_anchor_weights *weights,
                          double **derivatives) {
  *derivatives = circle_allocate(anchors->rows, sizeof **derivatives);
  return *derivatives != NULL && allocate_weight(anchors, &weights->positive) &&
         allocate_weight(anchors, &weights->negative);
}

bool circle_begin_pair_weights(circle_backward_work *work) {
  const circle_operands *operands = work->pass.operands;
  double largest = 0.0;
  if (work->factors != NULL) largest = largest_size(work->factors, 0, operands->anchors.rows);
  if (circle_has_other_anchors(operands))
    largest =
        circle_larger(largest, largest_size(work->reference_factors, 0, operands->other.rows));
  work->factor_exponent = exponent_near(largest);
  if (!begin_weights(&operands->anchors, &work->pass.weights, &work->derivatives)) return false;
  if (circle_has_other_anchors(operands))
    return begin_weights(&operands->other, &work->pass.column_weights,
                         &work->reference_derivatives);
  work->pass.column_weights = work->pass.weights;
  return true;
}

static double sigmoid(double t) {
  return t > 0.0 ? 1.0 / (1.0 + exp(-t)) : exp(t) / (1.0 + exp(t));
}

/* Anchors, or references that are anchors. */
typedef struct {
  const circle_backward_work *work;
  const circle_operand *operand;
  const circle_sums *sums;
  const double *factors; /* NULL: ones */
  double *derivatives;
  const circle_anchor_weights *weights;
} weighing;

/* derivatives[position] = factor_i dL_i/dt_i, times gamma or 2 gamma, which slope() omits. */
static void set_derivative(void *context, size_t position) {
  const weighing *at = context;
  const circle_backward_work *work = at->work;
  const double factor = at->factors == NULL ? 1.0
                                            : ldexp(at->factors[at->operand->order[position]],
                                                    -work->factor_exponent);
  const double of_slope = work->pass.operands->settings.gamma * (work->pass.detached ? 1.0 : 2.0);
  at->derivatives[position] = factor * of_slope * sigmoid(at->sums->totals[position]);
}

/* Above any logit: with a coefficient of 0 the power of 2 must underflow, not overflow. */
#define EXPONENT_OF_NO_WEIGHT 0x1p127

/* dL_i/dz_ij = sigmoid(P + Q) exp(z_ij - P): in base 2, coefficient * 2^(logit_ij - exponent) */
static void set_weight(const circle_operands *operands, const circle_pair_weight *weight,
                       const circle_accumulator *set, size_t position, double derivative,
                       bool fixed) {
  const circle_numbers type =
      operands->anchors.packing->element_size == sizeof(double) ? CIRCLE_DOUBLES : CIRCLE_FLOATS;
  double coefficient = 0.0, exponent = EXPONENT_OF_NO_WEIGHT;
  if (derivative != 0.0) coefficient = derivative / circle_accumulator_mantissa(set, &exponent);
  if (derivative != 0.0 && fixed) {
    coefficient = ldexp(coefficient, (int)(operands->kernel->fixed_scale - exponent));
    exponent = operands->kernel->fixed_scale;
  }
  circle_set_number_at(weight->coefficient, type, (ptrdiff_t)position, coefficient);
  circle_set_number_at(weight->exponent, type, (ptrdiff_t)position, exponent);
}

static void set_weights(void *context, size_t position) {
  const weighing *at = context;
  const circle_backward_pass *pass = &at->work->pass;
  const double derivative = ldexp(at->derivatives[position], -at->work->exponent);
  set_weight(pass->operands, &at->weights->positive, &at->sums->positives[position], position,
             derivative, false);
  set_weight(pass->operands, &at->weights->negative, &at->sums->negatives[position], position,
             derivative, pass->logits.fixed_scale);
}

static void scale_gradient(const circle_operand *operand, void *gradient, int exponent) {
  const circle_packing *packing = operand->packing;
  const size_t count = operand->padded_rows * packing->row_bytes(operand->dimensions).gradient /
                       packing->element_size;
  const double factor = ldexp(1.0, exponent);
  if (gradient == NULL) return;
  if (packing->element_size == sizeof(double))
    for (size_t i = 0; i < count; i++) ((double *)gradient)[i] *= factor;
  else
    for (size_t i = 0; i < count; i++) ((float *)gradient)[i] *= (float)factor;
}

/* Rescales the gradients so far to the new exponent. */
static void raise_exponent(circle_backward_work *work, int exponent) {
  const circle_operands *operands = work->pass.operands;
  const int step = work->exponent - exponent;
  const bool is_first = !work->has_exponent;
  work->exponent = exponent;
  work->has_exponent = true;
  if (is_first) return;
  scale_gradient(&operands->anchors, work->pass.anchors.gradient, step);
  if (!operands->symmetric)
    scale_gradient(operands->references, work->pass.references.gradient, step);
}

static double set_derivatives(const circle_workers *workers, weighing *at, size_t first,
                              size_t count) {
  circle_for_each_row(workers, first, count, set_derivative, at);
  return largest_size(at->derivatives, first, count);
}

void circle_set_pair_weights(circle_backward_work *work, const circle_forward_pass *forward,
                             size_t first, size_t count) {
  const circle_operands *operands = work->pass.operands;
  const circle_workers *workers = work->workers;
  weighing anchors = {.work = work,
                      .operand = &operands->anchors,
                      .sums = &forward->sums,
                      .factors = work->factors,
                      .derivatives = work->derivatives,
                      .weights = &work->pass.weights};
  weighing references = {.work = work,
                         .operand = &operands->other,
                         .sums = &forward->column_sums,
                         .factors = work->reference_factors,
                         .derivatives = work->reference_derivatives,
                         .weights = &work->pass.column_weights};
  const size_t others = circle_has_other_anchors(operands) ? operands->other.rows : 0;
  const double largest = circle_larger(set_derivatives(workers, &anchors, first, count),
                                       set_derivatives(workers, &references, 0, others));
  const int exponent = exponent_near(largest);
  if (largest > 0.0 && (!work->has_exponent || exponent > work->exponent))
    raise_exponent(work, exponent);
  circle_for_each_row(workers, first, count, set_weights, &anchors);
  circle_for_each_row(workers, 0, others, set_weights, &references);
}
