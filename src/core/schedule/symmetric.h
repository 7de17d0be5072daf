/* The sweep over all pairs where the references are the anchors, each pair once. */
#ifndef CIRCLE_SWEEP_H
#define CIRCLE_SWEEP_H

#include "schedule/tasks.h"
#include "kernel/tile.h"

/* Visits every pair once; the visitor may write what belongs to the tile's rows and to its columns.
 * Returns CIRCLE_STOPPED where the poll function asked for it. */
circle_status circle_sweep(const circle_engine *engine, circle_tile_visitor visitor,
                           circle_span span);

/* How many numbers tiles may have; a few belong to none. */
size_t circle_sweep_tiles(const circle_engine *engine);

#endif
