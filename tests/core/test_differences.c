/* Gradients against central differences of the losses, by the engine and by the naive loops. */
#include "check.h"
#include "naive.h"

/* sum(upstream_i L_i), by the engine. */
static double value_of(const problem *of) {
  const circle_run run = {.threads = 1};
  const size_t rows = (size_t)of->batch.embeddings.rows;
  double *losses = malloc(rows * sizeof *losses), value = 0.0;
  const circle_objective objective = {.reduction = CIRCLE_SUM};
  const circle_results results = {.losses = losses};
  circle_operands *operands;
  circle_report report;
  circle_open(&of->batch, &of->settings, &run, &operands, &report);
  circle_forward(operands, &run, &objective, NULL, &results, &report);
  circle_close(operands);
  for (size_t i = 0; i < rows; i++) value += of->upstream[i] * losses[i];
  free(losses);
  return value;
}

/* Of fourth order: the error is some h^4 and rounding divided by h. */
static double difference(const problem *of, double *number) {
  const double h = 1e-4, at = *number, steps[] = {1.0, -1.0, 2.0, -2.0};
  double values[4];
  for (int i = 0; i < 4; i++) {
    *number = at + steps[i] * h;
    values[i] = value_of(of);
  }
  *number = at;
  return (8.0 * (values[0] - values[1]) - (values[2] - values[3])) / (12.0 * h);
}

static void test_problem(problem *of) {
  const int64_t rows = of->batch.embeddings.rows, columns = of->batch.embeddings.columns;
  const int64_t references = of->batch.has_references ? of->batch.references.rows : 0;
  const size_t count = (size_t)(rows * columns), reference_count = (size_t)(references * columns);
  double *expected = calloc(2 * (count + reference_count), sizeof *expected);
  double *gradient = expected + count + reference_count;
  for (size_t i = 0; i < count; i++) expected[i] = difference(of, &of->embeddings[i]);
  for (size_t i = 0; i < reference_count; i++)
    expected[count + i] = difference(of, &of->references[i]);
  naive_gradient(&of->batch, &of->settings, false, of->upstream, gradient, gradient + count);
  CHECK(deviation(gradient, expected, count + reference_count) < 1e-6, "naive gradient");

  const circle_run run = {.threads = 1};
  const circle_objective objective = {.reduction = CIRCLE_SUM, .upstream = of->upstream};
  circle_results results = {.gradient = target_of(gradient, rows, columns)};
  if (of->batch.has_references)
    results.reference_gradient = target_of(gradient + count, references, columns);
  circle_operands *operands;
  circle_report report;
  circle_open(&of->batch, &of->settings, &run, &operands, &report);
  circle_backward(operands, &run, &objective, NULL, &results, &report);
  circle_close(operands);
  CHECK(deviation(gradient, expected, count + reference_count) < 1e-6, "gradient");
  free(expected);
}

int main(void) {
  for (int number = 0; number < 12; number++) {
    set_seed((uint64_t)(100 + number));
    /* Similarities stay below 1, where the formula has a corner */
    problem of = new_problem(7 + number, 4 + number % 3, number % 2 ? 9 : 0, 3);
    of.settings.gamma = 12.0;
    of.settings.remove_diagonal = number % 3 > 0 || !of.batch.has_references;
    for (size_t i = 0; i < (size_t)(of.batch.embeddings.rows * of.batch.embeddings.columns); i++)
      of.embeddings[i] *= 0.9;
    test_problem(&of);
    free_problem(&of);
  }
  return check_report("differences");
}
