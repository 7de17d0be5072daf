/* Retrieval metrics of every anchor, and the similarities of all pairs: the order of work. */
#include "circle_evaluation.h"

#include <math.h>

#include "base/compensated_sum.h"
#include "loss/formula.h"
#include "base/radix_sort.h"
#include "base/memory.h"
#include "evaluation/ranking.h"
#include "operand/operand.h"
#include "base/sizes.h"
#include "schedule/tasks.h"

/* A task takes a run of anchors past all references. Their counts and tables stay below this, in
 * bytes, so that they stay in the second level cache too; or they are those of one strip. */
#define ROOM_OF_TASK ((size_t)1 << 20)

/* Small problems are cut into about so many tasks all the same, so that threads find work. */
#define FEWEST_TASKS 16

/* A pair costs its multiplications and about this much for its rank. */
#define WORK_OF_RANK 64.0

/* A task is at most so much work, or a strip: see CIRCLE_WORK_BETWEEN_POLLS. */
#define WORK_OF_TASK 4e9

typedef struct {
  circle_survey survey;
  size_t *task_first; /* tasks + 1 places */
  size_t tasks;
  circle_ranking_size largest_task;
  circle_ranking *rankings; /* one per thread */
} evaluation_work;

/* ---- tasks ---- */

static double work_of_anchor(const circle_engine *engine) {
  return (double)engine->references->rows * ((double)engine->dimensions + WORK_OF_RANK);
}

static size_t rows_of_task(const circle_engine *engine) {
  const size_t strip = engine->kernel->strip_rows;
  const double by_work = WORK_OF_TASK / (work_of_anchor(engine) + 1.0);
  size_t rows = circle_smaller(engine->anchors.rows / FEWEST_TASKS, engine->kernel->tile_rows);
  if (by_work < (double)rows) rows = (size_t)by_work;
  return rows < strip ? strip : rows / strip * strip;
}

static size_t bytes_of(const circle_ranking_size *size) {
  return size->similarities * sizeof(double) + size->numbers * sizeof(uint32_t);
}

static void widen(circle_ranking_size *largest, const circle_ranking_size *size) {
  if (size->similarities > largest->similarities) largest->similarities = size->similarities;
  if (size->numbers > largest->numbers) largest->numbers = size->numbers;
  if (size->positives > largest->positives) largest->positives = size->positives;
}

/* Tasks begin where a strip does. What they are depends on the sizes of classes alone. */
static void cut_into_tasks(evaluation_work *work) {
  const circle_engine *engine = work->survey.engine;
  const size_t strip = engine->kernel->strip_rows, most = rows_of_task(engine);
  const size_t rows = engine->anchors.rows;
  circle_ranking_size task = {0, 0, 0};
  work->tasks = 0;
  for (size_t first = 0, begin = 0; first < rows; first += strip) {
    circle_ranking_size with_strip = task;
    for (size_t place = first; place < circle_smaller(first + strip, rows); place++)
      circle_add_ranking_size(&work->survey, place, &with_strip);
    if (first == 0 || first - begin >= most || bytes_of(&with_strip) > ROOM_OF_TASK) {
      begin = first;
      work->task_first[work->tasks++] = first;
      with_strip = (circle_ranking_size){0, 0, 0};
      for (size_t place = first; place < circle_smaller(first + strip, rows); place++)
        circle_add_ranking_size(&work->survey, place, &with_strip);
    }
    task = with_strip;
    widen(&work->largest_task, &task);
  }
  work->task_first[work->tasks] = rows;
}

/* References of a tile, which all of the task's anchors meet, stay in the second level cache. */
#define BYTES_OF_TILE 524288.0

static size_t columns_of_tile(const circle_engine *engine) {
  const circle_kernel *kernel = engine->kernel;
  const double bytes = (double)kernel->packed_row_size(engine->dimensions);
  const double columns = BYTES_OF_TILE / bytes;
  if (columns >= (double)kernel->rank_columns) return kernel->rank_columns;
  if (columns <= (double)kernel->tile_rows) return kernel->tile_rows;
  return (size_t)columns / kernel->panel_rows * kernel->panel_rows;
}

static void run_task(void *context, size_t task, int thread) {
  evaluation_work *work = context;
  const circle_engine *engine = work->survey.engine;
  circle_ranking *ranking = &work->rankings[thread];
  const size_t first = work->task_first[task], last = work->task_first[task + 1];
  const size_t rows = engine->references->rows, columns = columns_of_tile(engine);
  circle_begin_ranking(&work->survey, first, last, ranking, engine->scratch[thread]);
  for (size_t column = 0; column < rows; column += columns) {
    const circle_tile tile = {.first_row = first,
                              .rows = last - first,
                              .first_column = column,
                              .columns = circle_smaller(rows - column, columns)};
    engine->kernel->rank_tile(engine, &tile, ranking, engine->scratch[thread]);
  }
  circle_end_ranking(&work->survey, ranking);
}

/* ---- what there is to count ---- */

static bool set_columns(circle_survey *survey) {
  const circle_engine *engine = survey->engine;
  survey->columns = circle_allocate(engine->anchors.rows, sizeof *survey->columns);
  if (survey->columns == NULL) return false;
  circle_columns_general(engine->anchors.labels, engine->anchors.order, engine->anchors.rows,
                         engine->references->labels, NULL, engine->references->rows, false,
                         survey->columns);
  return true;
}

/* Pairs of the anchor at `place` that are counted; see `each_pair_once`. */
static size_t later_positives(const circle_survey *survey, size_t place) {
  const circle_columns *columns = &survey->columns[place];
  const size_t begin = survey->engine->symmetric ? place + 1 : columns->positive_begin;
  return columns->positive_end - begin;
}

static size_t later_negatives(const circle_survey *survey, size_t place) {
  const circle_columns *columns = &survey->columns[place];
  const size_t before = survey->engine->symmetric ? 0 : columns->positive_begin;
  return before + (survey->engine->references->rows - columns->positive_end);
}

typedef struct {
  size_t positives, negatives;
} pair_counts;

static pair_counts count_pairs(const circle_survey *survey) {
  pair_counts pairs = {0, 0};
  for (size_t place = 0; place < survey->engine->anchors.rows; place++) {
    pairs.positives += later_positives(survey, place);
    pairs.negatives += later_negatives(survey, place);
  }
  return pairs;
}

static bool begin_keys(circle_survey *survey, pair_counts pairs) {
  const size_t rows = survey->engine->anchors.rows;
  survey->positive_keys = circle_allocate(pairs.positives, sizeof *survey->positive_keys);
  survey->negative_keys = circle_allocate(pairs.negatives, sizeof *survey->negative_keys);
  survey->positive_start = circle_allocate(rows, sizeof *survey->positive_start);
  survey->negative_start = circle_allocate(rows, sizeof *survey->negative_start);
  if (survey->positive_keys == NULL || survey->negative_keys == NULL ||
      survey->positive_start == NULL || survey->negative_start == NULL)
    return false;
  for (size_t place = 0, positives = 0, negatives = 0; place < rows; place++) {
    survey->positive_start[place] = positives;
    survey->negative_start[place] = negatives;
    positives += later_positives(survey, place);
    negatives += later_negatives(survey, place);
  }
  return true;
}

/* ---- scale ---- */

/* Lengths that are off 1 by rounding do not double the range. */
#define NEARLY_1 1.015625

/* A power of 2 that no similarity exceeds by more than a little; not so small that numbers of the
 * compute type could not be divided by it. */
static double limit_of_similarities(const circle_engine *engine) {
  if (engine->problem.normalize) return 1.0;
  const double smallest = engine->problem.dtype == CIRCLE_FLOAT64 ? 0x1p-500 : 0x1p-100;
  const double longest[2] = {circle_longest_row(&engine->anchors),
                             circle_longest_row(engine->references)};
  int exponent;
  const double bound = circle_larger(longest[0] * longest[1] / NEARLY_1, smallest);
  const double share = frexp(bound, &exponent);
  return ldexp(1.0, share == 0.5 ? exponent - 1 : exponent);
}

/* ---- room ---- */

static bool begin_counts(circle_ranking *ranking) {
  ranking->counts.positive = circle_allocate_zeros(CIRCLE_BINS, sizeof(uint64_t));
  ranking->counts.negative = circle_allocate_zeros(CIRCLE_BINS, sizeof(uint64_t));
  return ranking->counts.positive != NULL && ranking->counts.negative != NULL;
}

static bool begin_hardest(circle_hardest *hardest, size_t limit, double sign) {
  circle_pair *room = circle_allocate(limit, sizeof *room);
  *hardest = circle_new_hardest(room, limit, sign);
  return room != NULL;
}

static bool begin_thread(const evaluation_work *work, pair_counts pairs, double limit,
                         circle_ranking *ranking) {
  const circle_survey *survey = &work->survey;
  const circle_kernel *kernel = survey->engine->kernel;
  const circle_ranking_size *size = &work->largest_task;
  const size_t kept_pairs = survey->request->kept_pairs;
  ranking->each_pair_once = survey->engine->symmetric;
  ranking->moment_scale = 1.0 / limit;
  ranking->counts.bins_per_unit = CIRCLE_BINS / 2 / limit;
  ranking->anchors = circle_allocate(kernel->tile_rows, sizeof *ranking->anchors);
  ranking->strip = circle_allocate(kernel->strip_rows * kernel->tile_rows, sizeof(double));
  ranking->similarities = circle_allocate(size->similarities, sizeof(double));
  ranking->numbers = circle_allocate(size->numbers, sizeof(uint32_t));
  ranking->keys = circle_allocate(size->positives, sizeof(uint64_t));
  ranking->more_keys = circle_allocate(size->positives, sizeof(uint64_t));
  ranking->more_rows = circle_allocate(size->positives, sizeof(uint32_t));
  return ranking->anchors != NULL && ranking->strip != NULL && ranking->similarities != NULL &&
         ranking->numbers != NULL && ranking->keys != NULL && ranking->more_keys != NULL &&
         ranking->more_rows != NULL && (survey->positive_keys != NULL || begin_counts(ranking)) &&
         begin_hardest(&ranking->hardest_positives, circle_smaller(kept_pairs, pairs.positives),
                       -1.0) &&
         begin_hardest(&ranking->hardest_negatives, circle_smaller(kept_pairs, pairs.negatives),
                       1.0);
}

static void end_thread(circle_ranking *ranking) {
  circle_free(ranking->anchors);
  circle_free(ranking->strip);
  circle_free(ranking->similarities);
  circle_free(ranking->numbers);
  circle_free(ranking->keys);
  circle_free(ranking->more_keys);
  circle_free(ranking->more_rows);
  circle_free(ranking->counts.positive);
  circle_free(ranking->counts.negative);
  circle_free(ranking->hardest_positives.pairs);
  circle_free(ranking->hardest_negatives.pairs);
}

static bool begin_work(evaluation_work *work, pair_counts *pairs) {
  circle_survey *survey = &work->survey;
  const circle_engine *engine = survey->engine;
  const size_t rows = engine->anchors.rows;
  if (engine->references->rows > CIRCLE_MOST_REFERENCES || !set_columns(survey)) return false;
  survey->positive = circle_allocate(rows, sizeof *survey->positive);
  survey->negative = circle_allocate(rows, sizeof *survey->negative);
  work->task_first =
      circle_allocate(rows / engine->kernel->strip_rows + 2, sizeof *work->task_first);
  work->rankings = circle_allocate_zeros((size_t)engine->threads, sizeof *work->rankings);
  if (survey->positive == NULL || survey->negative == NULL || work->task_first == NULL ||
      work->rankings == NULL)
    return false;
  *pairs = count_pairs(survey);
  if (pairs->positives + pairs->negatives <= CIRCLE_MOST_EXACT_PAIRS && !begin_keys(survey, *pairs))
    return false;
  cut_into_tasks(work);
  const double limit = limit_of_similarities(engine);
  for (int thread = 0; thread < engine->threads; thread++)
    if (!begin_thread(work, *pairs, limit, &work->rankings[thread])) return false;
  return true;
}

static void end_work(evaluation_work *work) {
  circle_survey *survey = &work->survey;
  for (int thread = 0; work->rankings != NULL && thread < survey->engine->threads; thread++)
    end_thread(&work->rankings[thread]);
  circle_free(work->rankings);
  circle_free(work->task_first);
  circle_free(survey->columns);
  circle_free(survey->positive);
  circle_free(survey->negative);
  circle_free(survey->positive_keys);
  circle_free(survey->negative_keys);
  circle_free(survey->positive_start);
  circle_free(survey->negative_start);
}

/* ---- results ---- */

/* Of all anchors, one after the other. Where each pair was met twice, from both of its anchors, it
 * is counted once. */
static circle_similarity_moments total_of(const evaluation_work *work,
                                          const circle_moments *moments) {
  const circle_engine *engine = work->survey.engine;
  const double times = engine->symmetric ? 2.0 : 1.0, scale = work->rankings->moment_scale;
  circle_exact_sum sum = {0.0, 0.0}, squares = {0.0, 0.0};
  circle_moments total = circle_no_moments();
  for (size_t i = 0; i < engine->anchors.rows; i++) {
    total.count += moments[i].count;
    circle_add_exactly(&sum, moments[i].count * moments[i].mean);
    circle_widen_range(&total, moments[i].least, moments[i].largest);
  }
  if (total.count == 0.0) return (circle_similarity_moments){0.0, NAN, NAN, NAN, NAN};
  const double mean = circle_total(&sum) / total.count, count = total.count / times;
  for (size_t i = 0; i < engine->anchors.rows; i++) {
    const double distance = moments[i].mean - mean;
    circle_add_exactly(&squares, moments[i].squares + moments[i].count * distance * distance);
  }
  const double variance = circle_larger(circle_total(&squares), 0.0) / times / (count - 1.0);
  return (circle_similarity_moments){.count = count,
                                     .mean = mean / scale,
                                     .sd = count > 1.0 ? sqrt(variance) / scale : NAN,
                                     .least = total.least / scale + 0.0, /* -0 is 0 */
                                     .largest = total.largest / scale + 0.0};
}

static double least_of(const circle_evaluation *evaluation) {
  return fmin(evaluation->positive.least, evaluation->negative.least);
}

static double largest_of(const circle_evaluation *evaluation) {
  return fmax(evaluation->positive.largest, evaluation->negative.largest);
}

/* All counts into those of the first thread. */
static void add_counts(const evaluation_work *work) {
  circle_similarity_counts *counts = &work->rankings->counts;
  for (int thread = 1; thread < work->survey.engine->threads; thread++) {
    const circle_similarity_counts *more = &work->rankings[thread].counts;
    for (size_t bin = 0; bin < CIRCLE_BINS; bin++) {
      counts->positive[bin] += more->positive[bin];
      counts->negative[bin] += more->negative[bin];
    }
  }
}

static bool sort_keys(uint64_t *keys, size_t count) {
  uint64_t *room = circle_allocate(count, sizeof *room);
  if (room == NULL) return false;
  circle_sort_keys(count, keys, NULL, room, NULL);
  circle_free(room);
  return true;
}

static bool list_bins(const evaluation_work *work, pair_counts pairs,
                      circle_evaluation *evaluation) {
  const circle_survey *survey = &work->survey;
  circle_similarity_bins *bins = &evaluation->similarities;
  if (survey->positive_keys == NULL) {
    add_counts(work);
    return circle_list_counts(&work->rankings->counts, least_of(evaluation), largest_of(evaluation),
                              bins);
  }
  return sort_keys(survey->positive_keys, pairs.positives) &&
         sort_keys(survey->negative_keys, pairs.negatives) &&
         circle_list_similarities(survey->positive_keys, pairs.positives, survey->negative_keys,
                                  pairs.negatives, bins);
}

/* The list takes the first thread's pairs over. */
static circle_pair_list pair_list(circle_hardest *hardest) {
  circle_sort_hardest(hardest);
  for (size_t i = 0; i < hardest->count; i++) hardest->pairs[i].similarity += 0.0; /* -0 is 0 */
  const circle_pair_list list = {hardest->count, hardest->pairs};
  hardest->pairs = NULL;
  return list;
}

static void list_hardest(const evaluation_work *work, circle_evaluation *evaluation) {
  circle_ranking *first = work->rankings;
  for (int thread = 1; thread < work->survey.engine->threads; thread++) {
    circle_merge_hardest(&first->hardest_positives, &work->rankings[thread].hardest_positives);
    circle_merge_hardest(&first->hardest_negatives, &work->rankings[thread].hardest_negatives);
  }
  evaluation->hardest_positives = pair_list(&first->hardest_positives);
  evaluation->hardest_negatives = pair_list(&first->hardest_negatives);
}

static circle_status evaluate(evaluation_work *work, circle_evaluation *evaluation) {
  const circle_engine *engine = work->survey.engine;
  pair_counts pairs;
  if (!begin_work(work, &pairs)) return CIRCLE_OUT_OF_MEMORY;
  const double rows = (double)engine->anchors.rows;
  const circle_plan plan = {
      .count = work->tasks,
      .work_of_task = work->tasks == 0 ? 0.0 : work_of_anchor(engine) * rows / (double)work->tasks,
      .span = {0.0, 1.0}};
  const circle_status status = circle_run_tasks(engine, &plan, run_task, work);
  if (status != CIRCLE_OK) return status;
  evaluation->positive = total_of(work, work->survey.positive);
  evaluation->negative = total_of(work, work->survey.negative);
  if (!list_bins(work, pairs, evaluation)) return CIRCLE_OUT_OF_MEMORY;
  list_hardest(work, evaluation);
  return CIRCLE_OK;
}

circle_status circle_evaluate(circle_engine *engine, const circle_evaluation_request *request,
                              const circle_anchor_metrics *anchors, circle_evaluation *evaluation) {
  evaluation_work work = {.survey = {.engine = engine, .request = request, .metrics = anchors}};
  *evaluation = (circle_evaluation){.similarities = {.count = 0}};
  const circle_status status = evaluate(&work, evaluation);
  end_work(&work);
  if (status != CIRCLE_OK) circle_evaluation_free(evaluation);
  return status;
}

void circle_evaluation_free(circle_evaluation *evaluation) {
  circle_free_bins(&evaluation->similarities);
  circle_free(evaluation->hardest_positives.pairs);
  circle_free(evaluation->hardest_negatives.pairs);
  *evaluation = (circle_evaluation){.similarities = {.count = 0}};
}
