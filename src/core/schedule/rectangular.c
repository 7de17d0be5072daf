/* Anchors that walk along all references: the sweep for visitors that write what belongs to the
 * anchors alone. Groups of anchors go on different threads and never wait for each other. */
#include "schedule/rectangular.h"

#include "base/sizes.h"
#include "schedule/tasks.h"

/* Between two polls every group of anchors meets some blocks of references: a slice of them. */
typedef struct {
  const circle_engine *engine;
  circle_tile_visitor visitor;
  circle_rows anchors;
  size_t group_rows, groups, slice;
} walk;

/* Blocks of references that all groups meet between two polls. */
static size_t blocks_of_slice(const walk *of, double work_of_tile) {
  const size_t blocks = of->engine->references->blocks;
  const double most = CIRCLE_WORK_BETWEEN_POLLS / work_of_tile / (double)of->groups;
  return most < 1.0 ? 1 : most < (double)blocks ? (size_t)most : blocks;
}

static void visit_slice(void *context, size_t task, int thread) {
  const walk *of = context;
  const circle_side *references = of->engine->references;
  const size_t first = task % of->groups * of->group_rows;
  const size_t begin = task / of->groups * of->slice;
  const size_t end = circle_smaller(begin + of->slice, references->blocks);
  for (size_t block = begin; block < end; block++) {
    const circle_rows columns = circle_rows_of_block(references, block);
    const circle_tile tile = {.first_row = of->anchors.first + first,
                              .rows = circle_smaller(of->anchors.count - first, of->group_rows),
                              .first_column = columns.first,
                              .columns = columns.count};
    of->visitor(of->engine, &tile, of->engine->scratch[thread]);
  }
}

/* The same anchors before. */
static size_t slice_before(void *context, size_t task, size_t *followed) {
  const size_t groups = ((const walk *)context)->groups;
  if (task < groups) return 0;
  followed[0] = task - groups;
  return 1;
}

circle_status circle_walk(const circle_engine *engine, circle_rows anchors, size_t group_rows,
                          circle_tile_visitor visitor, circle_span span) {
  const circle_side *references = engine->references;
  if (anchors.count == 0 || references->rows == 0) return CIRCLE_OK;
  walk of = {.engine = engine,
             .visitor = visitor,
             .anchors = anchors,
             .group_rows = group_rows,
             .groups = circle_groups(anchors.count, group_rows)};
  const double work = circle_work_of_tile(engine, group_rows, references->block_rows);
  of.slice = blocks_of_slice(&of, work);
  const circle_plan plan = {.count = circle_groups(references->blocks, of.slice) * of.groups,
                            .work_of_task = (double)of.slice * work,
                            .span = span,
                            .follows = slice_before};
  return circle_run_tasks(engine, &plan, visit_slice, &of);
}
