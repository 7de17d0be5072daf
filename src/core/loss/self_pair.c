/* The pair of an anchor with itself: a positive if the references are the anchors and the diagonal
 * is not removed. The symmetric pass, which visits each pair for both of its anchors, skips it. */
#include <math.h>

#include "base/arithmetic.h"
#include "loss/forward.h"

bool circle_is_own_positive(const circle_operands *operands) {
  return operands->symmetric && !operands->settings.remove_diagonal;
}

static double self_distance(const circle_operands *operands, size_t position) {
  const circle_operand *anchors = &operands->anchors;
  if (operands->settings.similarity == CIRCLE_COSINE)
    return anchors->self_product[position] > 0.0 ? 0.0 : 1.0;
  return circle_larger(1.0 - anchors->packing->self_product(anchors, position), 0.0);
}

/* In base 2, as kernel/template/exponential.h defines logits. */
static double self_logit(const circle_logits *logits, double distance) {
  return logits->gamma_log2e * circle_square(circle_larger(distance, -logits->margin));
}

void circle_add_self_pair(const circle_forward_pass *pass, size_t position) {
  const double logit = self_logit(&pass->logits, self_distance(pass->operands, position));
  const double whole = floor(logit);
  circle_accumulate(&pass->sums.positives[position], exp2(logit - whole), whole);
}

double circle_self_pair_weight(const circle_backward_pass *pass, const circle_sums *sums,
                               size_t position, double derivative) {
  const double distance = self_distance(pass->operands, position), margin = pass->logits.margin;
  const double slope = pass->detached            ? circle_larger(distance + margin, 0.0)
                       : distance + margin > 0.0 ? distance
                                                 : 0.0;
  if (derivative == 0.0 || slope == 0.0) return 0.0;
  double exponent;
  const double mantissa = circle_accumulator_mantissa(&sums->positives[position], &exponent);
  return -derivative / mantissa * exp2(self_logit(&pass->logits, distance) - exponent) * slope;
}
