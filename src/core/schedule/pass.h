/* A pass over pairs: which tiles, in which order, on which thread. */
#ifndef CIRCLE_PASS_H
#define CIRCLE_PASS_H

#include "base/tasks.h"
#include "kernel/kernel.h"

typedef enum {
  /* Every pair of anchors once. Tiles may write what belongs to their rows and columns. */
  CIRCLE_SYMMETRIC,
  /* Every pair of an anchor and a reference once. Tiles may write what belongs to their rows and
   * columns. */
  CIRCLE_RECTANGULAR,
  /* Each group of anchors visits all references in order. Tiles may write what belongs to their
   * rows. */
  CIRCLE_BY_ANCHORS,
  /* The same, with all tiles of a group on one thread; a tile without columns if there are no
   * references. */
  CIRCLE_BY_GROUPS,
  /* Each block of references visits all anchors at once. Tiles may write what belongs to their
   * columns. */
  CIRCLE_BY_REFERENCES
} circle_pass_order;

typedef struct {
  const circle_operands *operands;
  circle_pass_order order;
  /* Other than these two: anchors first_row .. +rows, in groups of group_rows, whole strips;
   * or, for CIRCLE_BY_GROUPS, groups whose first anchors are group_first[0 .. groups - 1], and
   * group_first[groups] after the last. */
  size_t first_row, rows, group_rows;
  const size_t *group_first;
  size_t groups;
  size_t tile_columns; /* a multiple of the references' panel_rows */
  circle_tile_function *visit;
  void *context;                 /* of visit */
  const circle_workers *workers; /* visit gets the thread's workspace */
  size_t slice; /* blocks of references that a task visits; set by circle_tasks_of_pass() */
} circle_pass;

/* The tasks of a pass, for circle_run_tasks(); the pass must outlive them. What is computed for a
 * row depends neither on groups nor on the number of threads. */
circle_tasks circle_tasks_of_pass(circle_pass *pass, circle_span span);

/* The number of slots that tiles of a symmetric pass may name; a few are never named. */
size_t circle_symmetric_tiles(const circle_operands *operands);

#endif
