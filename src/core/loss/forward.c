/* The forward pass: the loss of every anchor. */
#include "loss/forward.h"

#include <math.h>
#include <string.h>

#include "loss/formula.h"
#include "base/rounding.h"
#include "loss/self_pair.h"
#include "operand/operand.h"
#include "base/sizes.h"
#include "schedule/symmetric.h"
#include "schedule/rectangular.h"

/* ---- the state: totals, positives, negatives ---- */

size_t circle_state_size(size_t anchors) {
  return anchors * (sizeof(double) + 2 * sizeof(circle_accumulator));
}

void circle_save_state(const circle_engine *engine, void *state) {
  const size_t rows = engine->anchors.rows, sums = rows * sizeof *engine->positives;
  char *to = state;
  memcpy(to, engine->positives, sums);
  memcpy(to + sums, engine->negatives, sums);
  memcpy(to + 2 * sums, engine->totals, rows * sizeof *engine->totals);
}

void circle_restore_state(circle_engine *engine, const void *state) {
  const size_t rows = engine->anchors.rows, sums = rows * sizeof *engine->positives;
  const char *from = state;
  memcpy(engine->positives, from, sums);
  memcpy(engine->negatives, from + sums, sums);
  memcpy(engine->totals, from + 2 * sums, rows * sizeof *engine->totals);
}

/* ---- the losses ---- */

void circle_begin_losses(const circle_engine *engine) {
  for (size_t place = 0; place < engine->anchors.padded_rows; place++) {
    engine->positives[place] = (circle_accumulator){0.0, 0.0};
    engine->negatives[place] =
        (circle_accumulator){0.0, engine->fixed_scale ? engine->kernel->fixed_scale : 0.0};
  }
}

/* t = P + Q of an anchor; -Inf where either set is empty, NaN where a sum overflowed. */
static double total_of(const circle_engine *engine, size_t place) {
  double exponent[2];
  const double positives = circle_accumulator_share(&engine->positives[place], &exponent[0]);
  const double negatives = circle_accumulator_share(&engine->negatives[place], &exponent[1]);
  if (positives == 0.0 || negatives == 0.0) return -INFINITY;
  const double gamma_margin = 2.0 * engine->problem.gamma * circle_square(engine->problem.margin);
  return log(positives * negatives) + (CIRCLE_LOG_2 * (exponent[0] + exponent[1]) - gamma_margin);
}

void circle_set_loss(const circle_engine *engine, size_t place, void *context) {
  double *losses = context;
  const double total = total_of(engine, place);
  engine->totals[place] = total;
  losses[engine->anchors.order[place]] =
      total == -INFINITY ? 0.0 : circle_round(circle_softplus(total), engine->problem.dtype);
}

circle_status circle_check_losses(const circle_engine *engine, const double *losses,
                                  circle_report *report) {
  for (size_t i = 0; i < engine->anchors.rows; i++)
    if (!isfinite(losses[i]))
      return circle_fail(report, CIRCLE_LOSS_OVERFLOW, CIRCLE_ANCHORS, i, 0);
  return CIRCLE_OK;
}

#define GROUPS_OF_THREAD ((size_t)4)

/* Anchors that walk along the references together: so few that each thread finds some groups, at
 * most a tile's. */
static size_t rows_of_group(const circle_engine *engine) {
  const circle_kernel *kernel = engine->kernel;
  const size_t groups = GROUPS_OF_THREAD * (size_t)engine->threads;
  const size_t wanted = circle_groups(engine->anchors.rows, groups);
  const size_t multiple = wanted < kernel->panel_rows ? kernel->strip_rows : kernel->panel_rows;
  return circle_smaller(circle_round_up(wanted, multiple), kernel->tile_rows);
}

static circle_status sum_pairs(const circle_engine *engine, circle_span span) {
  const circle_kernel *kernel = engine->kernel;
  const circle_rows all = {0, engine->anchors.rows};
  if (engine->symmetric) return circle_sweep(engine, kernel->add_tile, span);
  return circle_walk(engine, all, rows_of_group(engine), kernel->add_tile, span);
}

circle_status circle_losses_within(circle_engine *engine, double *losses, circle_span span,
                                   circle_report *report) {
  const size_t rows = engine->anchors.rows;
  circle_begin_losses(engine);
  const circle_status status = sum_pairs(engine, span);
  if (status != CIRCLE_OK) return status;
  if (circle_is_own_positive(engine)) circle_for_each_row(engine, 0, rows, circle_add_self, NULL);
  circle_for_each_row(engine, 0, rows, circle_set_loss, losses);
  return circle_check_losses(engine, losses, report);
}

circle_status circle_losses(circle_engine *engine, double *losses, circle_report *report) {
  return circle_losses_within(engine, losses, (circle_span){0.0, 1.0}, report);
}
