/* Forward and backward pass against the naive loops, for every instruction set and type. */
#include <string.h>

#include "base/rounding.h"
#include "check.h"
#include "naive.h"

/* Sums of some hundred products, and logits of gamma times the error of a similarity. Gradients of
 * the narrow types are computed in single, their losses are rounded once. */
static double tolerance(int32_t dtype) { return dtype == CIRCLE_FLOAT64 ? 1e-11 : 2e-4; }

static double loss_tolerance(int32_t dtype) {
  return tolerance(dtype) + (dtype == CIRCLE_FLOAT16    ? 0x1p-11
                             : dtype == CIRCLE_BFLOAT16 ? 0x1p-8
                                                        : 0.0);
}

/* The naive loops do not round. */
static void round_numbers(double *numbers, const circle_matrix *matrix, int32_t dtype) {
  for (size_t i = 0; i < (size_t)(matrix->rows * matrix->columns); i++)
    numbers[i] = circle_round(numbers[i], (circle_dtype)dtype);
}

typedef struct {
  double *losses, *gradient, *reference_gradient;
} numbers;

static size_t size_of(const circle_matrix *matrix) {
  return (size_t)matrix->rows * (size_t)matrix->columns;
}

static numbers new_numbers(const circle_batch *batch) {
  return (numbers){
      .losses = calloc((size_t)batch->embeddings.rows + 1, sizeof(double)),
      .gradient = calloc(size_of(&batch->embeddings) + 1, sizeof(double)),
      .reference_gradient =
          batch->has_references ? calloc(size_of(&batch->references) + 1, sizeof(double)) : NULL};
}

static void free_numbers(numbers *old) {
  free(old->losses);
  free(old->gradient);
  free(old->reference_gradient);
}

static circle_results results_of(const circle_batch *batch, const numbers *to) {
  circle_results results = {.losses = to->losses};
  results.gradient = target_of(to->gradient, batch->embeddings.rows, batch->embeddings.columns);
  if (batch->has_references)
    results.reference_gradient =
        target_of(to->reference_gradient, batch->references.rows, batch->references.columns);
  return results;
}

static bool same(const double *a, const double *b, size_t count) {
  return memcmp(a, b, count * sizeof *a) == 0;
}

/* Backward on its own, with all losses on the way; and forward first, with its sums. */
static void test_problem(const problem *of, bool detached, int threads) {
  const circle_batch *batch = &of->batch;
  const int32_t dtype = of->settings.dtype;
  const circle_run run = {.threads = threads, .similarity_bytes = random_below(3) * 500000};
  const circle_objective objective = {
      .reduction = CIRCLE_SUM, .pair_weights = detached, .upstream = of->upstream};
  const size_t rows = (size_t)batch->embeddings.rows, count = size_of(&batch->embeddings);
  const size_t reference_count = batch->has_references ? size_of(&batch->references) : 0;
  numbers naive = new_numbers(batch), fused = new_numbers(batch), split = new_numbers(batch);
  const circle_results fused_results = results_of(batch, &fused);
  const circle_results split_results = results_of(batch, &split);
  circle_results no_losses = split_results;
  no_losses.losses = NULL;
  void *sums = malloc((size_t)circle_sums_size((int64_t)rows) + 1);
  circle_operands *operands;
  circle_report report;

  naive_losses(batch, &of->settings, naive.losses);
  naive_gradient(batch, &of->settings, detached, of->upstream, naive.gradient,
                 naive.reference_gradient);
  circle_status status = circle_open(batch, &of->settings, &run, &operands, &report);
  CHECK(status == CIRCLE_OK, "open: status %d", status);
  status = circle_backward(operands, &run, &objective, NULL, &fused_results, &report);
  CHECK(status == CIRCLE_OK, "backward: status %d", status);
  status = circle_forward(operands, &run, &objective, sums, &split_results, &report);
  CHECK(status == CIRCLE_OK, "forward: status %d", status);
  status = circle_backward(operands, &run, &objective, sums, &no_losses, &report);
  CHECK(status == CIRCLE_OK, "backward with sums: status %d", status);
  circle_close(operands);

  const double most = tolerance(dtype);
  CHECK(deviation(fused.losses, naive.losses, rows) <= loss_tolerance(dtype),
        "losses of %zu rows, dtype %d: %g", rows, dtype,
        deviation(fused.losses, naive.losses, rows));
  CHECK(deviation(fused.gradient, naive.gradient, count) <= most,
        "gradient of %zu rows, dtype %d: %g", rows, dtype,
        deviation(fused.gradient, naive.gradient, count));
  CHECK(deviation(fused.reference_gradient, naive.reference_gradient, reference_count) <= most,
        "gradient of references");
  CHECK(same(fused.losses, split.losses, rows), "losses of both calls");
  CHECK(same(fused.gradient, split.gradient, count), "gradients of both calls");
  CHECK(same(fused.reference_gradient, split.reference_gradient, reference_count),
        "gradients of references of both calls");
  free(sums);
  free_numbers(&naive);
  free_numbers(&fused);
  free_numbers(&split);
}

/* Around the edges of strips, panels and blocks. */
static const int sizes[] = {1, 2, 7, 8, 9, 16, 23, 31, 33, 48, 64, 65, 97, 130, 193, 257};
static const int widths[] = {1, 2, 3, 15, 16, 17, 33, 64};
enum { SIZES = sizeof sizes / sizeof sizes[0], WIDTHS = sizeof widths / sizeof widths[0] };

static void test_case(int number) {
  (void)number;
  const int references = random_below(2) ? sizes[random_below(SIZES)] : 0;
  /* One at a time: compilers differ in the order of arguments, and the cases would too */
  const int classes = 1 + random_below(9), columns = widths[random_below(WIDTHS)];
  problem of = new_problem(sizes[random_below(SIZES)], columns, references, classes);
  of.settings.dtype = random_below(4);
  of.settings.gamma = random_below(3) ? 80.0 : 256.0;
  of.settings.margin = random_below(3) ? 0.4 : -0.2;
  of.settings.remove_diagonal = random_below(3) > 0;
  if (of.settings.dtype >= CIRCLE_FLOAT16) {
    round_numbers(of.embeddings, &of.batch.embeddings, of.settings.dtype);
    if (references > 0) round_numbers(of.references, &of.batch.references, of.settings.dtype);
  }
  const int threads = 1 + random_below(3);
  test_problem(&of, random_below(2) == 1, threads);
  free_problem(&of);
}

int main(int count, char **arguments) {
  for_each_case(count, arguments, 120, 1, test_case);
  return check_report("loss");
}
