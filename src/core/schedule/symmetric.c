/* The sweep over all pairs where the references are the anchors: which tiles there are, in which
 * order, on which thread.
 *
 * Blocks of rows meet in rounds, within which no block appears twice. A meeting begins when the
 * meetings of both its blocks in the round before are over. So no two threads ever write the same
 * rows, and each row receives its contributions in an order that depends on the sizes alone:
 * results are the same bits whatever the number of threads. */
#include "schedule/symmetric.h"

/* Blocks that meet in a tournament: an odd number gets a silent partner. */
static size_t players(const circle_engine *engine) {
  const size_t blocks = engine->anchors.blocks;
  return blocks + blocks % 2;
}

static size_t meetings_in_round(const circle_engine *engine) { return players(engine) / 2; }

static size_t rounds(const circle_engine *engine) { return players(engine) + 1; }

/* In the first two rounds the blocks meet themselves, half of them in each; the others are a round
 * robin tournament (circle method): the last player stays, the others turn. Returns false for a
 * meeting with the silent partner. */
static bool meeting_of_round(const circle_engine *engine, size_t round, size_t meeting, size_t *row,
                             size_t *column) {
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
static size_t task_before(const circle_engine *engine, size_t round, size_t block) {
  const size_t count = players(engine), turning = count - 1;
  if (round == 2) return block;
  const size_t first = (round - 1) * meetings_in_round(engine), turn = round - 3;
  if (block == turning) return first;
  const size_t ahead = (block + turning - turn) % turning;
  return first + (ahead <= turning / 2 ? ahead : turning - ahead);
}

typedef struct {
  const circle_engine *engine;
  circle_tile_visitor visitor;
} meetings;

static bool meeting_of_task(const circle_engine *engine, size_t task, size_t *row, size_t *column) {
  const size_t in_round = meetings_in_round(engine);
  return meeting_of_round(engine, task / in_round, task % in_round, row, column);
}

static void visit_meeting(void *context, size_t task, int thread) {
  const meetings *of = context;
  const circle_engine *engine = of->engine;
  size_t row, column;
  if (!meeting_of_task(engine, task, &row, &column)) return;
  const circle_rows rows = circle_rows_of_block(&engine->anchors, row);
  const circle_rows columns = circle_rows_of_block(&engine->anchors, column);
  const circle_tile tile = {rows.first, rows.count, columns.first, columns.count, task};
  of->visitor(engine, &tile, engine->scratch[thread]);
}

/* Both blocks' meetings before. A block without a partner waits too: the next one relies on it. */
static size_t meetings_before(void *context, size_t task, size_t *followed) {
  const circle_engine *engine = ((const meetings *)context)->engine;
  const size_t round = task / meetings_in_round(engine);
  size_t row, column;
  if (round < 2) return 0;
  const bool meet = meeting_of_task(engine, task, &row, &column);
  followed[0] = task_before(engine, round, row);
  if (meet) followed[1] = task_before(engine, round, column);
  return meet ? 2 : 1;
}

size_t circle_sweep_tiles(const circle_engine *engine) {
  return rounds(engine) * meetings_in_round(engine);
}

circle_status circle_sweep(const circle_engine *engine, circle_tile_visitor visitor,
                           circle_span span) {
  if (engine->anchors.rows == 0) return CIRCLE_OK;
  meetings of = {engine, visitor};
  const size_t rows = engine->anchors.block_rows;
  const circle_plan plan = {.count = circle_sweep_tiles(engine),
                            .work_of_task = circle_work_of_tile(engine, rows, rows),
                            .span = span,
                            .follows = meetings_before};
  return circle_run_tasks(engine, &plan, visit_meeting, &of);
}
