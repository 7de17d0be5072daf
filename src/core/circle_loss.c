/* Opening and closing: check, choose a kernel, sort and pack. */
#include "circle_loss.h"

#include "base/arithmetic.h"
#include "base/memory.h"
#include "kernel/kernel.h"
#include "kernel/self_products.h"
#include "operand/exact_products.h"
#include "operand/centre.h"

int32_t circle_abi(void) { return CIRCLE_ABI; }

/* ---- validation, except of pointers ---- */

static bool is_matrix(const circle_matrix *matrix) {
  const bool is_empty = matrix->rows == 0 || matrix->columns == 0;
  return matrix->rows >= 0 && matrix->columns >= 0 && (is_empty || matrix->values != NULL) &&
         matrix->type >= CIRCLE_DOUBLES && matrix->type <= CIRCLE_HALVES;
}

static bool are_groups(const int32_t *groups, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    if (groups[i] < 0) return false;
  return true;
}

static bool groups_make_sense(const circle_batch *batch, const circle_settings *settings) {
  if (settings->group_rule == CIRCLE_ALL_PAIRS) return true;
  const int64_t rows = batch->embeddings.rows;
  if (rows > 0 && (batch->groups == NULL || !are_groups(batch->groups, rows))) return false;
  if (!batch->has_references) return batch->reference_groups == NULL;
  const int64_t references = batch->references.rows;
  return batch->reference_groups == NULL ? references == rows
                                         : are_groups(batch->reference_groups, references);
}

static bool makes_sense(const circle_batch *batch, const circle_settings *settings) {
  const circle_matrix *embeddings = &batch->embeddings, *references = &batch->references;
  if (!is_matrix(embeddings) || (embeddings->rows > 0 && batch->labels == NULL)) return false;
  if (batch->has_references) {
    if (!is_matrix(references) || references->columns != embeddings->columns) return false;
    if (batch->reference_labels == NULL && references->rows != embeddings->rows) return false;
  }
  if (batch->mutual && !batch->has_references) return false;
  return settings->dtype >= CIRCLE_FLOAT64 && settings->dtype <= CIRCLE_BFLOAT16 &&
         settings->similarity >= CIRCLE_INNER_PRODUCT && settings->similarity <= CIRCLE_DISTANCE &&
         settings->group_rule >= CIRCLE_ALL_PAIRS &&
         settings->group_rule <= CIRCLE_SAME_GROUP_NEGATIVES && groups_make_sense(batch, settings);
}

/* Below this no size in bytes overflows. Only a matrix with a stride of 0 could be larger and yet
 * fit into memory. */
static bool is_too_large(const circle_matrix *matrix) {
  return matrix->rows > INT32_MAX || matrix->columns > INT32_MAX;
}

static circle_status check_lengths(const circle_operand *operand, double most, circle_side side,
                                   circle_report *report) {
  for (size_t i = 0; i < operand->rows; i++)
    if (!(operand->length[i] <= most))
      return circle_fail(report, CIRCLE_SIMILARITY_OVERFLOW, side, i, 0);
  return CIRCLE_OK;
}

/* Rows have at most twice their length after centring. */
#define LONGEST_FOR_DISTANCES 0x1p500

/* By Cauchy-Schwarz no partial sum of a similarity exceeds the product of two lengths: below this
 * bound, which allows for rounding, none overflows, so none becomes Inf - Inf. */
static circle_status check_similarities(const circle_operands *operands, circle_report *report) {
  const circle_operand *anchors = &operands->anchors, *references = operands->references;
  if (anchors->scaling != NULL) return CIRCLE_OK;
  if (operands->settings.similarity == CIRCLE_DISTANCE) {
    const circle_status status =
        check_lengths(anchors, LONGEST_FOR_DISTANCES, CIRCLE_ANCHORS, report);
    return status != CIRCLE_OK || !operands->references_are_given
               ? status
               : check_lengths(references, LONGEST_FOR_DISTANCES, CIRCLE_REFERENCES, report);
  }
  const double bound = circle_largest_computed(operands->settings.dtype) / 4.0 /
                       circle_larger(circle_longest_row(references), 1.0);
  return check_lengths(anchors, bound, CIRCLE_ANCHORS, report);
}

/* ---- sorting and packing ---- */

static bool set_bounds(circle_operands *operands) {
  const circle_operand *anchors = &operands->anchors, *references = operands->references;
  operands->bounds = circle_allocate(anchors->rows, sizeof *operands->bounds);
  if (operands->bounds == NULL) return false;
  if (operands->symmetric) {
    circle_bounds_symmetric(anchors, operands->bounds);
    return true;
  }
  size_t *reference_position = circle_allocate(references->rows, sizeof *reference_position);
  if (reference_position == NULL) return false;
  for (size_t position = 0; position < references->rows; position++)
    reference_position[references->order[position]] = position;
  circle_bounds_general(anchors, references, reference_position,
                        operands->settings.remove_diagonal && !operands->serves_both,
                        operands->bounds);
  circle_free(reference_position);
  return true;
}

static bool sort(const circle_batch *batch, circle_operands *operands) {
  const circle_packing *packing = &operands->kernel->packing;
  if (!circle_operand_sort(packing, &batch->embeddings, batch->labels, &operands->anchors))
    return false;
  if (operands->symmetric) return set_bounds(operands);
  const int32_t *labels = batch->reference_labels == NULL ? batch->labels : batch->reference_labels;
  return circle_operand_sort(packing,
                             batch->has_references ? &batch->references : &batch->embeddings,
                             labels, &operands->other) &&
         set_bounds(operands);
}

static bool set_groups(const circle_batch *batch, circle_operands *operands) {
  if (operands->settings.group_rule == CIRCLE_ALL_PAIRS) return true;
  const int32_t *others = batch->reference_groups == NULL ? batch->groups : batch->reference_groups;
  return circle_operand_group(batch->groups, &operands->anchors) &&
         (operands->symmetric || circle_operand_group(others, &operands->other));
}

/* Distances are taken from a point between the references, in double. */
static bool set_centre(const circle_batch *batch, circle_operands *operands) {
  if (operands->settings.similarity != CIRCLE_DISTANCE) return true;
  operands->centre = circle_allocate(operands->dimensions, sizeof *operands->centre);
  if (operands->centre == NULL) return false;
  circle_centre(batch->has_references ? &batch->references : &batch->embeddings, operands->centre);
  return true;
}

static bool set_self_products(circle_operands *operands) {
  if (!circle_divides_by_lengths(&operands->settings)) return true;
  operands->has_exact_products =
      operands->settings.similarity == CIRCLE_COSINE &&
      circle_has_exact_products(&operands->anchors) &&
      (operands->symmetric || circle_has_exact_products(&operands->other));
  return circle_set_self_products(operands, &operands->anchors) &&
         (operands->symmetric || circle_set_self_products(operands, &operands->other));
}

static circle_status pack_and_check(const circle_workers *workers, circle_operands *operands,
                                    circle_report *report) {
  const circle_settings *settings = &operands->settings;
  circle_status status =
      circle_operand_pack(workers, settings, operands->centre, &operands->anchors);
  if (status == CIRCLE_OK)
    status = circle_operand_check(&operands->anchors, settings, CIRCLE_ANCHORS, report);
  if (status == CIRCLE_OK && !operands->symmetric)
    status = circle_operand_pack(workers, settings, operands->centre, &operands->other);
  if (status == CIRCLE_OK && operands->references_are_given)
    status = circle_operand_check(&operands->other, settings, CIRCLE_REFERENCES, report);
  if (status == CIRCLE_OK) status = check_similarities(operands, report);
  return status == CIRCLE_OK && !set_self_products(operands) ? CIRCLE_OUT_OF_MEMORY : status;
}

static circle_status open_with(const circle_kernel *kernel, const circle_batch *batch,
                               const circle_settings *settings, const circle_run *run,
                               circle_operands **result, circle_report *report) {
  circle_operands *operands = circle_allocate_zeros(1, sizeof *operands);
  if (operands == NULL) return CIRCLE_OUT_OF_MEMORY;
  operands->settings = *settings;
  operands->kernel = kernel;
  operands->dimensions = (size_t)batch->embeddings.columns;
  operands->references_are_given = batch->has_references;
  operands->symmetric = !batch->has_references && batch->reference_labels == NULL;
  operands->serves_both = operands->symmetric || batch->mutual;
  operands->references = operands->symmetric ? &operands->anchors : &operands->other;
  circle_workers workers;
  const bool enough = circle_begin_workers(&workers, run, 0) && sort(batch, operands) &&
                      set_groups(batch, operands) && set_centre(batch, operands);
  circle_status status = enough ? pack_and_check(&workers, operands, report) : CIRCLE_OUT_OF_MEMORY;
  if (status == CIRCLE_OK)
    *result = operands;
  else
    circle_close(operands);
  return status;
}

/* ---- the kernel ---- */

static bool has_row_below(const circle_operand *operand, double length) {
  for (size_t i = 0; i < operand->rows; i++)
    if (operand->length[i] > 0.0 && operand->length[i] < length) return true;
  return false;
}

static bool is_for_another_kernel(const circle_operands *operands) {
  const double shortest = operands->kernel->shortest_row;
  if (shortest == 0.0 || operands->anchors.scaling != NULL) return false;
  return has_row_below(&operands->anchors, shortest) ||
         has_row_below(operands->references, shortest);
}

/* Per packed row, on average. */
static double pairs_of_row(const circle_batch *batch) {
  const double anchors = (double)batch->embeddings.rows;
  const double references =
      (double)(batch->has_references ? &batch->references : &batch->embeddings)->rows;
  return anchors * references / circle_larger(anchors + references, 1.0);
}

/* Lengths are known only after packing. Rare problems with very short rows are then packed again,
 * by another kernel. */
circle_status circle_open(const circle_batch *batch, const circle_settings *settings,
                          const circle_run *run, circle_operands **result, circle_report *report) {
  *result = NULL;
  *report = (circle_report){.side = CIRCLE_ANCHORS};
  if (!makes_sense(batch, settings)) return CIRCLE_BAD_CALL;
  if (is_too_large(&batch->embeddings) ||
      (batch->has_references && is_too_large(&batch->references)))
    return CIRCLE_OUT_OF_MEMORY;
  const bool is_distance = settings->similarity == CIRCLE_DISTANCE;
  const circle_kernel *kernel = circle_kernel_for(
      is_distance ? CIRCLE_FLOAT64 : (circle_dtype)settings->dtype, pairs_of_row(batch));
  const circle_status status = open_with(kernel, batch, settings, run, result, report);
  if (status != CIRCLE_OK || !is_for_another_kernel(*result)) return status;
  circle_close(*result);
  *result = NULL;
  *report = (circle_report){.side = CIRCLE_ANCHORS};
  return open_with(kernel->for_shorter_rows, batch, settings, run, result, report);
}

void circle_close(circle_operands *operands) {
  if (operands == NULL) return;
  circle_operand_free(&operands->anchors);
  circle_operand_free(&operands->other);
  circle_free(operands->bounds);
  circle_free(operands->centre);
  circle_free(operands);
}
