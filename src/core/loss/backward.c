/* The backward pass: from the derivatives by the losses to those by the embeddings. */
#include <float.h>
#include <math.h>

#include "operand/engine.h"
#include "loss/forward.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "loss/pair_weights.h"
#include "loss/self_pair.h"
#include "operand/operand.h"
#include "loss/row_blocks.h"
#include "schedule/symmetric.h"
#include "schedule/tasks.h"

/* Multiplications of the losses, of all that a symmetric sweep with its gradient takes. */
#define SHARE_OF_LOSSES 0.25

static circle_status begin_gradient(circle_engine *engine, const double *factors,
                                    circle_pair_weights pair_weights) {
  circle_status status = circle_begin_pair_weights(engine, factors, pair_weights);
  if (status == CIRCLE_OK) status = circle_side_begin_gradient(engine, &engine->anchors);
  if (status != CIRCLE_OK || engine->symmetric) return status;
  return circle_side_begin_gradient(engine, &engine->other);
}

static circle_status symmetric_gradient(circle_engine *engine, circle_span span) {
  const circle_status status = circle_set_pair_weights(engine, 0, engine->anchors.rows);
  if (status != CIRCLE_OK) return status;
  return circle_sweep(engine, engine->kernel->add_gradient_tile, span);
}

/* As many tiles as the memory allows, or none if there is not enough of it. */
static void begin_keeping(circle_engine *engine) {
  const size_t bytes = engine->anchors.block_rows * engine->kernel->similarity_row_size;
  const size_t possible = engine->problem.kept_bytes / bytes, all = circle_sweep_tiles(engine);
  const size_t tiles = possible < all ? possible : all;
  if (tiles == 0) return;
  engine->kept.similarities = circle_allocate(tiles, bytes);
  engine->kept.tiles = engine->kept.similarities == NULL ? 0 : tiles;
}

static void end_keeping(circle_engine *engine) {
  circle_free(engine->kept.similarities);
  engine->kept = (circle_kept_tiles){NULL, 0};
}

static circle_status symmetric_losses_and_gradient(circle_engine *engine, double *losses,
                                                   circle_report *report) {
  begin_keeping(engine);
  circle_status status =
      circle_losses_within(engine, losses, (circle_span){0.0, SHARE_OF_LOSSES}, report);
  if (status == CIRCLE_OK) status = symmetric_gradient(engine, (circle_span){SHARE_OF_LOSSES, 1.0});
  end_keeping(engine);
  return status;
}

circle_status circle_losses_and_gradient(circle_engine *engine, const double *factors,
                                         circle_pair_weights pair_weights, double *losses,
                                         circle_report *report) {
  const circle_status status = begin_gradient(engine, factors, pair_weights);
  if (status != CIRCLE_OK) return status;
  if (!engine->symmetric) return circle_stripes(engine, losses, report);
  return symmetric_losses_and_gradient(engine, losses, report);
}

circle_status circle_gradient(circle_engine *engine, const double *factors,
                              circle_pair_weights pair_weights) {
  const circle_status status = begin_gradient(engine, factors, pair_weights);
  if (status != CIRCLE_OK) return status;
  if (!engine->symmetric) return circle_stripes(engine, NULL, NULL);
  return symmetric_gradient(engine, (circle_span){0.0, 1.0});
}

/* ---- from packed rows to the caller's ---- */

static void set_along(const circle_engine *engine, size_t place, void *context) {
  const circle_unpacking *how = context;
  double along = 0.0;
  if (circle_is_own_positive(engine)) /* s_ii is x_i twice */
    along = how->factor_scale * 2.0 * circle_self_weight(engine, place, engine->derivatives[place]);
  if (engine->problem.normalize) {
    if (along != 0.0) along -= along * engine->kernel->self_similarity(engine, how->side, place);
    along -= how->scale * engine->kernel->radial_gradient(engine, how->side, place);
  }
  how->along[place] = along;
}

/* The largest number that can be written to the caller. */
static double largest_written(const circle_engine *engine, const circle_target *gradient) {
  return gradient->type == CIRCLE_FLOATS ? FLT_MAX : circle_largest_computed(engine->problem.dtype);
}

/* Some number was beyond the largest, if only by less than a rounding: the first row that is. */
static circle_status find_overflow(const circle_engine *engine, const circle_unpacking *how,
                                   circle_side_name name, circle_report *report) {
  const size_t rows = how->side->rows;
  const circle_matrix written = circle_matrix_of_target(how->gradient, rows, engine->dimensions);
  const size_t row = circle_row_beyond(&written, how->largest);
  return row == rows ? CIRCLE_OK : circle_fail(report, CIRCLE_GRADIENT_OVERFLOW, name, row, 0);
}

static circle_status write_side(const circle_engine *engine, const circle_side *side,
                                circle_side_name name, double scale, bool add,
                                const circle_target *gradient, circle_report *report) {
  const int unit = engine->factor_unit + engine->unit, half = unit / 2;
  circle_unpacking how = {.side = side,
                          .power = ldexp(1.0, half),
                          .scale = ldexp(scale, unit - half),
                          .factor_scale = ldexp(scale, engine->factor_unit - half),
                          .add = add,
                          .largest = largest_written(engine, gradient),
                          .gradient = gradient};
  if (engine->problem.normalize || circle_is_own_positive(engine)) {
    how.along = circle_allocate(side->rows, sizeof *how.along);
    if (how.along == NULL) return CIRCLE_OUT_OF_MEMORY;
    circle_for_each_row(engine, 0, side->rows, set_along, &how);
  }
  bool is_beyond;
  const circle_status status = circle_side_unpack(engine, side, &how, &is_beyond);
  circle_free(how.along);
  if (status != CIRCLE_OK || !is_beyond) return status;
  return find_overflow(engine, &how, name, report);
}

/* Embeddings that are their own references under other labels get a part from each side. */
circle_status circle_write_gradient(circle_engine *engine, double scale,
                                    const circle_target *gradient,
                                    const circle_target *reference_gradient,
                                    circle_report *report) {
  const circle_status status =
      write_side(engine, &engine->anchors, CIRCLE_ANCHORS, scale, false, gradient, report);
  if (status != CIRCLE_OK || engine->symmetric || engine->constant_references) return status;
  if (engine->references_are_given)
    return write_side(engine, &engine->other, CIRCLE_REFERENCES, scale, false, reference_gradient,
                      report);
  return write_side(engine, &engine->other, CIRCLE_ANCHORS, scale, true, gradient, report);
}
