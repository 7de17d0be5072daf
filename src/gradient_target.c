/* Where the engine writes a gradient: an R matrix, or the bytes of a file. */
#include "gradient_target.h"

/* As large as the embeddings, with their names. */
static SEXP new_gradient(SEXP embeddings, const circle_matrix *like) {
  SEXP gradient = PROTECT(Rf_allocMatrix(REALSXP, (int)like->rows, (int)like->columns));
  SEXP names = Rf_isNewList(embeddings) ? R_NilValue : Rf_getAttrib(embeddings, R_DimNamesSymbol);
  if (names != R_NilValue) Rf_setAttrib(gradient, R_DimNamesSymbol, names);
  circle_prefer_huge_pages(REAL(gradient), (size_t)XLENGTH(gradient) * sizeof(double));
  UNPROTECT(1);
  return gradient;
}

static circle_target target_in(SEXP gradient) {
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

void new_target(SEXP list, int at, SEXP embeddings, const circle_matrix *like, bool in_bytes,
                circle_target *target) {
  SET_VECTOR_ELT(list, at, in_bytes ? new_bytes(like) : new_gradient(embeddings, like));
  *target =
      in_bytes ? target_in_bytes(VECTOR_ELT(list, at), like) : target_in(VECTOR_ELT(list, at));
}
