/* From the losses of the anchors to one value, and its derivatives by them. */
#include <math.h>

#include "circle_loss.h"
#include "base/compensated_sum.h"

static double weight_of(const double *sample_weight, size_t i) {
  return sample_weight == NULL ? 1.0 : sample_weight[i];
}

/* What the weighted sum is divided by. An anchor counts if its loss is positive; without a positive
 * or a negative pair, or after underflow to 0 in the dtype, it does not. If the sum of the weights
 * becomes infinite, `row` is where. */
static double divisor_of(circle_reduction reduction, size_t count, const double *losses,
                         const double *sample_weight, size_t *row) {
  if (reduction == CIRCLE_NONE || reduction == CIRCLE_SUM) return 1.0;
  double divisor = 0.0;
  for (size_t i = 0; i < count && isfinite(divisor); i++) {
    if (losses[i] > 0.0) divisor += reduction == CIRCLE_MEAN ? 1.0 : weight_of(sample_weight, i);
    *row = i;
  }
  return divisor;
}

circle_status circle_reduce(circle_reduction reduction, size_t count, const double *losses,
                            const double *sample_weight, double *value, double *scale,
                            size_t *row) {
  const double divisor = divisor_of(reduction, count, losses, sample_weight, row);
  circle_exact_sum total = {0.0, 0.0};
  if (!isfinite(divisor)) return CIRCLE_VALUE_OVERFLOW;
  for (size_t i = 0; i < count; i++) {
    const double term = weight_of(sample_weight, i) * losses[i];
    *row = i;
    if (!isfinite(term)) return CIRCLE_VALUE_OVERFLOW;
    if (reduction == CIRCLE_NONE)
      value[i] = term;
    else
      circle_add_exactly(&total, term);
    if (!isfinite(circle_total(&total))) return CIRCLE_VALUE_OVERFLOW;
  }
  *scale = divisor == 0.0 ? 0.0 : 1.0 / divisor;
  if (reduction == CIRCLE_NONE) return CIRCLE_OK;
  *value = divisor == 0.0 ? 0.0 : circle_total(&total) / divisor;
  return isfinite(*value) ? CIRCLE_OK : CIRCLE_VALUE_OVERFLOW; /* weights far below 1 */
}
