/* loss_circle() and loss_circle_gradient(): losses of the anchors, reduced to a value; and its
 * gradient in the same call. */
#include "arguments.h"
#include "routines.h"

/* As large as the embeddings, with their names. */
static SEXP new_gradient(SEXP embeddings) {
  SEXP gradient = PROTECT(Rf_allocMatrix(REALSXP, Rf_nrows(embeddings), Rf_ncols(embeddings)));
  SEXP names = Rf_getAttrib(embeddings, R_DimNamesSymbol);
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

SEXP ffi_loss_circle(SEXP batch, SEXP settings, SEXP request) {
  static const char *names[] = {"value",    "gradient", "ref_gradient", "status", "where",
                                "not_unit", ""};
  const bool has_gradient = entry_of(request, "weights") != R_NilValue;
  engine_call call;
  begin_call(&call, batch, settings, request, PROTECT(R_MakeUnwindCont()));
  SEXP outcome = PROTECT(Rf_mkNamed(VECSXP, names)), references = entry_of(batch, "references");
  const bool is_one = call.objective.reduction != CIRCLE_NONE;
  SET_VECTOR_ELT(outcome, 0, Rf_allocVector(REALSXP, is_one ? 1 : call.batch.embeddings.rows));
  circle_results results = {.value = REAL(VECTOR_ELT(outcome, 0))};
  if (has_gradient) {
    SET_VECTOR_ELT(outcome, 1, new_gradient(entry_of(batch, "embeddings")));
    results.gradient = target_of(VECTOR_ELT(outcome, 1));
  }
  if (has_gradient && references != R_NilValue) {
    SET_VECTOR_ELT(outcome, 2, new_gradient(references));
    results.reference_gradient = target_of(VECTOR_ELT(outcome, 2));
  }

  circle_operands *operands;
  circle_report report;
  circle_status status = circle_open(&call.batch, &call.settings, &call.run, &operands, &report);
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
