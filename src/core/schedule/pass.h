/* A pass over pairs: which tiles, in which order, on which thread. */
#ifndef CIRCLE_PASS_H
#define CIRCLE_PASS_H

#include "base/tasks.h"
#include "kernel/kernel.h"

typedef enum {
  /* Every pair of the anchors with each other once; tiles may write what belongs to their rows and
   * to their columns. */
  CIRCLE_SYMMETRIC,
  /* Groups of anchors meet all references in their order. Tiles may write what belongs to their
   * rows. */
  CIRCLE_BY_ANCHORS,
  /* The same, each group with all references on one thread. A group meets a tile without columns
   * where there are no references. */
  CIRCLE_BY_GROUPS,
  /* Blocks of references meet all anchors at once. Tiles may write what belongs to their columns.
   */
  CIRCLE_BY_REFERENCES
} circle_pass_order;

typedef struct {
  const circle_operands *operands;
  circle_pass_order order;
  /* Other than CIRCLE_SYMMETRIC: anchors first_row .. +rows, in groups of group_rows, whole strips;
   * or, for CIRCLE_BY_GROUPS, groups whose first anchors are group_first[0 .. groups - 1], and
   * group_first[groups] behind the last. */
  size_t first_row, rows, group_rows;
  const size_t *group_first;
  size_t groups;
  size_t tile_columns; /* a multiple of the references' panel_rows */
  circle_tile_function *visit;
  void *context;                 /* of visit */
  const circle_workers *workers; /* whose workspaces visit gets */
  size_t slice; /* blocks of references that a task meets; set by circle_tasks_of_pass() */
} circle_pass;

/* The tasks of a pass, for circle_run_tasks(); the pass must live as long. What is computed for a
 * row does not depend on groups, nor on the number of threads. */
circle_tasks circle_tasks_of_pass(circle_pass *pass, circle_span span);

/* How many slots tiles may name in a symmetric pass; a few belong to none. */
size_t circle_symmetric_tiles(const circle_operands *operands);

#endif
