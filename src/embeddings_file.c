/* open_embeddings(): files of numbers that are mapped into memory, as external pointers. */
#include "embeddings_file.h"

#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "core/base/mapped_file.h"
#include "core/base/numbers.h"
#include "routines.h"

typedef struct {
  circle_mapped_file *mapped;
  circle_matrix matrix;
} embeddings_file;

static SEXP tag(void) { return Rf_install("circleloss_embeddings_file"); }

/* A pointer that was saved and loaded again is NULL; R code opens the file again first. */
static const embeddings_file *file_of(SEXP pointer) {
  embeddings_file *file = NULL;
  if (TYPEOF(pointer) == EXTPTRSXP && R_ExternalPtrTag(pointer) == tag())
    file = R_ExternalPtrAddr(pointer);
  if (file == NULL) Rf_error("internal error of circleloss: the file of embeddings is not open");
  return file;
}

static void finalize(SEXP pointer) {
  embeddings_file *file = R_ExternalPtrAddr(pointer);
  if (file == NULL) return;
  circle_unmap_file(file->mapped);
  R_Free(file);
  R_ClearExternalPtr(pointer);
}

circle_matrix matrix_of_file(SEXP pointer) { return file_of(pointer)->matrix; }

static void drop_pages(SEXP embeddings) {
  if (TYPEOF(embeddings) == VECSXP)
    circle_drop_mapped_pages(file_of(entry_of(embeddings, "pointer"))->mapped);
}

void drop_pages_of(SEXP batch) {
  drop_pages(entry_of(batch, "embeddings"));
  drop_pages(entry_of(batch, "references"));
}

static size_t size_of(circle_numbers type) {
  switch (type) {
    case CIRCLE_DOUBLES: return sizeof(double);
    case CIRCLE_FLOATS: return sizeof(float);
    case CIRCLE_HALVES: break;
  }
  return sizeof(uint16_t);
}

static circle_numbers type_of(const char *name) {
  if (strcmp(name, "float64") == 0) return CIRCLE_DOUBLES;
  return strcmp(name, "float32") == 0 ? CIRCLE_FLOATS : CIRCLE_HALVES;
}

/* layout: list(offset, rows, columns, type, by_row, stride), where the last is the distance of
 * columns that are not by_row. Its numbers are whole, and R has checked that they belong to a file
 * of this size when it looked. */
static circle_matrix matrix_in(const circle_mapped_file *mapped, SEXP layout) {
  const double offset = Rf_asReal(entry_of(layout, "offset"));
  const int64_t rows = (int64_t)Rf_asReal(entry_of(layout, "rows"));
  const int64_t columns = (int64_t)Rf_asReal(entry_of(layout, "columns"));
  const circle_numbers type = type_of(CHAR(STRING_ELT(entry_of(layout, "type"), 0)));
  const bool by_row = Rf_asLogical(entry_of(layout, "by_row")) != 0;
  const int64_t stride = by_row ? columns : (int64_t)Rf_asReal(entry_of(layout, "stride"));
  const double numbers = by_row ? (double)rows * (double)columns
                                : (double)(columns - 1) * (double)stride + (double)rows;
  const double end = offset + numbers * (double)size_of(type);
  circle_matrix matrix = {.rows = rows,
                          .columns = columns,
                          .row_stride = by_row ? columns : 1,
                          .column_stride = by_row ? 1 : stride,
                          .type = type};
  if (end <= (double)circle_mapped_size(mapped) && circle_mapped_bytes(mapped) != NULL)
    matrix.values = circle_mapped_bytes(mapped) + (size_t)offset;
  return matrix;
}

/* Closes what was opened, and tells why it is no use. */
static SEXP refuse(SEXP pointer, const char *reason) {
  finalize(pointer);
  return Rf_mkString(reason);
}

/* Returns the pointer; or, as text, why the file cannot be opened. Whatever is allocated belongs to
 * the pointer at once, so that nothing leaks where R jumps. */
SEXP ffi_open_file(SEXP path, SEXP layout) {
  const char *name = Rf_translateCharUTF8(STRING_ELT(path, 0));
  SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, tag(), R_NilValue));
  R_RegisterCFinalizerEx(pointer, finalize, TRUE);
  embeddings_file *file = R_Calloc(1, embeddings_file);
  R_SetExternalPtrAddr(pointer, file);
  file->mapped = circle_map_file(name);
  SEXP result = pointer;
  if (file->mapped == NULL) {
    result = refuse(pointer, strerror(errno));
  } else {
    file->matrix = matrix_in(file->mapped, layout);
    if (file->matrix.values == NULL && file->matrix.rows > 0 && file->matrix.columns > 0)
      result = refuse(pointer, "it has become shorter");
  }
  UNPROTECT(1);
  return result;
}

SEXP ffi_is_file_open(SEXP pointer) {
  return Rf_ScalarLogical(TYPEOF(pointer) == EXTPTRSXP && R_ExternalPtrAddr(pointer) != NULL);
}

SEXP ffi_is_file_lost(SEXP pointer) {
  return Rf_ScalarLogical(circle_mapped_file_is_lost(file_of(pointer)->mapped));
}

/* rows, columns: doubles from 1 on, in range. */
SEXP ffi_numbers_of_file(SEXP pointer, SEXP rows, SEXP columns) {
  const circle_matrix matrix = file_of(pointer)->matrix;
  const R_xlen_t row_count = XLENGTH(rows), column_count = XLENGTH(columns);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, (int)row_count, (int)column_count));
  double *numbers = REAL(result);
  const double *row = REAL_RO(rows), *column = REAL_RO(columns);
  for (R_xlen_t k = 0; k < column_count; k++)
    for (R_xlen_t i = 0; i < row_count; i++)
      numbers[k * row_count + i] =
          circle_number(&matrix, (size_t)row[i] - 1, (size_t)column[k] - 1);
  UNPROTECT(1);
  return result;
}
