/* loss_circle_gradient(): the value and its gradient in one call. */
#include "poll.h"
#include "problem.h"
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
  if (gradient == R_NilValue) return (circle_target){.values = NULL};
  return (circle_target){.values = REAL(gradient),
                         .type = CIRCLE_DOUBLES,
                         .row_stride = 1,
                         .column_stride = Rf_nrows(gradient)};
}

/* What the engine is to make of the losses, and where everything goes. */
typedef struct {
  circle_reduction reduction;
  const double *sample_weight, *upstream; /* or NULL */
  circle_pair_weights pair_weights;
  double *losses, *value;
  circle_target gradient, reference_gradient;
} gradient_request;

/* Everything between circle_open() and circle_close(): no call of R that could jump. */
static circle_status compute(circle_engine *engine, size_t rows, const gradient_request *request,
                             circle_report *report) {
  const bool is_given = request->upstream != NULL;
  double scale;
  circle_status status =
      circle_losses_and_gradient(engine, is_given ? request->upstream : request->sample_weight,
                                 request->pair_weights, request->losses, report);
  if (status == CIRCLE_OK)
    status = circle_reduce(request->reduction, rows, request->losses, request->sample_weight,
                           request->value, &scale, &report->row);
  if (status != CIRCLE_OK) return status;
  return circle_write_gradient(engine, is_given ? 1.0 : scale, &request->gradient,
                               &request->reference_gradient, report);
}

SEXP ffi_loss_circle_gradient(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                              SEXP gamma, SEXP margin, SEXP remove_diagonal, SEXP dtype,
                              SEXP reduction, SEXP sample_weight, SEXP threads, SEXP progress,
                              SEXP weights, SEXP upstream, SEXP normalize, SEXP kept_bytes) {
  circle_problem problem =
      problem_of(embeddings, labels, references, reference_labels, gamma, margin, remove_diagonal);
  const size_t rows = problem.embeddings.rows;
  gradient_request request = {.reduction = reduction_of(reduction),
                              .sample_weight = numbers_or_null(sample_weight, rows),
                              .upstream = numbers_or_null(upstream, rows),
                              .pair_weights = pair_weights_of(weights)};
  poll_state poll = new_poll(progress, PROTECT(R_MakeUnwindCont()));
  problem.dtype = dtype_of(dtype);
  problem.normalize = flag_of(normalize);
  problem.kept_bytes = bytes_of(kept_bytes);
  problem.threads = Rf_asInteger(threads);
  problem.poll = poll_r;
  problem.poll_context = &poll;

  SEXP outcome = PROTECT(new_outcome());
  SEXP value = Rf_allocVector(REALSXP, request.reduction == CIRCLE_NONE ? (R_xlen_t)rows : 1);
  SET_VECTOR_ELT(outcome, VALUE, value);
  request.value = REAL(value);
  SET_VECTOR_ELT(outcome, GRADIENT, new_gradient(embeddings));
  if (references != R_NilValue) SET_VECTOR_ELT(outcome, REF_GRADIENT, new_gradient(references));
  request.gradient = target_of(VECTOR_ELT(outcome, GRADIENT));
  request.reference_gradient = target_of(VECTOR_ELT(outcome, REF_GRADIENT));
  request.losses = (double *)R_alloc(rows, sizeof(double));

  circle_engine *engine;
  circle_report report;
  circle_status status = circle_open(&problem, &engine, &report);
  if (status == CIRCLE_OK) status = compute(engine, rows, &request, &report);
  circle_close(engine);
  continue_unwinding(&poll);
  set_status(outcome, status, &report);
  UNPROTECT(2);
  return outcome;
}
