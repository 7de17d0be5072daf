/* What the engine keeps between circle_open() and circle_close(), and what a kernel is.
 *
 * Floors: engine.c (the order of work) -> sweep.c (which tiles, on which thread) -> kernels (all
 * arithmetic on tiles, one instance per instruction set and precision, see kernel_template.h). */
#ifndef CIRCLE_ENGINE_H
#define CIRCLE_ENGINE_H

#include "accumulator.h"
#include "circle_loss.h"
#include "order.h"

/* One side of the pairs: the anchors, or the references. Rows stand in the order of their labels;
 * they are cut into blocks, and the last block is padded with rows of zeros. */
typedef struct {
  circle_matrix given;
  size_t rows, padded_rows, block_rows, blocks;
  size_t *order;          /* rows: place -> given row */
  int32_t *labels;        /* rows, sorted */
  double *length;         /* rows: Euclidean length as given */
  void *panels;           /* padded_rows x D, see kernel_template.h */
  void *dimension_panels; /* the same numbers for the products of the gradient */
  void *gradient;         /* the same shape: the gradient by this side */
} circle_side;

/* Per anchor and kind of pair: the pair (i, j) has the weight
 * coefficient[i] * 2^(logit_ij - exponent[i]) in the gradient by z_ij. */
typedef struct {
  void *coefficient, *exponent; /* compute type, padded_rows of the anchors */
} circle_pair_weight;

typedef struct circle_kernel circle_kernel;

struct circle_engine {
  circle_problem problem;
  const circle_kernel *kernel;
  int threads;
  size_t dimensions;
  bool symmetric;            /* the references are the anchors: each pair once, for both */
  bool references_are_given; /* there is a separate matrix of references */
  bool fixed_scale;          /* logits of negatives are known to fit one common scale */
  double gamma_log2e;        /* logits are in base 2 */
  circle_side anchors, other;
  circle_side *references; /* &anchors where the embeddings are their own references */
  circle_columns *columns; /* of each anchor, in sorted order */
  circle_accumulator *positives, *negatives; /* of each anchor: padded rows */
  double *derivatives; /* of the value by each anchor's t = P + Q, in sorted order */
  circle_pair_weights pair_weights;
  circle_pair_weight positive_weight, negative_weight;
  void **scratch; /* one per thread */
};

/* A rectangle of pairs: anchors first_row .. +rows, references first_column .. +columns. */
typedef struct {
  size_t first_row, rows, first_column, columns;
} circle_tile;

/* The arithmetic of one instruction set in one precision ("compute type"). */
struct circle_kernel {
  const char *instruction_set;
  size_t element_size;
  size_t panel_rows; /* rows are packed, and blocks cut, in multiples of this */
  size_t tile_rows;  /* most rows and columns of a tile */
  size_t dimension_panel_columns;
  size_t scratch_size;       /* bytes for one thread */
  double widest_fixed_logit; /* what one common scale can hold, in powers of 2 */
  double fixed_scale;        /* that scale */

  /* Gathers and converts the rows of a panel, and sets their lengths (NaN where not finite). */
  void (*pack)(const circle_engine *engine, circle_side *side, size_t panel);
  /* Copies a panel into the dimension panels. */
  void (*pack_dimensions)(const circle_engine *engine, circle_side *side, size_t panel);
  /* Similarity of a packed row with itself. */
  double (*self_similarity)(const circle_engine *engine, const circle_side *side, size_t place);
  /* Adds the exponentials of all pairs of a tile to the accumulators of its anchors. */
  void (*add_tile)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  /* Adds what the pairs of a tile contribute to the gradient. */
  void (*add_gradient_tile)(const circle_engine *engine, const circle_tile *tile, void *scratch);
  /* Sets the weight of an anchor's pairs. */
  void (*set_weight)(const circle_pair_weight *weight, size_t place, double coefficient,
                     double exponent);
  /* A number of a packed row, and of a row of the gradient. */
  double (*packed_element)(const circle_engine *engine, const circle_side *side, size_t place,
                           size_t dimension);
  double (*gradient_element)(const circle_engine *engine, const circle_side *side, size_t place,
                             size_t dimension);
};

/* The best kernel for the compute type of `dtype` that this CPU can run. */
const circle_kernel *circle_kernel_for(circle_dtype dtype);

#endif
