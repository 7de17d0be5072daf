/* One side of the pairs: rows sorted by label, measured and packed into panels.
 *
 * Gathering rows in sorted order is random access. So a task takes what is contiguous: a few
 * columns of all rows of a column-major matrix, as R's are, so that a column stays in cache while
 * it is gathered; all columns of a few rows of a row-major one. Where columns are few, rows are cut
 * too, so that every thread has a task. */
#include "operand/operand.h"

#include <float.h>
#include <math.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/numbers.h"

#define DIMENSIONS_AT_ONCE 16 /* a cache line of a float gradient, read by one task only */
#define PACKED_AT_ONCE 32     /* rows; or one panel, if that is higher */
#define MEASURED_AT_ONCE 256

static double largest_number(int32_t dtype) {
  switch (dtype) {
    case CIRCLE_FLOAT32: return FLT_MAX;
    case CIRCLE_FLOAT16: return 65504.0;
    case CIRCLE_BFLOAT16: return 0x1.fep127;
    default: return DBL_MAX;
  }
}

double circle_largest_computed(int32_t dtype) {
  return dtype == CIRCLE_FLOAT64 ? DBL_MAX : FLT_MAX;
}

/* ---- sorting ---- */

/* Panels of a block should stay in the second level cache: a block is as high as a tile if it then
 * has at most so many bytes, otherwise it has at most so many rows. */
#define BYTES_OF_BLOCK ((size_t)400000)
#define ROWS_OF_BLOCK ((size_t)256)

/* Small problems too are cut into a few blocks, so that threads find work. */
static size_t fewest_blocks(const circle_operand *operand) {
  const size_t panels = circle_ceil_div(operand->rows, operand->packing->panel_rows);
  if (operand->rows >= 4096) return 12;
  if (operand->rows >= 512) return 8;
  return panels == 0 ? 1 : panels < 4 ? panels : 4;
}

static size_t most_rows(const circle_operand *operand) {
  const circle_packing *packing = operand->packing;
  const size_t row_bytes = packing->row_bytes(operand->dimensions).panels;
  const bool stays = row_bytes * packing->tile_rows <= BYTES_OF_BLOCK;
  return stays ? packing->tile_rows : circle_smaller(ROWS_OF_BLOCK, packing->tile_rows);
}

/* Blocks of equal height, at most that of a tile; their number depends on the sizes alone. */
static void cut_into_blocks(circle_operand *operand) {
  const size_t rows = operand->rows, panel_rows = operand->packing->panel_rows;
  const size_t fewest = fewest_blocks(operand);
  size_t blocks = circle_ceil_div(rows, most_rows(operand));
  if (blocks < fewest) blocks = fewest;
  operand->block_rows = circle_round_up(circle_ceil_div(rows, blocks), panel_rows);
  if (operand->block_rows == 0) operand->block_rows = panel_rows;
  operand->blocks = circle_ceil_div(rows, operand->block_rows);
  operand->padded_rows = operand->blocks * operand->block_rows;
}

bool circle_operand_sort(const circle_packing *packing, const circle_matrix *given,
                         const int32_t *labels, circle_operand *operand) {
  const size_t rows = (size_t)given->rows;
  operand->given = *given;
  operand->packing = packing;
  operand->rows = rows;
  operand->dimensions = (size_t)given->columns;
  cut_into_blocks(operand);
  operand->order = circle_allocate(rows, sizeof *operand->order);
  operand->labels = circle_allocate(rows, sizeof *operand->labels);
  operand->length = circle_allocate(rows, sizeof *operand->length);
  operand->panels =
      circle_allocate(operand->padded_rows, packing->row_bytes(operand->dimensions).panels);
  return operand->order != NULL && operand->labels != NULL && operand->length != NULL &&
         operand->panels != NULL &&
         circle_sort_by_label(labels, rows, operand->order, operand->labels);
}

bool circle_operand_group(const int32_t *groups, circle_operand *operand) {
  operand->groups = circle_allocate_zeros(operand->padded_rows, sizeof *operand->groups);
  for (size_t i = 0; operand->groups != NULL && i < operand->rows; i++)
    operand->groups[i] = groups[operand->order[i]];
  return operand->groups != NULL;
}

void circle_operand_free(circle_operand *operand) {
  circle_free(operand->order);
  circle_free(operand->labels);
  circle_free(operand->length);
  circle_free(operand->scaling);
  circle_free(operand->panels);
  circle_free(operand->self_product);
  circle_free(operand->groups);
}

/* ---- patches ---- */

typedef struct {
  circle_patch_body *body;
  void *context;
  size_t rows, dimensions;
  size_t patch_rows, patch_dimensions; /* of a patch; rows are whole panels */
} patches;

static void run_patch(void *context, size_t task, int thread) {
  (void)thread;
  const patches *of = context;
  const size_t across = circle_ceil_div(of->dimensions, of->patch_dimensions);
  const size_t row = circle_smaller(task / across * of->patch_rows, of->rows);
  const size_t k = task % across * of->patch_dimensions;
  const circle_patch patch = {row, circle_smaller(of->rows - row, of->patch_rows), k,
                              circle_smaller(of->dimensions - k, of->patch_dimensions)};
  of->body(of->context, &patch);
}

static void cut_into_patches(const circle_operand *operand, bool row_major, int threads,
                             patches *of) {
  const size_t panel_rows = operand->packing->panel_rows;
  if (row_major) {
    of->patch_rows = circle_round_up(PACKED_AT_ONCE, panel_rows);
    of->patch_dimensions = of->dimensions;
  } else {
    const size_t across = circle_ceil_div(of->dimensions, DIMENSIONS_AT_ONCE);
    const size_t down = circle_ceil_div((size_t)threads, across);
    of->patch_rows = circle_round_up(circle_ceil_div(operand->padded_rows, down), panel_rows);
    of->patch_dimensions = DIMENSIONS_AT_ONCE;
  }
}

circle_status circle_for_each_patch(const circle_workers *workers, const circle_operand *operand,
                                    size_t rows, bool row_major, double fraction,
                                    circle_patch_body *body, void *context) {
  if (operand->dimensions == 0 || operand->rows == 0) return CIRCLE_OK;
  patches of = {.body = body, .context = context, .rows = rows, .dimensions = operand->dimensions};
  cut_into_patches(operand, row_major, workers->threads, &of);
  const double numbers = (double)of.patch_rows * (double)of.patch_dimensions;
  const circle_tasks tasks = {.count = circle_ceil_div(operand->padded_rows, of.patch_rows) *
                                       circle_ceil_div(of.dimensions, of.patch_dimensions),
                              .work_of_task = CIRCLE_WORK_OF_NUMBER * numbers,
                              .span = {fraction, 0.0},
                              .body = run_patch,
                              .context = &of};
  return circle_run_tasks(workers, &tasks);
}

/* ---- measuring and packing ---- */

static void measure_rows(void *context, size_t task, int thread) {
  (void)thread;
  circle_operand *operand = context;
  const size_t first = task * MEASURED_AT_ONCE, left = operand->rows - first;
  circle_measure_rows(&operand->given, first, circle_smaller(left, MEASURED_AT_ONCE),
                      operand->length + first);
}

static void set_unit_scaling(void *context, size_t position) {
  circle_operand *operand = context;
  const size_t row = operand->order[position];
  operand->scaling[position] = circle_unit_scaling(&operand->given, row, operand->length[row]);
}

/* By powers of 2, which round nothing, to lengths from 1 to 2: no product of two rows overflows. */
static void set_exact_scaling(void *context, size_t position) {
  circle_operand *operand = context;
  operand->scaling[position] = circle_exact_scaling(operand->length[operand->order[position]]);
}

circle_status circle_operand_pack(const circle_workers *workers, const circle_settings *settings,
                                  const double *centre, circle_operand *operand) {
  const size_t rows = operand->rows;
  const bool is_unit = settings->similarity == CIRCLE_UNIT_PRODUCT;
  operand->dtype = (circle_dtype)settings->dtype;
  operand->centre = centre;
  if (is_unit || settings->similarity == CIRCLE_COSINE) {
    operand->scaling = circle_allocate(rows, sizeof *operand->scaling);
    if (operand->scaling == NULL) return CIRCLE_OUT_OF_MEMORY;
  }
  const circle_tasks tasks = {
      .count = circle_ceil_div(rows, MEASURED_AT_ONCE),
      .work_of_task = CIRCLE_WORK_OF_NUMBER * MEASURED_AT_ONCE * (double)operand->dimensions,
      .body = measure_rows,
      .context = operand};
  const circle_status status = circle_run_tasks(workers, &tasks);
  if (status != CIRCLE_OK) return status;
  if (operand->scaling != NULL)
    circle_for_each_row(workers, 0, rows, is_unit ? set_unit_scaling : set_exact_scaling, operand);
  const bool row_major =
      circle_is_row_major(operand->given.row_stride, operand->given.column_stride);
  return circle_for_each_patch(workers, operand, operand->padded_rows, row_major, 0.0,
                               operand->packing->pack, operand);
}

/* ---- checking ---- */

static bool is_not_unit(double length) { return !(fabs(length - 1.0) <= CIRCLE_UNIT_TOLERANCE); }

static circle_not_unit count_not_unit(const circle_operand *operand) {
  circle_not_unit seen = {0, 0, 0.0};
  for (size_t i = 0; i < operand->rows; i++) {
    if (!is_not_unit(operand->length[i])) continue;
    if (seen.count == 0) seen = (circle_not_unit){0, (int64_t)i, operand->length[i]};
    seen.count++;
  }
  return seen;
}

circle_status circle_operand_check(const circle_operand *operand, const circle_settings *settings,
                                   circle_side side, circle_report *report) {
  for (size_t i = 0; i < operand->rows; i++)
    if (isnan(operand->length[i]))
      return circle_fail(report, CIRCLE_NOT_FINITE, side, i,
                         circle_column_beyond(&operand->given, i, DBL_MAX));
  if (operand->scaling != NULL) return CIRCLE_OK;
  const double largest = largest_number(settings->dtype);
  for (size_t i = 0; i < operand->rows; i++) {
    if (operand->length[i] <= largest) continue; /* then each of its numbers is, too */
    const size_t column = circle_column_beyond(&operand->given, i, largest);
    if (column < operand->dimensions)
      return circle_fail(report, CIRCLE_EMBEDDING_OVERFLOW, side, i, column);
  }
  if (settings->similarity != CIRCLE_INNER_PRODUCT) return CIRCLE_OK;
  report->not_unit[side - CIRCLE_ANCHORS] = count_not_unit(operand);
  return CIRCLE_OK;
}

double circle_longest_row(const circle_operand *operand) {
  double longest = 0.0;
  for (size_t i = 0; i < operand->rows; i++) longest = circle_larger(longest, operand->length[i]);
  return longest;
}
