/* The gradient with separate references, a row block of anchors at a time.
 *
 * Once the anchors of a row block have visited all references, their sums are complete, and so are
 * the weights of their pairs. Similarities are stored, so that none is computed twice; weights
 * replace them in place, and are multiplied with the anchors for the gradient with respect to the
 * references, and with the references for that with respect to the anchors. The store is linear in
 * the data: the more references, the fewer anchors in a row block.
 *
 * First each group of anchors belongs to one thread, then each block of references, then again each
 * group of anchors. Every row receives its contributions in the order of the other side. */
#include "base/arithmetic.h"
#include "base/memory.h"
#include "loss/backward.h"

/* The store takes as much memory as the rows of both sides, or this much; more where blocks are
 * narrower than a tile, since its rows have the stride of a tile's. */
#define BYTES_AT_LEAST 2e6

/* With fewer rows the products with a block of references would not pay for its loads. */
#define FEWEST_ROWS 32.0

/* Most panels of a group of anchors. */
#define MOST_PANELS 4

/* At most a tile's; all row blocks are about equally high. */
static size_t rows_of_block(const circle_operands *operands) {
  const circle_packing *packing = &operands->kernel->packing;
  const double rows = (double)operands->anchors.rows;
  const double references = (double)operands->references->rows;
  const double size = (double)packing->element_size;
  const double bytes = (rows + references) * (double)operands->dimensions * size;
  const double wanted =
      circle_larger(circle_larger(bytes, BYTES_AT_LEAST) / (references * size), FEWEST_ROWS);
  const size_t most = packing->tile_rows / packing->panel_rows * packing->panel_rows;
  const size_t height = wanted < (double)most ? (size_t)wanted : most;
  const size_t blocks = circle_ceil_div(operands->anchors.rows, height);
  return circle_round_up(circle_ceil_div(operands->anchors.rows, blocks), packing->panel_rows);
}

/* One group per thread, and high enough to reuse each panel of references while it is in cache. No
 * result depends on the groups. */
static size_t rows_of_group(const circle_operands *operands, size_t block_rows, int threads) {
  const size_t panel_rows = operands->kernel->packing.panel_rows;
  const size_t for_each_thread = circle_ceil_div(block_rows / panel_rows, (size_t)threads);
  return circle_smaller(for_each_thread, MOST_PANELS) * panel_rows;
}

/* Similarities and either product are a third of the work each. */
static circle_span third_of(circle_span span, int third) {
  const double length = span.length / 3.0;
  return (circle_span){span.start + third * length, length};
}

static circle_status run(circle_pass *pass, circle_tile_function *visit, void *context,
                         circle_span span) {
  pass->visit = visit;
  pass->context = context;
  const circle_tasks tasks = circle_tasks_of_pass(pass, span);
  return circle_run_tasks(pass->workers, &tasks);
}

/* The anchors of `groups`, all of whose similarities fit into the store. */
static circle_status run_row_block(circle_backward_work *work, circle_forward_work *forward,
                                   bool with_losses, circle_pass groups, circle_span span) {
  const circle_kernel *kernel = work->pass.operands->kernel;
  circle_store_pass similarities = {work->pass.operands, work->pass.store};
  circle_pass columns = groups;
  columns.order = CIRCLE_BY_REFERENCES;
  columns.group_rows = groups.rows;
  circle_status status = with_losses
                             ? run(&groups, kernel->forward_tile, &forward->pass, third_of(span, 0))
                             : run(&groups, kernel->store_tile, &similarities, third_of(span, 0));
  if (status != CIRCLE_OK) return status;
  if (with_losses) circle_set_losses(forward, work->workers, groups.first_row, groups.rows);
  circle_set_pair_weights(work, &forward->pass, groups.first_row, groups.rows);
  work->pass.steps =
      work->pass.references.gradient == NULL ? CIRCLE_WEIGH : CIRCLE_WEIGH | CIRCLE_COLUMN_PRODUCTS;
  status = run(&columns, kernel->backward_tile, &work->pass, third_of(span, 1));
  if (status != CIRCLE_OK) return status;
  work->pass.steps = CIRCLE_ROW_PRODUCTS;
  return run(&groups, kernel->backward_tile, &work->pass, third_of(span, 2));
}

circle_status circle_run_row_blocks(circle_backward_work *work, circle_forward_work *forward,
                                    bool with_losses) {
  const circle_operands *operands = work->pass.operands;
  const size_t rows = operands->anchors.rows;
  if (rows == 0) return CIRCLE_OK;
  const size_t height = rows_of_block(operands);
  circle_store store = {.slots = operands->references->blocks, .slot_rows = height};
  store.memory = circle_allocate(store.slots * height, operands->kernel->similarity_row_bytes);
  if (store.memory == NULL) return CIRCLE_OUT_OF_MEMORY;
  forward->pass.store = work->pass.store = &store;
  circle_pass groups = {.operands = operands,
                        .order = CIRCLE_BY_ANCHORS,
                        .group_rows = rows_of_group(operands, height, work->workers->threads),
                        .tile_columns = operands->references->block_rows,
                        .workers = work->workers};
  circle_status status = CIRCLE_OK;
  for (size_t first = 0; first < rows && status == CIRCLE_OK; first += height) {
    groups.first_row = first;
    groups.rows = circle_smaller(rows - first, height);
    const circle_span span = {(double)first / (double)rows, (double)groups.rows / (double)rows};
    status = run_row_block(work, forward, with_losses, groups, span);
  }
  circle_free(store.memory);
  return status;
}
