/* unit_normalize(): rows scaled to length 1. */
#include "arguments.h"
#include "routines.h"

SEXP ffi_unit_normalize(SEXP x) {
  const circle_matrix matrix = matrix_of(x);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, (int)matrix.rows, (int)matrix.columns));
  circle_report report;
  if (circle_unit_normalize(&matrix, REAL(result), &report) != CIRCLE_OK) {
    result = Rf_allocVector(REALSXP, 2); /* where it is not finite */
    REAL(result)[0] = (double)report.row + 1.0;
    REAL(result)[1] = (double)report.column + 1.0;
  }
  UNPROTECT(1);
  return result;
}
