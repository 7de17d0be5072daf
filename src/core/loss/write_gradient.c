/* From packed gradients to the caller's. */
#include <float.h>
#include <math.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "base/numbers.h"
#include "loss/backward.h"

typedef struct {
  const circle_backward_work *work;
  const circle_sums *sums;
  circle_unpacking unpacking;
  double factor_scale;   /* of the derivatives: the caller's scale and their exponent */
  atomic_bool is_beyond; /* some number is beyond the largest */
} writing;

static void set_along(void *context, size_t position) {
  const writing *at = context;
  const circle_backward_pass *pass = &at->work->pass;
  const circle_operand *operand = at->unpacking.operand;
  const circle_packing *packing = operand->packing;
  double along = 0.0;
  if (circle_is_own_positive(pass->operands)) /* twice, since s_ii is x_i times x_i */
    along = at->factor_scale * 2.0 *
            circle_self_pair_weight(pass, at->sums, position, at->work->derivatives[position]);
  if (operand->scaling != NULL) {
    if (along != 0.0) along -= along * packing->self_product(operand, position);
    along -=
        at->unpacking.scale * packing->gradient_product(operand, at->unpacking.gradient, position);
  }
  at->unpacking.along[position] = along;
}

static void write_patch(void *context, const circle_patch *patch) {
  writing *at = context;
  if (!at->unpacking.operand->packing->unpack(&at->unpacking, patch))
    atomic_store(&at->is_beyond, true);
}

/* The first row with a number beyond the largest; none if rounding brought all back. */
static circle_status find_overflow(const circle_unpacking *unpacking, circle_side side,
                                   circle_report *report) {
  const circle_target *target = unpacking->target;
  const circle_matrix written = {target->values,     target->rows,          target->columns,
                                 target->row_stride, target->column_stride, target->type};
  for (size_t row = 0; row < unpacking->operand->rows; row++)
    if (circle_column_beyond(&written, row, unpacking->largest) < (size_t)written.columns)
      return circle_fail(report, CIRCLE_GRADIENT_OVERFLOW, side, row, 0);
  return CIRCLE_OK;
}

static circle_status write_side(writing *at, circle_side side, circle_report *report) {
  const circle_operand *operand = at->unpacking.operand;
  const circle_operands *operands = at->work->pass.operands;
  const circle_target *target = at->unpacking.target;
  const circle_workers *workers = at->work->workers;
  const bool row_major = circle_is_row_major(target->row_stride, target->column_stride);
  at->unpacking.largest =
      target->type == CIRCLE_FLOATS ? FLT_MAX : circle_largest_computed(operands->settings.dtype);
  atomic_init(&at->is_beyond, false);
  if (operands->settings.similarity == CIRCLE_UNIT_PRODUCT || circle_is_own_positive(operands)) {
    at->unpacking.along = circle_allocate(operand->rows, sizeof *at->unpacking.along);
    if (at->unpacking.along == NULL) return CIRCLE_OUT_OF_MEMORY;
    circle_for_each_row(workers, 0, operand->rows, set_along, at);
  }
  const circle_status status =
      circle_for_each_patch(workers, operand, operand->rows, row_major, 1.0, write_patch, at);
  circle_free(at->unpacking.along);
  at->unpacking.along = NULL;
  if (status != CIRCLE_OK || !atomic_load(&at->is_beyond)) return status;
  return find_overflow(&at->unpacking, side, report);
}

/* Embeddings that are their own references under other labels get a part from either side. */
circle_status circle_write_gradient(const circle_backward_work *work, const circle_sums *sums,
                                    double scale, const circle_results *results,
                                    circle_report *report) {
  const circle_operands *operands = work->pass.operands;
  const int exponent = work->factor_exponent + work->exponent, half = exponent / 2;
  writing at = {.work = work,
                .sums = sums,
                .factor_scale = ldexp(scale, work->factor_exponent - half),
                .unpacking = {.operand = &operands->anchors,
                              .gradient = work->pass.anchors.gradient,
                              .power = ldexp(1.0, half),
                              .scale = ldexp(scale, exponent - half),
                              .target = &results->gradient}};
  const circle_status status = write_side(&at, CIRCLE_ANCHORS, report);
  if (status != CIRCLE_OK || operands->symmetric || work->pass.references.gradient == NULL)
    return status;
  at.unpacking.operand = operands->references;
  at.unpacking.gradient = work->pass.references.gradient;
  if (operands->references_are_given) {
    at.unpacking.target = &results->reference_gradient;
    return write_side(&at, CIRCLE_REFERENCES, report);
  }
  at.unpacking.add = true;
  return write_side(&at, CIRCLE_ANCHORS, report);
}
