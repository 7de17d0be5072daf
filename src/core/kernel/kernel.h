/* The arithmetic of one instruction set in one precision (the compute type): what can be done with
 * a tile of pairs, and what that reads and writes. */
#ifndef CIRCLE_KERNEL_H
#define CIRCLE_KERNEL_H

#include "base/accumulator.h"
#include "operand/operand.h"

/* Pairs of the anchors first_row .. +rows with the references first_column .. +columns, by sorted
 * position. In a store their similarities are in slot `slot`, from row `slot_row` on. */
typedef struct {
  size_t first_row, rows, first_column, columns, slot, slot_row;
} circle_tile;

/* Stored similarities, later replaced in place by weights. A slot has slot_rows rows of
 * kernel->similarity_row_bytes. Tiles whose slot is beyond the last are not stored. */
typedef struct {
  void *memory;
  size_t slots, slot_rows;
} circle_store;

/* Logits in base 2, see kernel/template/exponential.h. */
typedef struct {
  double gamma_log2e, margin;
  bool fixed_scale; /* those of negatives fit one common scale */
} circle_logits;

/* Per anchor, by sorted position. */
typedef struct {
  circle_accumulator *positives, *negatives;
  double *totals; /* t = P + Q */
} circle_sums;

typedef struct {
  const circle_operands *operands;
  const circle_store *store;
  circle_logits logits;
  circle_sums sums;
  circle_sums column_sums; /* of the references, where pairs serve both; the same where symmetric */
} circle_forward_pass;

/* Per anchor, for one kind of pair: the pair (i, j) has the weight coefficient[i] * 2^(logit_ij -
 * exponent[i]) in the gradient with respect to z_ij. */
typedef struct {
  void *coefficient, *exponent; /* compute type, padded_rows of the anchors */
} circle_pair_weight;

typedef struct {
  circle_pair_weight positive, negative;
} circle_anchor_weights;

/* An operand in the products of weights. */
typedef struct {
  void *product_panels; /* its rows, see kernel/template/products.h */
  void *gradient;       /* with respect to them; NULL if not wanted */
} circle_product_side;

typedef enum { CIRCLE_WEIGH = 1, CIRCLE_ROW_PRODUCTS = 2, CIRCLE_COLUMN_PRODUCTS = 4 } circle_step;

typedef struct {
  const circle_operands *operands;
  const circle_store *store;
  circle_logits logits;
  bool detached;
  circle_anchor_weights weights;
  circle_anchor_weights column_weights;    /* of the references, as column_sums */
  circle_product_side anchors, references; /* the same where symmetric */
  int steps;                               /* of circle_step */
} circle_backward_pass;

typedef struct {
  const circle_operands *operands;
  const circle_store *store;
} circle_store_pass;

/* `context` is the pass. A thread's workspace has workspace_size bytes. */
typedef void circle_tile_function(void *context, const circle_tile *tile, void *workspace);

/* Tiles of rank_tile() may be this many times as wide as others. */
#define CIRCLE_RANK_TILES 4

/* Sorted similarities of positives are followed by so many of -Inf. */
#define CIRCLE_RANK_PADDING 16

/* What sorting an anchor's positives needs: 16 bytes for each of them, and a count for each bin. */
typedef struct {
  void *items;
  uint32_t *counts;
} circle_sort_memory;

struct circle_ranked_anchor; /* of kernel/ranks.h */
typedef bool circle_sort_function(struct circle_ranked_anchor *anchor,
                                  const circle_sort_memory *memory);

struct circle_kernel {
  circle_packing packing;
  size_t strip_rows;           /* anchors of a strip, see kernel/template/strip.h */
  size_t rows_at_once;         /* anchors whose similarities are computed together: some strips */
  size_t similarity_row_bytes; /* of a row of similarities of a tile */
  size_t workspace_size;
  size_t bytes_per_bin;      /* see kernel/ranks.h; of at most UINT16_MAX positives */
  double widest_fixed_logit; /* the largest logit that one common scale can hold */
  double fixed_scale;        /* that scale */
  double shortest_row;       /* shorter rows, except zeros, need the other kernel */
  const circle_kernel *for_shorter_rows;

  /* circle_forward_pass: adds the exponentials of all pairs to the sums of their anchors, and
   * stores similarities if the tile has a slot. */
  circle_tile_function *forward_tile;
  /* circle_backward_pass: turns similarities, stored or computed again, into weights, and adds
   * their products to the gradients. Without CIRCLE_WEIGH the store holds weights. */
  circle_tile_function *backward_tile;
  /* circle_store_pass: stores similarities. */
  circle_tile_function *store_tile;
  /* Sorts the positives of an anchor, the most similar first, equal ones as they were, and finds
   * the best and the worst; -0 becomes 0. False if it gave up with all of them in some order, equal
   * ones still as they were, since they are too many for the bins. */
  circle_sort_function *sort_positives;
  /* circle_rank_pass of kernel/ranks.h: counts negatives between positives. */
  circle_tile_function *rank_tile;
};

/* The fastest kernel on this CPU for the compute type of `dtype`, given the average number of pairs
 * per row. */
const circle_kernel *circle_kernel_for(circle_dtype dtype, double pairs_of_row);

#endif
