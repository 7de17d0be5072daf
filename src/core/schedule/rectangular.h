/* Anchors that walk along all references: the sweep for visitors that write what belongs to the
 * anchors alone. */
#ifndef CIRCLE_WALK_H
#define CIRCLE_WALK_H

#include "schedule/tasks.h"
#include "kernel/tile.h"

/* Visits every pair of these anchors, for separate references, in groups of `group_rows` anchors,
 * whole strips. Each anchor meets the references in their order, whatever its group and the number
 * of threads. Returns CIRCLE_STOPPED where the poll function asked for it. */
circle_status circle_walk(const circle_engine *engine, circle_rows anchors, size_t group_rows,
                          circle_tile_visitor visitor, circle_span span);

#endif
