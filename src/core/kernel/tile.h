/* Tiles of pairs: what visits them, which rows they are made of, what they cost. */
#ifndef CIRCLE_TILE_H
#define CIRCLE_TILE_H

#include "operand/engine.h"

/* What is done with a tile: add_tile, add_gradient_tile and others of the kernel, or any later
 * statistic of all pairs. */
typedef void (*circle_tile_visitor)(const circle_engine *engine, const circle_tile *tile,
                                    void *scratch);

/* Some rows of a side, by their places. */
typedef struct {
  size_t first, count;
} circle_rows;

static inline circle_rows circle_rows_of_block(const circle_side *side, size_t block) {
  const size_t first = block * side->block_rows, left = side->rows - first;
  return (circle_rows){first, left < side->block_rows ? left : side->block_rows};
}

/* In multiplications; a pair costs those of its similarity and about 32 for its exponential. */
static inline double circle_work_of_tile(const circle_engine *engine, size_t rows, size_t columns) {
  return (double)rows * (double)columns * ((double)engine->dimensions + 32.0);
}

#endif
