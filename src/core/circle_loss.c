/* Opening and closing: check, sort and pack. The sweeps follow in losses.c and gradient.c. */
#include "operand/engine.h"

#include "loss/formula.h"
#include "base/memory.h"
#include "operand/operand.h"
#include "base/threads.h"

/* By Cauchy and Schwarz no partial sum of a similarity exceeds the product of two lengths: below
 * the bound, with room for rounding, none overflows, so none is Inf - Inf. */
static circle_status check_similarities(const circle_engine *engine, circle_report *report) {
  if (engine->problem.normalize) return CIRCLE_OK;
  const double bound = circle_largest_computed(engine->problem.dtype) / 4.0 /
                       circle_larger(circle_longest_row(engine->references), 1.0);
  for (size_t i = 0; i < engine->anchors.rows; i++)
    if (!(engine->anchors.length[i] <= bound))
      return circle_fail(report, CIRCLE_SIMILARITY_OVERFLOW, CIRCLE_ANCHORS, i, 0);
  return CIRCLE_OK;
}

static bool set_columns(circle_engine *engine) {
  const circle_side *anchors = &engine->anchors, *references = engine->references;
  if (engine->symmetric) {
    circle_columns_symmetric(anchors->labels, anchors->rows, engine->columns);
    return true;
  }
  size_t *reference_place = circle_allocate(references->rows, sizeof *reference_place);
  if (reference_place == NULL) return false;
  for (size_t place = 0; place < references->rows; place++)
    reference_place[references->order[place]] = place;
  circle_columns_general(anchors->labels, anchors->order, anchors->rows, references->labels,
                         reference_place, references->rows, engine->problem.remove_diagonal,
                         engine->columns);
  circle_free(reference_place);
  return true;
}

static bool allocate_scratch(circle_engine *engine) {
  engine->scratch = circle_allocate_zeros((size_t)engine->threads, sizeof *engine->scratch);
  if (engine->scratch == NULL) return false;
  for (int thread = 0; thread < engine->threads; thread++) {
    engine->scratch[thread] = circle_allocate(1, engine->kernel->scratch_size);
    if (engine->scratch[thread] == NULL) return false;
  }
  return true;
}

static circle_status allocate_and_sort(circle_engine *engine) {
  const circle_problem *problem = &engine->problem;
  const circle_matrix *embeddings = &problem->embeddings;
  if (!circle_side_sort(engine->kernel, embeddings, problem->labels, &engine->anchors))
    return CIRCLE_OUT_OF_MEMORY;
  if (!engine->symmetric) {
    const circle_matrix *given = engine->references_are_given ? &problem->references : embeddings;
    const int32_t *labels =
        problem->reference_labels == NULL ? problem->labels : problem->reference_labels;
    if (!circle_side_sort(engine->kernel, given, labels, &engine->other))
      return CIRCLE_OUT_OF_MEMORY;
  }
  const size_t rows = engine->anchors.rows, padded = engine->anchors.padded_rows;
  engine->columns = circle_allocate(rows, sizeof *engine->columns);
  engine->positives = circle_allocate(padded, sizeof *engine->positives);
  engine->negatives = circle_allocate(padded, sizeof *engine->negatives);
  engine->totals = circle_allocate(rows, sizeof *engine->totals);
  const bool enough = engine->columns != NULL && engine->positives != NULL &&
                      engine->negatives != NULL && engine->totals != NULL && set_columns(engine) &&
                      allocate_scratch(engine);
  return enough ? CIRCLE_OK : CIRCLE_OUT_OF_MEMORY;
}

static circle_status pack_and_check(circle_engine *engine, circle_report *report) {
  circle_status status = circle_side_pack(engine, &engine->anchors);
  if (status == CIRCLE_OK)
    status = circle_side_check(engine, &engine->anchors, CIRCLE_ANCHORS, report);
  if (status == CIRCLE_OK && !engine->symmetric) status = circle_side_pack(engine, &engine->other);
  if (status == CIRCLE_OK && engine->references_are_given)
    status = circle_side_check(engine, &engine->other, CIRCLE_REFERENCES, report);
  return status == CIRCLE_OK ? check_similarities(engine, report) : status;
}

static circle_status open_with(const circle_kernel *kernel, const circle_problem *problem,
                               circle_engine **result, circle_report *report) {
  *result = NULL;
  *report = (circle_report){.side = CIRCLE_ANCHORS};
  circle_engine *engine = circle_allocate_zeros(1, sizeof *engine);
  if (engine == NULL) return CIRCLE_OUT_OF_MEMORY;
  engine->problem = *problem;
  engine->kernel = kernel;
  engine->dimensions = problem->embeddings.columns;
  engine->references_are_given = problem->references.values != NULL;
  engine->constant_references = engine->references_are_given && problem->constant_references;
  engine->symmetric = !engine->references_are_given && problem->reference_labels == NULL;
  engine->references = engine->symmetric ? &engine->anchors : &engine->other;
  engine->gamma_log2e = problem->gamma * CIRCLE_LOG2_E;
  engine->fixed_scale = engine->gamma_log2e * circle_larger(1.0, circle_square(problem->margin)) <=
                        engine->kernel->widest_fixed_logit;
  engine->threads = circle_threads(problem->threads);
  circle_status status = allocate_and_sort(engine);
  if (status == CIRCLE_OK) status = pack_and_check(engine, report);
  if (status == CIRCLE_OK)
    *result = engine;
  else
    circle_close(engine);
  return status;
}

static bool has_row_below(const circle_side *side, double length) {
  for (size_t i = 0; i < side->rows; i++)
    if (side->length[i] > 0.0 && side->length[i] < length) return true;
  return false;
}

static bool is_for_another_kernel(const circle_engine *engine) {
  const double shortest = engine->kernel->shortest_row;
  if (shortest == 0.0 || engine->problem.normalize) return false;
  return has_row_below(&engine->anchors, shortest) || has_row_below(engine->references, shortest);
}

/* Of a packed row, on average. */
static double pairs_of_row(const circle_problem *problem) {
  const circle_matrix *embeddings = &problem->embeddings, *given = &problem->references;
  const double anchors = (double)embeddings->rows;
  const double references = (double)(given->values == NULL ? embeddings : given)->rows;
  return anchors * references / circle_larger(anchors + references, 1.0);
}

/* Lengths are known once a kernel has packed the rows; few problems have rows so short that another
 * one must do it. */
circle_status circle_open(const circle_problem *problem, circle_engine **result,
                          circle_report *report) {
  const circle_kernel *kernel = circle_kernel_for(problem->dtype, pairs_of_row(problem));
  const circle_status status = open_with(kernel, problem, result, report);
  if (status != CIRCLE_OK || !is_for_another_kernel(*result)) return status;
  circle_close(*result);
  return open_with(kernel->for_shorter_rows, problem, result, report);
}

void circle_close(circle_engine *engine) {
  if (engine == NULL) return;
  circle_side_free(&engine->anchors);
  circle_side_free(&engine->other);
  circle_free(engine->columns);
  circle_free(engine->positives);
  circle_free(engine->negatives);
  circle_free(engine->totals);
  circle_free(engine->derivatives);
  circle_free(engine->positive_weight.coefficient);
  circle_free(engine->positive_weight.exponent);
  circle_free(engine->negative_weight.coefficient);
  circle_free(engine->negative_weight.exponent);
  for (int thread = 0; engine->scratch != NULL && thread < engine->threads; thread++)
    circle_free(engine->scratch[thread]);
  circle_free(engine->scratch);
  circle_free(engine);
}
