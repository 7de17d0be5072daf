/* loss_circle(): losses of the anchors, reduced to a value. */
#include "poll.h"
#include "problem.h"
#include "routines.h"

SEXP ffi_loss_circle(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                     SEXP gamma, SEXP margin, SEXP remove_diagonal, SEXP dtype, SEXP reduction,
                     SEXP sample_weight, SEXP threads, SEXP progress) {
  circle_problem problem =
      problem_of(embeddings, labels, references, reference_labels, gamma, margin, remove_diagonal);
  const size_t rows = problem.embeddings.rows;
  const circle_reduction reduce = reduction_of(reduction);
  const double *weight = numbers_or_null(sample_weight, rows);
  poll_state poll = new_poll(progress, PROTECT(R_MakeUnwindCont()));
  problem.dtype = dtype_of(dtype);
  problem.threads = Rf_asInteger(threads);
  problem.poll = poll_r;
  problem.poll_context = &poll;

  SEXP outcome = PROTECT(new_outcome());
  SEXP value = Rf_allocVector(REALSXP, reduce == CIRCLE_NONE ? (R_xlen_t)rows : 1);
  SET_VECTOR_ELT(outcome, VALUE, value);
  double *losses = (double *)R_alloc(rows, sizeof(double));

  circle_engine *engine;
  circle_report report;
  circle_status status = circle_open(&problem, &engine, &report);
  if (status == CIRCLE_OK) status = circle_losses(engine, losses, &report);
  circle_close(engine);
  continue_unwinding(&poll);
  double scale;
  if (status == CIRCLE_OK)
    status = circle_reduce(reduce, rows, losses, weight, REAL(value), &scale, &report.row);
  set_status(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}

SEXP ffi_loss_circle_naive(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                           SEXP gamma, SEXP margin, SEXP remove_diagonal) {
  circle_problem problem =
      problem_of(embeddings, labels, references, reference_labels, gamma, margin, remove_diagonal);
  SEXP losses = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)problem.embeddings.rows));
  circle_losses_naive(&problem, REAL(losses));
  UNPROTECT(1);
  return losses;
}
