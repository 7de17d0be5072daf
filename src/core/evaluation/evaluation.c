/* Retrieval metrics of every anchor, and the similarities of all pairs: the order of work. */
#include <math.h>

#include "base/arithmetic.h"
#include "base/compensated_sum.h"
#include "base/memory.h"
#include "base/radix_sort.h"
#include "evaluation/ranking.h"
#include "schedule/pass.h"

/* Groups of anchors meet all references. Their counts and tables stay below this, in bytes, so that
 * they stay in the second level cache too; or they are those of one strip. */
#define BYTES_OF_GROUP ((size_t)1 << 20)

/* Small problems are cut into about so many groups all the same, so that threads find work. */
#define FEWEST_GROUPS 16

/* A pair costs its multiplications and about this much for its rank. */
#define WORK_OF_RANK 64.0

/* A group is at most so much work, or a strip: see CIRCLE_WORK_BETWEEN_POLLS. */
#define WORK_OF_GROUP 4e9

typedef struct {
  circle_survey survey;
  circle_workers workers; /* whose workspaces are circle_ranking_workspace */
  size_t *group_first;    /* groups + 1 sorted positions */
  size_t groups;
  circle_ranking_size largest_group;
} evaluation_work;

static circle_ranking_workspace *workspace_of(const evaluation_work *work, int thread) {
  return work->workers.workspaces[thread];
}

/* ---- groups ---- */

static double work_of_anchor(const circle_operands *operands) {
  return (double)operands->references->rows * ((double)operands->dimensions + WORK_OF_RANK);
}

static size_t rows_of_group(const circle_operands *operands) {
  const circle_kernel *kernel = operands->kernel;
  const size_t strip = kernel->strip_rows;
  const double by_work = WORK_OF_GROUP / (work_of_anchor(operands) + 1.0);
  size_t rows = circle_smaller(operands->anchors.rows / FEWEST_GROUPS, kernel->packing.tile_rows);
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

/* Groups begin where a strip does. What they are depends on the sizes of classes alone. */
static void cut_into_groups(evaluation_work *work) {
  const circle_operands *operands = work->survey.operands;
  const size_t strip = operands->kernel->strip_rows, most = rows_of_group(operands);
  const size_t rows = operands->anchors.rows;
  circle_ranking_size group = {0, 0, 0};
  work->groups = 0;
  for (size_t first = 0, first_of_group = 0; first < rows; first += strip) {
    circle_ranking_size with_strip = group;
    for (size_t position = first; position < circle_smaller(first + strip, rows); position++)
      circle_add_ranking_size(&work->survey, position, &with_strip);
    if (first == 0 || first - first_of_group >= most || bytes_of(&with_strip) > BYTES_OF_GROUP) {
      first_of_group = first;
      work->group_first[work->groups++] = first;
      with_strip = (circle_ranking_size){0, 0, 0};
      for (size_t position = first; position < circle_smaller(first + strip, rows); position++)
        circle_add_ranking_size(&work->survey, position, &with_strip);
    }
    group = with_strip;
    widen(&work->largest_group, &group);
  }
  work->group_first[work->groups] = rows;
}

/* References of a tile, which all of the group's anchors meet, stay in the second level cache. */
#define BYTES_OF_TILE 524288.0

/* Tiles are wide: an anchor's counts, which do not stay in the nearest cache, are fetched for more
 * pairs at once. */
static size_t columns_of_tile(const circle_operands *operands) {
  const circle_packing *packing = &operands->kernel->packing;
  const size_t widest = CIRCLE_RANK_TILES * packing->tile_rows;
  const double columns = BYTES_OF_TILE / (double)packing->row_bytes(operands->dimensions).panels;
  if (columns >= (double)widest) return widest;
  if (columns <= (double)packing->tile_rows) return packing->tile_rows;
  return (size_t)columns / packing->panel_rows * packing->panel_rows;
}

/* Positives come first, then negatives tile by tile, then what they make together. */
static void rank_tile(void *context, const circle_tile *tile, void *memory) {
  const evaluation_work *work = context;
  const circle_operands *operands = work->survey.operands;
  circle_ranking_workspace *workspace = memory;
  circle_rank_pass pass = {operands, &workspace->ranking};
  if (tile->first_column == 0)
    circle_begin_ranking(&work->survey, tile->first_row, tile->rows, workspace);
  if (tile->columns > 0) operands->kernel->rank_tile(&pass, tile, workspace->kernel_workspace);
  if (tile->first_column + tile->columns == operands->references->rows)
    circle_end_ranking(&work->survey, workspace);
}

/* ---- what there is to count ---- */

static bool set_bounds(circle_survey *survey) {
  const circle_operands *operands = survey->operands;
  const circle_operand *anchors = &operands->anchors, *references = operands->references;
  survey->bounds = circle_allocate(anchors->rows, sizeof *survey->bounds);
  if (survey->bounds == NULL) return false;
  circle_bounds_general(anchors->labels, anchors->order, anchors->rows, references->labels, NULL,
                        references->rows, false, survey->bounds);
  return true;
}

/* Pairs of the anchor at a sorted position that are counted; see `each_pair_once`. */
static size_t later_positives(const circle_survey *survey, size_t position) {
  const circle_class_bounds *bounds = &survey->bounds[position];
  const size_t end = bounds->first_positive + bounds->positives;
  return survey->operands->symmetric ? end - (position + 1) : bounds->positives;
}

static size_t later_negatives(const circle_survey *survey, size_t position) {
  const circle_class_bounds *bounds = &survey->bounds[position];
  const size_t leading = survey->operands->symmetric ? 0 : bounds->leading_negatives;
  const size_t end = bounds->first_positive + bounds->positives;
  return leading + (survey->operands->references->rows - end);
}

typedef struct {
  size_t positives, negatives;
} pair_counts;

static pair_counts count_pairs(const circle_survey *survey) {
  pair_counts pairs = {0, 0};
  for (size_t position = 0; position < survey->operands->anchors.rows; position++) {
    pairs.positives += later_positives(survey, position);
    pairs.negatives += later_negatives(survey, position);
  }
  return pairs;
}

static bool begin_keys(circle_survey *survey, pair_counts pairs) {
  const size_t rows = survey->operands->anchors.rows;
  survey->positive_keys = circle_allocate(pairs.positives, sizeof *survey->positive_keys);
  survey->negative_keys = circle_allocate(pairs.negatives, sizeof *survey->negative_keys);
  survey->first_positive_key = circle_allocate(rows, sizeof *survey->first_positive_key);
  survey->first_negative_key = circle_allocate(rows, sizeof *survey->first_negative_key);
  if (survey->positive_keys == NULL || survey->negative_keys == NULL ||
      survey->first_positive_key == NULL || survey->first_negative_key == NULL)
    return false;
  for (size_t position = 0, positives = 0, negatives = 0; position < rows; position++) {
    survey->first_positive_key[position] = positives;
    survey->first_negative_key[position] = negatives;
    positives += later_positives(survey, position);
    negatives += later_negatives(survey, position);
  }
  return true;
}

/* ---- scale ---- */

/* Lengths that are off 1 by rounding do not double the range. */
#define NEARLY_1 1.015625

/* A power of 2 that no similarity exceeds by more than a little; not so small that numbers of the
 * compute type could not be divided by it. */
static double limit_of_similarities(const circle_operands *operands) {
  if (operands->settings.normalize) return 1.0;
  const double smallest = operands->settings.dtype == CIRCLE_FLOAT64 ? 0x1p-500 : 0x1p-100;
  const double longest[2] = {circle_longest_row(&operands->anchors),
                             circle_longest_row(operands->references)};
  int exponent;
  const double bound = circle_larger(longest[0] * longest[1] / NEARLY_1, smallest);
  const double mantissa = frexp(bound, &exponent);
  return ldexp(1.0, mantissa == 0.5 ? exponent - 1 : exponent);
}

/* ---- memory ---- */

static bool begin_histogram(circle_histogram *histogram) {
  histogram->positive = circle_allocate_zeros(CIRCLE_BINS, sizeof(uint64_t));
  histogram->negative = circle_allocate_zeros(CIRCLE_BINS, sizeof(uint64_t));
  return histogram->positive != NULL && histogram->negative != NULL;
}

static bool begin_hardest(circle_hardest *hardest, size_t limit, double sign) {
  circle_pair *pairs = circle_allocate(limit, sizeof *pairs);
  *hardest = circle_new_hardest(pairs, limit, sign);
  return pairs != NULL;
}

static bool begin_workspace(const evaluation_work *work, pair_counts pairs, double limit,
                            circle_ranking_workspace *workspace) {
  const circle_survey *survey = &work->survey;
  const circle_kernel *kernel = survey->operands->kernel;
  const circle_ranking_size *size = &work->largest_group;
  const size_t kept_pairs = survey->request->kept_pairs;
  circle_ranking *ranking = &workspace->ranking;
  *workspace = (circle_ranking_workspace){.count = 0};
  ranking->each_pair_once = survey->operands->symmetric;
  ranking->moment_scale = 1.0 / limit;
  ranking->histogram.bins_per_unit = 0.5 * CIRCLE_BINS / limit;
  ranking->anchors = circle_allocate(kernel->packing.tile_rows, sizeof *ranking->anchors);
  workspace->kernel_workspace = circle_allocate(1, kernel->workspace_size);
  workspace->strip = circle_allocate(kernel->strip_rows, kernel->similarity_row_bytes);
  workspace->similarities = circle_allocate(size->similarities, sizeof(double));
  workspace->numbers = circle_allocate(size->numbers, sizeof(uint32_t));
  workspace->keys = circle_allocate(size->positives, sizeof(uint64_t));
  workspace->more_keys = circle_allocate(size->positives, sizeof(uint64_t));
  workspace->more_rows = circle_allocate(size->positives, sizeof(uint32_t));
  return ranking->anchors != NULL && workspace->kernel_workspace != NULL &&
         workspace->strip != NULL && workspace->similarities != NULL &&
         workspace->numbers != NULL && workspace->keys != NULL && workspace->more_keys != NULL &&
         workspace->more_rows != NULL &&
         (survey->positive_keys != NULL || begin_histogram(&ranking->histogram)) &&
         begin_hardest(&ranking->hardest_positives, circle_smaller(kept_pairs, pairs.positives),
                       -1.0) &&
         begin_hardest(&ranking->hardest_negatives, circle_smaller(kept_pairs, pairs.negatives),
                       1.0);
}

static void end_workspace(circle_ranking_workspace *workspace) {
  circle_ranking *ranking = &workspace->ranking;
  circle_free(ranking->anchors);
  circle_free(workspace->kernel_workspace);
  circle_free(workspace->strip);
  circle_free(workspace->similarities);
  circle_free(workspace->numbers);
  circle_free(workspace->keys);
  circle_free(workspace->more_keys);
  circle_free(workspace->more_rows);
  circle_free(ranking->histogram.positive);
  circle_free(ranking->histogram.negative);
  circle_free(ranking->hardest_positives.pairs);
  circle_free(ranking->hardest_negatives.pairs);
}

static bool begin_work(evaluation_work *work, const circle_run *run, pair_counts *pairs) {
  circle_survey *survey = &work->survey;
  const circle_operands *operands = survey->operands;
  const size_t rows = operands->anchors.rows;
  if (!circle_begin_workers(&work->workers, run, 0)) return false;
  work->workers.workspaces = circle_allocate_zeros((size_t)work->workers.threads, sizeof(void *));
  survey->positive = circle_allocate(rows, sizeof *survey->positive);
  survey->negative = circle_allocate(rows, sizeof *survey->negative);
  work->group_first =
      circle_allocate(rows / operands->kernel->strip_rows + 2, sizeof *work->group_first);
  if (operands->references->rows > CIRCLE_MOST_REFERENCES || work->workers.workspaces == NULL ||
      survey->positive == NULL || survey->negative == NULL || work->group_first == NULL ||
      !set_bounds(survey))
    return false;
  *pairs = count_pairs(survey);
  if (pairs->positives + pairs->negatives <= CIRCLE_MOST_EXACT_PAIRS && !begin_keys(survey, *pairs))
    return false;
  cut_into_groups(work);
  const double limit = limit_of_similarities(operands);
  for (int thread = 0; thread < work->workers.threads; thread++) {
    circle_ranking_workspace *workspace = circle_allocate(1, sizeof *workspace);
    work->workers.workspaces[thread] = workspace;
    if (workspace == NULL || !begin_workspace(work, *pairs, limit, workspace)) return false;
  }
  return true;
}

static void end_work(evaluation_work *work) {
  circle_survey *survey = &work->survey;
  for (int thread = 0; work->workers.workspaces != NULL && thread < work->workers.threads; thread++)
    if (workspace_of(work, thread) != NULL) end_workspace(workspace_of(work, thread));
  circle_end_workers(&work->workers);
  circle_free(work->group_first);
  circle_free(survey->bounds);
  circle_free(survey->positive);
  circle_free(survey->negative);
  circle_free(survey->positive_keys);
  circle_free(survey->negative_keys);
  circle_free(survey->first_positive_key);
  circle_free(survey->first_negative_key);
}

/* ---- results ---- */

/* Of all anchors, one after the other. Where each pair was met twice, from both of its anchors, it
 * is counted once. */
static circle_similarity_moments total_of(const evaluation_work *work,
                                          const circle_moments *moments) {
  const circle_operands *operands = work->survey.operands;
  const double times = operands->symmetric ? 2.0 : 1.0;
  const double scale = workspace_of(work, 0)->ranking.moment_scale;
  circle_compensated_sum sum = {0.0, 0.0}, squares = {0.0, 0.0};
  circle_moments total = circle_no_moments();
  for (size_t i = 0; i < operands->anchors.rows; i++) {
    total.count += moments[i].count;
    circle_add_compensated(&sum, moments[i].count * moments[i].mean);
    circle_widen_range(&total, moments[i].least, moments[i].largest);
  }
  if (total.count == 0.0) return (circle_similarity_moments){0.0, NAN, NAN, NAN, NAN};
  const double mean = circle_total(&sum) / total.count, count = total.count / times;
  for (size_t i = 0; i < operands->anchors.rows; i++) {
    const double distance = moments[i].mean - mean;
    circle_add_compensated(&squares, moments[i].squares + moments[i].count * distance * distance);
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
static const circle_histogram *add_histograms(const evaluation_work *work) {
  circle_histogram *histogram = &workspace_of(work, 0)->ranking.histogram;
  for (int thread = 1; thread < work->workers.threads; thread++) {
    const circle_histogram *more = &workspace_of(work, thread)->ranking.histogram;
    for (size_t bin = 0; bin < CIRCLE_BINS; bin++) {
      histogram->positive[bin] += more->positive[bin];
      histogram->negative[bin] += more->negative[bin];
    }
  }
  return histogram;
}

static bool sort_keys(uint64_t *keys, size_t count) {
  uint64_t *more = circle_allocate(count, sizeof *more);
  if (more == NULL) return false;
  circle_sort_keys(count, keys, NULL, more, NULL);
  circle_free(more);
  return true;
}

static bool list_bins(const evaluation_work *work, pair_counts pairs,
                      circle_evaluation *evaluation) {
  const circle_survey *survey = &work->survey;
  circle_similarity_bins *bins = &evaluation->similarities;
  if (survey->positive_keys == NULL)
    return circle_list_histogram(add_histograms(work), least_of(evaluation), largest_of(evaluation),
                                 bins);
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
  circle_ranking *first = &workspace_of(work, 0)->ranking;
  for (int thread = 1; thread < work->workers.threads; thread++) {
    const circle_ranking *more = &workspace_of(work, thread)->ranking;
    circle_merge_hardest(&first->hardest_positives, &more->hardest_positives);
    circle_merge_hardest(&first->hardest_negatives, &more->hardest_negatives);
  }
  evaluation->hardest_positives = pair_list(&first->hardest_positives);
  evaluation->hardest_negatives = pair_list(&first->hardest_negatives);
}

static circle_status evaluate(evaluation_work *work, const circle_run *run,
                              circle_evaluation *evaluation) {
  const circle_operands *operands = work->survey.operands;
  pair_counts pairs;
  if (!begin_work(work, run, &pairs)) return CIRCLE_OUT_OF_MEMORY;
  circle_pass pass = {.operands = operands,
                      .order = CIRCLE_BY_GROUPS,
                      .rows = operands->anchors.rows,
                      .group_first = work->group_first,
                      .groups = work->groups,
                      .tile_columns = columns_of_tile(operands),
                      .visit = rank_tile,
                      .context = work,
                      .workers = &work->workers};
  const circle_tasks tasks = circle_tasks_of_pass(&pass, (circle_span){0.0, 1.0});
  const circle_status status = circle_run_tasks(&work->workers, &tasks);
  if (status != CIRCLE_OK) return status;
  evaluation->positive = total_of(work, work->survey.positive);
  evaluation->negative = total_of(work, work->survey.negative);
  if (!list_bins(work, pairs, evaluation)) return CIRCLE_OUT_OF_MEMORY;
  list_hardest(work, evaluation);
  return CIRCLE_OK;
}

circle_status circle_evaluate(const circle_operands *operands, const circle_run *run,
                              const circle_evaluation_request *request,
                              const circle_anchor_metrics *anchors, circle_evaluation *evaluation) {
  evaluation_work work = {.survey = {.operands = operands, .request = request, .metrics = anchors}};
  *evaluation = (circle_evaluation){.similarities = {.count = 0}};
  const circle_status status = evaluate(&work, run, evaluation);
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
