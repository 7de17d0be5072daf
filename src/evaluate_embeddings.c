/* evaluate_embeddings(): losses, ranks and similarities of all pairs. */
#include <string.h>

#include "arguments.h"
#include "core/circle_evaluation.h"
#include "routines.h"

enum {
  ANCHORS,
  PRECISION_AT_K,
  MOMENTS,
  SIMILARITIES,
  HARDEST,
  PARTS,
  LOSSES,
  POSITIVE_SUMS,
  NEGATIVE_SUMS,
  LIMIT,
  ANCHOR_MOMENTS
};

static const char *result_names[] = {
    "anchors",        "precision_at_k", "moments",       "similarities",  "hardest",
    "parts",          "losses",         "positive_sums", "negative_sums", "limit",
    "anchor_moments", "status",         "where",         "not_unit",      ""};

/* A vector of doubles as an entry of a list. */
static double *new_entry(SEXP list, int at, size_t length) {
  SEXP entry = Rf_allocVector(REALSXP, (R_xlen_t)length);
  SET_VECTOR_ELT(list, at, entry);
  return REAL(entry);
}

static SEXP new_list(SEXP owner, int at, const char **names) {
  SEXP list = Rf_mkNamed(VECSXP, names);
  SET_VECTOR_ELT(owner, at, list);
  return list;
}

/* ---- the request ---- */

/* One code for each row. */
static const int32_t *codes_of(SEXP codes, size_t rows, int least, int count) {
  if (!Rf_isInteger(codes) || (size_t)XLENGTH(codes) != rows)
    Rf_error("internal error of circleloss: each anchor must be in a part");
  for (size_t i = 0; i < rows; i++)
    if (INTEGER_RO(codes)[i] < least || INTEGER_RO(codes)[i] >= count)
      Rf_error("internal error of circleloss: there is no such part");
  return INTEGER_RO(codes);
}

/* list(code, count, lowest, bins_per_unit, counted_from, class, classes), or NULL. `class` may be
 * NULL. */
static circle_parts parts_of(SEXP parts, size_t rows) {
  if (parts == R_NilValue) return (circle_parts){.of_anchor = NULL};
  SEXP class = entry_of(parts, "class");
  const int count = Rf_asInteger(entry_of(parts, "count"));
  const int classes = Rf_asInteger(entry_of(parts, "classes"));
  const double per_unit = Rf_asReal(entry_of(parts, "bins_per_unit"));
  if (!(per_unit > 0.0 && per_unit < 1e30))
    Rf_error("internal error of circleloss: there are no such bins");
  return (circle_parts){
      .of_anchor = codes_of(entry_of(parts, "code"), rows, 0, count),
      .count = (size_t)count,
      .lowest = Rf_asReal(entry_of(parts, "lowest")),
      .bins_per_unit = per_unit,
      .counted_from = (uint32_t)Rf_asInteger(entry_of(parts, "counted_from")),
      .class_of_anchor = class == R_NilValue ? NULL : codes_of(class, rows, -1, classes),
      .classes = (size_t)classes};
}

/* c(first, count), first from 1 on; NULL: all anchors. */
static const circle_anchor_range *range_of(SEXP range) {
  if (range == R_NilValue) return NULL;
  circle_anchor_range *wanted = (circle_anchor_range *)(void *)R_alloc(1, sizeof *wanted);
  if (!Rf_isReal(range) || XLENGTH(range) != 2 || !(REAL_RO(range)[0] >= 1.0) ||
      !(REAL_RO(range)[1] >= 0.0))
    Rf_error("internal error of circleloss: a range must be two numbers");
  *wanted = (circle_anchor_range){(size_t)REAL_RO(range)[0] - 1, (size_t)REAL_RO(range)[1]};
  return wanted;
}

static circle_evaluation_request request_of(SEXP k, SEXP request, size_t rows) {
  const R_xlen_t count = XLENGTH(k);
  size_t *sizes = (size_t *)R_alloc((size_t)count, sizeof *sizes);
  if (!Rf_isInteger(k)) Rf_error("internal error of circleloss: k must be integers");
  for (R_xlen_t i = 0; i < count; i++) sizes[i] = (size_t)INTEGER_RO(k)[i];
  return (circle_evaluation_request){
      .k_count = (size_t)count,
      .k = sizes,
      .kept_pairs = (size_t)Rf_asInteger(entry_of(request, "kept_pairs")),
      .parts = parts_of(entry_of(request, "parts"), rows),
      .range = range_of(entry_of(request, "range"))};
}

/* ---- anchors ---- */

static const char *metric_names[] = {"positives",
                                     "negatives",
                                     "first_rank",
                                     "last_rank",
                                     "r_precision",
                                     "average_precision_at_r",
                                     "average_precision",
                                     "nearest",
                                     "nearest_similarity",
                                     "nearest_positive",
                                     "nearest_positive_similarity",
                                     "hardest_positive",
                                     "hardest_positive_similarity",
                                     "hardest_negative",
                                     "hardest_negative_similarity",
                                     "positive_mean",
                                     "negative_mean",
                                     "positive_sd",
                                     "negative_sd",
                                     ""};

static circle_anchor_metrics new_metrics(SEXP result, size_t rows, size_t k_count) {
  SEXP list = new_list(result, ANCHORS, metric_names);
  SEXP precision = Rf_allocMatrix(REALSXP, (int)rows, (int)k_count);
  SET_VECTOR_ELT(result, PRECISION_AT_K, precision);
  return (circle_anchor_metrics){.precision_at_k = REAL(precision),
                                 .positives = new_entry(list, 0, rows),
                                 .negatives = new_entry(list, 1, rows),
                                 .first_rank = new_entry(list, 2, rows),
                                 .last_rank = new_entry(list, 3, rows),
                                 .r_precision = new_entry(list, 4, rows),
                                 .average_precision_at_r = new_entry(list, 5, rows),
                                 .average_precision = new_entry(list, 6, rows),
                                 .nearest = new_entry(list, 7, rows),
                                 .nearest_similarity = new_entry(list, 8, rows),
                                 .nearest_positive = new_entry(list, 9, rows),
                                 .nearest_positive_similarity = new_entry(list, 10, rows),
                                 .hardest_positive = new_entry(list, 11, rows),
                                 .hardest_positive_similarity = new_entry(list, 12, rows),
                                 .hardest_negative = new_entry(list, 13, rows),
                                 .hardest_negative_similarity = new_entry(list, 14, rows),
                                 .positive_mean = new_entry(list, 15, rows),
                                 .negative_mean = new_entry(list, 16, rows),
                                 .positive_sd = new_entry(list, 17, rows),
                                 .negative_sd = new_entry(list, 18, rows)};
}

/* Where other processes have the other anchors: what circle_total_moments() joins, a column for
 * each anchor. */
static void add_moments(SEXP result, size_t rows, circle_anchor_metrics *metrics) {
  static const char *kinds[] = {"positive", "negative", ""};
  SEXP list = new_list(result, ANCHOR_MOMENTS, kinds);
  for (int kind = 0; kind < 2; kind++)
    SET_VECTOR_ELT(list, kind, Rf_allocMatrix(REALSXP, CIRCLE_MOMENTS, (int)rows));
  metrics->positive_moments = REAL(VECTOR_ELT(list, 0));
  metrics->negative_moments = REAL(VECTOR_ELT(list, 1));
}

/* Undefined numbers are NA in R. */
static void undefined_to_na(double *numbers, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (ISNAN(numbers[i])) numbers[i] = NA_REAL;
}

static void to_one_based(double *indices, size_t count) {
  for (size_t i = 0; i < count; i++) indices[i] += 1.0;
}

static void finish_metrics(const circle_anchor_metrics *metrics, SEXP result, size_t rows) {
  to_one_based(metrics->nearest, rows);
  to_one_based(metrics->nearest_positive, rows);
  to_one_based(metrics->hardest_positive, rows);
  to_one_based(metrics->hardest_negative, rows);
  SEXP list = VECTOR_ELT(result, ANCHORS), precision = VECTOR_ELT(result, PRECISION_AT_K);
  for (R_xlen_t i = 0; i < XLENGTH(list); i++) undefined_to_na(REAL(VECTOR_ELT(list, i)), rows);
  undefined_to_na(REAL(precision), (size_t)XLENGTH(precision));
}

/* ---- pairs ---- */

static SEXP moments_for_r(const circle_similarity_moments *moments) {
  static const char *names[] = {"count", "mean", "sd", "min", "max", ""};
  SEXP vector = PROTECT(Rf_mkNamed(REALSXP, names));
  REAL(vector)[0] = moments->count;
  REAL(vector)[1] = moments->mean;
  REAL(vector)[2] = moments->sd;
  REAL(vector)[3] = moments->least;
  REAL(vector)[4] = moments->largest;
  undefined_to_na(REAL(vector), 5);
  UNPROTECT(1);
  return vector;
}

static void set_bins(SEXP result, const circle_similarity_bins *bins) {
  static const char *names[] = {"lower", "upper", "positive", "negative", ""};
  SEXP list = new_list(result, SIMILARITIES, names);
  const double *columns[] = {bins->lower, bins->upper, bins->positive, bins->negative};
  for (int i = 0; i < 4; i++) {
    double *column = new_entry(list, i, bins->count);
    for (size_t bin = 0; bin < bins->count; bin++) column[bin] = columns[i][bin];
  }
}

static void set_pairs(SEXP list, int at, const circle_pair_list *pairs) {
  static const char *names[] = {"anchor", "reference", "similarity", ""};
  SEXP columns = new_list(list, at, names);
  double *anchor = new_entry(columns, 0, pairs->count);
  double *reference = new_entry(columns, 1, pairs->count);
  double *similarity = new_entry(columns, 2, pairs->count);
  for (size_t i = 0; i < pairs->count; i++) {
    anchor[i] = (double)pairs->pairs[i].anchor + 1.0;
    reference[i] = (double)pairs->pairs[i].reference + 1.0;
    similarity[i] = pairs->pairs[i].similarity;
  }
}

/* Two matrices, bins x parts; and an array, CIRCLE_PAIR_SUMS x classes x classes. */
static void set_part_counts(SEXP result, const circle_evaluation *evaluation,
                            const circle_parts *counted) {
  const size_t parts = counted->count, classes = counted->classes;
  static const char *names[] = {"positive", "negative", "pair_sums", ""};
  const uint64_t *counts = evaluation->part_counts;
  if (counts == NULL) return;
  SEXP list = new_list(result, PARTS, names);
  if (evaluation->class_pair_sums != NULL) {
    SEXP sums = Rf_alloc3DArray(REALSXP, CIRCLE_PAIR_SUMS, (int)classes, (int)classes);
    SET_VECTOR_ELT(list, 2, sums);
    memcpy(REAL(sums), evaluation->class_pair_sums, sizeof(double) * (size_t)XLENGTH(sums));
  }
  for (int kind = 0; kind < 2; kind++) {
    SEXP matrix = Rf_allocMatrix(REALSXP, CIRCLE_PART_BINS, (int)parts);
    SET_VECTOR_ELT(list, kind, matrix);
    const size_t length = parts * CIRCLE_PART_BINS;
    for (size_t i = 0; i < length; i++) REAL(matrix)[i] = (double)counts[(size_t)kind * length + i];
  }
}

/* ---- out of the engine's memory into R's, which may jump when it is full ---- */

typedef struct {
  SEXP result;
  circle_evaluation *evaluation;
  const circle_parts *parts;
  bool is_range;
} transfer;

static SEXP copy_evaluation(void *context) {
  static const char *kinds[] = {"positive", "negative", ""};
  const transfer *from = context;
  const circle_evaluation *evaluation = from->evaluation;
  SEXP moments = new_list(from->result, MOMENTS, kinds);
  SET_VECTOR_ELT(moments, 0, moments_for_r(&evaluation->positive));
  SET_VECTOR_ELT(moments, 1, moments_for_r(&evaluation->negative));
  if (from->is_range) SET_VECTOR_ELT(from->result, LIMIT, Rf_ScalarReal(evaluation->limit));
  set_bins(from->result, &evaluation->similarities);
  SEXP hardest = new_list(from->result, HARDEST, kinds);
  set_pairs(hardest, 0, &evaluation->hardest_positives);
  set_pairs(hardest, 1, &evaluation->hardest_negatives);
  set_part_counts(from->result, evaluation, from->parts);
  return R_NilValue;
}

static void free_evaluation(void *context, Rboolean jumping) {
  (void)jumping;
  circle_evaluation_free(((transfer *)context)->evaluation);
}

/* Losses first, if wanted: about a third of the time. Both read the same packed rows. */
static circle_status compute(engine_call *call, const circle_evaluation_request *request,
                             const circle_anchor_metrics *metrics, const circle_results *results,
                             circle_evaluation *evaluation, circle_report *report) {
  circle_operands *operands;
  circle_status status = open_operands(call, &operands, report);
  if (status == CIRCLE_OK && results->losses != NULL) {
    call->poll.length = 1.0 / 3.0;
    status = circle_forward(operands, &call->run, &call->objective, NULL, results, report);
    call->poll.start = call->poll.length;
    call->poll.length = 1.0 - call->poll.start;
  }
  if (status == CIRCLE_OK)
    status = circle_evaluate(operands, &call->run, request, metrics, evaluation);
  circle_close(operands);
  return status;
}

SEXP ffi_evaluate_embeddings(SEXP batch, SEXP settings, SEXP request) {
  SEXP token = PROTECT(R_MakeUnwindCont());
  engine_call call;
  begin_call(&call, batch, settings, request, token);
  const size_t rows = (size_t)call.batch.embeddings.rows;
  const circle_evaluation_request wanted = request_of(entry_of(settings, "k"), request, rows);

  SEXP result = PROTECT(Rf_mkNamed(VECSXP, result_names));
  circle_anchor_metrics metrics = new_metrics(result, rows, wanted.k_count);
  if (wanted.range != NULL) add_moments(result, rows, &metrics);
  circle_results results = {.losses = NULL};
  if (entry_of(settings, "gamma") != R_NilValue) {
    results.losses = new_entry(result, LOSSES, rows);
    results.positive_sums = new_entry(result, POSITIVE_SUMS, rows);
    results.negative_sums = new_entry(result, NEGATIVE_SUMS, rows);
  }
  circle_evaluation evaluation;
  circle_report report;
  const circle_status status = compute(&call, &wanted, &metrics, &results, &evaluation, &report);
  continue_unwinding(&call.poll);
  if (status == CIRCLE_OK) {
    finish_metrics(&metrics, result, rows);
    transfer transfer = {result, &evaluation, &wanted.parts, wanted.range != NULL};
    R_UnwindProtect(copy_evaluation, &transfer, free_evaluation, &transfer, token);
  }
  set_report(result, status, &report);
  UNPROTECT(2);
  return result;
}

/* From the moments of all anchors, a column each. */
SEXP ffi_total_moments(SEXP moments, SEXP each_pair_once, SEXP limit) {
  if (!Rf_isReal(moments) || XLENGTH(moments) % CIRCLE_MOMENTS != 0)
    Rf_error("internal error of circleloss: there must be moments for each anchor");
  const circle_similarity_moments total =
      circle_total_moments((size_t)XLENGTH(moments) / CIRCLE_MOMENTS, REAL_RO(moments),
                           Rf_asLogical(each_pair_once) == TRUE, Rf_asReal(limit));
  return moments_for_r(&total);
}
