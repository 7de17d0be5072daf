/* One side of the pairs: rows sorted by label, measured, packed into panels, and unpacked again.
 *
 * Gathering rows in their sorted order jumps about in memory. So a task takes what lies together: a
 * few columns of all rows where a matrix lies column after column, as R's do, so that a column
 * stays in cache while it is gathered; and all columns of a few rows where it lies row after row.
 * Few columns are cut once more, so that each thread has a task. */
#include "operand/operand.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>

#include "loss/formula.h"
#include "operand/length.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/sizes.h"
#include "schedule/tasks.h"

#define COLUMNS_AT_ONCE 16 /* in float a cache line of the gradient, which only one task reads */
#define PLACES_AT_ONCE 32  /* or one panel, if that is higher */
#define ROWS_AT_ONCE 256

double circle_largest_number(circle_dtype dtype) {
  switch (dtype) {
    case CIRCLE_FLOAT64: return DBL_MAX;
    case CIRCLE_FLOAT32: return FLT_MAX;
    case CIRCLE_FLOAT16: return 65504.0;
    case CIRCLE_BFLOAT16: return 0x1.fep127;
  }
  return DBL_MAX;
}

double circle_largest_computed(circle_dtype dtype) {
  return dtype == CIRCLE_FLOAT64 ? DBL_MAX : FLT_MAX;
}

/* ---- sorting ---- */

/* Panels of a block are to stay in the second level cache: a block as high as a tile may take so
 * many bytes, or it has at most so many rows. */
#define BYTES_OF_BLOCK ((size_t)400000)
#define ROWS_OF_BLOCK ((size_t)256)

/* Small problems are cut into a few blocks all the same, so that threads find work. */
static size_t fewest_blocks(const circle_kernel *kernel, size_t rows) {
  const size_t panels = circle_groups(rows, kernel->panel_rows);
  if (rows >= 4096) return 12;
  if (rows >= 512) return 8;
  return panels == 0 ? 1 : panels < 4 ? panels : 4;
}

static size_t most_rows(const circle_kernel *kernel, size_t dimensions) {
  const size_t row_size = kernel->packed_row_size(dimensions);
  const bool stays = row_size * kernel->tile_rows <= BYTES_OF_BLOCK;
  return stays ? kernel->tile_rows : circle_smaller(ROWS_OF_BLOCK, kernel->tile_rows);
}

/* Blocks of equal height, at most a tile high: how many depends on the sizes alone. */
static void cut_into_blocks(const circle_kernel *kernel, circle_side *side) {
  const size_t fewest = fewest_blocks(kernel, side->rows);
  const size_t most = most_rows(kernel, side->given.columns);
  size_t blocks = circle_groups(side->rows, most);
  if (blocks < fewest) blocks = fewest;
  side->block_rows = circle_round_up(circle_groups(side->rows, blocks), kernel->panel_rows);
  if (side->block_rows == 0) side->block_rows = kernel->panel_rows;
  side->blocks = circle_groups(side->rows, side->block_rows);
  side->padded_rows = side->blocks * side->block_rows;
}

bool circle_side_sort(const circle_kernel *kernel, const circle_matrix *given,
                      const int32_t *labels, circle_side *side) {
  side->given = *given;
  side->rows = given->rows;
  cut_into_blocks(kernel, side);
  side->order = circle_allocate(side->rows, sizeof *side->order);
  side->labels = circle_allocate(side->rows, sizeof *side->labels);
  side->length = circle_allocate(side->rows, sizeof *side->length);
  side->panels = circle_allocate(side->padded_rows, kernel->packed_row_size(given->columns));
  return side->order != NULL && side->labels != NULL && side->length != NULL &&
         side->panels != NULL &&
         circle_sort_by_label(labels, side->rows, side->order, side->labels);
}

/* ---- measuring and packing ---- */

typedef struct {
  const circle_engine *engine;
  circle_side *side;
  const circle_unpacking *unpacking;
  int exponent;
  size_t places_at_once, columns_at_once; /* of a patch; places are whole panels */
  atomic_bool is_beyond;                  /* some number that was unpacked */
} side_task;

static void measure_rows(void *context, size_t task, int thread) {
  (void)thread;
  circle_side *side = ((const side_task *)context)->side;
  const size_t first = task * ROWS_AT_ONCE, left = side->rows - first;
  circle_measure_rows(&side->given, first, circle_smaller(left, ROWS_AT_ONCE),
                      side->length + first);
}

static void set_scaling(const circle_engine *engine, size_t place, void *context) {
  (void)engine;
  circle_side *side = context;
  const size_t row = side->order[place];
  side->scaling[place] = circle_unit_scaling(&side->given, row, side->length[row]);
}

static circle_patch patch_of(const side_task *at, size_t places, size_t task) {
  const size_t dimensions = at->engine->dimensions;
  const size_t across = circle_groups(dimensions, at->columns_at_once);
  const size_t place = task / across * at->places_at_once;
  const size_t column = task % across * at->columns_at_once;
  return (circle_patch){circle_smaller(place, places),
                        circle_smaller(place + at->places_at_once, places), column,
                        circle_smaller(column + at->columns_at_once, dimensions)};
}

static void pack_patch(void *context, size_t task, int thread) {
  (void)thread;
  const side_task *at = context;
  const circle_patch patch = patch_of(at, at->side->padded_rows, task);
  at->engine->kernel->pack(at->engine, at->side, &patch);
}

static void unpack_patch(void *context, size_t task, int thread) {
  (void)thread;
  side_task *at = context;
  const circle_patch patch = patch_of(at, at->side->rows, task);
  if (!at->engine->kernel->unpack(at->engine, at->side, &patch, at->unpacking))
    atomic_store(&at->is_beyond, true);
}

static void begin_gradient_of_block(void *context, size_t block, int thread) {
  (void)thread;
  const side_task *at = context;
  const size_t panels = at->side->block_rows / at->engine->kernel->panel_rows;
  for (size_t panel = 0; panel < panels; panel++)
    at->engine->kernel->begin_gradient(at->engine, at->side, block * panels + panel);
}

static void scale_gradient_of_block(void *context, size_t block, int thread) {
  (void)thread;
  const side_task *at = context;
  at->engine->kernel->scale_gradient(at->engine, at->side, block * at->side->block_rows,
                                     at->side->block_rows, at->exponent);
}

/* A number that is moved costs about as much as this many multiplications. */
#define WORK_OF_NUMBER 64.0

static void cut_into_patches(side_task *at, bool row_major) {
  const circle_engine *engine = at->engine;
  const size_t panel_rows = engine->kernel->panel_rows, columns = engine->dimensions;
  if (row_major) {
    at->places_at_once = circle_round_up(PLACES_AT_ONCE, panel_rows);
    at->columns_at_once = columns;
  } else {
    const size_t across = circle_groups(columns, COLUMNS_AT_ONCE);
    const size_t down = circle_groups((size_t)engine->threads, across);
    const size_t places = circle_groups(at->side->padded_rows, down);
    at->places_at_once = circle_round_up(places, panel_rows);
    at->columns_at_once = COLUMNS_AT_ONCE;
  }
}

static circle_status run_patches(circle_task body, side_task *at, bool row_major, double fraction) {
  const circle_engine *engine = at->engine;
  if (engine->dimensions == 0 || at->side->rows == 0) return CIRCLE_OK;
  cut_into_patches(at, row_major);
  const size_t count = circle_groups(at->side->padded_rows, at->places_at_once) *
                       circle_groups(engine->dimensions, at->columns_at_once);
  const double numbers = (double)at->places_at_once * (double)at->columns_at_once;
  const circle_plan plan = {count, WORK_OF_NUMBER * numbers, {fraction, fraction}, NULL};
  return circle_run_tasks(engine, &plan, body, at);
}

circle_status circle_side_pack(const circle_engine *engine, circle_side *side) {
  side_task at = {.engine = engine, .side = side};
  if (engine->problem.normalize) {
    side->scaling = circle_allocate(side->rows, sizeof *side->scaling);
    if (side->scaling == NULL) return CIRCLE_OUT_OF_MEMORY;
  }
  const double work = WORK_OF_NUMBER * ROWS_AT_ONCE * (double)engine->dimensions;
  const size_t count = circle_groups(side->rows, ROWS_AT_ONCE);
  const circle_plan plan = {count, work, {0.0, 0.0}, NULL};
  const circle_status status = circle_run_tasks(engine, &plan, measure_rows, &at);
  if (status != CIRCLE_OK) return status;
  if (side->scaling != NULL) circle_for_each_row(engine, 0, side->rows, set_scaling, side);
  const bool row_major = circle_is_row_major(side->given.row_stride, side->given.column_stride);
  return run_patches(pack_patch, &at, row_major, 0.0);
}

/* ---- checking ---- */

static bool is_not_unit(double length) { return !(fabs(length - 1.0) <= CIRCLE_UNIT_TOLERANCE); }

static circle_not_unit count_not_unit(const circle_side *side) {
  circle_not_unit seen = {0, 0, 0.0};
  for (size_t i = 0; i < side->rows; i++) {
    if (!is_not_unit(side->length[i])) continue;
    if (seen.count == 0) seen = (circle_not_unit){0, i, side->length[i]};
    seen.count++;
  }
  return seen;
}

circle_status circle_side_check(const circle_engine *engine, const circle_side *side,
                                circle_side_name name, circle_report *report) {
  const bool normalize = engine->problem.normalize;
  for (size_t i = 0; i < side->rows; i++)
    if (isnan(side->length[i]))
      return circle_fail(report, CIRCLE_NOT_FINITE, name, i,
                         circle_column_beyond(&side->given, i, DBL_MAX));
  const double largest = circle_largest_number(engine->problem.dtype);
  for (size_t i = 0; !normalize && i < side->rows; i++) {
    if (side->length[i] <= largest) continue; /* then so is each of its numbers */
    const size_t column = circle_column_beyond(&side->given, i, largest);
    if (column < side->given.columns)
      return circle_fail(report, CIRCLE_EMBEDDING_OVERFLOW, name, i, column);
  }
  if (!normalize) report->not_unit[name - CIRCLE_ANCHORS] = count_not_unit(side);
  return CIRCLE_OK;
}

double circle_longest_row(const circle_side *side) {
  double longest = 0.0;
  for (size_t i = 0; i < side->rows; i++) longest = circle_larger(longest, side->length[i]);
  return longest;
}

/* ---- the gradient's layout ---- */

static circle_status run_blocks(circle_task body, side_task *at) {
  const circle_side *side = at->side;
  const double numbers = (double)(side->block_rows * at->engine->dimensions);
  const circle_plan plan = {side->blocks, WORK_OF_NUMBER * numbers, {0.0, 0.0}, NULL};
  return circle_run_tasks(at->engine, &plan, body, at);
}

circle_status circle_side_begin_gradient(const circle_engine *engine, circle_side *side) {
  const circle_kernel *kernel = engine->kernel;
  const size_t rows = side->padded_rows, dimensions = engine->dimensions;
  const bool wanted = side != &engine->other || !engine->constant_references;
  if (side->gradient == NULL && wanted)
    side->gradient = circle_allocate(rows, kernel->gradient_row_size(dimensions));
  if (side->dimension_panels == NULL)
    side->dimension_panels = circle_allocate(rows, kernel->dimension_row_size(dimensions));
  if ((side->gradient == NULL && wanted) || side->dimension_panels == NULL)
    return CIRCLE_OUT_OF_MEMORY;
  side_task at = {.engine = engine, .side = side};
  return run_blocks(begin_gradient_of_block, &at);
}

circle_status circle_side_scale_gradient(const circle_engine *engine, circle_side *side,
                                         int exponent) {
  if (side->gradient == NULL) return CIRCLE_OK;
  side_task at = {.engine = engine, .side = side, .exponent = exponent};
  return run_blocks(scale_gradient_of_block, &at);
}

circle_status circle_side_unpack(const circle_engine *engine, const circle_side *side,
                                 const circle_unpacking *how, bool *is_beyond) {
  side_task at = {.engine = engine, .side = (circle_side *)side, .unpacking = how};
  const circle_target *to = how->gradient;
  const bool row_major = circle_is_row_major(to->row_stride, to->column_stride);
  const circle_status status = run_patches(unpack_patch, &at, row_major, 1.0);
  *is_beyond = atomic_load(&at.is_beyond);
  return status;
}

void circle_side_free(circle_side *side) {
  circle_free(side->order);
  circle_free(side->labels);
  circle_free(side->length);
  circle_free(side->scaling);
  circle_free(side->panels);
  circle_free(side->dimension_panels);
  circle_free(side->gradient);
}
