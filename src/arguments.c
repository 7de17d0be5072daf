/* R lists as the engine's structures, and its report as a list for R. */
#include "arguments.h"

#include <string.h>

#include "embeddings_file.h"

static void require(bool condition, const char *what) {
  if (!condition) Rf_error("internal error of circleloss: %s", what);
}

SEXP entry_of(SEXP list, const char *name) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < Rf_xlength(names); i++)
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(list, i);
  return R_NilValue;
}

/* A matrix, or the list of a file, see open_embeddings(). */
circle_matrix matrix_of(SEXP matrix) {
  if (Rf_isNewList(matrix)) return matrix_of_file(entry_of(matrix, "pointer"));
  require(Rf_isReal(matrix) && Rf_isMatrix(matrix), "embeddings must be a double matrix");
  return (circle_matrix){.values = REAL_RO(matrix),
                         .rows = Rf_nrows(matrix),
                         .columns = Rf_ncols(matrix),
                         .row_stride = 1,
                         .column_stride = Rf_nrows(matrix)};
}

/* NULL for R's NULL */
static const int32_t *labels_of(SEXP labels, int64_t count) {
  if (labels == R_NilValue) return NULL;
  require(Rf_isInteger(labels) && XLENGTH(labels) == count, "labels must be N integers");
  return INTEGER_RO(labels);
}

static const double *numbers_of(SEXP numbers, int64_t count) {
  if (numbers == R_NilValue) return NULL;
  require(Rf_isReal(numbers) && XLENGTH(numbers) == count, "weights must be N doubles");
  return REAL_RO(numbers);
}

/* false by default */
static bool flag_of(SEXP flag) {
  if (flag == R_NilValue) return false;
  require(Rf_isLogical(flag) && XLENGTH(flag) == 1, "a flag must be TRUE or FALSE");
  return LOGICAL_RO(flag)[0] != 0;
}

size_t bytes_of(SEXP number) {
  const double bytes = Rf_asReal(number);
  require(bytes >= 0.0, "bytes must be a number from 0 on");
  return bytes < (double)SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

/* The index of a string among the choices, 0 by default. */
static int32_t choice_of(SEXP name, const char *const *choices, int count) {
  if (name == R_NilValue) return 0;
  require(Rf_isString(name) && XLENGTH(name) == 1, "a choice must be one string");
  const char *wanted = CHAR(STRING_ELT(name, 0));
  int choice = 0;
  while (choice < count && strcmp(wanted, choices[choice]) != 0) choice++;
  require(choice < count, "unknown choice");
  return choice;
}

/* In the order of their enumerations */
static const char *const dtypes[] = {"float64", "float32", "float16", "bfloat16"};
static const char *const reductions[] = {"none", "sum", "mean", "mean_with_sample_weight",
                                         "sum_over_batch_size"};
static const char *const pair_weights[] = {"differentiated", "detached"};
static const char *const group_rules[] = {"include", "exclude", "exclude_positives",
                                          "only_negatives"};

static int32_t reduction_of(SEXP name) {
  const int32_t reduction = choice_of(name, reductions, 5);
  return reduction == 4 ? CIRCLE_MEAN : reduction;
}

/* An evaluation names its metric; a loss may normalise. */
static int32_t similarity_of(SEXP settings) {
  static const char *const metrics[] = {"inner_product", "unit_product", "cosine", "euclidean"};
  SEXP metric = entry_of(settings, "metric");
  if (metric != R_NilValue) return choice_of(metric, metrics, 4);
  return flag_of(entry_of(settings, "normalize")) ? CIRCLE_UNIT_PRODUCT : CIRCLE_INNER_PRODUCT;
}

static circle_batch batch_of(SEXP list) {
  SEXP references = entry_of(list, "references");
  circle_batch batch = {.embeddings = matrix_of(entry_of(list, "embeddings")),
                        .has_references = references != R_NilValue};
  if (batch.has_references) batch.references = matrix_of(references);
  batch.labels = labels_of(entry_of(list, "labels"), batch.embeddings.rows);
  batch.reference_labels =
      labels_of(entry_of(list, "reference_labels"),
                (batch.has_references ? &batch.references : &batch.embeddings)->rows);
  batch.mutual = flag_of(entry_of(list, "mutual"));
  batch.groups = labels_of(entry_of(list, "groups"), batch.embeddings.rows);
  batch.reference_groups = labels_of(entry_of(list, "reference_groups"), batch.references.rows);
  return batch;
}

void begin_call(engine_call *call, SEXP batch, SEXP settings, SEXP request, SEXP token) {
  SEXP kept_bytes = entry_of(request, "kept_bytes"), gamma = entry_of(settings, "gamma");
  SEXP threads = entry_of(request, "threads");
  *call = (engine_call){
      .batch = batch_of(batch),
      .settings = {.gamma = gamma == R_NilValue ? 1.0 : Rf_asReal(gamma),
                   .margin = Rf_asReal(entry_of(settings, "margin")),
                   .remove_diagonal = flag_of(entry_of(settings, "remove_diagonal")),
                   .similarity = similarity_of(settings),
                   .dtype = choice_of(entry_of(settings, "dtype"), dtypes, 4),
                   .group_rule = choice_of(entry_of(settings, "same_group"), group_rules, 4)},
      .objective = {.reduction = reduction_of(entry_of(settings, "reduction")),
                    .pair_weights = choice_of(entry_of(request, "weights"), pair_weights, 2)},
      .run = {.threads = threads == R_NilValue ? 0 : Rf_asInteger(threads),
              .poll = poll_r,
              .poll_context = &call->poll},
      .poll = new_poll(batch, entry_of(request, "progress"), token)};
  const int64_t rows = call->batch.embeddings.rows;
  call->objective.sample_weight = numbers_of(entry_of(batch, "sample_weight"), rows);
  call->objective.upstream = numbers_of(entry_of(request, "upstream"), rows);
  call->objective.reference_upstream =
      numbers_of(entry_of(request, "ref_upstream"), call->batch.references.rows);
  call->run.similarity_bytes = -1;
  if (kept_bytes != R_NilValue) {
    const size_t bytes = bytes_of(kept_bytes);
    call->run.similarity_bytes = bytes < INT64_MAX ? (int64_t)bytes : INT64_MAX;
  }
}

circle_status open_operands(engine_call *call, circle_operands **operands, circle_report *report) {
  const circle_status status =
      circle_open(&call->batch, &call->settings, &call->run, operands, report);
  drop_pages_of(call->poll.batch);
  return status;
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
    case CIRCLE_BAD_CALL: break;
  }
  Rf_error("internal error of circleloss: the engine refused the call");
}

static void set_not_unit(double *entry, const circle_not_unit *not_unit) {
  entry[0] = (double)not_unit->count;
  entry[1] = not_unit->count == 0 ? 0.0 : (double)not_unit->first_row + 1.0;
  entry[2] = not_unit->length;
}

void set_report(SEXP list, circle_status status, const circle_report *report) {
  const R_xlen_t first = XLENGTH(list) - 3;
  for (R_xlen_t i = 0; status != CIRCLE_OK && i < first; i++) SET_VECTOR_ELT(list, i, R_NilValue);
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
