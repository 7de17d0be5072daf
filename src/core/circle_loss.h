/* The engine's public face: the Circle loss of every anchor and its gradient, in plain C11.
 *
 * Source: Sun et al. 2020, "Circle Loss", arXiv 2002.10857, eq. 6 and section 3.2.
 *
 * Use: circle_open() checks, sorts and packs the embeddings; circle_losses() computes L_i of every
 * anchor; circle_reduce() turns losses into a value. For the gradient too,
 * circle_losses_and_gradient() stands in place of circle_losses(), and circle_write_gradient()
 * follows. circle_close() frees everything. The caller owns all arrays it passes and keeps them
 * alive and unchanged until circle_close(). Extra memory is linear in the data. Results do not
 * depend on the number of threads. Nothing here touches global state but the process-wide questions
 * of threads.c and the memory kept by memory.c. */
#ifndef CIRCLE_LOSS_H
#define CIRCLE_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { CIRCLE_FLOAT64, CIRCLE_FLOAT32, CIRCLE_FLOAT16, CIRCLE_BFLOAT16 } circle_dtype;

/* Whether the gradient passes through the pair weights (the formula as it stands), or holds them
 * constant as the paper does. */
typedef enum { CIRCLE_DIFFERENTIATED, CIRCLE_DETACHED } circle_pair_weights;

typedef enum {
  CIRCLE_NONE,
  CIRCLE_SUM,
  CIRCLE_MEAN, /* divided by the number of anchors whose loss is positive */
  CIRCLE_MEAN_WITH_SAMPLE_WEIGHT
} circle_reduction;

typedef enum {
  CIRCLE_OK,
  CIRCLE_NOT_FINITE,          /* an embedding is NaN or infinite */
  CIRCLE_EMBEDDING_OVERFLOW,  /* an embedding exceeds the range of the dtype */
  CIRCLE_SIMILARITY_OVERFLOW, /* so does a similarity, */
  CIRCLE_LOSS_OVERFLOW,       /* the loss of an anchor, */
  CIRCLE_GRADIENT_OVERFLOW,   /* a row of a gradient, */
  CIRCLE_VALUE_OVERFLOW,      /* or a weighted loss */
  CIRCLE_OUT_OF_MEMORY,
  CIRCLE_STOPPED /* the poll function asked for it */
} circle_status;

typedef enum { CIRCLE_DOUBLES, CIRCLE_FLOATS } circle_numbers;

/* Element (i, k) is values[i * row_stride + k * column_stride], counted in numbers of the type. */
typedef struct {
  const void *values;
  circle_numbers type;
  size_t rows, columns;
  ptrdiff_t row_stride, column_stride;
} circle_matrix;

/* Likewise for what the engine writes; no two elements share a place. */
typedef struct {
  void *values;
  circle_numbers type;
  ptrdiff_t row_stride, column_stride;
} circle_target;

/* Asked on the calling thread every few ten milliseconds, outside of any parallel region.
 * `fraction` of the running call is done. Returns true to stop. */
typedef bool (*circle_poll)(void *context, double fraction);

typedef struct {
  circle_matrix embeddings;        /* N x D */
  const int32_t *labels;           /* N: equal codes are equal labels */
  circle_matrix references;        /* M x D; values NULL: the embeddings themselves */
  const int32_t *reference_labels; /* M; NULL: `labels` */
  double gamma, margin;
  bool remove_diagonal; /* pairs (i, i), by index, are no positives */
  bool normalize;       /* rows are scaled to length 1 first */
  circle_dtype dtype;
  bool constant_references; /* separate references need no gradient */
  size_t kept_bytes; /* most memory for similarities that the gradient need not compute again */
  int threads;       /* 0: as many as circle_threads(0) */
  circle_poll poll;  /* may be NULL */
  void *poll_context;
} circle_problem;

typedef enum { CIRCLE_ANCHORS = 1, CIRCLE_REFERENCES = 2 } circle_side_name;

/* Rows whose length is off 1 by more than CIRCLE_UNIT_TOLERANCE. */
#define CIRCLE_UNIT_TOLERANCE 1e-3
typedef struct {
  size_t count, first_row; /* 0-based */
  double length;           /* of the first one */
} circle_not_unit;

/* Where a status other than CIRCLE_OK arose (0-based), and what was seen while packing. */
typedef struct {
  circle_side_name side;
  size_t row, column;
  circle_not_unit not_unit[2]; /* anchors, references */
} circle_report;

typedef struct circle_engine circle_engine;

/* On any status but CIRCLE_OK, *engine is NULL and nothing is left to free. */
circle_status circle_open(const circle_problem *problem, circle_engine **engine,
                          circle_report *report);

/* losses: N doubles, each rounded to the dtype; 0 for an anchor without a positive or a negative.
 */
circle_status circle_losses(circle_engine *engine, double *losses, circle_report *report);

/* Also the gradient of sum(factors_i L_i), which stays in the engine until it is written. factors:
 * N numbers, or NULL for ones. */
circle_status circle_losses_and_gradient(circle_engine *engine, const double *factors,
                                         circle_pair_weights pair_weights, double *losses,
                                         circle_report *report);

/* What circle_losses() found out about the anchors, to be copied into memory of the caller and into
 * another engine of the same problem, whose circle_gradient() can do without the losses. */
size_t circle_state_size(size_t anchors); /* bytes */
void circle_save_state(const circle_engine *engine, void *state);
void circle_restore_state(circle_engine *engine, const void *state);

/* After circle_losses() or circle_restore_state(): as circle_losses_and_gradient(). */
circle_status circle_gradient(circle_engine *engine, const double *factors,
                              circle_pair_weights pair_weights);

/* Writes `scale` times the gradient. gradient: N x D, reference_gradient: M x D; the latter is NULL
 * exactly where the references are the embeddings, or constants. */
circle_status circle_write_gradient(circle_engine *engine, double scale,
                                    const circle_target *gradient,
                                    const circle_target *reference_gradient, circle_report *report);

void circle_close(circle_engine *engine);

/* value: N numbers for CIRCLE_NONE, else one. sample_weight: N numbers, or NULL for ones. The
 * derivative of the value (of its sum for CIRCLE_NONE) by L_i is *scale * sample_weight_i.
 * CIRCLE_VALUE_OVERFLOW: `row` is the first anchor with which a term or a sum is not finite. */
circle_status circle_reduce(circle_reduction reduction, size_t count, const double *losses,
                            const double *sample_weight, double *value, double *scale, size_t *row);

/* The formula as it stands, in obvious loops over all pairs, in double. Returns N losses. */
void circle_losses_naive(const circle_problem *problem, double *losses);

/* Rows of `matrix` scaled to length 1 into `result` (column after column); zero rows stay zero. */
circle_status circle_unit_normalize(const circle_matrix *matrix, double *result,
                                    circle_report *report);

/* The number of threads a call asking for `requested` (0: no wish) would use now. */
int circle_threads(int requested);

typedef struct {
  bool openmp, forked;
  int processors, thread_limit;
} circle_thread_report;
circle_thread_report circle_threads_describe(void);

/* Asks the system for huge pages, which are there sooner and found faster, for new memory of some
 * megabytes; a caller may do so for a gradient. The system may not grant it. */
void circle_prefer_huge_pages(void *memory, size_t bytes);

/* Memory that stays with the engine between calls, for the next one: how much there is, in bytes,
 * and how much there may be, 64 MB if nothing is said. The limit returns the one before; 0 gives
 * everything back to the system. */
size_t circle_scratch(void);
size_t circle_scratch_limit(size_t limit);

/* The instruction set for many pairs in float32: "portable", "avx2", "avx512", "avx512bf16" or
 * "amx". The limit forbids all above the one named, as the environment variable
 * CIRCLELOSS_INSTRUCTION_SET does, and has that one used where another would be faster; "any" takes
 * it back. False for an unknown name. */
const char *circle_instruction_set(void);
bool circle_instruction_set_limit(const char *name);

#endif
