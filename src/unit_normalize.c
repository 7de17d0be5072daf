/* unit_normalize(): rows scaled to length 1. */
#include "problem.h"
#include "routines.h"

SEXP ffi_unit_normalize(SEXP x) {
  const circle_matrix matrix = matrix_of(x);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, Rf_nrows(x), Rf_ncols(x)));
  circle_report report = {.side = CIRCLE_ANCHORS};
  circle_status status = circle_unit_normalize(&matrix, REAL(result), &report);
  if (status != CIRCLE_OK) {
    SEXP where = PROTECT(Rf_allocVector(REALSXP, 2));
    REAL(where)[0] = (double)report.row + 1.0;
    REAL(where)[1] = (double)report.column + 1.0;
    UNPROTECT(2);
    return where;
  }
  UNPROTECT(1);
  return result;
}
