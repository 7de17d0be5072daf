/* The backward pass: its steps in order. */
#include "loss/backward.h"

#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* ---- product panels, and gradients of zeros ---- */

typedef struct {
  const circle_operand *operand;
  circle_product_side side;
} product_work;

static void begin_block(void *context, size_t block, int thread) {
  (void)thread;
  const product_work *work = context;
  const circle_operand *operand = work->operand;
  const circle_packing *packing = operand->packing;
  const size_t panels = operand->block_rows / packing->panel_rows;
  const size_t bytes = operand->block_rows * packing->row_bytes(operand->dimensions).gradient;
  if (work->side.gradient != NULL) memset((char *)work->side.gradient + block * bytes, 0, bytes);
  for (size_t panel = block * panels; panel < (block + 1) * panels; panel++)
    packing->write_product_panels(operand, work->side.product_panels, panel);
}

static circle_status begin_products(const circle_workers *workers, const circle_operand *operand,
                                    bool has_gradient, circle_product_side *side) {
  const circle_row_bytes bytes = operand->packing->row_bytes(operand->dimensions);
  side->product_panels = circle_allocate(operand->padded_rows, bytes.product_panels);
  if (has_gradient) side->gradient = circle_allocate(operand->padded_rows, bytes.gradient);
  if ((side->gradient == NULL && has_gradient) || side->product_panels == NULL)
    return CIRCLE_OUT_OF_MEMORY;
  product_work work = {operand, *side};
  const double numbers = (double)(operand->block_rows * operand->dimensions);
  const circle_tasks tasks = {.count = operand->blocks,
                              .work_of_task = CIRCLE_WORK_OF_NUMBER * numbers,
                              .body = begin_block,
                              .context = &work};
  return circle_run_tasks(workers, &tasks);
}

static circle_status begin_sides(circle_backward_work *work, bool has_reference_gradient) {
  const circle_operands *operands = work->pass.operands;
  circle_backward_pass *pass = &work->pass;
  const circle_status status =
      begin_products(work->workers, &operands->anchors, true, &pass->anchors);
  if (operands->symmetric) pass->references = pass->anchors;
  if (operands->symmetric || status != CIRCLE_OK) return status;
  return begin_products(work->workers, operands->references, has_reference_gradient,
                        &pass->references);
}

/* Before the gradient is written: the caller may not have touched the memory for it until then. */
static void end_products(circle_backward_pass *pass) {
  if (!pass->operands->symmetric) circle_free(pass->references.product_panels);
  circle_free(pass->anchors.product_panels);
  pass->anchors.product_panels = pass->references.product_panels = NULL;
}

/* ---- one call ---- */

/* What similarities may take by default: so much that in the cache there is room for the rest of
 * what a call works in, and the next call finds both. */
static size_t similarity_bytes(void) { return circle_cache_capacity() / 4 * 3; }

/* As many tiles as the memory allows, or none if there is not enough of it. */
static void begin_store(const circle_operands *operands, const circle_run *run,
                        circle_store *store) {
  const size_t bytes = operands->anchors.block_rows * operands->kernel->similarity_row_bytes;
  const size_t most =
      run->similarity_bytes < 0 ? similarity_bytes() : (size_t)run->similarity_bytes;
  const size_t tiles = circle_smaller(most / bytes, circle_symmetric_tiles(operands));
  *store = (circle_store){.slot_rows = operands->anchors.block_rows};
  if (tiles > 0) store->memory = circle_allocate(tiles, bytes);
  if (store->memory != NULL) store->slots = tiles;
}

/* The forward pass, as a fraction of a symmetric backward pass that includes it. */
#define PART_OF_LOSSES 0.25

/* Where a pair serves both of its rows. */
static circle_status run_for_both(circle_backward_work *work, circle_forward_work *forward,
                                  const circle_run *run, bool with_losses, circle_report *report) {
  const circle_operands *operands = work->pass.operands;
  const double start = with_losses ? PART_OF_LOSSES : 0.0;
  circle_store store = {NULL, 0, 0};
  circle_pass pass;
  circle_status status = CIRCLE_OK;
  if (with_losses) begin_store(operands, run, &store);
  forward->pass.store = work->pass.store = &store;
  if (with_losses) {
    const circle_tasks tasks =
        circle_tasks_of_forward(forward, work->workers, (circle_span){0.0, start}, &pass);
    status = circle_run_tasks(work->workers, &tasks);
    if (status == CIRCLE_OK) status = circle_finish_losses(forward, work->workers, report);
  }
  if (status == CIRCLE_OK) {
    circle_set_pair_weights(work, &forward->pass, 0, operands->anchors.rows);
    pass = (circle_pass){.operands = operands,
                         .order = operands->symmetric ? CIRCLE_SYMMETRIC : CIRCLE_RECTANGULAR,
                         .visit = operands->kernel->backward_tile,
                         .context = &work->pass,
                         .workers = work->workers};
    const circle_tasks tasks = circle_tasks_of_pass(&pass, (circle_span){start, 1.0 - start});
    status = circle_run_tasks(work->workers, &tasks);
  }
  circle_free(store.memory);
  forward->pass.store = work->pass.store = NULL;
  return status;
}

static circle_status run_backward(circle_backward_work *work, circle_forward_work *forward,
                                  const circle_run *run, const circle_objective *objective,
                                  bool with_losses, const circle_results *results,
                                  circle_report *report) {
  const circle_operands *operands = work->pass.operands;
  circle_status status = begin_sides(
      work, results->reference_gradient.values != NULL || !operands->references_are_given);
  if (status == CIRCLE_OK)
    status = operands->serves_both ? run_for_both(work, forward, run, with_losses, report)
                                   : circle_run_row_blocks(work, forward, with_losses);
  if (status == CIRCLE_OK && with_losses && !operands->serves_both)
    status = circle_check_losses(forward, report);
  double scale = 1.0, value;
  const bool reduces = with_losses && (results->value != NULL || objective->upstream == NULL);
  if (status == CIRCLE_OK && reduces)
    status = circle_reduce(objective, (int64_t)operands->anchors.rows, forward->losses,
                           results->value == NULL ? &value : results->value, &scale, report);
  if (status != CIRCLE_OK) return status;
  end_products(&work->pass);
  return circle_write_gradient(work, &forward->pass.sums, objective->upstream == NULL ? scale : 1.0,
                               results, report);
}

static void free_weights(const circle_anchor_weights *weights) {
  circle_free(weights->positive.coefficient);
  circle_free(weights->positive.exponent);
  circle_free(weights->negative.coefficient);
  circle_free(weights->negative.exponent);
}

static void end_backward(circle_backward_work *work) {
  circle_backward_pass *pass = &work->pass;
  circle_free(work->derivatives);
  circle_free(work->reference_derivatives);
  free_weights(&pass->weights);
  if (!pass->operands->symmetric) {
    if (pass->operands->serves_both) free_weights(&pass->column_weights);
    circle_free(pass->references.gradient);
  }
  circle_free(pass->anchors.gradient);
  end_products(pass);
}

static bool is_as_large(const circle_target *target, const circle_operand *operand) {
  return target->rows == operand->given.rows && target->columns == operand->given.columns &&
         (target->type == CIRCLE_DOUBLES || target->type == CIRCLE_FLOATS);
}

/* Without losses there is no value to differentiate; one value per anchor needs the caller's
 * memory. A mutual batch is a part, whose pairs alone give no losses. */
static bool makes_sense(const circle_operands *operands, const circle_objective *objective,
                        const void *sums, const circle_results *results) {
  const bool has_references =
      operands->references_are_given && results->reference_gradient.values != NULL;
  const circle_settings *settings = &operands->settings;
  if (circle_has_other_anchors(operands) &&
      (sums == NULL || !has_references || objective->reference_upstream == NULL))
    return false;
  return !circle_divides_by_lengths(settings) && settings->group_rule == CIRCLE_ALL_PAIRS &&
         (sums == NULL || objective->upstream != NULL) &&
         (sums != NULL || results->value != NULL || objective->reduction != CIRCLE_NONE ||
          objective->upstream != NULL) &&
         (objective->pair_weights == CIRCLE_DIFFERENTIATED ||
          objective->pair_weights == CIRCLE_DETACHED) &&
         is_as_large(&results->gradient, &operands->anchors) &&
         (!has_references || is_as_large(&results->reference_gradient, operands->references));
}

circle_status circle_backward(const circle_operands *operands, const circle_run *run,
                              const circle_objective *objective, const void *sums,
                              const circle_results *results, circle_report *report) {
  const circle_store nothing = {NULL, 0, 0};
  circle_workers workers;
  circle_forward_work forward;
  if (!makes_sense(operands, objective, sums, results)) return CIRCLE_BAD_CALL;
  bool enough = circle_begin_workers(&workers, run, operands->kernel->workspace_size);
  enough = circle_begin_forward(operands, &nothing, results->losses, &forward) && enough;
  circle_backward_work work = {
      .pass = {.operands = operands,
               .store = &nothing,
               .logits = forward.pass.logits,
               .detached = objective->pair_weights == CIRCLE_DETACHED,
               .steps = CIRCLE_WEIGH | CIRCLE_ROW_PRODUCTS | CIRCLE_COLUMN_PRODUCTS},
      .workers = &workers,
      .factors = objective->upstream == NULL ? objective->sample_weight : objective->upstream,
      .reference_factors = objective->reference_upstream};
  enough = enough && circle_begin_pair_weights(&work);
  if (enough && sums != NULL)
    memcpy(forward.pass.sums.positives, sums, circle_bytes_of_sums(operands));
  const circle_status status =
      enough ? run_backward(&work, &forward, run, objective, sums == NULL, results, report)
             : CIRCLE_OUT_OF_MEMORY;
  end_backward(&work);
  circle_end_forward(&forward);
  circle_end_workers(&workers);
  return status;
}
