/* The order of work: check, sort and pack; sweep the pairs for the losses; sweep them again for the
 * gradient. */
#include "engine.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "length.h"
#include "memory.h"
#include "rounding.h"
#include "sweep.h"
#include "threads.h"

#define LOG2_E 1.4426950408889634074
#define LOG_2 0.69314718055994530942

/* Below this many multiplications a second thread costs more than it gives. */
#define WORK_FOR_THREADS 2e6
/* Rows that one task takes in loops over rows. */
#define ROWS_AT_ONCE 256

static double square(double x) { return x * x; }

static double larger(double a, double b) { return a > b ? a : b; }

/* The largest number of the type that a dtype rounds to, and of the type it computes in. */
static double largest_of_dtype(circle_dtype dtype) {
  switch (dtype) {
    case CIRCLE_FLOAT64: return DBL_MAX;
    case CIRCLE_FLOAT32: return FLT_MAX;
    case CIRCLE_FLOAT16: return 65504.0;
    case CIRCLE_BFLOAT16: return 0x1.fep127;
  }
  return DBL_MAX;
}

static double largest_computed(circle_dtype dtype) {
  return dtype == CIRCLE_FLOAT64 ? DBL_MAX : FLT_MAX;
}

static circle_status fail(circle_report *report, circle_status status, circle_side_name side,
                          size_t row, size_t column) {
  report->side = side;
  report->row = row;
  report->column = column;
  return status;
}

/* ---- loops over rows ---- */

typedef void (*row_body)(const circle_engine *engine, size_t place, void *context);

typedef struct {
  const circle_engine *engine;
  row_body body;
  void *context;
  size_t rows;
} row_loop;

static void run_rows(void *context, size_t task, int thread) {
  (void)thread;
  const row_loop *loop = context;
  const size_t first = task * ROWS_AT_ONCE;
  const size_t last = first + ROWS_AT_ONCE < loop->rows ? first + ROWS_AT_ONCE : loop->rows;
  for (size_t place = first; place < last; place++) loop->body(loop->engine, place, loop->context);
}

/* Calls body for every row of a side; rows must not touch each other's results. */
static void for_each_row(const circle_engine *engine, size_t rows, row_body body, void *context) {
  row_loop loop = {engine, body, context, rows};
  circle_parallel_for(engine->threads, (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, run_rows, &loop);
}

/* ---- sides: sorting and packing ---- */

static size_t round_up(size_t number, size_t multiple) {
  return (number + multiple - 1) / multiple * multiple;
}

/* Blocks of equal height, at most a tile high. Small problems are cut into a few blocks all the
 * same, so that threads find work; how many depends on the number of rows alone. */
static void cut_into_blocks(const circle_kernel *kernel, circle_side *side) {
  const size_t fewest = side->rows >= 2 * kernel->tile_rows ? 8 : side->rows >= 128 ? 4 : 1;
  size_t blocks = (side->rows + kernel->tile_rows - 1) / kernel->tile_rows;
  if (blocks < fewest) blocks = fewest;
  side->block_rows = round_up((side->rows + blocks - 1) / blocks, kernel->panel_rows);
  if (side->block_rows == 0) side->block_rows = kernel->panel_rows;
  side->blocks = (side->rows + side->block_rows - 1) / side->block_rows;
  side->padded_rows = side->blocks * side->block_rows;
}

static bool sort_side(const circle_kernel *kernel, const circle_matrix *given,
                      const int32_t *labels, circle_side *side) {
  side->given = *given;
  side->rows = given->rows;
  cut_into_blocks(kernel, side);
  side->order = circle_allocate(side->rows, sizeof *side->order);
  side->labels = circle_allocate(side->rows, sizeof *side->labels);
  side->length = circle_allocate(side->rows, sizeof *side->length);
  side->panels = circle_allocate(side->padded_rows * given->columns, kernel->element_size);
  return side->order != NULL && side->labels != NULL && side->length != NULL &&
         side->panels != NULL &&
         circle_sort_by_label(labels, side->rows, side->order, side->labels);
}

typedef struct {
  const circle_engine *engine;
  circle_side *side;
  void (*pack)(const circle_engine *engine, circle_side *side, size_t panel);
} packing;

static void pack_block(void *context, size_t block, int thread) {
  (void)thread;
  const packing *at = context;
  const size_t panels = at->side->block_rows / at->engine->kernel->panel_rows;
  for (size_t panel = 0; panel < panels; panel++)
    at->pack(at->engine, at->side, block * panels + panel);
}

static void pack_side(const circle_engine *engine, circle_side *side,
                      void (*pack)(const circle_engine *, circle_side *, size_t)) {
  packing at = {engine, side, pack};
  circle_parallel_for(engine->threads, side->blocks, pack_block, &at);
}

/* The given row nearest to the top for which `is_wanted`, SIZE_MAX if none. */
typedef bool (*length_test)(double length, double bound);

static size_t first_given_row(const circle_side *side, length_test is_wanted, double bound,
                              size_t *place_found, size_t *count) {
  size_t first = SIZE_MAX;
  *count = 0;
  for (size_t place = 0; place < side->rows; place++) {
    if (!is_wanted(side->length[place], bound)) continue;
    ++*count;
    if (side->order[place] > first) continue;
    first = side->order[place];
    *place_found = place;
  }
  return first;
}

static bool is_not_finite(double length, double bound) {
  (void)bound;
  return isnan(length);
}
static bool is_beyond(double length, double bound) { return !(length <= bound); }
static bool is_not_unit(double length, double bound) { return !(fabs(length - 1.0) <= bound); }

/* Rows that no dtype takes, and rows that this one does not. */
static circle_status check_numbers(const circle_engine *engine, const circle_side *side,
                                   circle_side_name name, circle_report *report) {
  size_t place = 0, count;
  size_t row = first_given_row(side, is_not_finite, 0.0, &place, &count);
  if (row != SIZE_MAX)
    return fail(report, CIRCLE_NOT_FINITE, name, row,
                circle_column_beyond(&side->given, row, DBL_MAX));
  if (engine->problem.normalize) return CIRCLE_OK;

  const double largest = largest_of_dtype(engine->problem.dtype);
  for (size_t i = 0; i < side->rows; i++) {
    if (side->length[i] <= largest) continue; /* then so is each of its numbers */
    const size_t column = circle_column_beyond(&side->given, side->order[i], largest);
    if (column < side->given.columns)
      return fail(report, CIRCLE_EMBEDDING_OVERFLOW, name, side->order[i], column);
  }
  row = first_given_row(side, is_not_unit, CIRCLE_UNIT_TOLERANCE, &place, &count);
  if (row != SIZE_MAX)
    report->not_unit[name - CIRCLE_ANCHORS] = (circle_not_unit){count, row, side->length[place]};
  return CIRCLE_OK;
}

static double longest_row(const circle_side *side) {
  double longest = 0.0;
  for (size_t place = 0; place < side->rows; place++)
    longest = larger(longest, side->length[place]);
  return longest;
}

/* By Cauchy and Schwarz no partial sum of a similarity exceeds the product of two lengths: below
 * the bound, with room for rounding, none overflows, so none is Inf - Inf. */
static circle_status check_similarities(const circle_engine *engine, circle_report *report) {
  const double bound = largest_computed(engine->problem.dtype) / 4.0;
  const double anchors = longest_row(&engine->anchors), others = longest_row(engine->references);
  if (engine->problem.normalize || anchors <= bound / larger(others, 1.0)) return CIRCLE_OK;
  size_t place, count;
  size_t row =
      first_given_row(&engine->anchors, is_beyond, bound / larger(others, 1.0), &place, &count);
  return fail(report, CIRCLE_SIMILARITY_OVERFLOW, CIRCLE_ANCHORS, row, 0);
}

/* ---- circle_open ---- */

static bool set_columns(circle_engine *engine) {
  const circle_side *anchors = &engine->anchors, *references = engine->references;
  if (engine->symmetric) {
    circle_columns_symmetric(anchors->labels, anchors->rows, engine->columns);
    return true;
  }
  size_t *reference_place = circle_allocate(references->rows, sizeof *reference_place);
  if (reference_place == NULL) return false;
  for (size_t place = 0; place < references->rows; place++)
    reference_place[references->order[place]] = place;
  circle_columns_general(anchors->labels, anchors->order, anchors->rows, references->labels,
                         reference_place, references->rows, engine->problem.remove_diagonal,
                         engine->columns);
  circle_free(reference_place);
  return true;
}

static bool allocate_scratch(circle_engine *engine) {
  engine->scratch = circle_allocate((size_t)engine->threads, sizeof *engine->scratch);
  if (engine->scratch == NULL) return false;
  for (int thread = 0; thread < engine->threads; thread++) {
    engine->scratch[thread] = circle_allocate(1, engine->kernel->scratch_size);
    if (engine->scratch[thread] == NULL) return false;
  }
  return true;
}

static circle_status allocate_and_sort(circle_engine *engine) {
  const circle_problem *problem = &engine->problem;
  const circle_matrix *embeddings = &problem->embeddings;
  if (!sort_side(engine->kernel, embeddings, problem->labels, &engine->anchors))
    return CIRCLE_OUT_OF_MEMORY;
  if (!engine->symmetric) {
    const circle_matrix *given = engine->references_are_given ? &problem->references : embeddings;
    const int32_t *labels =
        problem->reference_labels == NULL ? problem->labels : problem->reference_labels;
    if (!sort_side(engine->kernel, given, labels, &engine->other)) return CIRCLE_OUT_OF_MEMORY;
  }
  const size_t padded = engine->anchors.padded_rows;
  engine->columns = circle_allocate(engine->anchors.rows, sizeof *engine->columns);
  engine->positives = circle_allocate(padded, sizeof *engine->positives);
  engine->negatives = circle_allocate(padded, sizeof *engine->negatives);
  const bool enough = engine->columns != NULL && engine->positives != NULL &&
                      engine->negatives != NULL && set_columns(engine) && allocate_scratch(engine);
  return enough ? CIRCLE_OK : CIRCLE_OUT_OF_MEMORY;
}

static circle_status pack_and_check(circle_engine *engine, circle_report *report) {
  pack_side(engine, &engine->anchors, engine->kernel->pack);
  circle_status status = check_numbers(engine, &engine->anchors, CIRCLE_ANCHORS, report);
  if (status == CIRCLE_OK && !engine->symmetric) {
    circle_report of_embeddings = *report;
    circle_report *where = engine->references_are_given ? report : &of_embeddings;
    pack_side(engine, &engine->other, engine->kernel->pack);
    status = check_numbers(engine, &engine->other, CIRCLE_REFERENCES, where);
  }
  return status == CIRCLE_OK ? check_similarities(engine, report) : status;
}

static int threads_for(const circle_problem *problem, size_t references) {
  const double work = (double)problem->embeddings.rows * (double)references *
                      ((double)problem->embeddings.columns + 1.0);
  return work < WORK_FOR_THREADS ? 1 : circle_threads(problem->threads);
}

circle_status circle_open(const circle_problem *problem, circle_engine **result,
                          circle_report *report) {
  *result = NULL;
  *report = (circle_report){.side = CIRCLE_ANCHORS};
  circle_engine *engine = circle_allocate(1, sizeof *engine);
  if (engine == NULL) return CIRCLE_OUT_OF_MEMORY;
  engine->problem = *problem;
  engine->kernel = circle_kernel_for(problem->dtype);
  engine->dimensions = problem->embeddings.columns;
  engine->references_are_given = problem->references.values != NULL;
  engine->symmetric = !engine->references_are_given && problem->reference_labels == NULL;
  engine->references = engine->symmetric ? &engine->anchors : &engine->other;
  engine->gamma_log2e = problem->gamma * LOG2_E;
  engine->fixed_scale = engine->gamma_log2e * larger(1.0, square(problem->margin)) <=
                        engine->kernel->widest_fixed_logit;
  engine->threads = threads_for(
      problem, engine->references_are_given ? problem->references.rows : problem->embeddings.rows);
  circle_status status = allocate_and_sort(engine);
  if (status == CIRCLE_OK) status = pack_and_check(engine, report);
  if (status == CIRCLE_OK)
    *result = engine;
  else
    circle_close(engine);
  return status;
}

static void free_side(circle_side *side) {
  circle_free(side->order);
  circle_free(side->labels);
  circle_free(side->length);
  circle_free(side->panels);
  circle_free(side->dimension_panels);
  circle_free(side->gradient);
}

void circle_close(circle_engine *engine) {
  if (engine == NULL) return;
  free_side(&engine->anchors);
  free_side(&engine->other);
  circle_free(engine->columns);
  circle_free(engine->positives);
  circle_free(engine->negatives);
  circle_free(engine->derivatives);
  circle_free(engine->positive_weight.coefficient);
  circle_free(engine->positive_weight.exponent);
  circle_free(engine->negative_weight.coefficient);
  circle_free(engine->negative_weight.exponent);
  for (int thread = 0; engine->scratch != NULL && thread < engine->threads; thread++)
    circle_free(engine->scratch[thread]);
  circle_free(engine->scratch);
  circle_free(engine);
}

/* ---- circle_losses ---- */

/* An anchor is its own positive where the diagonal stays; the symmetric sweep leaves that pair to
 * us. */
static bool is_own_positive(const circle_engine *engine) {
  return engine->symmetric && !engine->problem.remove_diagonal;
}

static double self_distance(const circle_engine *engine, size_t place) {
  return larger(1.0 - engine->kernel->self_similarity(engine, &engine->anchors, place), 0.0);
}

static double self_logit(const circle_engine *engine, double distance) {
  return engine->gamma_log2e * square(larger(distance, -engine->problem.margin));
}

static void add_self(const circle_engine *engine, size_t place, void *context) {
  (void)context;
  const double logit = self_logit(engine, self_distance(engine, place)), whole = floor(logit);
  circle_accumulate(&engine->positives[place], exp2(logit - whole), whole);
}

/* t = P + Q of an anchor; -Inf where either set is empty, NaN where a sum overflowed. */
static double total_logit(const circle_engine *engine, size_t place) {
  double exponent[2];
  const double positives = circle_accumulator_share(&engine->positives[place], &exponent[0]);
  const double negatives = circle_accumulator_share(&engine->negatives[place], &exponent[1]);
  if (positives == 0.0 || negatives == 0.0) return -INFINITY;
  const double gamma_margin = 2.0 * engine->problem.gamma * square(engine->problem.margin);
  return log(positives) + log(negatives) + (LOG_2 * (exponent[0] + exponent[1]) - gamma_margin);
}

/* log(1 + exp(t)), keeping the digits of small results, subnormals too */
static double softplus(double t) { return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t)); }

static double sigmoid(double t) {
  return t > 0.0 ? 1.0 / (1.0 + exp(-t)) : exp(t) / (1.0 + exp(t));
}

static void set_loss(const circle_engine *engine, size_t place, void *context) {
  double *losses = context;
  losses[engine->anchors.order[place]] =
      circle_round(softplus(total_logit(engine, place)), engine->problem.dtype);
}

static void begin_accumulators(const circle_engine *engine) {
  for (size_t place = 0; place < engine->anchors.padded_rows; place++) {
    engine->positives[place] = (circle_accumulator){0.0, 0.0};
    engine->negatives[place] =
        (circle_accumulator){0.0, engine->fixed_scale ? engine->kernel->fixed_scale : 0.0};
  }
}

circle_status circle_losses(circle_engine *engine, double *losses, circle_report *report) {
  const size_t rows = engine->anchors.rows;
  begin_accumulators(engine);
  circle_status status = circle_sweep(engine, engine->kernel->add_tile);
  if (status != CIRCLE_OK) return status;
  if (is_own_positive(engine)) for_each_row(engine, rows, add_self, NULL);
  for_each_row(engine, rows, set_loss, losses);
  for (size_t i = 0; i < rows; i++)
    if (!isfinite(losses[i])) return fail(report, CIRCLE_LOSS_OVERFLOW, CIRCLE_ANCHORS, i, 0);
  return CIRCLE_OK;
}

/* ---- circle_gradient ---- */

static bool allocate_gradient(const circle_kernel *kernel, size_t dimensions, circle_side *side) {
  const size_t columns = round_up(dimensions, kernel->dimension_panel_columns);
  circle_free(side->gradient);
  side->gradient = circle_allocate(side->padded_rows * columns, kernel->element_size);
  if (side->dimension_panels == NULL)
    side->dimension_panels = circle_allocate(side->padded_rows * columns, kernel->element_size);
  return side->gradient != NULL && side->dimension_panels != NULL;
}

static bool allocate_weight(const circle_engine *engine, circle_pair_weight *weight) {
  const size_t rows = engine->anchors.padded_rows, size = engine->kernel->element_size;
  if (weight->coefficient == NULL) weight->coefficient = circle_allocate(rows, size);
  if (weight->exponent == NULL) weight->exponent = circle_allocate(rows, size);
  return weight->coefficient != NULL && weight->exponent != NULL;
}

static circle_status prepare_gradient(circle_engine *engine) {
  const bool enough = allocate_gradient(engine->kernel, engine->dimensions, &engine->anchors) &&
                      (engine->symmetric ||
                       allocate_gradient(engine->kernel, engine->dimensions, &engine->other)) &&
                      allocate_weight(engine, &engine->positive_weight) &&
                      allocate_weight(engine, &engine->negative_weight);
  if (engine->derivatives == NULL)
    engine->derivatives = circle_allocate(engine->anchors.rows, sizeof *engine->derivatives);
  if (!enough || engine->derivatives == NULL) return CIRCLE_OUT_OF_MEMORY;
  pack_side(engine, &engine->anchors, engine->kernel->pack_dimensions);
  if (!engine->symmetric) pack_side(engine, &engine->other, engine->kernel->pack_dimensions);
  return CIRCLE_OK;
}

/* derivative[place] = u_i dL_i/dt_i, times the factor of gamma that the slopes leave out. In the
 * compute type these numbers are kept times 2^-unit, so that the largest is near 1 and none is lost
 * below it. */
typedef struct {
  const double *upstream;
  double factor;
  double *derivative;
  int unit;
} anchor_derivatives;

static void set_derivative(const circle_engine *engine, size_t place, void *context) {
  const anchor_derivatives *of = context;
  of->derivative[place] =
      of->upstream[engine->anchors.order[place]] * of->factor * sigmoid(total_logit(engine, place));
}

static int unit_of_derivatives(const circle_engine *engine, const anchor_derivatives *of) {
  double largest = 0.0;
  for (size_t place = 0; place < engine->anchors.rows; place++)
    largest = larger(largest, fabs(of->derivative[place]));
  return largest == 0.0 ? 0 : ilogb(largest);
}

/* Above any logit, so that the power of 2 vanishes instead of overflowing next to a coefficient 0.
 */
#define EXPONENT_OF_NO_WEIGHT 0x1p127

/* dL_i/dz_ij = sigmoid(P + Q) exp(z_ij - P): in base 2, coefficient * 2^(logit_ij - exponent) */
static void set_weight_of_set(const circle_engine *engine, const circle_pair_weight *weight,
                              const circle_accumulator *set, size_t place, double derivative,
                              bool fixed) {
  if (derivative == 0.0) {
    engine->kernel->set_weight(weight, place, 0.0, EXPONENT_OF_NO_WEIGHT);
    return;
  }
  double exponent;
  double coefficient = derivative / circle_accumulator_share(set, &exponent);
  if (fixed) {
    coefficient = ldexp(coefficient, (int)(engine->kernel->fixed_scale - exponent));
    exponent = engine->kernel->fixed_scale;
  }
  engine->kernel->set_weight(weight, place, coefficient, exponent);
}

static void set_weights(const circle_engine *engine, size_t place, void *context) {
  const anchor_derivatives *of = context;
  const double derivative = ldexp(of->derivative[place], -of->unit);
  set_weight_of_set(engine, &engine->positive_weight, &engine->positives[place], place, derivative,
                    false);
  set_weight_of_set(engine, &engine->negative_weight, &engine->negatives[place], place, derivative,
                    engine->fixed_scale);
}

/* dL_i/ds_ii of the pair that the symmetric sweep leaves out. */
static double self_weight(const circle_engine *engine, const anchor_derivatives *of, size_t place) {
  const double derivative = of->derivative[place];
  const double distance = self_distance(engine, place), margin = engine->problem.margin;
  const double slope = engine->pair_weights == CIRCLE_DETACHED ? larger(distance + margin, 0.0)
                       : distance + margin > 0.0               ? distance
                                                               : 0.0;
  if (derivative == 0.0 || slope == 0.0) return 0.0;
  double exponent;
  const double share = circle_accumulator_share(&engine->positives[place], &exponent);
  return -derivative / share * exp2(self_logit(engine, distance) - exponent) * slope;
}

/* Where the rows go that have been summed up. Embeddings that are their own references under other
 * labels receive two contributions, one from each side. */
typedef struct {
  const circle_side *side;
  const anchor_derivatives *of;
  double *gradient; /* rows x D */
  bool first, last; /* of the contributions to these rows */
} unpacking;

/* y = x / |x| has dy/dx = (1 - y t(y)) / |x|; a zero row has the gradient 0. */
static void through_normalization(const circle_engine *engine, const unpacking *to, size_t place) {
  const circle_side *side = to->side;
  const double length = side->length[place];
  double *number = to->gradient + side->order[place], radial = 0.0;
  for (size_t k = 0; k < engine->dimensions; k++)
    radial += number[k * side->rows] * engine->kernel->packed_element(engine, side, place, k);
  for (size_t k = 0; k < engine->dimensions; k++) {
    double *entry = &number[k * side->rows];
    const double tangential =
        *entry - radial * engine->kernel->packed_element(engine, side, place, k);
    *entry = length == 0.0 ? 0.0 : tangential / length;
  }
}

static void unpack_row(const circle_engine *engine, size_t place, void *context) {
  const unpacking *to = context;
  const circle_side *side = to->side;
  const double self = is_own_positive(engine) ? 2.0 * self_weight(engine, to->of, place) : 0.0;
  double *row = to->gradient + side->order[place];
  for (size_t k = 0; k < engine->dimensions; k++) {
    double number = ldexp(engine->kernel->gradient_element(engine, side, place, k), to->of->unit);
    if (self != 0.0) number += self * engine->kernel->packed_element(engine, side, place, k);
    row[k * side->rows] = to->first ? number : row[k * side->rows] + number;
  }
  if (engine->problem.normalize && to->last) through_normalization(engine, to, place);
}

static circle_status unpack_side(const circle_engine *engine, const unpacking *to,
                                 circle_side_name name, circle_report *report) {
  const size_t rows = to->side->rows;
  const double largest = largest_computed(engine->problem.dtype);
  unpacking context = *to;
  for_each_row(engine, rows, unpack_row, &context);
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < engine->dimensions; k++)
      if (!(fabs(to->gradient[k * rows + i]) <= largest))
        return fail(report, CIRCLE_GRADIENT_OVERFLOW, name, i, k);
  return CIRCLE_OK;
}

/* Unpacks both sides, into one gradient where there is only one matrix of embeddings. */
static circle_status unpack(const circle_engine *engine, const anchor_derivatives *of,
                            double *gradient, double *reference_gradient, circle_report *report) {
  const bool shared = !engine->symmetric && !engine->references_are_given;
  const unpacking anchors = {&engine->anchors, of, gradient, true, !shared};
  const unpacking others = {&engine->other, of, shared ? gradient : reference_gradient, !shared,
                            true};
  circle_status status = unpack_side(engine, &anchors, CIRCLE_ANCHORS, report);
  if (status != CIRCLE_OK || engine->symmetric) return status;
  return unpack_side(engine, &others, shared ? CIRCLE_ANCHORS : CIRCLE_REFERENCES, report);
}

circle_status circle_gradient(circle_engine *engine, const double *upstream,
                              circle_pair_weights pair_weights, double *gradient,
                              double *reference_gradient, circle_report *report) {
  circle_status status = prepare_gradient(engine);
  if (status != CIRCLE_OK) return status;
  engine->pair_weights = pair_weights;
  anchor_derivatives of = {.upstream = upstream, .derivative = engine->derivatives};
  of.factor = engine->problem.gamma * (pair_weights == CIRCLE_DETACHED ? 1.0 : 2.0);
  for_each_row(engine, engine->anchors.rows, set_derivative, &of);
  of.unit = unit_of_derivatives(engine, &of);
  for_each_row(engine, engine->anchors.rows, set_weights, &of);
  status = circle_sweep(engine, engine->kernel->add_gradient_tile);
  return status == CIRCLE_OK ? unpack(engine, &of, gradient, reference_gradient, report) : status;
}
