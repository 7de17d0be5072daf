/* The gradient with separate references, a stripe of anchors at a time.
 *
 * Once the anchors of a stripe have met all references, their sums are complete, and so are the
 * weights of their pairs. The similarities have been kept, so that none is computed twice: weights
 * take their places, and are multiplied with the anchors for the gradient by the references, and
 * with the references for the gradient by the anchors. What is kept is linear in the data: a stripe
 * has the fewer anchors, the more references there are.
 *
 * First each group of anchors is one thread's, then each block of references, then again each group
 * of anchors. Every row receives its contributions in the order of the other side. */
#include "loss/row_blocks.h"

#include "loss/formula.h"
#include "loss/forward.h"
#include "base/memory.h"
#include "loss/pair_weights.h"
#include "base/sizes.h"
#include "schedule/tasks.h"
#include "schedule/rectangular.h"

/* Similarities that are kept take as much memory as the rows of both sides, or this much; more
 * where blocks are narrower than a tile, since their rows lie as far apart as a tile's. */
#define SHARE_OF_ROWS 1.0
#define BYTES_AT_LEAST 2e6

/* So that the products of a stripe with a block of references are worth their loads. */
#define FEWEST_ROWS 32.0

/* A group of anchors has so many panels at most. */
#define MOST_PANELS 4

/* ---- how many anchors ---- */

/* At most a tile's, and of about equal height. */
static size_t rows_of_stripe(const circle_engine *engine) {
  const circle_kernel *kernel = engine->kernel;
  const double rows = (double)engine->anchors.rows, references = (double)engine->references->rows;
  const double row_bytes = references * (double)kernel->element_size;
  const double bytes_of_rows =
      (rows + references) * (double)engine->dimensions * (double)kernel->element_size;
  const double wanted = circle_larger(
      circle_larger(SHARE_OF_ROWS * bytes_of_rows, BYTES_AT_LEAST) / row_bytes, FEWEST_ROWS);
  const size_t most = kernel->tile_rows / kernel->panel_rows * kernel->panel_rows;
  const size_t height = wanted < (double)most ? (size_t)wanted : most;
  const size_t stripes = circle_groups(engine->anchors.rows, height);
  return circle_round_up(circle_groups(engine->anchors.rows, stripes), kernel->panel_rows);
}

/* Every thread gets a group of anchors, and all that a group can use of a panel of references which
 * comes from far is used while it is near. Nothing that is computed depends on an anchor's group.
 */
static size_t rows_of_group(const circle_engine *engine) {
  const size_t panel_rows = engine->kernel->panel_rows, panels = engine->stripe.rows / panel_rows;
  const size_t for_each_thread = circle_groups(panels, (size_t)engine->threads);
  return circle_smaller(for_each_thread, MOST_PANELS) * panel_rows;
}

/* ---- one stripe ---- */

typedef struct {
  const circle_engine *engine;
  circle_rows anchors;
} stripe_columns;

static void add_columns_of_block(void *context, size_t block, int thread) {
  const stripe_columns *of = context;
  const circle_engine *engine = of->engine;
  const circle_rows columns = circle_rows_of_block(engine->references, block);
  const circle_tile tile = {.first_row = of->anchors.first,
                            .rows = of->anchors.count,
                            .first_column = columns.first,
                            .columns = columns.count};
  engine->kernel->add_kept_columns(engine, &tile, engine->scratch[thread]);
}

static circle_status add_columns(const circle_engine *engine, circle_rows anchors,
                                 circle_span span) {
  const circle_side *references = engine->references;
  stripe_columns of = {engine, anchors};
  const circle_plan plan = {
      .count = references->blocks,
      .work_of_task = circle_work_of_tile(engine, anchors.count, references->block_rows),
      .span = span};
  return circle_run_tasks(engine, &plan, add_columns_of_block, &of);
}

/* A third of the work each: similarities, and either product. */
static circle_span third_of(circle_span span, int third) {
  const double length = (span.to - span.from) / 3.0;
  return (circle_span){span.from + third * length, span.from + (third + 1) * length};
}

static circle_status add_stripe(circle_engine *engine, circle_rows anchors, double *losses,
                                circle_span span) {
  const circle_kernel *kernel = engine->kernel;
  const size_t last = anchors.first + anchors.count;
  const size_t group_rows = rows_of_group(engine);
  engine->stripe.first_row = anchors.first;
  circle_status status =
      circle_walk(engine, anchors, group_rows,
                  losses == NULL ? kernel->keep_tile : kernel->add_tile, third_of(span, 0));
  if (status != CIRCLE_OK) return status;
  if (losses != NULL) circle_for_each_row(engine, anchors.first, last, circle_set_loss, losses);
  status = circle_set_pair_weights(engine, anchors.first, last);
  if (status == CIRCLE_OK) status = add_columns(engine, anchors, third_of(span, 1));
  if (status != CIRCLE_OK) return status;
  return circle_walk(engine, anchors, group_rows, kernel->add_kept_rows, third_of(span, 2));
}

static circle_status add_stripes(circle_engine *engine, double *losses) {
  const size_t rows = engine->anchors.rows, height = engine->stripe.rows;
  circle_status status = CIRCLE_OK;
  for (size_t first = 0; first < rows && status == CIRCLE_OK; first += height) {
    const circle_rows anchors = {first, rows - first < height ? rows - first : height};
    const circle_span span = {(double)first / (double)rows,
                              (double)(first + anchors.count) / (double)rows};
    status = add_stripe(engine, anchors, losses, span);
  }
  return status;
}

circle_status circle_stripes(circle_engine *engine, double *losses, circle_report *report) {
  circle_status status = CIRCLE_OK;
  if (losses != NULL) circle_begin_losses(engine);
  if (engine->anchors.rows > 0) {
    engine->stripe.rows = rows_of_stripe(engine);
    engine->stripe.similarities = circle_allocate(engine->references->blocks * engine->stripe.rows,
                                                  engine->kernel->similarity_row_size);
    if (engine->stripe.similarities == NULL) return CIRCLE_OUT_OF_MEMORY;
    status = add_stripes(engine, losses);
    circle_free(engine->stripe.similarities);
    engine->stripe.similarities = NULL;
  }
  if (status != CIRCLE_OK || losses == NULL) return status;
  return circle_check_losses(engine, losses, report);
}
