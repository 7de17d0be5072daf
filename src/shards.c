/* Parts of a problem that several processes share, see distribution(): sums over pairs and
 * gradients of one part, and what is made of the sums of all. Sums are matrices with a column of
 * four numbers for each anchor, a circle_pair_sums. */
#include "arguments.h"
#include "gradient_target.h"
#include "routines.h"

enum { NUMBERS_OF_SUMS = sizeof(circle_pair_sums) / sizeof(double) };

static SEXP new_sums(SEXP list, int at, int64_t anchors) {
  SEXP sums = Rf_allocMatrix(REALSXP, NUMBERS_OF_SUMS, (int)anchors);
  SET_VECTOR_ELT(list, at, sums);
  return sums;
}

static const circle_pair_sums *sums_of(SEXP sums, int64_t anchors) {
  if (!Rf_isReal(sums) || XLENGTH(sums) != NUMBERS_OF_SUMS * anchors)
    Rf_error("internal error of circleloss: there must be sums for each anchor");
  return (const circle_pair_sums *)(const void *)REAL_RO(sums);
}

SEXP ffi_pair_sums(SEXP batch, SEXP settings, SEXP request) {
  static const char *names[] = {"sums", "ref_sums", "status", "where", "not_unit", ""};
  engine_call call;
  begin_call(&call, batch, settings, request, PROTECT(R_MakeUnwindCont()));
  SEXP outcome = PROTECT(Rf_mkNamed(VECSXP, names));
  circle_results results = {.pair_sums = (circle_pair_sums *)(void *)REAL(
                                new_sums(outcome, 0, call.batch.embeddings.rows))};
  if (call.batch.mutual)
    results.reference_pair_sums =
        (circle_pair_sums *)(void *)REAL(new_sums(outcome, 1, call.batch.references.rows));

  circle_operands *operands;
  circle_report report;
  circle_status status = open_operands(&call, &operands, &report);
  if (status == CIRCLE_OK)
    status = circle_forward(operands, &call.run, &call.objective, NULL, &results, &report);
  circle_close(operands);
  continue_unwinding(&call.poll);
  set_report(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}

/* Sums of anchors and references as the engine takes them; opened operands must not be lost where R
 * cannot allocate, so this memory is R's and comes first. */
static void *room_for_sums(const circle_batch *batch) {
  const int64_t rows = batch->embeddings.rows + (batch->mutual ? batch->references.rows : 0);
  return R_alloc((size_t)circle_sums_size(rows) + 1, 1);
}

/* request: sums and upstream of the anchors, ref_sums and ref_upstream of the references of a
 * mutual batch. */
SEXP ffi_gradient_of_sums(SEXP batch, SEXP settings, SEXP request) {
  static const char *names[] = {"gradient", "ref_gradient", "status", "where", "not_unit", ""};
  const bool in_bytes = Rf_asLogical(entry_of(request, "in_bytes")) == TRUE;
  SEXP embeddings = entry_of(batch, "embeddings"), references = entry_of(batch, "references");
  engine_call call;
  begin_call(&call, batch, settings, request, PROTECT(R_MakeUnwindCont()));
  SEXP outcome = PROTECT(Rf_mkNamed(VECSXP, names));
  circle_results results = {.value = NULL};
  new_target(outcome, 0, embeddings, &call.batch.embeddings, in_bytes, &results.gradient);
  if (call.batch.has_references)
    new_target(outcome, 1, references, &call.batch.references, in_bytes,
               &results.reference_gradient);
  void *sums = room_for_sums(&call.batch);
  const circle_pair_sums *of_anchors =
      sums_of(entry_of(request, "sums"), call.batch.embeddings.rows);
  const circle_pair_sums *of_references =
      call.batch.mutual ? sums_of(entry_of(request, "ref_sums"), call.batch.references.rows) : NULL;

  circle_operands *operands;
  circle_report report;
  circle_status status = open_operands(&call, &operands, &report);
  if (status == CIRCLE_OK) {
    circle_sums_of_pair_sums(operands, of_anchors, of_references, sums);
    status = circle_backward(operands, &call.run, &call.objective, sums, &results, &report);
  }
  circle_close(operands);
  continue_unwinding(&call.poll);
  set_report(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}

/* A new matrix. */
SEXP ffi_add_pair_sums(SEXP sums, SEXP more) {
  const int64_t anchors = XLENGTH(sums) / NUMBERS_OF_SUMS;
  const circle_pair_sums *added = sums_of(more, anchors);
  SEXP total = PROTECT(Rf_duplicate(sums));
  circle_add_pair_sums(anchors, added, (circle_pair_sums *)(void *)REAL(total));
  UNPROTECT(1);
  return total;
}

enum { ROWS_AT_ONCE = 16 }; /* of floats: a line of the cache in each column of the matrix */

/* Floats row by row, onto doubles column after column. */
static void add_floats(const float *more, int64_t rows, int64_t columns, double *total) {
  for (int64_t first = 0; first < rows; first += ROWS_AT_ONCE) {
    const int64_t last = first + ROWS_AT_ONCE < rows ? first + ROWS_AT_ONCE : rows;
    for (int64_t column = 0; column < columns; column++)
      for (int64_t row = first; row < last; row++)
        total[column * rows + row] += (double)more[row * columns + column];
  }
}

/* In place, unless others hold the gradient. `more`: a matrix of the same size, or its floats in a
 * raw vector. */
SEXP ffi_add_gradient(SEXP gradient, SEXP more) {
  const int64_t rows = Rf_nrows(gradient), columns = Rf_ncols(gradient);
  const int64_t unit = TYPEOF(more) == RAWSXP ? (int64_t)sizeof(float) : 1;
  if (!Rf_isReal(gradient) || XLENGTH(more) != rows * columns * unit)
    Rf_error("internal error of circleloss: gradients must be of the same size");
  SEXP sum = PROTECT(MAYBE_SHARED(gradient) ? Rf_duplicate(gradient) : gradient);
  double *total = REAL(sum);
  if (TYPEOF(more) == RAWSXP) {
    add_floats((const float *)(const void *)RAW_RO(more), rows, columns, total);
  } else {
    const double *added = REAL_RO(more);
    for (int64_t i = 0; i < rows * columns; i++) total[i] += added[i];
  }
  UNPROTECT(1);
  return sum;
}

/* Doubles column after column, to floats row by row. */
static void put_floats(const double *from, int64_t rows, int64_t columns, float *to) {
  for (int64_t first = 0; first < rows; first += ROWS_AT_ONCE) {
    const int64_t last = first + ROWS_AT_ONCE < rows ? first + ROWS_AT_ONCE : rows;
    for (int64_t column = 0; column < columns; column++)
      for (int64_t row = first; row < last; row++)
        to[row * columns + column] = (float)from[column * rows + row];
  }
}

/* The floats of all blocks of rows, in a raw vector. */
SEXP ffi_floats_of_blocks(SEXP blocks) {
  R_xlen_t length = 0;
  for (R_xlen_t i = 0; i < XLENGTH(blocks); i++) {
    if (!Rf_isReal(VECTOR_ELT(blocks, i)))
      Rf_error("internal error of circleloss: gradients must be numbers");
    length += XLENGTH(VECTOR_ELT(blocks, i));
  }
  SEXP bytes = PROTECT(Rf_allocVector(RAWSXP, length * (R_xlen_t)sizeof(float)));
  float *to = (float *)(void *)RAW(bytes);
  for (R_xlen_t i = 0; i < XLENGTH(blocks); i++) {
    SEXP block = VECTOR_ELT(blocks, i);
    put_floats(REAL_RO(block), Rf_nrows(block), Rf_ncols(block), to);
    to += XLENGTH(block);
  }
  UNPROTECT(1);
  return bytes;
}

/* Losses, the logarithms P and Q, the value, and the factor of its derivatives. */
SEXP ffi_reduce_pair_sums(SEXP sums, SEXP batch, SEXP settings) {
  static const char *names[] = {"losses", "positive_sums", "negative_sums", "value", "scale",
                                "status", "where",         "not_unit",      ""};
  engine_call call;
  begin_call(&call, batch, settings, R_NilValue, PROTECT(R_MakeUnwindCont()));
  const int64_t anchors = call.batch.embeddings.rows;
  const circle_pair_sums *of_anchors = sums_of(sums, anchors);
  SEXP outcome = PROTECT(Rf_mkNamed(VECSXP, names));
  for (int i = 0; i < 3; i++) SET_VECTOR_ELT(outcome, i, Rf_allocVector(REALSXP, anchors));
  const bool is_one = call.objective.reduction != CIRCLE_NONE;
  SET_VECTOR_ELT(outcome, 3, Rf_allocVector(REALSXP, is_one ? 1 : anchors));
  SET_VECTOR_ELT(outcome, 4, Rf_ScalarReal(1.0));
  double *losses = REAL(VECTOR_ELT(outcome, 0));
  circle_report report = {.side = CIRCLE_ANCHORS};
  circle_status status = circle_losses_of_pair_sums(&call.settings, anchors, of_anchors, losses,
                                                    REAL(VECTOR_ELT(outcome, 1)),
                                                    REAL(VECTOR_ELT(outcome, 2)), &report);
  if (status == CIRCLE_OK)
    status = circle_reduce(&call.objective, anchors, losses, REAL(VECTOR_ELT(outcome, 3)),
                           REAL(VECTOR_ELT(outcome, 4)), &report);
  set_report(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}
