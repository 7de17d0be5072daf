/* The blocked loop over all pairs: which tiles there are, in which order, on which thread.
 *
 * Blocks of anchors meet blocks of references in rounds. Within a round no block of anchors and no
 * block of references appears twice, so its tiles can be visited on any threads, in any order,
 * without two of them writing the same rows. Rounds follow one another, so each row receives its
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

/* Block a of the anchors meets block (a + round) of the references, modulo the larger number. */
static bool general_meeting(const circle_engine *engine, size_t round, size_t meeting, size_t *row,
                            size_t *column) {
  *row = meeting;
  *column = (meeting + round) % rounds(engine);
  return *column < engine->references->blocks;
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

static void visit_meeting(void *context, size_t task, int thread) {
  const meetings *of = context;
  const circle_engine *engine = of->engine;
  const size_t round = task / meetings_in_round(engine), meeting = task % meetings_in_round(engine);
  size_t row, column;
  const bool meet = engine->symmetric ? symmetric_meeting(engine, round, meeting, &row, &column)
                                      : general_meeting(engine, round, meeting, &row, &column);
  if (meet) visit_tile(engine, of->visitor, row, column, thread);
}

circle_status circle_sweep(const circle_engine *engine, circle_tile_visitor visitor) {
  if (engine->anchors.rows == 0 || engine->references->rows == 0) return CIRCLE_OK;
  meetings of = {engine, visitor};
  const size_t in_round = meetings_in_round(engine);
  const circle_plan plan = {.count = rounds(engine) * in_round,
                            .round_length = in_round,
                            .work_of_task = work_of_tile(engine),
                            .from = 0.0,
                            .to = 1.0};
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

circle_status circle_sweep_anchors(const circle_engine *engine, circle_tile_visitor visitor) {
  if (engine->anchors.rows == 0 || engine->references->rows == 0) return CIRCLE_OK;
  const size_t rows = engine->anchors.blocks, columns = engine->references->blocks;
  const double tiles = CIRCLE_WORK_BETWEEN_POLLS / work_of_tile(engine) / (double)rows;
  const size_t slice = larger((size_t)(tiles < (double)columns ? tiles : (double)columns), 1);
  anchor_walk of = {engine, visitor, slice};
  const circle_plan plan = {.count = (columns + slice - 1) / slice * rows,
                            .round_length = rows,
                            .work_of_task = (double)slice * work_of_tile(engine),
                            .from = 0.0,
                            .to = 1.0};
  return circle_run_tasks(engine, &plan, visit_slice, &of);
}
