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

size_t circle_bytes_of_sums(const circle_operands *operands) {
  const bool of_others = circle_has_other_anchors(operands);
  return sums_bytes(operands->anchors.rows) + (of_others ? sums_bytes(operands->other.rows) : 0);
}

circle_sums circle_sums_in(void *memory, size_t rows) {
  circle_accumulator *positives = memory;
  return (circle_sums){positives, positives + rows, (double *)(positives + 2 * rows)};
}

static void clear_sums(const circle_sums *sums, size_t rows, double scale) {
  for (size_t position = 0; position < rows; position++) {
    sums->positives[position] = (circle_accumulator){0.0, 0.0};
    sums->negatives[position] = (circle_accumulator){0.0, scale};
  }
}

/* One block of memory, which begins at `positives`. */
static bool begin_sums(circle_forward_pass *pass) {
  const circle_operands *operands = pass->operands;
  const size_t rows = operands->anchors.rows;
  const double scale = pass->logits.fixed_scale ? operands->kernel->fixed_scale : 0.0;
  char *memory = circle_allocate(1, circle_bytes_of_sums(operands));
  pass->sums.positives = (circle_accumulator *)(void *)memory;
  if (memory == NULL) return false;
  pass->sums = pass->column_sums = circle_sums_in(memory, rows);
  clear_sums(&pass->sums, rows, scale);
  if (!circle_has_other_anchors(operands)) return true;
  pass->column_sums = circle_sums_in(memory + sums_bytes(rows), operands->other.rows);
  clear_sums(&pass->column_sums, operands->other.rows, scale);
  return true;
}

bool circle_begin_forward(const circle_operands *operands, const circle_store *store,
                          double *losses, circle_forward_work *work) {
  const size_t rows = operands->anchors.rows;
  *work = (circle_forward_work){
      .pass = {.operands = operands, .store = store, .logits = logits_of(operands)},
      .losses = losses};
  if (losses == NULL) work->losses = work->own_losses = circle_allocate(rows, sizeof(double));
  return work->losses != NULL && begin_sums(&work->pass);
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

double circle_total_of(const circle_settings *settings, const circle_accumulator *positives,
                       const circle_accumulator *negatives) {
  double exponent[2];
  const double mantissa[2] = {circle_accumulator_mantissa(positives, &exponent[0]),
                              circle_accumulator_mantissa(negatives, &exponent[1])};
  if (mantissa[0] == 0.0 || mantissa[1] == 0.0) return -INFINITY;
  const double gamma_margin = 2.0 * settings->gamma * circle_square(settings->margin);
  return log(mantissa[0] * mantissa[1]) + (LOG_2 * (exponent[0] + exponent[1]) - gamma_margin);
}

double circle_loss_of_total(const circle_settings *settings, double total) {
  return total == -INFINITY ? 0.0 : circle_round(softplus(total), (circle_dtype)settings->dtype);
}

double circle_log_sum_of(const circle_settings *settings, const circle_accumulator *sum) {
  double exponent;
  const double mantissa = circle_accumulator_mantissa(sum, &exponent);
  if (mantissa == 0.0) return -INFINITY;
  return log(mantissa) + (LOG_2 * exponent - settings->gamma * circle_square(settings->margin));
}

static void set_loss(void *context, size_t position) {
  const circle_forward_work *work = context;
  const circle_operands *operands = work->pass.operands;
  const circle_settings *settings = &operands->settings;
  const circle_sums *sums = &work->pass.sums;
  const size_t row = operands->anchors.order[position];
  if (circle_is_own_positive(operands)) circle_add_self_pair(&work->pass, position);
  const circle_accumulator *positives = &sums->positives[position];
  const circle_accumulator *negatives = &sums->negatives[position];
  const double total = circle_total_of(settings, positives, negatives);
  sums->totals[position] = total;
  if (work->positive_sums != NULL)
    work->positive_sums[row] = circle_log_sum_of(settings, positives);
  if (work->negative_sums != NULL)
    work->negative_sums[row] = circle_log_sum_of(settings, negatives);
  if (work->pair_sums != NULL) work->pair_sums[row] = circle_pair_sums_at(sums, position);
  work->losses[row] = circle_loss_of_total(settings, total);
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
                        .order = operands->symmetric     ? CIRCLE_SYMMETRIC
                                 : operands->serves_both ? CIRCLE_RECTANGULAR
                                                         : CIRCLE_BY_ANCHORS,
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
  if (operands->settings.similarity == CIRCLE_DISTANCE ||
      (results->reference_pair_sums != NULL && !operands->serves_both))
    return CIRCLE_BAD_CALL;
  circle_status status = CIRCLE_OUT_OF_MEMORY;
  const bool enough = circle_begin_workers(&workers, run, operands->kernel->workspace_size);
  if (circle_begin_forward(operands, &nothing, results->losses, &work) && enough) {
    work.positive_sums = results->positive_sums;
    work.negative_sums = results->negative_sums;
    work.pair_sums = results->pair_sums;
    const circle_tasks tasks =
        circle_tasks_of_forward(&work, &workers, (circle_span){0.0, 1.0}, &pass);
    status = circle_run_tasks(&workers, &tasks);
  }
  if (status == CIRCLE_OK) status = circle_finish_losses(&work, &workers, report);
  if (status == CIRCLE_OK && sums != NULL)
    memcpy(sums, work.pass.sums.positives, circle_bytes_of_sums(operands));
  if (status == CIRCLE_OK && results->reference_pair_sums != NULL)
    circle_copy_reference_sums(&work.pass, results->reference_pair_sums);
  if (status == CIRCLE_OK && results->value != NULL)
    status = circle_reduce(objective, (int64_t)rows, work.losses, results->value, &scale, report);
  circle_end_forward(&work);
  circle_end_workers(&workers);
  return status;
}
