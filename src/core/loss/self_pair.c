/* The pair of an anchor with itself: a positive where the references are the anchors and the
 * diagonal stays. The symmetric sweep, which takes each pair for both of its anchors, leaves it
 * out. */
#include "loss/self_pair.h"

#include "loss/formula.h"

bool circle_is_own_positive(const circle_engine *engine) {
  return engine->symmetric && !engine->problem.remove_diagonal;
}

static double self_distance(const circle_engine *engine, size_t place) {
  const double similarity = engine->kernel->self_similarity(engine, &engine->anchors, place);
  return circle_larger(1.0 - similarity, 0.0);
}

/* In base 2, as kernel/exponential.h defines logits. */
static double self_logit(const circle_engine *engine, double distance) {
  return engine->gamma_log2e * circle_square(circle_larger(distance, -engine->problem.margin));
}

void circle_add_self(const circle_engine *engine, size_t place, void *context) {
  (void)context;
  const double logit = self_logit(engine, self_distance(engine, place)), whole = floor(logit);
  circle_accumulate(&engine->positives[place], exp2(logit - whole), whole);
}

double circle_self_weight(const circle_engine *engine, size_t place, double derivative) {
  const double distance = self_distance(engine, place), margin = engine->problem.margin;
  const double slope = engine->pair_weights == CIRCLE_DETACHED
                           ? circle_larger(distance + margin, 0.0)
                       : distance + margin > 0.0 ? distance
                                                 : 0.0;
  if (derivative == 0.0 || slope == 0.0) return 0.0;
  double exponent;
  const double share = circle_accumulator_share(&engine->positives[place], &exponent);
  return -derivative / share * exp2(self_logit(engine, distance) - exponent) * slope;
}
