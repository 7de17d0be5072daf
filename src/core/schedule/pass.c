/* A pass over pairs: which tiles, in which order, on which thread.
 *
 * Where the references are the anchors, blocks of rows meet in rounds; no block appears twice in a
 * round. A meeting begins once both blocks have finished theirs of the round before. So no two
 * threads ever write the same rows, and each row receives its contributions in an order that
 * depends on the sizes alone: results are the same bits for any number of threads. So do blocks of
 * anchors and of other anchors, their references, in a rectangle. Otherwise groups
 * of anchors, or blocks of references, never wait for each other. */
#include "schedule/pass.h"

#include "base/arithmetic.h"

/* ---- symmetric: a tournament of blocks ---- */

/* An odd number of blocks gets a dummy player. */
static size_t players(const circle_operands *operands) {
  const size_t blocks = operands->anchors.blocks;
  return blocks + blocks % 2;
}

static size_t meetings_in_round(const circle_operands *operands) { return players(operands) / 2; }

/* In the first two rounds the blocks meet themselves, half of them in each; then follows a
 * round-robin tournament (circle method): the last player is fixed, the others rotate. Returns
 * false for a meeting with the dummy. */
static bool meeting_of_task(const circle_operands *operands, size_t task, size_t *row,
                            size_t *column) {
  const size_t in_round = meetings_in_round(operands), count = players(operands);
  const size_t round = task / in_round, meeting = task % in_round;
  if (round < 2) {
    *row = *column = round * (count / 2) + meeting;
  } else {
    const size_t turning = count - 1, turn = round - 2;
    const size_t a = (turn + meeting) % turning;
    const size_t b = meeting == 0 ? turning : (turn + turning - meeting) % turning;
    *row = a < b ? a : b;
    *column = a < b ? b : a;
  }
  return *column < operands->anchors.blocks;
}

/* The task of a block in the previous round. This one is not among the first two. */
static size_t task_before(const circle_operands *operands, size_t round, size_t block) {
  const size_t count = players(operands), turning = count - 1;
  if (round == 2) return block;
  const size_t first = (round - 1) * meetings_in_round(operands), turn = round - 3;
  if (block == turning) return first;
  const size_t ahead = (block + turning - turn) % turning;
  return first + (ahead <= turning / 2 ? ahead : turning - ahead);
}

/* The previous meetings of both blocks. A block that meets the dummy waits too: its next meeting
 * relies on it. */
static size_t meetings_before(void *context, size_t task, size_t *followed) {
  const circle_operands *operands = ((const circle_pass *)context)->operands;
  const size_t round = task / meetings_in_round(operands);
  size_t row, column;
  if (round < 2) return 0;
  const bool meet = meeting_of_task(operands, task, &row, &column);
  followed[0] = task_before(operands, round, row);
  if (meet) followed[1] = task_before(operands, round, column);
  return meet ? 2 : 1;
}

size_t circle_symmetric_tiles(const circle_operands *operands) {
  return (players(operands) + 1) * meetings_in_round(operands); /* as many rounds, and one */
}

static void visit_meeting(void *context, size_t task, int thread) {
  const circle_pass *pass = context;
  const circle_operand *anchors = &pass->operands->anchors;
  size_t row, column;
  if (!meeting_of_task(pass->operands, task, &row, &column)) return;
  const size_t height = anchors->block_rows;
  const circle_tile tile = {.first_row = row * height,
                            .rows = circle_smaller(anchors->rows - row * height, height),
                            .first_column = column * height,
                            .columns = circle_smaller(anchors->rows - column * height, height),
                            .slot = task};
  pass->visit(pass->context, &tile, pass->workers->workspaces[thread]);
}

/* ---- rectangular: every block of anchors meets every block of references ---- */

static size_t rounds_of_rectangle(const circle_operands *operands) {
  const size_t rows = operands->anchors.blocks, columns = operands->references->blocks;
  return rows > columns ? rows : columns;
}

/* In round r, block i of the anchors meets block i + r of the references, counted in a circle.
 * Returns false where the smaller side has no such block. */
static bool meeting_of_rectangle(const circle_operands *operands, size_t task, size_t *row,
                                 size_t *column) {
  const size_t rounds = rounds_of_rectangle(operands);
  *row = task % rounds;
  *column = (*row + task / rounds) % rounds;
  return *row < operands->anchors.blocks && *column < operands->references->blocks;
}

/* The previous meetings of both blocks. Tasks in which nobody meets wait too: the next meetings of
 * their blocks rely on them. */
static size_t rectangle_before(void *context, size_t task, size_t *followed) {
  const size_t rounds = rounds_of_rectangle(((const circle_pass *)context)->operands);
  if (task < rounds) return 0;
  const size_t row = task % rounds;
  followed[0] = task - rounds;
  followed[1] = task - rounds - row + (row + 1) % rounds;
  return rounds > 1 ? 2 : 1;
}

static void visit_rectangle(void *context, size_t task, int thread) {
  const circle_pass *pass = context;
  const circle_operand *anchors = &pass->operands->anchors,
                       *references = pass->operands->references;
  size_t row, column;
  if (!meeting_of_rectangle(pass->operands, task, &row, &column)) return;
  const size_t first_row = row * anchors->block_rows,
               first_column = column * references->block_rows;
  const circle_tile tile = {
      .first_row = first_row,
      .rows = circle_smaller(anchors->rows - first_row, anchors->block_rows),
      .first_column = first_column,
      .columns = circle_smaller(references->rows - first_column, references->block_rows),
      .slot = task};
  pass->visit(pass->context, &tile, pass->workers->workspaces[thread]);
}

/* ---- by anchors: groups of them x slices of references ---- */

/* The previous slice of the same anchors. */
static size_t slice_before(void *context, size_t task, size_t *followed) {
  const size_t groups = ((const circle_pass *)context)->groups;
  if (task < groups) return 0;
  followed[0] = task - groups;
  return 1;
}

static void visit_slice(void *context, size_t task, int thread) {
  const circle_pass *pass = context;
  const size_t references = pass->operands->references->rows, group = task % pass->groups;
  const size_t first = pass->group_first != NULL ? pass->group_first[group]
                                                 : pass->first_row + group * pass->group_rows;
  const size_t end = pass->group_first != NULL
                         ? pass->group_first[group + 1]
                         : circle_smaller(first + pass->group_rows, pass->first_row + pass->rows);
  size_t block = task / pass->groups * pass->slice;
  const size_t last = block + pass->slice - 1;
  do {
    const size_t column = block * pass->tile_columns;
    const circle_tile tile = {.first_row = first,
                              .rows = end - first,
                              .first_column = column,
                              .columns = circle_smaller(references - column, pass->tile_columns),
                              .slot = block,
                              .slot_row = first - pass->first_row};
    pass->visit(pass->context, &tile, pass->workers->workspaces[thread]);
  } while (++block <= last && block * pass->tile_columns < references);
}

/* In multiplications: a pair costs those of its similarity and about 32 for its exponential. */
static double work_of_tile(const circle_pass *pass, size_t rows, size_t columns) {
  return (double)rows * (double)columns * ((double)pass->operands->dimensions + 32.0);
}

/* Blocks of references that all groups visit between two polls. */
static size_t blocks_of_slice(const circle_pass *pass, size_t blocks, double work) {
  if (pass->order == CIRCLE_BY_GROUPS) return blocks;
  if (pass->order == CIRCLE_BY_REFERENCES) return 1;
  const double most = CIRCLE_WORK_BETWEEN_POLLS / work / (double)pass->groups;
  return most < 1.0 ? 1 : most < (double)blocks ? (size_t)most : blocks;
}

circle_tasks circle_tasks_of_pass(circle_pass *pass, circle_span span) {
  const size_t height = pass->operands->anchors.block_rows;
  circle_tasks tasks = {.span = span, .context = pass};
  if (pass->order == CIRCLE_SYMMETRIC) {
    tasks.count = circle_symmetric_tiles(pass->operands);
    tasks.work_of_task = work_of_tile(pass, height, height);
    tasks.body = visit_meeting;
    tasks.follows = meetings_before;
    return tasks;
  }
  if (pass->order == CIRCLE_RECTANGULAR) {
    const size_t rounds = rounds_of_rectangle(pass->operands);
    tasks.count = rounds * rounds;
    tasks.work_of_task = work_of_tile(pass, height, pass->operands->references->block_rows);
    tasks.body = visit_rectangle;
    tasks.follows = rectangle_before;
    return tasks;
  }
  size_t blocks = circle_ceil_div(pass->operands->references->rows, pass->tile_columns);
  if (blocks == 0 && pass->order == CIRCLE_BY_GROUPS) blocks = 1;
  if (blocks == 0 || pass->rows == 0) return tasks;
  if (pass->group_first == NULL) pass->groups = circle_ceil_div(pass->rows, pass->group_rows);
  const size_t group_rows =
      pass->group_first == NULL ? pass->group_rows : circle_ceil_div(pass->rows, pass->groups);
  const double work = work_of_tile(
      pass, group_rows, circle_smaller(pass->tile_columns, pass->operands->references->rows));
  pass->slice = blocks_of_slice(pass, blocks, work);
  tasks.count = circle_ceil_div(blocks, pass->slice) * pass->groups;
  tasks.work_of_task = (double)pass->slice * work;
  tasks.body = visit_slice;
  if (pass->order == CIRCLE_BY_ANCHORS) tasks.follows = slice_before;
  return tasks;
}
