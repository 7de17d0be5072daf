/* Sums over the pairs of a part of a problem: out of a pass, together, and into another pass. */
#include <math.h>

#include "loss/forward.h"

/* Exponents of empty sums are 0: two of them say nothing about scale. */
circle_pair_sums circle_pair_sums_at(const circle_sums *sums, size_t position) {
  circle_pair_sums at = {.positive_exponent = 0.0};
  at.positive_sum = circle_accumulator_mantissa(&sums->positives[position], &at.positive_exponent);
  at.negative_sum = circle_accumulator_mantissa(&sums->negatives[position], &at.negative_exponent);
  if (at.positive_sum == 0.0) at.positive_exponent = 0.0;
  if (at.negative_sum == 0.0) at.negative_exponent = 0.0;
  return at;
}

void circle_copy_reference_sums(const circle_forward_pass *pass, circle_pair_sums *result) {
  const circle_operand *references = pass->operands->references;
  for (size_t position = 0; position < references->rows; position++)
    result[references->order[position]] = circle_pair_sums_at(&pass->column_sums, position);
}

static circle_accumulator sum_of(circle_accumulator sum, double more, double exponent) {
  if (more == 0.0) return sum;
  if (sum.sum == 0.0) return (circle_accumulator){more, exponent};
  circle_accumulate(&sum, more, exponent);
  return sum;
}

static circle_accumulator positives_of(const circle_pair_sums *sums) {
  return (circle_accumulator){sums->positive_sum, sums->positive_exponent};
}

static circle_accumulator negatives_of(const circle_pair_sums *sums) {
  return (circle_accumulator){sums->negative_sum, sums->negative_exponent};
}

void circle_add_pair_sums(int64_t count, const circle_pair_sums *more, circle_pair_sums *sums) {
  for (int64_t i = 0; i < count; i++) {
    const circle_accumulator positives =
        sum_of(positives_of(&sums[i]), more[i].positive_sum, more[i].positive_exponent);
    const circle_accumulator negatives =
        sum_of(negatives_of(&sums[i]), more[i].negative_sum, more[i].negative_exponent);
    sums[i] = (circle_pair_sums){positives.sum, positives.scale, negatives.sum, negatives.scale};
  }
}

circle_status circle_losses_of_pair_sums(const circle_settings *settings, int64_t count,
                                         const circle_pair_sums *sums, double *losses,
                                         double *positive_sums, double *negative_sums,
                                         circle_report *report) {
  circle_status status = CIRCLE_OK;
  for (int64_t i = count; i-- > 0;) {
    const circle_accumulator positives = positives_of(&sums[i]), negatives = negatives_of(&sums[i]);
    const double loss =
        circle_loss_of_total(settings, circle_total_of(settings, &positives, &negatives));
    if (losses != NULL) losses[i] = loss;
    if (positive_sums != NULL) positive_sums[i] = circle_log_sum_of(settings, &positives);
    if (negative_sums != NULL) negative_sums[i] = circle_log_sum_of(settings, &negatives);
    if (!isfinite(loss))
      status = circle_fail(report, CIRCLE_LOSS_OVERFLOW, CIRCLE_ANCHORS, (size_t)i, 0);
  }
  return status;
}

/* In sorted order, with totals. */
static void spread(const circle_operand *operand, const circle_settings *settings,
                   const circle_pair_sums *given, const circle_sums *sums) {
  for (size_t position = 0; position < operand->rows; position++) {
    const circle_pair_sums *at = &given[operand->order[position]];
    sums->positives[position] = positives_of(at);
    sums->negatives[position] = negatives_of(at);
    sums->totals[position] =
        circle_total_of(settings, &sums->positives[position], &sums->negatives[position]);
  }
}

void circle_sums_of_pair_sums(const circle_operands *operands, const circle_pair_sums *anchors,
                              const circle_pair_sums *references, void *sums) {
  const circle_settings *settings = &operands->settings;
  const size_t rows = operands->anchors.rows;
  char *memory = sums;
  const circle_sums of_anchors = circle_sums_in(memory, rows);
  spread(&operands->anchors, settings, anchors, &of_anchors);
  if (!circle_has_other_anchors(operands)) return;
  const circle_sums of_references =
      circle_sums_in(memory + circle_sums_size((int64_t)rows), operands->other.rows);
  spread(&operands->other, settings, references, &of_references);
}
