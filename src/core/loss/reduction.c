/* From the losses of the anchors to one value, and the factor of its derivatives. */
#include <math.h>

#include "base/compensated_sum.h"
#include "circle_loss.h"

static double weight_of(const circle_objective *objective, size_t i) {
  return objective->sample_weight == NULL ? 1.0 : objective->sample_weight[i];
}

/* The divisor of the weighted sum. An anchor counts if its loss is positive: not without a positive
 * or a negative pair, nor after underflow to 0 in the dtype. If the sum of weights becomes
 * infinite, `row` is where. */
static double divisor_of(const circle_objective *objective, size_t count, const double *losses,
                         int64_t *row) {
  const int32_t reduction = objective->reduction;
  if (reduction == CIRCLE_NONE || reduction == CIRCLE_SUM) return 1.0;
  double divisor = 0.0;
  for (size_t i = 0; i < count && isfinite(divisor); i++) {
    if (losses[i] > 0.0) divisor += reduction == CIRCLE_MEAN ? 1.0 : weight_of(objective, i);
    *row = (int64_t)i;
  }
  return divisor;
}

circle_status circle_reduce(const circle_objective *objective, int64_t count, const double *losses,
                            double *value, double *scale, circle_report *report) {
  if (objective->reduction < CIRCLE_NONE || objective->reduction > CIRCLE_MEAN_WITH_SAMPLE_WEIGHT ||
      count < 0)
    return CIRCLE_BAD_CALL;
  report->side = CIRCLE_ANCHORS;
  const double divisor = divisor_of(objective, (size_t)count, losses, &report->row);
  circle_compensated_sum total = {0.0, 0.0};
  if (!isfinite(divisor)) return CIRCLE_VALUE_OVERFLOW;
  for (size_t i = 0; i < (size_t)count; i++) {
    const double term = weight_of(objective, i) * losses[i];
    report->row = (int64_t)i;
    if (!isfinite(term)) return CIRCLE_VALUE_OVERFLOW;
    if (objective->reduction == CIRCLE_NONE)
      value[i] = term;
    else
      circle_add_compensated(&total, term);
    if (!isfinite(circle_total(&total))) return CIRCLE_VALUE_OVERFLOW;
  }
  *scale = divisor == 0.0 ? 0.0 : 1.0 / divisor;
  if (objective->reduction == CIRCLE_NONE) return CIRCLE_OK;
  *value = divisor == 0.0 ? 0.0 : circle_total(&total) / divisor;
  return isfinite(*value) ? CIRCLE_OK : CIRCLE_VALUE_OVERFLOW; /* weights far below 1 */
}
