/* loss_circle() and loss_circle_gradient(): losses of the anchors, reduced to a value; and its
 * gradient in the same call. */
#include "arguments.h"
#include "gradient_target.h"
#include "routines.h"

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
  if (has_gradient)
    new_target(outcome, 1, embeddings, &call.batch.embeddings, in_bytes, &results.gradient);
  if (has_gradient && references != R_NilValue)
    new_target(outcome, 2, references, &call.batch.references, false, &results.reference_gradient);

  circle_operands *operands;
  circle_report report;
  circle_status status = open_operands(&call, &operands, &report);
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
