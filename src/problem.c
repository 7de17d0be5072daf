/* R objects as a problem for the engine, and its outcome as a list for R. */
#include "problem.h"

#include <string.h>

static void require(bool condition, const char *what) {
  if (!condition) Rf_error("internal error of circleloss: %s", what);
}

circle_matrix matrix_of(SEXP matrix) {
  require(Rf_isReal(matrix) && Rf_isMatrix(matrix), "embeddings must be a double matrix");
  const size_t rows = (size_t)Rf_nrows(matrix), columns = (size_t)Rf_ncols(matrix);
  return (circle_matrix){.values = REAL_RO(matrix),
                         .rows = rows,
                         .columns = columns,
                         .row_stride = 1,
                         .column_stride = (ptrdiff_t)rows};
}

static const int32_t *labels_of(SEXP labels, size_t count) {
  require(Rf_isInteger(labels) && (size_t)XLENGTH(labels) == count, "labels must be N integers");
  return INTEGER_RO(labels);
}

bool flag_of(SEXP flag) {
  require(Rf_isLogical(flag) && XLENGTH(flag) == 1, "a flag must be TRUE or FALSE");
  return LOGICAL_RO(flag)[0] != 0;
}

circle_problem pairs_of(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels) {
  circle_problem problem = {.embeddings = matrix_of(embeddings)};
  const size_t rows = problem.embeddings.rows;
  size_t reference_rows = rows;
  problem.labels = labels_of(labels, rows);
  if (references != R_NilValue) {
    problem.references = matrix_of(references);
    reference_rows = problem.references.rows;
    require(problem.references.columns == problem.embeddings.columns, "columns must agree");
  }
  require(reference_labels != R_NilValue || reference_rows == rows, "references need labels");
  if (reference_labels != R_NilValue)
    problem.reference_labels = labels_of(reference_labels, reference_rows);
  return problem;
}

circle_problem problem_of(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                          SEXP gamma, SEXP margin, SEXP remove_diagonal) {
  circle_problem problem = pairs_of(embeddings, labels, references, reference_labels);
  problem.gamma = Rf_asReal(gamma);
  problem.margin = Rf_asReal(margin);
  problem.remove_diagonal = flag_of(remove_diagonal);
  return problem;
}

/* The place of a string among the choices. */
static int choice_of(SEXP name, const char *const *choices, int count) {
  require(Rf_isString(name) && XLENGTH(name) == 1, "a choice must be one string");
  const char *wanted = CHAR(STRING_ELT(name, 0));
  int choice = 0;
  while (choice < count && strcmp(wanted, choices[choice]) != 0) choice++;
  require(choice < count, "unknown choice");
  return choice;
}

circle_dtype dtype_of(SEXP name) {
  static const char *const choices[] = {"float64", "float32", "float16", "bfloat16"};
  static const circle_dtype dtypes[] = {CIRCLE_FLOAT64, CIRCLE_FLOAT32, CIRCLE_FLOAT16,
                                        CIRCLE_BFLOAT16};
  return dtypes[choice_of(name, choices, 4)];
}

circle_reduction reduction_of(SEXP name) {
  static const char *const choices[] = {"none", "sum", "mean", "mean_with_sample_weight"};
  static const circle_reduction reductions[] = {CIRCLE_NONE, CIRCLE_SUM, CIRCLE_MEAN,
                                                CIRCLE_MEAN_WITH_SAMPLE_WEIGHT};
  return reductions[choice_of(name, choices, 4)];
}

circle_pair_weights pair_weights_of(SEXP name) {
  static const char *const choices[] = {"differentiated", "detached"};
  return choice_of(name, choices, 2) == 0 ? CIRCLE_DIFFERENTIATED : CIRCLE_DETACHED;
}

size_t bytes_of(SEXP number) {
  const double bytes = Rf_asReal(number);
  require(bytes >= 0.0, "bytes must be a number from 0 on");
  return bytes < (double)SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

const double *numbers_or_null(SEXP numbers, size_t count) {
  if (numbers == R_NilValue) return NULL;
  require(Rf_isReal(numbers) && (size_t)XLENGTH(numbers) == count, "weights must be N doubles");
  return REAL_RO(numbers);
}

SEXP new_outcome(void) {
  static const char *names[] = {"value",    "gradient", "ref_gradient", "status", "where",
                                "not_unit", ""};
  return Rf_mkNamed(VECSXP, names);
}

static const char *name_of(circle_status status) {
  switch (status) {
    case CIRCLE_OK: return "ok";
    case CIRCLE_NOT_FINITE: return "not_finite";
    case CIRCLE_EMBEDDING_OVERFLOW: return "embedding_overflow";
    case CIRCLE_SIMILARITY_OVERFLOW: return "similarity_overflow";
    case CIRCLE_LOSS_OVERFLOW: return "loss_overflow";
    case CIRCLE_GRADIENT_OVERFLOW: return "gradient_overflow";
    case CIRCLE_VALUE_OVERFLOW: return "value_overflow";
    case CIRCLE_OUT_OF_MEMORY: return "out_of_memory";
    case CIRCLE_STOPPED: return "stopped";
  }
  return "unknown";
}

static void set_not_unit(double *entry, const circle_not_unit *not_unit) {
  entry[0] = (double)not_unit->count;
  entry[1] = not_unit->count == 0 ? 0.0 : (double)not_unit->first_row + 1.0;
  entry[2] = not_unit->length;
}

void set_report(SEXP list, int first, circle_status status, const circle_report *report) {
  SET_VECTOR_ELT(list, first, Rf_mkString(name_of(status)));
  SEXP where = Rf_allocVector(REALSXP, 3);
  SET_VECTOR_ELT(list, first + 1, where);
  REAL(where)[0] = report->side;
  REAL(where)[1] = status == CIRCLE_OK ? 0.0 : (double)report->row + 1.0;
  REAL(where)[2] = status == CIRCLE_OK ? 0.0 : (double)report->column + 1.0;
  SEXP not_unit = Rf_allocVector(REALSXP, 6);
  SET_VECTOR_ELT(list, first + 2, not_unit);
  set_not_unit(REAL(not_unit), &report->not_unit[0]);
  set_not_unit(REAL(not_unit) + 3, &report->not_unit[1]);
}

void set_status(SEXP outcome, circle_status status, const circle_report *report) {
  set_report(outcome, STATUS, status, report);
  if (status == CIRCLE_OK) return;
  SET_VECTOR_ELT(outcome, VALUE, R_NilValue);
  SET_VECTOR_ELT(outcome, GRADIENT, R_NilValue);
  SET_VECTOR_ELT(outcome, REF_GRADIENT, R_NilValue);
}
