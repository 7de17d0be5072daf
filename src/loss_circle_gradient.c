/* loss_circle_gradient(): the value and its gradient in one call. */
#include "poll.h"
#include "problem.h"
#include "routines.h"

/* Multiplications per pair of the losses, and of the gradient, which computes similarities anew. */
#define SHARE_OF_LOSSES 0.25

/* As large as the embeddings, with their names. */
static SEXP new_gradient(SEXP embeddings) {
  SEXP gradient = PROTECT(Rf_allocMatrix(REALSXP, Rf_nrows(embeddings), Rf_ncols(embeddings)));
  SEXP names = Rf_getAttrib(embeddings, R_DimNamesSymbol);
  if (names != R_NilValue) Rf_setAttrib(gradient, R_DimNamesSymbol, names);
  UNPROTECT(1);
  return gradient;
}

/* Where the engine writes a gradient made by new_gradient(). */
static circle_target target_of(SEXP gradient) {
  if (gradient == R_NilValue) return (circle_target){.values = NULL};
  return (circle_target){.values = REAL(gradient),
                         .type = CIRCLE_DOUBLES,
                         .row_stride = 1,
                         .column_stride = Rf_nrows(gradient)};
}

/* Everything between circle_open() and circle_close(): no call of R that could jump. */
static circle_status compute(circle_engine *engine, circle_reduction reduction, size_t rows,
                             const double *sample_weight, const double *upstream_given,
                             circle_pair_weights pair_weights, poll_state *poll, double *losses,
                             double *upstream, double *value, const circle_target *gradient,
                             const circle_target *reference_gradient, circle_report *report) {
  poll->to = SHARE_OF_LOSSES;
  circle_status status = circle_losses(engine, losses, report);
  if (status == CIRCLE_OK)
    status = circle_reduce(reduction, rows, losses, sample_weight, value, upstream, &report->row);
  if (status != CIRCLE_OK) return status;
  poll->from = SHARE_OF_LOSSES;
  poll->to = 1.0;
  return circle_gradient(engine, upstream_given == NULL ? upstream : upstream_given, pair_weights,
                         gradient, reference_gradient, report);
}

SEXP ffi_loss_circle_gradient(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                              SEXP gamma, SEXP margin, SEXP remove_diagonal, SEXP dtype,
                              SEXP reduction, SEXP sample_weight, SEXP threads, SEXP progress,
                              SEXP weights, SEXP upstream, SEXP normalize) {
  circle_problem problem =
      problem_of(embeddings, labels, references, reference_labels, gamma, margin, remove_diagonal);
  const size_t rows = problem.embeddings.rows;
  const circle_reduction reduce = reduction_of(reduction);
  const circle_pair_weights pair_weights = pair_weights_of(weights);
  const double *weight = numbers_or_null(sample_weight, rows);
  const double *upstream_given = numbers_or_null(upstream, rows);
  poll_state poll = new_poll(progress, PROTECT(R_MakeUnwindCont()));
  problem.dtype = dtype_of(dtype);
  problem.normalize = flag_of(normalize);
  problem.threads = Rf_asInteger(threads);
  problem.poll = poll_r;
  problem.poll_context = &poll;

  SEXP outcome = PROTECT(new_outcome());
  SEXP value = Rf_allocVector(REALSXP, reduce == CIRCLE_NONE ? (R_xlen_t)rows : 1);
  SET_VECTOR_ELT(outcome, VALUE, value);
  SEXP gradient = new_gradient(embeddings);
  SET_VECTOR_ELT(outcome, GRADIENT, gradient);
  if (references != R_NilValue) SET_VECTOR_ELT(outcome, REF_GRADIENT, new_gradient(references));
  const circle_target target = target_of(gradient);
  const circle_target reference_target = target_of(VECTOR_ELT(outcome, REF_GRADIENT));
  double *losses = (double *)R_alloc(rows, sizeof(double));
  double *own_upstream = (double *)R_alloc(rows, sizeof(double));

  circle_engine *engine;
  circle_report report;
  circle_status status = circle_open(&problem, &engine, &report);
  if (status == CIRCLE_OK)
    status = compute(engine, reduce, rows, weight, upstream_given, pair_weights, &poll, losses,
                     own_upstream, REAL(value), &target, &reference_target, &report);
  circle_close(engine);
  continue_unwinding(&poll);
  set_status(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}
