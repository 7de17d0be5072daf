/* The blocked loop over all pairs: which tiles there are, in which order, on which thread. */
#ifndef CIRCLE_SWEEP_H
#define CIRCLE_SWEEP_H

#include "engine.h"

/* What is done with a tile: add_tile or add_gradient_tile of the kernel, or any later statistic
 * of all pairs. It may write what belongs to the tile's anchors and to its references. */
typedef void (*circle_tile_visitor)(const circle_engine *engine, const circle_tile *tile,
                                    void *scratch);

/* Visits every pair once. Returns CIRCLE_STOPPED where the poll function asked for it. */
circle_status circle_sweep(const circle_engine *engine, circle_tile_visitor visitor);

/* The same for separate references and a visitor that writes what belongs to the anchors alone:
 * with less waiting for each other. */
circle_status circle_sweep_anchors(const circle_engine *engine, circle_tile_visitor visitor);

#endif
