/* The formula as it stands, in obvious loops over all pairs, in double: what defines correctness.
 */
#include "naive.h"

#include <math.h>
#include <string.h>

#include "base/numbers.h"

static const circle_matrix *references_of(const circle_batch *batch) {
  return batch->has_references ? &batch->references : &batch->embeddings;
}

static double similarity(const circle_batch *batch, size_t i, size_t j) {
  double sum = 0.0;
  for (size_t k = 0; k < (size_t)batch->embeddings.columns; k++)
    sum += circle_number(&batch->embeddings, i, k) * circle_number(references_of(batch), j, k);
  return sum;
}

typedef enum { NEITHER, POSITIVE, NEGATIVE } kind_of_pair;

static kind_of_pair kind_of(const circle_batch *batch, const circle_settings *settings, size_t i,
                            size_t j) {
  const int32_t *labels = batch->reference_labels == NULL ? batch->labels : batch->reference_labels;
  if (batch->labels[i] != labels[j]) return NEGATIVE;
  return settings->remove_diagonal && i == j ? NEITHER : POSITIVE;
}

static double logit(const circle_settings *settings, kind_of_pair kind, double s) {
  const double gamma = settings->gamma, margin = settings->margin, d = fmax(1.0 - s, 0.0);
  return kind == NEGATIVE ? gamma * fmax(1.0 + margin - d, 0.0) * (1.0 - margin - d)
                          : -gamma * fmax(margin + d, 0.0) * (margin - d);
}

/* The derivative of the logit with respect to s. */
static double slope(const circle_settings *settings, bool detached, kind_of_pair kind, double s) {
  const double gamma = settings->gamma, margin = settings->margin, d = fmax(1.0 - s, 0.0);
  if (detached)
    return kind == NEGATIVE ? gamma * fmax(1.0 + margin - d, 0.0) : -gamma * fmax(margin + d, 0.0);
  if (s >= 1.0) return 0.0;
  if (kind == NEGATIVE) return 1.0 + margin - d > 0.0 ? 2.0 * gamma * (1.0 - d) : 0.0;
  return margin + d > 0.0 ? -2.0 * gamma * d : 0.0;
}

/* log(exp(a) + exp(b)), for -Inf too */
static double log_add(double a, double b) {
  const double larger = fmax(a, b);
  return larger == -INFINITY ? larger : larger + log1p(exp(-fabs(a - b)));
}

/* P and Q of an anchor; -Inf over no pairs. */
typedef struct {
  double positives, negatives;
} log_sums;

static log_sums log_sums_of(const circle_batch *batch, const circle_settings *settings, size_t i) {
  log_sums sums = {-INFINITY, -INFINITY};
  for (size_t j = 0; j < (size_t)references_of(batch)->rows; j++) {
    const kind_of_pair kind = kind_of(batch, settings, i, j);
    const double z = logit(settings, kind, similarity(batch, i, j));
    if (kind == POSITIVE) sums.positives = log_add(sums.positives, z);
    if (kind == NEGATIVE) sums.negatives = log_add(sums.negatives, z);
  }
  return sums;
}

static double softplus(double t) { return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t)); }

static bool counts(log_sums sums) {
  return sums.positives > -INFINITY && sums.negatives > -INFINITY;
}

void naive_losses(const circle_batch *batch, const circle_settings *settings, double *losses) {
  for (size_t i = 0; i < (size_t)batch->embeddings.rows; i++) {
    const log_sums sums = log_sums_of(batch, settings, i);
    losses[i] = counts(sums) ? softplus(sums.positives + sums.negatives) : 0.0;
  }
}

void naive_gradient(const circle_batch *batch, const circle_settings *settings, bool detached,
                    const double *upstream, double *gradient, double *reference_gradient) {
  const circle_matrix *x = &batch->embeddings, *r = references_of(batch);
  const size_t rows = (size_t)x->rows, columns = (size_t)x->columns;
  double *of_references = batch->has_references ? reference_gradient : gradient;
  memset(gradient, 0, rows * columns * sizeof *gradient);
  if (batch->has_references)
    memset(reference_gradient, 0, (size_t)r->rows * columns * sizeof *gradient);
  for (size_t i = 0; i < rows; i++) {
    const log_sums sums = log_sums_of(batch, settings, i);
    if (!counts(sums)) continue;
    const double sigmoid = 1.0 / (1.0 + exp(-(sums.positives + sums.negatives)));
    for (size_t j = 0; j < (size_t)r->rows; j++) {
      const kind_of_pair kind = kind_of(batch, settings, i, j);
      if (kind == NEITHER) continue;
      const double s = similarity(batch, i, j), z = logit(settings, kind, s);
      const double total = kind == POSITIVE ? sums.positives : sums.negatives;
      const double g = upstream[i] * sigmoid * exp(z - total) * slope(settings, detached, kind, s);
      for (size_t k = 0; k < columns; k++) {
        gradient[i * columns + k] += g * circle_number(r, j, k);
        of_references[j * columns + k] += g * circle_number(x, i, k);
      }
    }
  }
}
