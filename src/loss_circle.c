/* loss_circle(): losses of the anchors, reduced to a value. */
#include "arguments.h"
#include "routines.h"

SEXP ffi_loss_circle(SEXP batch, SEXP settings, SEXP request) {
  static const char *names[] = {"value", "status", "where", "not_unit", ""};
  engine_call call;
  begin_call(&call, batch, settings, request, PROTECT(R_MakeUnwindCont()));
  SEXP outcome = PROTECT(Rf_mkNamed(VECSXP, names));
  const bool is_one = call.objective.reduction != CIRCLE_NONE;
  SET_VECTOR_ELT(outcome, 0, Rf_allocVector(REALSXP, is_one ? 1 : call.batch.embeddings.rows));
  const circle_results results = {.value = REAL(VECTOR_ELT(outcome, 0))};

  circle_operands *operands;
  circle_report report;
  circle_status status = circle_open(&call.batch, &call.settings, &call.run, &operands, &report);
  if (status == CIRCLE_OK)
    status = circle_forward(operands, &call.run, &call.objective, NULL, &results, &report);
  circle_close(operands);
  continue_unwinding(&call.poll);
  set_report(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}
