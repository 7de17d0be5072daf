/* loss_circle() and loss_circle_gradient(): losses of the anchors, reduced to a value; and its
 * gradient in the same call. */
#include "arguments.h"
#include "embeddings_file.h"
#include "routines.h"

/* As large as the embeddings, with their names. */
static SEXP new_gradient(SEXP embeddings) {
  const circle_matrix like = matrix_of(embeddings);
  SEXP gradient = PROTECT(Rf_allocMatrix(REALSXP, (int)like.rows, (int)like.columns));
  SEXP names = Rf_isNewList(embeddings) ? R_NilValue : Rf_getAttrib(embeddings, R_DimNamesSymbol);
  if (names != R_NilValue) Rf_setAttrib(gradient, R_DimNamesSymbol, names);
  circle_prefer_huge_pages(REAL(gradient), (size_t)XLENGTH(gradient) * sizeof(double));
  UNPROTECT(1);
  return gradient;
}

/* Where the engine writes a gradient made by new_gradient(). */
static circle_target target_of(SEXP gradient) {
  return (circle_target){.values = REAL(gradient),
                         .rows = Rf_nrows(gradient),
                         .columns = Rf_ncols(gradient),
                         .row_stride = 1,
                         .column_stride = Rf_nrows(gradient)};
}

/* For a file: floats, row by row, in a raw vector. */
static SEXP new_bytes(const circle_matrix *like) {
  const double size = (double)like->rows * (double)like->columns * (double)sizeof(float);
  return Rf_allocVector(RAWSXP, (R_xlen_t)size);
}

static circle_target target_in_bytes(SEXP bytes, const circle_matrix *like) {
  return (circle_target){.values = RAW(bytes),
                         .rows = like->rows,
                         .columns = like->columns,
                         .row_stride = like->columns,
                         .column_stride = 1,
                         .type = CIRCLE_FLOATS};
}

/* Once they are packed, files need no memory. */
static void drop_pages(SEXP embeddings) {
  if (Rf_isNewList(embeddings)) drop_pages_of_file(entry_of(embeddings, "pointer"));
}

SEXP ffi_loss_circle(SEXP batch, SEXP settings, SEXP request) {
  static const char *names[] = {"value",    "gradient", "ref_gradient", "status", "where",
                                "not_unit", ""};
  const bool has_gradient = entry_of(request, "weights") != R_NilValue;
  const bool in_bytes = Rf_asLogical(entry_of(request, "in_bytes")) == TRUE;
  SEXP embeddings = entry_of(batch, "embeddings");
  engine_call call;
  begin_call(&call, batch, settings, request, PROTECT(R_MakeUnwindCont()));
  SEXP outcome = PROTECT(Rf_mkNamed(VECSXP, names)), references = entry_of(batch, "references");
  const bool is_one = call.objective.reduction != CIRCLE_NONE;
  SET_VECTOR_ELT(outcome, 0, Rf_allocVector(REALSXP, is_one ? 1 : call.batch.embeddings.rows));
  circle_results results = {.value = REAL(VECTOR_ELT(outcome, 0))};
  if (has_gradient && in_bytes) {
    SET_VECTOR_ELT(outcome, 1, new_bytes(&call.batch.embeddings));
    results.gradient = target_in_bytes(VECTOR_ELT(outcome, 1), &call.batch.embeddings);
  } else if (has_gradient) {
    SET_VECTOR_ELT(outcome, 1, new_gradient(embeddings));
    results.gradient = target_of(VECTOR_ELT(outcome, 1));
  }
  if (has_gradient && references != R_NilValue) {
    SET_VECTOR_ELT(outcome, 2, new_gradient(references));
    results.reference_gradient = target_of(VECTOR_ELT(outcome, 2));
  }

  circle_operands *operands;
  circle_report report;
  circle_status status = circle_open(&call.batch, &call.settings, &call.run, &operands, &report);
  drop_pages(embeddings);
  if (references != R_NilValue) drop_pages(references);
  if (status == CIRCLE_OK)
    status = has_gradient
                 ? circle_backward(operands, &call.run, &call.objective, NULL, &results, &report)
                 : circle_forward(operands, &call.run, &call.objective, NULL, &results, &report);
  circle_close(operands);
  continue_unwinding(&call.poll);
  set_report(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}
