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

bool circle_begin_pair_weights(circle_backward_work *work) {
  const circle_operand *anchors = &work->pass.operands->anchors;
  const size_t rows = anchors->rows;
  if (work->factors != NULL)
    work->factor_exponent = exponent_near(largest_size(work->factors, 0, rows));
  work->derivatives = circle_allocate(rows, sizeof *work->derivatives);
  return work->derivatives != NULL && allocate_weight(anchors, &work->pass.positive_weight) &&
         allocate_weight(anchors, &work->pass.negative_weight);
}

static double sigmoid(double t) {
  return t > 0.0 ? 1.0 / (1.0 + exp(-t)) : exp(t) / (1.0 + exp(t));
}

typedef struct {
  circle_backward_work *work;
  const circle_sums *sums;
} weighing;

/* derivatives[position] = factor_i dL_i/dt_i, times gamma or 2 gamma, which slope() omits. */
static void set_derivative(void *context, size_t position) {
  const weighing *at = context;
  const circle_backward_work *work = at->work;
  const circle_operands *operands = work->pass.operands;
  const double factor =
      work->factors == NULL
          ? 1.0
          : ldexp(work->factors[operands->anchors.order[position]], -work->factor_exponent);
  const double of_slope = operands->settings.gamma * (work->pass.detached ? 1.0 : 2.0);
  work->derivatives[position] = factor * of_slope * sigmoid(at->sums->totals[position]);
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
  const circle_backward_work *work = at->work;
  const circle_backward_pass *pass = &work->pass;
  const double derivative = ldexp(work->derivatives[position], -work->exponent);
  set_weight(pass->operands, &pass->positive_weight, &at->sums->positives[position], position,
             derivative, false);
  set_weight(pass->operands, &pass->negative_weight, &at->sums->negatives[position], position,
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

void circle_set_pair_weights(circle_backward_work *work, const circle_sums *sums, size_t first,
                             size_t count) {
  weighing at = {work, sums};
  circle_for_each_row(work->workers, first, count, set_derivative, &at);
  const double largest = largest_size(work->derivatives, first, count);
  const int exponent = exponent_near(largest);
  if (largest > 0.0 && (!work->has_exponent || exponent > work->exponent))
    raise_exponent(work, exponent);
  circle_for_each_row(work->workers, first, count, set_weights, &at);
}
