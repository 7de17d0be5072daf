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
  size_t blocks = engine->anchors.blocks;
  return blocks + blocks % 2;
}

static size_t rounds(const circle_engine *engine) {
  if (engine->symmetric) return players(engine);
  return larger(engine->anchors.blocks, engine->references->blocks);
}

static size_t tasks_in_round(const circle_engine *engine, size_t round) {
  if (engine->symmetric && round > 0) return players(engine) / 2;
  return engine->anchors.blocks;
}

/* Round 0 has the blocks meet themselves; the others are a round robin tournament (circle method):
 * the last player stays, the others turn. Returns false for a meeting with the silent partner. */
static bool symmetric_meeting(size_t blocks, size_t count, size_t round, size_t task, size_t *row,
                              size_t *column) {
  if (round == 0) {
    *row = *column = task;
    return true;
  }
  const size_t turning = count - 1, turn = round - 1;
  size_t a = (turn + task) % turning;
  size_t b = task == 0 ? turning : (turn + turning - task) % turning;
  *row = a < b ? a : b;
  *column = a < b ? b : a;
  return *column < blocks;
}

/* Block a of the anchors meets block (a + round) of the references, modulo the larger number. */
static bool general_meeting(const circle_engine *engine, size_t round, size_t task, size_t *row,
                            size_t *column) {
  *row = task;
  *column = (task + round) % rounds(engine);
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
  size_t round;
} meetings;

static void visit_meeting(void *context, size_t task, int thread) {
  const meetings *of = context;
  const circle_engine *engine = of->engine;
  size_t row, column;
  const bool meet = engine->symmetric ? symmetric_meeting(engine->anchors.blocks, players(engine),
                                                          of->round, task, &row, &column)
                                      : general_meeting(engine, of->round, task, &row, &column);
  if (meet) visit_tile(engine, of->visitor, row, column, thread);
}

circle_status circle_sweep(const circle_engine *engine, circle_tile_visitor visitor) {
  if (engine->anchors.rows == 0 || engine->references->rows == 0) return CIRCLE_OK;
  const size_t all_rounds = rounds(engine);
  circle_status status = CIRCLE_OK;
  for (size_t round = 0; round < all_rounds && status == CIRCLE_OK; round++) {
    meetings of = {engine, visitor, round};
    status = circle_run_tasks(engine, tasks_in_round(engine, round), work_of_tile(engine),
                              visit_meeting, &of, (double)round / (double)all_rounds,
                              (double)(round + 1) / (double)all_rounds);
  }
  return status;
}

/* ---- anchors alone ---- */

typedef struct {
  const circle_engine *engine;
  circle_tile_visitor visitor;
  size_t first_column, last_column;
} reference_slice;

static void visit_columns(void *context, size_t row, int thread) {
  const reference_slice *of = context;
  for (size_t column = of->first_column; column < of->last_column; column++)
    visit_tile(of->engine, of->visitor, row, column, thread);
}

/* Every block of anchors meets as many blocks of references as fit between two polls. */
circle_status circle_sweep_anchors(const circle_engine *engine, circle_tile_visitor visitor) {
  if (engine->anchors.rows == 0 || engine->references->rows == 0) return CIRCLE_OK;
  const size_t rows = engine->anchors.blocks, columns = engine->references->blocks;
  const double tiles =
      engine->threads * CIRCLE_WORK_BETWEEN_POLLS / work_of_tile(engine) / (double)rows;
  const size_t slice = larger((size_t)(tiles < (double)columns ? tiles : (double)columns), 1);
  circle_status status = CIRCLE_OK;
  for (size_t first = 0; first < columns && status == CIRCLE_OK; first += slice) {
    const size_t last = columns - first < slice ? columns : first + slice;
    reference_slice of = {engine, visitor, first, last};
    status =
        circle_run_tasks(engine, rows, (double)(last - first) * work_of_tile(engine), visit_columns,
                         &of, (double)first / (double)columns, (double)last / (double)columns);
  }
  return status;
}
