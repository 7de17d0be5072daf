/* A problem cut into parts: blocks of anchors against blocks of references, whose sums give the
 * losses and then the gradients of each part, against the whole. */
#include <string.h>

#include "check.h"

/* The whole has the same products of pairs; its sums have another order. */
static double tolerance(int32_t dtype) { return dtype == CIRCLE_FLOAT64 ? 1e-12 : 4e-5; }

enum { MOST_BLOCKS = 3 };

typedef struct {
  const problem *of;
  int threads, anchor_blocks, reference_blocks;
  bool detached;
  circle_pair_sums *sums, *more; /* of all anchors, and room for those of a part */
  double *losses, *gradient, *reference_gradient;
} cut;

static int64_t first_of(int64_t rows, int blocks, int block) { return rows * block / blocks; }

static circle_matrix rows_of(const circle_matrix *matrix, int64_t first, int64_t end) {
  circle_matrix part = *matrix;
  part.values = (const double *)matrix->values + first * matrix->row_stride;
  part.rows = end - first;
  return part;
}

static bool is_self(const cut *at) { return !at->of->batch.has_references; }

/* Block `a` of the anchors against block `b` of the references, from first[] on. */
static circle_batch part_of(const cut *at, int a, int b, int64_t *first) {
  const circle_batch *whole = &at->of->batch;
  const int64_t rows = whole->embeddings.rows;
  const circle_matrix *others = is_self(at) ? &whole->embeddings : &whole->references;
  const int32_t *labels = is_self(at) ? whole->labels : whole->reference_labels;
  first[0] = first_of(rows, at->anchor_blocks, a);
  first[1] = first_of(others->rows, at->reference_blocks, b);
  circle_batch part = {
      .embeddings = rows_of(&whole->embeddings, first[0], first_of(rows, at->anchor_blocks, a + 1)),
      .labels = whole->labels + first[0]};
  if (is_self(at) && a == b) return part;
  part.has_references = 1;
  part.mutual = is_self(at);
  part.references = rows_of(others, first[1], first_of(others->rows, at->reference_blocks, b + 1));
  part.reference_labels = labels + first[1];
  return part;
}

static void add(double *to, const double *more, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] += more[i];
}

static void add_forward(cut *at, const circle_operands *operands, const circle_batch *part,
                        const int64_t *first) {
  const circle_run run = {.threads = at->threads};
  const circle_objective objective = {.reduction = CIRCLE_SUM};
  circle_pair_sums *others = at->more + part->embeddings.rows;
  const circle_results results = {.pair_sums = at->more,
                                  .reference_pair_sums = part->mutual ? others : NULL};
  circle_report report;
  CHECK(circle_forward(operands, &run, &objective, NULL, &results, &report) == CIRCLE_OK,
        "forward of a part");
  circle_add_pair_sums(part->embeddings.rows, at->more, at->sums + first[0]);
  if (part->mutual) circle_add_pair_sums(part->references.rows, others, at->sums + first[1]);
}

static void add_backward(cut *at, const circle_operands *operands, const circle_batch *part,
                         const int64_t *first) {
  const circle_run run = {.threads = at->threads};
  const int64_t rows = part->embeddings.rows, columns = part->embeddings.columns;
  const int64_t others = part->has_references ? part->references.rows : 0;
  const size_t count = (size_t)(rows * columns), other_count = (size_t)(others * columns);
  const circle_objective objective = {
      .pair_weights = at->detached,
      .upstream = at->of->upstream + first[0],
      .reference_upstream = part->mutual ? at->of->upstream + first[1] : NULL};
  double *gradient = calloc(count + other_count + 1, sizeof *gradient);
  void *sums = malloc((size_t)circle_sums_size(rows + others) + 1);
  circle_results results = {.gradient = target_of(gradient, rows, columns)};
  circle_report report;
  if (part->has_references)
    results.reference_gradient = target_of(gradient + count, others, columns);
  circle_sums_of_pair_sums(operands, at->sums + first[0], part->mutual ? at->sums + first[1] : NULL,
                           sums);
  CHECK(circle_backward(operands, &run, &objective, sums, &results, &report) == CIRCLE_OK,
        "backward of a part");
  add(at->gradient + first[0] * columns, gradient, count);
  add((is_self(at) ? at->gradient : at->reference_gradient) + first[1] * columns, gradient + count,
      other_count);
  free(sums);
  free(gradient);
}

static void for_each_part(cut *at, void (*body)(cut *, const circle_operands *,
                                                const circle_batch *, const int64_t *)) {
  const circle_run run = {.threads = at->threads};
  for (int a = 0; a < at->anchor_blocks; a++)
    for (int b = is_self(at) ? a : 0; b < at->reference_blocks; b++) {
      int64_t first[2];
      const circle_batch part = part_of(at, a, b, first);
      circle_operands *operands;
      circle_report report;
      const circle_status status = circle_open(&part, &at->of->settings, &run, &operands, &report);
      CHECK(status == CIRCLE_OK, "open: status %d", status);
      body(at, operands, &part, first);
      circle_close(operands);
    }
}

/* losses, gradient, gradient of references, one after the other */
static size_t count_of(const circle_batch *batch) {
  return (size_t)(batch->embeddings.rows +
                  (batch->embeddings.rows + batch->references.rows) * batch->embeddings.columns);
}

static void compute_whole(const cut *at, double *numbers) {
  const circle_batch *batch = &at->of->batch;
  const int64_t rows = batch->embeddings.rows, columns = batch->embeddings.columns;
  const circle_run run = {.threads = 1};
  const circle_objective objective = {
      .reduction = CIRCLE_SUM, .pair_weights = at->detached, .upstream = at->of->upstream};
  circle_results results = {.losses = numbers,
                            .gradient = target_of(numbers + rows, rows, columns)};
  if (batch->has_references)
    results.reference_gradient =
        target_of(numbers + rows + rows * columns, batch->references.rows, columns);
  circle_operands *operands;
  circle_report report;
  circle_open(batch, &at->of->settings, &run, &operands, &report);
  CHECK(circle_backward(operands, &run, &objective, NULL, &results, &report) == CIRCLE_OK,
        "the whole");
  circle_close(operands);
}

static void compute_parts(cut *at, double *numbers) {
  const circle_batch *batch = &at->of->batch;
  const int64_t rows = batch->embeddings.rows;
  circle_report report;
  at->losses = numbers;
  at->gradient = numbers + rows;
  at->reference_gradient = at->gradient + rows * batch->embeddings.columns;
  at->sums = calloc((size_t)rows + 1, sizeof *at->sums);
  at->more = calloc((size_t)(rows + batch->references.rows) + 1, sizeof *at->more);
  for_each_part(at, add_forward);
  CHECK(circle_losses_of_pair_sums(&at->of->settings, rows, at->sums, at->losses, NULL, NULL,
                                   &report) == CIRCLE_OK,
        "losses");
  for_each_part(at, add_backward);
  free(at->sums);
  free(at->more);
}

static void test_cut(cut at, const double *whole, const double *one_thread) {
  const circle_batch *batch = &at.of->batch;
  const size_t count = count_of(batch), rows = (size_t)batch->embeddings.rows;
  const size_t gradient = rows * (size_t)batch->embeddings.columns;
  const int32_t dtype = at.of->settings.dtype;
  double *parts = calloc(count + 1, sizeof *parts);
  compute_parts(&at, parts);
  if (at.anchor_blocks == 1 && at.reference_blocks == 1)
    CHECK(memcmp(parts, whole, count * sizeof *parts) == 0, "one part, dtype %d", dtype);
  CHECK(deviation(parts, whole, rows) <= tolerance(dtype) + (dtype >= CIRCLE_FLOAT16 ? 0x1p-7 : 0),
        "losses of %d x %d parts, dtype %d: %g", at.anchor_blocks, at.reference_blocks, dtype,
        deviation(parts, whole, rows));
  CHECK(deviation(parts + rows, whole + rows, gradient) <= tolerance(dtype),
        "gradient of %d x %d parts, dtype %d: %g", at.anchor_blocks, at.reference_blocks, dtype,
        deviation(parts + rows, whole + rows, gradient));
  CHECK(deviation(parts + rows + gradient, whole + rows + gradient, count - rows - gradient) <=
            tolerance(dtype),
        "gradient of references");
  if (one_thread != NULL)
    CHECK(memcmp(parts, one_thread, count * sizeof *parts) == 0, "%d threads", at.threads);
  if (one_thread == NULL) {
    at.threads = 3;
    test_cut(at, whole, parts);
  }
  free(parts);
}

static const int sizes[] = {3, 8, 33, 64, 97, 130, 257};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void test_case(int number) {
  const int rows = sizes[random_below(SIZES)], columns = 1 + random_below(40);
  const int references = random_below(2) ? sizes[random_below(SIZES)] : 0;
  problem of = new_problem(rows, columns, references, 1 + random_below(9));
  of.settings.dtype = random_below(4);
  of.settings.gamma = random_below(3) ? 80.0 : 256.0;
  /* By index within a part, which is that within the whole on the diagonal alone */
  of.settings.remove_diagonal = references == 0 && random_below(3) > 0;
  of.settings.similarity = random_below(2) ? CIRCLE_INNER_PRODUCT : CIRCLE_UNIT_PRODUCT;
  double *whole = calloc(count_of(&of.batch) + 1, sizeof *whole);
  cut at = {.of = &of, .threads = 1, .detached = random_below(2) == 1};
  compute_whole(&at, whole);
  at.anchor_blocks = 1 + number % MOST_BLOCKS;
  at.reference_blocks = references == 0 ? at.anchor_blocks : 1 + random_below(MOST_BLOCKS);
  test_cut(at, whole, NULL);
  free(whole);
  free_problem(&of);
}

int main(int count, char **arguments) {
  for_each_case(count, arguments, 120, 1, test_case);
  return check_report("parts");
}
