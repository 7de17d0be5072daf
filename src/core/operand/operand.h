/* The two sides of the pairs: rows sorted by label, measured and packed into panels. */
#ifndef CIRCLE_OPERAND_H
#define CIRCLE_OPERAND_H

#include "base/tasks.h"
#include "operand/class_bounds.h"
#include "operand/groups.h"
#include "operand/length.h"
#include "operand/packing.h"

/* The anchors, or the references: rows in the order of their labels, cut into blocks; the last
 * block is padded with rows of zeros. */
struct circle_operand {
  circle_matrix given;
  circle_dtype dtype; /* that rows are rounded to */
  const circle_packing *packing;
  size_t rows, dimensions, padded_rows, block_rows, blocks;
  size_t *order;           /* rows: sorted position -> given row */
  int32_t *labels;         /* rows, sorted */
  double *length;          /* rows, as given: Euclidean length, NaN where not finite */
  circle_scaling *scaling; /* rows, sorted; NULL where rows are not scaled */
  void *panels;            /* padded_rows */
  /* For cosines and distances, by sorted position, padded_rows: */
  double *self_product;   /* of a packed row with itself, rounded as similarities are */
  double *inverse_length; /* about 1 / sqrt(self_product), 0 for a zero row */
  const double *centre;   /* of distances: a point that is subtracted from all rows */
  int32_t *groups;        /* padded_rows, sorted; NULL with CIRCLE_ALL_PAIRS */
};

/* Both sides, as every pass reads them. Constant after circle_open(). */
typedef struct circle_kernel circle_kernel;
struct circle_operands {
  circle_settings settings;
  const circle_kernel *kernel;
  size_t dimensions;
  bool symmetric;   /* the references are the anchors: a pair is visited once, for both */
  bool serves_both; /* so it is where the references are other anchors: circle_batch.mutual */
  bool references_are_given; /* there is a separate matrix of references */
  bool has_exact_products;   /* cosines: products of rows are exact */
  circle_operand anchors, other;
  const circle_operand *references; /* &anchors where symmetric, otherwise &other */
  circle_class_bounds *bounds;      /* of each anchor, by sorted position */
  double *centre;                   /* of both sides; NULL unless similarities are distances */
};

/* Whether the references are anchors, but other ones: a mutual batch. */
static inline bool circle_has_other_anchors(const circle_operands *operands) {
  return operands->serves_both && !operands->symmetric;
}

/* Whether similarities are computed from products and from the rows' products with themselves. */
static inline bool circle_divides_by_lengths(const circle_settings *settings) {
  return settings->similarity == CIRCLE_COSINE || settings->similarity == CIRCLE_DISTANCE;
}

/* Allocates and sorts; false if memory is short. */
bool circle_operand_sort(const circle_packing *packing, const circle_matrix *given,
                         const int32_t *labels, circle_operand *operand);
/* Sorts the groups of the rows likewise. */
bool circle_operand_group(const int32_t *groups, circle_operand *operand);
/* Measures and packs the rows. `centre` is subtracted from them, if it is not NULL; it stays the
 * caller's. */
circle_status circle_operand_pack(const circle_workers *workers, const circle_settings *settings,
                                  const double *centre, circle_operand *operand);
/* CIRCLE_NOT_FINITE, or CIRCLE_EMBEDDING_OVERFLOW if a number exceeds the dtype; fills
 * report->not_unit. */
circle_status circle_operand_check(const circle_operand *operand, const circle_settings *settings,
                                   circle_side side, circle_report *report);
void circle_operand_free(circle_operand *operand);

/* The length of the longest row. */
double circle_longest_row(const circle_operand *operand);

/* The largest number of the type that a dtype is computed in. */
double circle_largest_computed(int32_t dtype);

/* Moving a number costs about as much as this many multiplications. */
#define CIRCLE_WORK_OF_NUMBER 64.0

/* Calls body(context, patch) for patches that cover the first `rows` rows and all dimensions once;
 * all but the last are whole panels. Each is contiguous, as far as possible, in a matrix that is
 * row_major or not. */
circle_status circle_for_each_patch(const circle_workers *workers, const circle_operand *operand,
                                    size_t rows, bool row_major, double fraction,
                                    circle_patch_body *body, void *context);

static inline circle_status circle_fail(circle_report *report, circle_status status,
                                        circle_side side, size_t row, size_t column) {
  report->side = (int32_t)side;
  report->row = (int64_t)row;
  report->column = (int64_t)column;
  return status;
}

#endif
