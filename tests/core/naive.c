/* The formula as it stands, in obvious loops over all pairs, in double: what defines correctness.
 */
#include <math.h>

#include "base/numbers.h"

static double similarity(const circle_matrix *a, size_t i, const circle_matrix *b, size_t j) {
  double sum = 0.0;
  for (size_t k = 0; k < a->columns; k++) sum += circle_number(a, i, k) * circle_number(b, j, k);
  return sum;
}

/* log(exp(a) + exp(b)), for -Inf too */
static double log_add(double a, double b) {
  double larger = fmax(a, b);
  return larger == -INFINITY ? larger : larger + log1p(exp(-fabs(a - b)));
}

static double softplus(double t) { return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t)); }

void circle_losses_naive(const circle_problem *problem, double *losses) {
  const double gamma = problem->gamma, margin = problem->margin;
  const circle_matrix *anchors = &problem->embeddings;
  const circle_matrix *references =
      problem->references.values == NULL ? anchors : &problem->references;
  const int32_t *reference_labels =
      problem->reference_labels == NULL ? problem->labels : problem->reference_labels;

  for (size_t i = 0; i < anchors->rows; i++) {
    double positives = -INFINITY, negatives = -INFINITY;
    for (size_t j = 0; j < references->rows; j++) {
      const double d = fmax(1.0 - similarity(anchors, i, references, j), 0.0);
      if (problem->labels[i] != reference_labels[j])
        negatives = log_add(negatives, gamma * fmax(1.0 + margin - d, 0.0) * (1.0 - margin - d));
      else if (!(problem->remove_diagonal && i == j))
        positives = log_add(positives, -gamma * fmax(margin + d, 0.0) * (margin - d));
    }
    const bool counts = positives > -INFINITY && negatives > -INFINITY;
    losses[i] = counts ? softplus(positives + negatives) : 0.0;
  }
}
