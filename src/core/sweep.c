/* The blocked loop over all pairs: which tiles there are, in which order, on which thread.
 *
 * Blocks of anchors meet blocks of references in rounds, within which no block of anchors and no
 * block of references appears twice. A meeting begins when the meetings of both its blocks in
 * earlier rounds are over. So no two threads ever write the same rows, and each row receives its
 * contributions in an order that depends on the sizes alone: results are the same bits whatever the
 * number of threads. */
#include "sweep.h"

#include "tasks.h"

/* A pair costs its multiplications and about this much for its exponential. */
#define WORK_OF_EXPONENTIAL 32.0

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Blocks that meet in a tournament: an odd number gets a silent partner. */
static size_t players(const circle_engine *engine) {
  const size_t blocks = engine->anchors.blocks;
  return blocks + blocks % 2;
}

/* All rounds have as many meetings. */
static size_t meetings_in_round(const circle_engine *engine) {
  return engine->symmetric ? players(engine) / 2 : engine->anchors.blocks;
}

static size_t rounds(const circle_engine *engine) {
  if (engine->symmetric) return players(engine) + 1;
  return larger(engine->anchors.blocks, engine->references->blocks);
}

/* In the first two rounds the blocks meet themselves, half of them in each; the others are a round
 * robin tournament (circle method): the last player stays, the others turn. Returns false for a
 * meeting with the silent partner. */
static bool symmetric_meeting(const circle_engine *engine, size_t round, size_t meeting,
                              size_t *row, size_t *column) {
  const size_t count = players(engine);
  if (round < 2) {
    *row = *column = round * (count / 2) + meeting;
  } else {
    const size_t turning = count - 1, turn = round - 2;
    const size_t a = (turn + meeting) % turning;
    const size_t b = meeting == 0 ? turning : (turn + turning - meeting) % turning;
    *row = a < b ? a : b;
    *column = a < b ? b : a;
  }
  return *column < engine->anchors.blocks;
}

/* The task in which a block met another, or itself, in the round before this one, which is not one
 * of the first two. */
static size_t symmetric_task_before(const circle_engine *engine, size_t round, size_t block) {
  const size_t count = players(engine), turning = count - 1;
  if (round == 2) return block;
  const size_t first = (round - 1) * meetings_in_round(engine), turn = round - 3;
  if (block == turning) return first;
  const size_t ahead = (block + turning - turn) % turning;
  return first + (ahead <= turning / 2 ? ahead : turning - ahead);
}

/* Block a of the anchors meets block (a + round) of the references, modulo the larger number. */
static bool general_meeting(const circle_engine *engine, size_t round, size_t meeting, size_t *row,
                            size_t *column) {
  *row = meeting;
  *column = (meeting + round) % rounds(engine);
  return *column < engine->references->blocks;
}

/* The last task before this round in which a block of references met one of anchors; false if there
 * is none. */
static bool general_task_before(const circle_engine *engine, size_t round, size_t column,
                                size_t *task) {
  while (round-- > 0) {
    const size_t row = (column + rounds(engine) - round) % rounds(engine);
    *task = round * meetings_in_round(engine) + row;
    if (row < engine->anchors.blocks) return true;
  }
  return false;
}

static size_t rows_of_block(const circle_side *side, size_t block) {
  size_t first = block * side->block_rows;
  size_t left = side->rows - first;
  return left < side->block_rows ? left : side->block_rows;
}

static void visit_tile(const circle_engine *engine, circle_tile_visitor visitor, size_t row,
                       size_t column, int thread) {
  const circle_tile tile = {.first_row = row * engine->anchors.block_rows,
                            .rows = rows_of_block(&engine->anchors, row),
                            .first_column = column * engine->references->block_rows,
                            .columns = rows_of_block(engine->references, column)};
  visitor(engine, &tile, engine->scratch[thread]);
}

static double work_of_tile(const circle_engine *engine) {
  const double pairs = (double)engine->anchors.block_rows * (double)engine->references->block_rows;
  return pairs * ((double)engine->dimensions + WORK_OF_EXPONENTIAL);
}

/* ---- anchors and references take turns ---- */

typedef struct {
  const circle_engine *engine;
  circle_tile_visitor visitor;
} meetings;

static bool meeting_of_task(const circle_engine *engine, size_t task, size_t *row, size_t *column) {
  const size_t round = task / meetings_in_round(engine), meeting = task % meetings_in_round(engine);
  return engine->symmetric ? symmetric_meeting(engine, round, meeting, row, column)
                           : general_meeting(engine, round, meeting, row, column);
}

static void visit_meeting(void *context, size_t task, int thread) {
  const meetings *of = context;
  size_t row, column;
  if (meeting_of_task(of->engine, task, &row, &column))
    visit_tile(of->engine, of->visitor, row, column, thread);
}

/* Both blocks' meetings before. A block without a partner waits too: the next one relies on it. */
static size_t meetings_before(void *context, size_t task, size_t *followed) {
  const circle_engine *engine = ((const meetings *)context)->engine;
  const size_t round = task / meetings_in_round(engine);
  size_t row, column, count = 0;
  const bool meet = meeting_of_task(engine, task, &row, &column);
  if (engine->symmetric && round >= 2) {
    followed[count++] = symmetric_task_before(engine, round, row);
    if (meet) followed[count++] = symmetric_task_before(engine, round, column);
  } else if (!engine->symmetric && round >= 1) {
    followed[count++] = task - meetings_in_round(engine);
    if (meet && general_task_before(engine, round, column, &followed[count])) count++;
  }
  return count;
}

circle_status circle_sweep(const circle_engine *engine, circle_tile_visitor visitor) {
  if (engine->anchors.rows == 0 || engine->references->rows == 0) return CIRCLE_OK;
  meetings of = {engine, visitor};
  const circle_plan plan = {.count = rounds(engine) * meetings_in_round(engine),
                            .work_of_task = work_of_tile(engine),
                            .from = 0.0,
                            .to = 1.0,
                            .follows = meetings_before};
  return circle_run_tasks(engine, &plan, visit_meeting, &of);
}

/* ---- anchors alone ---- */

/* Between two polls every block of anchors meets some blocks of references. */
typedef struct {
  const circle_engine *engine;
  circle_tile_visitor visitor;
  size_t slice;
} anchor_walk;

static void visit_slice(void *context, size_t task, int thread) {
  const anchor_walk *of = context;
  const size_t rows = of->engine->anchors.blocks, columns = of->engine->references->blocks;
  const size_t first = task / rows * of->slice;
  const size_t last = columns - first < of->slice ? columns : first + of->slice;
  for (size_t column = first; column < last; column++)
    visit_tile(of->engine, of->visitor, task % rows, column, thread);
}

/* The same anchors before. */
static size_t slice_before(void *context, size_t task, size_t *followed) {
  const size_t rows = ((const anchor_walk *)context)->engine->anchors.blocks;
  if (task < rows) return 0;
  followed[0] = task - rows;
  return 1;
}

circle_status circle_sweep_anchors(const circle_engine *engine, circle_tile_visitor visitor) {
  if (engine->anchors.rows == 0 || engine->references->rows == 0) return CIRCLE_OK;
  const size_t rows = engine->anchors.blocks, columns = engine->references->blocks;
  const double tiles = CIRCLE_WORK_BETWEEN_POLLS / work_of_tile(engine) / (double)rows;
  const size_t slice = larger((size_t)(tiles < (double)columns ? tiles : (double)columns), 1);
  anchor_walk of = {engine, visitor, slice};
  const circle_plan plan = {.count = (columns + slice - 1) / slice * rows,
                            .work_of_task = (double)slice * work_of_tile(engine),
                            .from = 0.0,
                            .to = 1.0,
                            .follows = slice_before};
  return circle_run_tasks(engine, &plan, visit_slice, &of);
}
