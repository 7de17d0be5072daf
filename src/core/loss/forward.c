/* The forward pass: the loss of every anchor. */
#include "loss/forward.h"

#include <math.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/rounding.h"

#define LOG2_E 1.4426950408889634074
#define LOG_2 0.69314718055994530942

/* ---- sums ---- */

static size_t sums_bytes(size_t anchors) {
  return anchors * (sizeof(double) + 2 * sizeof(circle_accumulator));
}

int64_t circle_sums_size(int64_t anchors) {
  return anchors < 0 ? 0 : (int64_t)sums_bytes((size_t)anchors);
}

static circle_logits logits_of(const circle_operands *operands) {
  const double gamma_log2e = operands->settings.gamma * LOG2_E;
  const double margin = operands->settings.margin;
  const double widest = gamma_log2e * circle_larger(1.0, circle_square(margin));
  return (circle_logits){.gamma_log2e = gamma_log2e,
                         .margin = margin,
                         .fixed_scale = widest <= operands->kernel->widest_fixed_logit};
}

/* One block of memory, which begins at `positives`. */
static bool allocate_sums(size_t rows, circle_sums *sums) {
  sums->positives = circle_allocate(1, sums_bytes(rows));
  if (sums->positives == NULL) return false;
  sums->negatives = sums->positives + rows;
  sums->totals = (double *)(sums->negatives + rows);
  return true;
}

bool circle_begin_forward(const circle_operands *operands, const circle_store *store,
                          double *losses, circle_forward_work *work) {
  const size_t rows = operands->anchors.rows;
  circle_forward_pass *pass = &work->pass;
  *work = (circle_forward_work){
      .pass = {.operands = operands, .store = store, .logits = logits_of(operands)},
      .losses = losses};
  if (losses == NULL) work->losses = work->own_losses = circle_allocate(rows, sizeof(double));
  if (work->losses == NULL || !allocate_sums(rows, &pass->sums)) return false;
  const double scale = pass->logits.fixed_scale ? operands->kernel->fixed_scale : 0.0;
  for (size_t position = 0; position < rows; position++) {
    pass->sums.positives[position] = (circle_accumulator){0.0, 0.0};
    pass->sums.negatives[position] = (circle_accumulator){0.0, scale};
  }
  return true;
}

void circle_end_forward(circle_forward_work *work) {
  circle_free(work->pass.sums.positives);
  circle_free(work->own_losses);
}

#define GROUPS_OF_THREAD ((size_t)4)

/* Anchors that visit the references together: few enough for some groups per thread, at most a
 * tile's. */
static size_t rows_of_group(const circle_operands *operands, int threads) {
  const circle_kernel *kernel = operands->kernel;
  const size_t panel_rows = kernel->packing.panel_rows;
  const size_t wanted = circle_ceil_div(operands->anchors.rows, GROUPS_OF_THREAD * (size_t)threads);
  const size_t multiple = wanted < panel_rows ? kernel->strip_rows : panel_rows;
  return circle_smaller(circle_round_up(wanted, multiple), kernel->packing.tile_rows);
}

/* ---- losses ---- */

/* log(1 + exp(t)), accurate for small results too, even subnormal ones */
static double softplus(double t) { return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t)); }

/* t = P + Q of an anchor; -Inf if either set is empty, NaN if a sum overflowed. */
static double total_of(const circle_forward_pass *pass, size_t position) {
  double exponent[2];
  const double positives =
      circle_accumulator_mantissa(&pass->sums.positives[position], &exponent[0]);
  const double negatives =
      circle_accumulator_mantissa(&pass->sums.negatives[position], &exponent[1]);
  if (positives == 0.0 || negatives == 0.0) return -INFINITY;
  const circle_settings *settings = &pass->operands->settings;
  const double gamma_margin = 2.0 * settings->gamma * circle_square(settings->margin);
  return log(positives * negatives) + (LOG_2 * (exponent[0] + exponent[1]) - gamma_margin);
}

/* P or Q of an anchor. */
static double log_sum_of(const circle_settings *settings, const circle_accumulator *sum) {
  double exponent;
  const double mantissa = circle_accumulator_mantissa(sum, &exponent);
  if (mantissa == 0.0) return -INFINITY;
  return log(mantissa) + (LOG_2 * exponent - settings->gamma * circle_square(settings->margin));
}

static void set_loss(void *context, size_t position) {
  const circle_forward_work *work = context;
  const circle_operands *operands = work->pass.operands;
  const size_t row = operands->anchors.order[position];
  if (circle_is_own_positive(operands)) circle_add_self_pair(&work->pass, position);
  const double total = total_of(&work->pass, position);
  work->pass.sums.totals[position] = total;
  if (work->positive_sums != NULL)
    work->positive_sums[row] =
        log_sum_of(&operands->settings, &work->pass.sums.positives[position]);
  if (work->negative_sums != NULL)
    work->negative_sums[row] =
        log_sum_of(&operands->settings, &work->pass.sums.negatives[position]);
  work->losses[row] = total == -INFINITY
                          ? 0.0
                          : circle_round(softplus(total), (circle_dtype)operands->settings.dtype);
}

void circle_set_losses(circle_forward_work *work, const circle_workers *workers, size_t first,
                       size_t count) {
  circle_for_each_row(workers, first, count, set_loss, work);
}

circle_status circle_check_losses(const circle_forward_work *work, circle_report *report) {
  for (size_t i = 0; i < work->pass.operands->anchors.rows; i++)
    if (!isfinite(work->losses[i]))
      return circle_fail(report, CIRCLE_LOSS_OVERFLOW, CIRCLE_ANCHORS, i, 0);
  return CIRCLE_OK;
}

circle_tasks circle_tasks_of_forward(circle_forward_work *work, const circle_workers *workers,
                                     circle_span span, circle_pass *pass) {
  const circle_operands *operands = work->pass.operands;
  *pass = (circle_pass){.operands = operands,
                        .order = operands->symmetric ? CIRCLE_SYMMETRIC : CIRCLE_BY_ANCHORS,
                        .rows = operands->anchors.rows,
                        .group_rows = rows_of_group(operands, workers->threads),
                        .tile_columns = operands->references->block_rows,
                        .visit = operands->kernel->forward_tile,
                        .context = &work->pass,
                        .workers = workers};
  return circle_tasks_of_pass(pass, span);
}

circle_status circle_finish_losses(circle_forward_work *work, const circle_workers *workers,
                                   circle_report *report) {
  circle_set_losses(work, workers, 0, work->pass.operands->anchors.rows);
  return circle_check_losses(work, report);
}

circle_status circle_forward(const circle_operands *operands, const circle_run *run,
                             const circle_objective *objective, void *sums,
                             const circle_results *results, circle_report *report) {
  const circle_store nothing = {NULL, 0, 0};
  const size_t rows = operands->anchors.rows;
  circle_workers workers;
  circle_forward_work work;
  circle_pass pass;
  double scale;
  if (operands->settings.similarity == CIRCLE_DISTANCE) return CIRCLE_BAD_CALL;
  circle_status status = CIRCLE_OUT_OF_MEMORY;
  const bool enough = circle_begin_workers(&workers, run, operands->kernel->workspace_size);
  if (circle_begin_forward(operands, &nothing, results->losses, &work) && enough) {
    work.positive_sums = results->positive_sums;
    work.negative_sums = results->negative_sums;
    const circle_tasks tasks =
        circle_tasks_of_forward(&work, &workers, (circle_span){0.0, 1.0}, &pass);
    status = circle_run_tasks(&workers, &tasks);
  }
  if (status == CIRCLE_OK) status = circle_finish_losses(&work, &workers, report);
  if (status == CIRCLE_OK && sums != NULL) memcpy(sums, work.pass.sums.positives, sums_bytes(rows));
  if (status == CIRCLE_OK && results->value != NULL)
    status = circle_reduce(objective, (int64_t)rows, work.losses, results->value, &scale, report);
  circle_end_forward(&work);
  circle_end_workers(&workers);
  return status;
}
