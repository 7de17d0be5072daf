/* The Circle loss of every anchor and its gradient, in plain C11.
 *
 * Source: Sun et al. 2020, "Circle Loss", arXiv 2002.10857, eq. 6 and section 3.2.
 *
 * Use: circle_open() checks, sorts and packs the embeddings. Then circle_forward() computes losses,
 * circle_backward() gradients, and circle_close() frees everything. Other languages call the same
 * functions in the shared library: structures have a fixed layout, enumerations are 32-bit numbers.
 * Functions may be called from any thread, several at once.
 *
 * The caller owns all arrays it passes and keeps them alive and unchanged until circle_close();
 * they are not accessed after that. Extra memory is linear in the data. Results do not depend on
 * the number of threads. The only global state is the cache of memory (base/memory.c) and what the
 * system has been asked once (base/tasks.c, kernel/dispatch.c). */
#ifndef CIRCLE_LOSS_H
#define CIRCLE_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A library and its caller are compatible if they agree on this number. It changes with anything
 * below. */
#define CIRCLE_ABI 6

#if defined(_WIN32)
#define CIRCLE_PUBLIC __declspec(dllexport)
#elif defined(__GNUC__)
#define CIRCLE_PUBLIC __attribute__((visibility("default")))
#else
#define CIRCLE_PUBLIC
#endif

typedef enum { CIRCLE_FLOAT64, CIRCLE_FLOAT32, CIRCLE_FLOAT16, CIRCLE_BFLOAT16 } circle_dtype;

/* What the similarity of two rows is. The first two have a gradient.
 *
 * A cosine is the product of the rows divided by both of their lengths, which are products of rows
 * with themselves of the same rounding: where products are exact, equal cosines are equal numbers;
 * equal rows have the cosine 1, and none is larger. */
typedef enum {
  CIRCLE_INNER_PRODUCT,
  CIRCLE_UNIT_PRODUCT, /* of rows that are first scaled to length 1 */
  CIRCLE_COSINE,
  CIRCLE_DISTANCE /* minus the Euclidean distance, from products in double for any dtype */
} circle_similarity;

/* Which pairs are left out by the groups of their rows. */
typedef enum {
  CIRCLE_ALL_PAIRS,
  CIRCLE_OTHER_GROUPS,          /* only pairs of different groups */
  CIRCLE_OTHER_GROUP_POSITIVES, /* positives of different groups, all negatives */
  CIRCLE_SAME_GROUP_NEGATIVES   /* all positives, negatives of the same group */
} circle_group_rule;

/* Whether the gradient passes through the pair weights (the formula as written) or holds them
 * constant as in the paper. */
typedef enum { CIRCLE_DIFFERENTIATED, CIRCLE_DETACHED } circle_pair_weights;

typedef enum {
  CIRCLE_NONE,
  CIRCLE_SUM,
  CIRCLE_MEAN, /* divided by the number of anchors whose loss is positive */
  CIRCLE_MEAN_WITH_SAMPLE_WEIGHT
} circle_reduction;

typedef enum {
  CIRCLE_BAD_CALL = -1, /* invalid arguments */
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

/* Halves have 16 bits, as IEEE 754 defines them; results are never halves. */
typedef enum { CIRCLE_DOUBLES, CIRCLE_FLOATS, CIRCLE_HALVES } circle_numbers;

/* ---- data ---- */

/* Element (i, k) is values[i * row_stride + k * column_stride], with strides in numbers. */
typedef struct {
  const void *values;
  int64_t rows, columns, row_stride, column_stride;
  int32_t type; /* a circle_numbers */
} circle_matrix;

/* The same, to be written; no two elements have the same address. */
typedef struct {
  void *values;
  int64_t rows, columns, row_stride, column_stride;
  int32_t type;
} circle_target;

typedef struct {
  circle_matrix embeddings;        /* N x D */
  circle_matrix references;        /* M x D, read only where has_references is not 0 */
  const int32_t *labels;           /* N: equal codes are equal labels */
  const int32_t *reference_labels; /* M; NULL: `labels` */
  int32_t has_references;          /* 0: the references are the embeddings themselves */
  const int32_t *groups;           /* N, and M, from 0 on: read only with a group_rule; */
  const int32_t *reference_groups; /* NULL: `groups` */
  int32_t mutual; /* not 0: the references, other rows than the embeddings, are anchors too, with
                     the same pairs; remove_diagonal is ignored. A part of a larger problem: see
                     circle_pair_sums */
} circle_batch;

/* ---- the loss ---- */

typedef struct {
  double gamma, margin;
  int32_t remove_diagonal; /* not 0: pairs (i, i), by index, are no positives */
  int32_t similarity;      /* a circle_similarity */
  int32_t dtype;           /* a circle_dtype */
  int32_t group_rule;      /* a circle_group_rule; CIRCLE_ALL_PAIRS if a gradient is wanted */
} circle_settings;

/* How losses are reduced, and of what the gradient is taken. */
typedef struct {
  int32_t reduction;           /* a circle_reduction */
  int32_t pair_weights;        /* a circle_pair_weights */
  const double *sample_weight; /* N numbers, or NULL for ones */
  const double *upstream; /* N numbers: the gradient is that of sum(upstream_i L_i). NULL: that of
                             the value, of its sum for CIRCLE_NONE; required with given sums */
  const double *reference_upstream; /* M, of a mutual batch: the same for its references */
} circle_objective;

/* ---- a run ---- */

/* Called on the calling thread after each of its tasks, while other threads go on. `fraction` of
 * the call is done. Returns true to stop. */
typedef bool (*circle_poll)(void *context, double fraction);

typedef struct {
  int32_t threads;          /* 0: as many as circle_threads(0) */
  int64_t similarity_bytes; /* most memory for similarities that the backward pass then need not
                               compute again; below 0: three quarters of the cache's limit */
  circle_poll poll;         /* may be NULL */
  void *poll_context;
} circle_run;

/* ---- parts of a problem ---- */

/* The sums of 2^logit over an anchor's pairs of a kind, each sum * 2^exponent. Over parts of the
 * references they add up, see circle_add_pair_sums(); so a problem that is too large for one
 * machine is cut into parts, whose sums give the losses, and with these the gradients of each part.
 * Logits are in base 2, without the term -gamma margin^2. */
typedef struct {
  double positive_sum, positive_exponent, negative_sum, negative_exponent;
} circle_pair_sums;

/* ---- results ---- */

/* losses: N doubles, each rounded to the dtype; 0 for an anchor without a positive or a negative.
 * value: N numbers for CIRCLE_NONE, else one. Either may be NULL. gradient: N x D, and
 * reference_gradient M x D, of circle_backward() only. The latter's values are NULL where the
 * references are the embeddings, or constants, which saves a third of the work.
 * positive_sums, negative_sums: N logarithms, P and Q, of the sums of exp(logit) over the anchor's
 * pairs of a kind, -Inf over none; of circle_forward() only, or NULL. So are pair_sums, N of them,
 * and reference_pair_sums, M, of a mutual batch. */
typedef struct {
  double *losses, *value;
  circle_target gradient, reference_gradient;
  double *positive_sums, *negative_sums;
  circle_pair_sums *pair_sums, *reference_pair_sums;
} circle_results;

typedef enum { CIRCLE_ANCHORS = 1, CIRCLE_REFERENCES = 2 } circle_side;

/* Rows whose length differs from 1 by more than CIRCLE_UNIT_TOLERANCE. */
#define CIRCLE_UNIT_TOLERANCE 1e-3
typedef struct {
  int64_t count, first_row; /* 0-based */
  double length;            /* of the first one */
} circle_not_unit;

/* Where a status other than CIRCLE_OK arose (0-based), and rows that are not of unit length. */
typedef struct {
  circle_not_unit not_unit[2]; /* anchors, references */
  int64_t row, column;
  int32_t side; /* a circle_side */
} circle_report;

/* ---- functions ---- */

CIRCLE_PUBLIC int32_t circle_abi(void);

/* Embeddings, sorted and packed; constant after circle_open(). */
typedef struct circle_operands circle_operands;

/* Fills the report. On any status but CIRCLE_OK, *operands is NULL and there is nothing to free. */
CIRCLE_PUBLIC circle_status circle_open(const circle_batch *batch, const circle_settings *settings,
                                        const circle_run *run, circle_operands **operands,
                                        circle_report *report);
CIRCLE_PUBLIC void circle_close(circle_operands *operands);

/* Size in bytes of the sums that circle_forward() passes on to circle_backward(). Of a mutual batch
 * those of the references follow: for N + M anchors. */
CIRCLE_PUBLIC int64_t circle_sums_size(int64_t anchors);

/* Losses and value. sums: circle_sums_size() bytes of the caller, written for circle_backward();
 * NULL if no gradient follows. */
CIRCLE_PUBLIC circle_status circle_forward(const circle_operands *operands, const circle_run *run,
                                           const circle_objective *objective, void *sums,
                                           const circle_results *results, circle_report *report);

/* Gradients. sums: of circle_forward() on the same embeddings. NULL: losses and value are computed
 * too, which is faster than two calls. */
CIRCLE_PUBLIC circle_status circle_backward(const circle_operands *operands, const circle_run *run,
                                            const circle_objective *objective, const void *sums,
                                            const circle_results *results, circle_report *report);

/* Adds `more` to `sums`, anchor by anchor. */
CIRCLE_PUBLIC void circle_add_pair_sums(int64_t count, const circle_pair_sums *more,
                                        circle_pair_sums *sums);

/* Losses, of which any may be NULL, from the sums over all pairs. CIRCLE_LOSS_OVERFLOW: `row` of
 * the report is the first anchor whose loss is not finite. */
CIRCLE_PUBLIC circle_status circle_losses_of_pair_sums(const circle_settings *settings,
                                                       int64_t count, const circle_pair_sums *sums,
                                                       double *losses, double *positive_sums,
                                                       double *negative_sums,
                                                       circle_report *report);

/* The sums over all pairs, in the rows' order, as circle_backward() takes them. */
CIRCLE_PUBLIC void circle_sums_of_pair_sums(const circle_operands *operands,
                                            const circle_pair_sums *anchors,
                                            const circle_pair_sums *references, void *sums);

/* The value of `count` losses. Its derivative (that of its sum for CIRCLE_NONE) with respect to L_i
 * is *scale * sample_weight_i. CIRCLE_VALUE_OVERFLOW: `row` of the report is the first anchor at
 * which a term or a partial sum is not finite. */
CIRCLE_PUBLIC circle_status circle_reduce(const circle_objective *objective, int64_t count,
                                          const double *losses, double *value, double *scale,
                                          circle_report *report);

/* Rows of `matrix` scaled to length 1 into `result` (column after column); zero rows stay zero. */
circle_status circle_unit_normalize(const circle_matrix *matrix, double *result,
                                    circle_report *report);

/* The number of threads that a call asking for `requested` (0: the default) would use now. */
int circle_threads(int requested);

/* What the number depends on beside the caller's wish: the processors that the process may run on,
 * and how many a container's quota is worth (0: no quota); OMP_THREAD_LIMIT (0: not set); and
 * whether the process was forked from one that asked before. */
typedef struct {
  int processors, quota, thread_limit;
  bool forked;
} circle_thread_report;
circle_thread_report circle_threads_describe(void);

/* Ends the threads that wait for the next call, which starts new ones. To be called before the
 * library is unloaded, and not during a call. */
void circle_end_threads(void);

/* Asks the system for huge pages, with fewer page faults and TLB misses, for new memory of some
 * megabytes; a caller may do so for a gradient. The system may not grant them. */
void circle_prefer_huge_pages(void *memory, size_t bytes);

/* The cache: memory kept for the next call. Its size in bytes, and a limit of that, 64 MB by
 * default. Setting a limit returns the previous one; 0 returns all memory to the system. */
CIRCLE_PUBLIC size_t circle_cached(void);
CIRCLE_PUBLIC size_t circle_cache_limit(size_t limit);

/* The instruction set used for many pairs in float32: "portable", "neon", "avx2", "avx512",
 * "avx512bf16" or "amx". Like the environment variable CIRCLELOSS_INSTRUCTION_SET, the limit
 * forbids all above the one named, and forces that one even where another is faster; "any" lifts
 * it. False for an unknown name. */
const char *circle_instruction_set(void);
bool circle_instruction_set_limit(const char *name);

#ifdef __cplusplus
}
#endif

#endif
