/* What the engine keeps between circle_open() and circle_close(), and what a kernel is.
 *
 * Floors: engine.c, losses.c, gradient.c (the order of work) -> sweep.c (which tiles, on which
 * thread) -> kernels (all arithmetic on tiles, one instance per instruction set and precision, see
 * kernel_template.h). */
#ifndef CIRCLE_ENGINE_H
#define CIRCLE_ENGINE_H

#include "base/accumulator.h"
#include "circle_loss.h"
#include "operand/length.h"
#include "operand/class_bounds.h"

/* One side of the pairs: the anchors, or the references. Rows stand in the order of their labels;
 * they are cut into blocks, and the last block is padded with rows of zeros. */
typedef struct {
  circle_matrix given;
  size_t rows, padded_rows, block_rows, blocks;
  size_t *order;           /* rows: place -> given row */
  int32_t *labels;         /* rows, sorted */
  double *length;          /* rows, as given: Euclidean length, NaN where not finite */
  circle_scaling *scaling; /* rows, sorted: to length 1; NULL where that is not wanted */
  void *panels;            /* padded_rows, see kernel/packed.h */
  void *dimension_panels;  /* the same numbers, see kernel/products.h */
  void *gradient;          /* by this side, see kernel/pack.h; NULL: not wanted */
} circle_side;

/* Per anchor and kind of pair: the pair (i, j) has the weight
 * coefficient[i] * 2^(logit_ij - exponent[i]) in the gradient by z_ij. */
typedef struct {
  void *coefficient, *exponent; /* compute type, padded_rows of the anchors */
} circle_pair_weight;

/* Similarities, and then weights, of some anchors to all references: for each block of references
 * `rows` rows of kernel->similarity_row_size bytes. See stripes.c. */
typedef struct {
  void *similarities;     /* NULL where none are kept */
  size_t first_row, rows; /* the place of the first anchor; a multiple of panel_rows */
} circle_stripe;

/* Similarities of the first tiles of a symmetric sweep, from the losses for the gradient: for each
 * a block of rows as in a stripe. */
typedef struct {
  void *similarities;
  size_t tiles;
} circle_kept_tiles;

typedef struct circle_kernel circle_kernel;

struct circle_engine {
  circle_problem problem;
  const circle_kernel *kernel;
  int threads;
  size_t dimensions;
  bool symmetric;            /* the references are the anchors: each pair once, for both */
  bool references_are_given; /* there is a separate matrix of references */
  bool constant_references;  /* and it needs no gradient */
  bool fixed_scale;          /* logits of negatives are known to fit one common scale */
  double gamma_log2e;        /* logits are in base 2 */
  circle_side anchors, other;
  circle_side *references; /* &anchors where the embeddings are their own references */
  circle_columns *columns; /* of each anchor, in sorted order */
  circle_accumulator *positives, *negatives; /* of each anchor: padded rows */
  double *totals; /* t = P + Q of each anchor, in sorted order, once circle_losses() is done */
  const double *factors; /* the gradient is that of sum(factors_i L_i); NULL: of ones */
  double *derivatives;   /* by each anchor's t = P + Q, in sorted order, times 2^-factor_unit */
  int factor_unit, unit; /* gradients of the sides are kept times 2^-(factor_unit + unit) */
  bool has_unit;         /* the unit has been set by a derivative */
  circle_pair_weights pair_weights;
  circle_pair_weight positive_weight, negative_weight;
  circle_stripe stripe;
  circle_kept_tiles kept;
  void **scratch; /* one per thread */
};

/* How a packed gradient becomes the caller's: with x the packed row, a row is
 *   power * (scale * gradient + along * x) / length
 * in two steps, neither of which leaves the range of a double where the result does not. The
 * division is only for rows that were normalised: y = x / |x| has the derivative
 * (1 - y t(y)) / |x|, so `along` takes the radial part away. A row of zeros has the gradient 0. */
typedef struct {
  const circle_side *side;
  double power;                  /* of 2 */
  double scale, factor_scale;    /* what the caller wants, times the units of the gradient, */
                                 /* and of the derivatives, without the power */
  double *along;                 /* by place; NULL for zeros */
  bool add;                      /* to what is there */
  double largest;                /* number that may be written */
  const circle_target *gradient; /* rows x D */
} circle_unpacking;

/* Some rows, by their places in sorted order, of some columns. */
typedef struct {
  size_t first_place, last_place, first_column, last_column;
} circle_patch;

/* A rectangle of pairs: anchors first_row .. +rows, references first_column .. +columns. In a
 * symmetric sweep it has a number. */
typedef struct {
  size_t first_row, rows, first_column, columns, number;
} circle_tile;

/* Of evaluation.h; see ranking.h. */
typedef struct circle_ranked_anchor circle_ranked_anchor;
typedef struct circle_ranking circle_ranking;

/* The arithmetic of one instruction set in one precision ("compute type"). */
struct circle_kernel {
  size_t element_size;
  size_t panel_rows;          /* rows are packed, and blocks cut, in multiples of this */
  size_t strip_rows;          /* anchors that are worked off together, see kernel/strip.h */
  size_t tile_rows;           /* most rows and columns of a tile */
  size_t similarity_row_size; /* bytes of a row of similarities of a tile */
  size_t scratch_size;        /* bytes for one thread */
  double widest_fixed_logit;  /* what one common scale can hold, in powers of 2 */
  double fixed_scale;         /* that scale */

  double shortest_row; /* shorter ones, except of zeros, are for the other kernel */
  const circle_kernel *for_shorter_rows;

  /* Bytes of a row in the panels, in the dimension panels and in the gradient of a side. */
  size_t (*packed_row_size)(size_t dimensions);
  size_t (*dimension_row_size)(size_t dimensions);
  size_t (*gradient_row_size)(size_t dimensions);
  /* Gathers a patch of the given rows, converted, into the panels; made of whole panels. */
  void (*pack)(const circle_engine *engine, circle_side *side, const circle_patch *patch);
  /* Copies a panel into the dimension panels, and zeroes the gradient of its rows. */
  void (*begin_gradient)(const circle_engine *engine, circle_side *side, size_t panel);
  /* Multiplies the gradient of some rows by 2^exponent. */
  void (*scale_gradient)(const circle_engine *engine, circle_side *side, size_t place, size_t rows,
                         int exponent);
  /* Similarity of a packed row with itself, and of it with its gradient. */
  double (*self_similarity)(const circle_engine *engine, const circle_side *side, size_t place);
  double (*radial_gradient)(const circle_engine *engine, const circle_side *side, size_t place);
  /* Adds the exponentials of all pairs of a tile to the accumulators of its anchors, and keeps the
   * similarities where there is a place for them. */
  void (*add_tile)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  /* Adds what the pairs of a tile contribute to the gradient, where the references are the anchors.
   */
  void (*add_gradient_tile)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  /* In a stripe: keeps similarities without more; turns them into weights and adds what these
   * contribute to the references' gradient; adds what they contribute to the anchors'. */
  void (*keep_tile)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  void (*add_kept_columns)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  void (*add_kept_rows)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  /* Sets the weight of an anchor's pairs. */
  void (*set_weight)(const circle_pair_weight *weight, size_t place, double coefficient,
                     double exponent);
  /* Writes a patch of the gradient to the given rows. Returns whether all numbers are finite and
   * not beyond the largest that is allowed. */
  bool (*unpack)(const circle_engine *engine, const circle_side *side, const circle_patch *patch,
                 const circle_unpacking *how);
  /* Similarities of the strip of anchors at `place` to the columns of a tile:
   * similarities[r * tile_rows + column]. */
  void (*strip_similarities)(const circle_engine *engine, const circle_tile *tile, size_t place,
                             double *similarities, void *scratch);
  /* Prepares an anchor whose positives are sorted for rank_tile(). */
  void (*set_bins)(circle_ranked_anchor *anchor);
  /* Takes the pairs of a tile into account, whose rows are the anchors of `ranking`; it may have up
   * to rank_columns columns. */
  size_t rank_columns;
  void (*rank_tile)(const circle_engine *engine, const circle_tile *tile, circle_ranking *ranking,
                    void *scratch);
};

/* The best kernel for the compute type of `dtype` that this CPU can run, where a row takes part in
 * so many pairs on average. */
const circle_kernel *circle_kernel_for(circle_dtype dtype, double pairs_of_row);

#endif
