/* The engine for callers in other languages: their plain structures as the engine's. A call that
 * makes no sense is refused; whether the pointers are good, nobody here can know. */
#include "foreign.h"

#include "circle_loss.h"

/* ---- what makes no sense ---- */

static bool is_matrix(const circleloss_matrix *matrix) {
  const bool is_empty = matrix->rows == 0 || matrix->columns == 0;
  return matrix->rows >= 0 && matrix->columns >= 0 && (is_empty || matrix->values != NULL) &&
         (matrix->type == CIRCLE_DOUBLES || matrix->type == CIRCLE_FLOATS);
}

static bool is_of_shape(const circleloss_matrix *matrix, const circleloss_matrix *shape) {
  return is_matrix(matrix) && matrix->rows == shape->rows && matrix->columns == shape->columns;
}

static bool is_problem(const circleloss_problem *problem) {
  const circleloss_matrix *embeddings = &problem->embeddings, *references = &problem->references;
  if (!is_matrix(embeddings)) return false;
  if (embeddings->rows > 0 && problem->labels == NULL) return false;
  if (problem->has_references) {
    if (!is_matrix(references) || references->columns != embeddings->columns) return false;
    if (problem->reference_labels == NULL && references->rows != embeddings->rows) return false;
  }
  return problem->dtype >= CIRCLE_FLOAT64 && problem->dtype <= CIRCLE_BFLOAT16 &&
         (problem->pair_weights == CIRCLE_DIFFERENTIATED ||
          problem->pair_weights == CIRCLE_DETACHED);
}

/* Sizes of memory do not overflow below this, and none holds more. A matrix may claim it all the
 * same, with strides of 0. */
static bool is_too_large(const circleloss_matrix *matrix) {
  return matrix->rows > INT32_MAX || matrix->columns > INT32_MAX;
}

static int32_t check_problem(const circleloss_problem *problem) {
  if (!is_problem(problem)) return CIRCLELOSS_BAD_CALL;
  const bool is_large = is_too_large(&problem->embeddings) ||
                        (problem->has_references && is_too_large(&problem->references));
  return is_large ? CIRCLE_OUT_OF_MEMORY : CIRCLE_OK;
}

/* ---- to the engine's structures ---- */

static circle_matrix matrix_of(const circleloss_matrix *matrix) {
  static const double nothing = 0.0; /* an empty matrix may come without memory */
  return (circle_matrix){.values = matrix->values == NULL ? &nothing : matrix->values,
                         .type = (circle_numbers)matrix->type,
                         .rows = (size_t)matrix->rows,
                         .columns = (size_t)matrix->columns,
                         .row_stride = (ptrdiff_t)matrix->row_stride,
                         .column_stride = (ptrdiff_t)matrix->column_stride};
}

static circle_target target_of(const circleloss_matrix *matrix) {
  return (circle_target){.values = matrix->values,
                         .type = (circle_numbers)matrix->type,
                         .row_stride = (ptrdiff_t)matrix->row_stride,
                         .column_stride = (ptrdiff_t)matrix->column_stride};
}

static circle_problem problem_of(const circleloss_problem *given) {
  circle_problem problem = {.embeddings = matrix_of(&given->embeddings),
                            .labels = given->labels,
                            .reference_labels = given->reference_labels,
                            .gamma = given->gamma,
                            .margin = given->margin,
                            .remove_diagonal = given->remove_diagonal != 0,
                            .dtype = (circle_dtype)given->dtype,
                            .threads = given->threads};
  if (given->has_references) problem.references = matrix_of(&given->references);
  return problem;
}

static int32_t tell(circleloss_report *to, int32_t status, const circle_report *report) {
  *to = (circleloss_report){.status = status};
  if (report == NULL) return status;
  to->side = (int32_t)report->side;
  to->row = (int64_t)report->row;
  to->column = (int64_t)report->column;
  for (int side = 0; side < 2; side++) to->not_unit[side] = (int64_t)report->not_unit[side].count;
  return status;
}

/* ---- the entries ---- */

int32_t circleloss_abi(void) { return CIRCLELOSS_ABI; }

int64_t circleloss_scratch(int64_t limit) {
  if (limit >= 0) circle_scratch_limit((uint64_t)limit < SIZE_MAX ? (size_t)limit : SIZE_MAX);
  return (int64_t)circle_scratch();
}

int64_t circleloss_state_size(int64_t rows) {
  return rows < 0 ? 0 : (int64_t)circle_state_size((size_t)rows);
}

int32_t circleloss_losses(const circleloss_problem *given, double *losses, void *state,
                          circleloss_report *to) {
  const int32_t refusal = check_problem(given);
  if (refusal != CIRCLE_OK) return tell(to, refusal, NULL);
  const circle_problem problem = problem_of(given);
  circle_engine *engine;
  circle_report report;
  circle_status status = circle_open(&problem, &engine, &report);
  if (status == CIRCLE_OK) status = circle_losses(engine, losses, &report);
  if (status == CIRCLE_OK && state != NULL) circle_save_state(engine, state);
  circle_close(engine);
  return tell(to, status, &report);
}

int32_t circleloss_gradient(const circleloss_problem *given, const void *state,
                            const double *upstream, const circleloss_matrix *gradient,
                            const circleloss_matrix *reference_gradient, circleloss_report *to) {
  const int32_t refusal = check_problem(given);
  if (refusal != CIRCLE_OK) return tell(to, refusal, NULL);
  const bool of_references = given->has_references && reference_gradient != NULL;
  if (state == NULL || !is_of_shape(gradient, &given->embeddings) ||
      (of_references && !is_of_shape(reference_gradient, &given->references)))
    return tell(to, CIRCLELOSS_BAD_CALL, NULL);
  circle_problem problem = problem_of(given);
  problem.constant_references = !of_references;
  const circle_target target = target_of(gradient);
  const circle_target reference_target =
      of_references ? target_of(reference_gradient) : (circle_target){.values = NULL};
  circle_engine *engine;
  circle_report report;
  circle_status status = circle_open(&problem, &engine, &report);
  if (status == CIRCLE_OK) {
    circle_restore_state(engine, state);
    status = circle_gradient(engine, upstream, (circle_pair_weights)given->pair_weights);
  }
  if (status == CIRCLE_OK)
    status = circle_write_gradient(engine, 1.0, &target, &reference_target, &report);
  circle_close(engine);
  return tell(to, status, &report);
}

int32_t circleloss_reduce(int32_t reduction, int64_t count, const double *losses,
                          const double *sample_weight, double *value, double *upstream,
                          circleloss_report *to) {
  if (reduction < CIRCLE_NONE || reduction > CIRCLE_MEAN_WITH_SAMPLE_WEIGHT || count < 0)
    return tell(to, CIRCLELOSS_BAD_CALL, NULL);
  circle_report report = {.side = CIRCLE_ANCHORS};
  double scale;
  const circle_status status = circle_reduce((circle_reduction)reduction, (size_t)count, losses,
                                             sample_weight, value, &scale, &report.row);
  for (int64_t i = 0; status == CIRCLE_OK && upstream != NULL && i < count; i++)
    upstream[i] = sample_weight == NULL ? scale : sample_weight[i] * scale;
  return tell(to, status, &report);
}
