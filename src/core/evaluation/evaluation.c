/* Retrieval metrics of every anchor, and the similarities of all pairs: the steps in order. */
#include <math.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/compensated_sum.h"
#include "base/memory.h"
#include "base/radix_sort.h"
#include "evaluation/ranking.h"
#include "schedule/pass.h"

/* A group of anchors visits all references. Its counts and tables take about this many bytes, so
 * that they stay in the second level cache. But it has all the anchors whose similarities the
 * kernel computes together, unless they take more than MOST_BYTES_OF_GROUP. */
#define BYTES_OF_GROUP ((size_t)3 << 19)
#define MOST_BYTES_OF_GROUP ((size_t)8 << 20)

/* Small problems too are cut into about this many groups, so that threads find work. */
#define FEWEST_GROUPS 16

/* A pair costs its multiplications and about this much for its rank. */
#define WORK_OF_RANK 64.0

/* Most work of a group, unless one strip takes more: see CIRCLE_WORK_BETWEEN_POLLS. */
#define WORK_OF_GROUP 4e9

static circle_ranking_workspace *workspace_of(const circle_evaluation_work *work, int thread) {
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

static size_t bytes_of(const circle_kernel *kernel, const circle_ranking_size *size) {
  return size->similarities * kernel->packing.element_size + size->numbers * sizeof(uint32_t);
}

static void widen(circle_ranking_size *largest, const circle_ranking_size *size) {
  if (size->similarities > largest->similarities) largest->similarities = size->similarities;
  if (size->numbers > largest->numbers) largest->numbers = size->numbers;
  if (size->positives > largest->positives) largest->positives = size->positives;
}

/* Whether a group of `rows` is complete that would take so many bytes with one more strip. */
static bool is_full(const circle_kernel *kernel, size_t rows, size_t most, size_t bytes) {
  if (rows >= most || bytes > MOST_BYTES_OF_GROUP) return true;
  return bytes > BYTES_OF_GROUP && rows % kernel->rows_at_once == 0;
}

/* Groups are whole strips. They depend on the sizes of classes alone. */
static void cut_into_groups(circle_evaluation_work *work) {
  const circle_kernel *kernel = work->operands->kernel;
  const size_t strip = kernel->strip_rows, most = rows_of_group(work->operands);
  const size_t end = work->range.first + work->range.count;
  size_t *first_of_group = work->group_first;
  circle_ranking_size group = {0, 0, 0};
  for (size_t first = work->range.first; first < end; first += strip) {
    circle_ranking_size more = {0, 0, 0};
    for (size_t position = first; position < circle_smaller(first + strip, end); position++)
      circle_add_ranking_size(kernel, work->bounds[position].positives, &more);
    if (first == work->range.first || is_full(kernel, first - *first_of_group, most,
                                              bytes_of(kernel, &group) + bytes_of(kernel, &more))) {
      first_of_group = &work->group_first[work->groups++];
      *first_of_group = first;
      group = (circle_ranking_size){0, 0, 0};
    }
    group.similarities += more.similarities;
    group.numbers += more.numbers;
    group.positives = more.positives;
    widen(&work->largest_group, &group);
  }
  work->group_first[work->groups] = end;
}

/* The references of a tile stay in the second level cache while the group's anchors visit them. */
#define BYTES_OF_TILE 524288.0

/* Tiles are wide: an anchor's counts, which do not fit into the first level cache, are then fetched
 * once for more pairs. */
static size_t columns_of_tile(const circle_operands *operands) {
  const circle_packing *packing = &operands->kernel->packing;
  const size_t widest = CIRCLE_RANK_TILES * packing->tile_rows;
  const double columns = BYTES_OF_TILE / (double)packing->row_bytes(operands->dimensions).panels;
  if (columns >= (double)widest) return widest;
  if (columns <= (double)packing->tile_rows) return packing->tile_rows;
  return (size_t)columns / packing->panel_rows * packing->panel_rows;
}

/* Positives first, then negatives tile by tile, then metrics. */
static void rank_tile(void *context, const circle_tile *tile, void *memory) {
  const circle_evaluation_work *work = context;
  const circle_operands *operands = work->operands;
  circle_ranking_workspace *workspace = memory;
  circle_rank_pass pass = {operands, &workspace->ranking};
  if (work->positive_keys == NULL)
    circle_expect_pairs(&workspace->ranking.histogram,
                        (uint64_t)tile->rows * (uint64_t)tile->columns);
  if (tile->first_column == 0) circle_begin_ranking(work, tile->first_row, tile->rows, workspace);
  if (tile->columns > 0) operands->kernel->rank_tile(&pass, tile, workspace->kernel_workspace);
  if (tile->first_column + tile->columns == operands->references->rows)
    circle_end_ranking(work, workspace);
}

/* ---- pairs to be counted ---- */

/* From the counts of each anchor to those before it, and in all. */
static bool count_pairs(circle_evaluation_work *work) {
  if (!circle_count_pairs(work->operands, work->bounds, work->pairs_before)) return false;
  for (size_t position = 0; position < work->operands->anchors.rows; position++) {
    const circle_pair_counts own = work->pairs_before[position];
    work->all_pairs += own.positives + own.negatives;
    if (position - work->range.first >= work->range.count) continue;
    work->pairs_before[position] = work->pairs;
    work->pairs.positives += own.positives;
    work->pairs.negatives += own.negatives;
  }
  return true;
}

/* All ranges of the anchors count either similarities or bins. */
static bool begin_keys(circle_evaluation_work *work) {
  const size_t count = work->pairs.positives + work->pairs.negatives;
  if (work->all_pairs > CIRCLE_MOST_EXACT_PAIRS) return true;
  work->positive_keys = circle_allocate(count, sizeof *work->positive_keys);
  if (work->positive_keys == NULL) return false;
  work->negative_keys = work->positive_keys + work->pairs.positives;
  return true;
}

/* ---- scale ---- */

/* So that lengths a rounding above 1 do not double the range. */
#define NEARLY_1 1.015625

/* A power of 2 that no similarity exceeds by more than rounding; large enough to divide numbers of
 * the compute type by. */
static double limit_of_similarities(const circle_operands *operands) {
  const circle_settings *settings = &operands->settings;
  if (settings->similarity == CIRCLE_UNIT_PRODUCT || settings->similarity == CIRCLE_COSINE)
    return 1.0;
  const double smallest = settings->dtype == CIRCLE_FLOAT64 ? 0x1p-500 : 0x1p-100;
  const bool is_distance = settings->similarity == CIRCLE_DISTANCE;
  const double longest[2] = {circle_longest_row(&operands->anchors),
                             circle_longest_row(operands->references)};
  int exponent;
  const double largest = is_distance ? longest[0] + longest[1] : longest[0] * longest[1];
  const double bound = circle_larger(largest / NEARLY_1, smallest);
  const double mantissa = frexp(bound, &exponent);
  return ldexp(1.0, mantissa == 0.5 ? exponent - 1 : exponent);
}

/* ---- memory ---- */

static bool begin_histogram(circle_histogram *histogram) {
  histogram->positive = circle_allocate_zeros(2 * CIRCLE_BINS, sizeof(uint64_t));
  histogram->recent_positive = circle_allocate_zeros(2 * CIRCLE_BINS, sizeof(uint32_t));
  if (histogram->positive == NULL || histogram->recent_positive == NULL) return false;
  histogram->negative = histogram->positive + CIRCLE_BINS;
  histogram->recent_negative = histogram->recent_positive + CIRCLE_BINS;
  return true;
}

static bool begin_hardest(circle_hardest *hardest, size_t limit, double sign) {
  circle_pair *pairs = circle_allocate(limit, sizeof *pairs);
  *hardest = circle_new_hardest(pairs, limit, sign);
  return pairs != NULL;
}

static double pairs_of(const circle_operands *operands) {
  return (double)operands->anchors.rows * (double)operands->references->rows;
}

static bool begin_workspace(const circle_evaluation_work *work, double limit,
                            circle_ranking_workspace *workspace) {
  const circle_kernel *kernel = work->operands->kernel;
  const circle_ranking_size *size = &work->largest_group;
  const size_t kept_pairs = work->request->kept_pairs;
  circle_ranking *ranking = &workspace->ranking;
  ranking->each_pair_once = work->operands->symmetric;
  ranking->moment_scale = 1.0 / limit;
  ranking->histogram.bins_per_unit = 0.5 * CIRCLE_BINS / limit;
  ranking->anchors = circle_allocate(kernel->packing.tile_rows, sizeof *ranking->anchors);
  workspace->kernel_workspace = circle_allocate(1, kernel->workspace_size);
  workspace->strip = circle_allocate(kernel->rows_at_once, kernel->similarity_row_bytes);
  workspace->similarities = circle_allocate(size->similarities, kernel->packing.element_size);
  workspace->sorted = circle_allocate(size->positives, sizeof(double));
  workspace->numbers = circle_allocate(size->numbers, sizeof(uint32_t));
  workspace->keys = circle_allocate(2 * size->positives, sizeof(uint64_t));
  workspace->more_rows = circle_allocate(size->positives, sizeof(uint32_t));
  workspace->sort_counts = circle_allocate(circle_ranking_bins(size->positives), sizeof(uint32_t));
  return ranking->anchors != NULL && workspace->kernel_workspace != NULL &&
         workspace->strip != NULL && workspace->similarities != NULL && workspace->sorted != NULL &&
         workspace->numbers != NULL && workspace->keys != NULL && workspace->more_rows != NULL &&
         workspace->sort_counts != NULL &&
         (work->positive_keys != NULL || begin_histogram(&ranking->histogram)) &&
         circle_begin_part_counts(&work->request->parts, pairs_of(work->operands),
                                  work->class_of_position, &ranking->part_counts) &&
         begin_hardest(&ranking->hardest_positives,
                       circle_smaller(kept_pairs, work->pairs.positives), -1.0) &&
         begin_hardest(&ranking->hardest_negatives,
                       circle_smaller(kept_pairs, work->pairs.negatives), 1.0);
}

static void end_workspace(circle_ranking_workspace *workspace) {
  circle_ranking *ranking = &workspace->ranking;
  circle_free(ranking->anchors);
  circle_free(workspace->kernel_workspace);
  circle_free(workspace->strip);
  circle_free(workspace->similarities);
  circle_free(workspace->sorted);
  circle_free(workspace->numbers);
  circle_free(workspace->keys);
  circle_free(workspace->more_rows);
  circle_free(workspace->sort_counts);
  circle_free(ranking->histogram.positive);
  circle_free(ranking->histogram.recent_positive);
  circle_end_part_counts(&ranking->part_counts);
  circle_free(ranking->hardest_positives.pairs);
  circle_free(ranking->hardest_negatives.pairs);
}

/* What no anchor of the range writes counts no pairs. */
static void begin_moments(const circle_evaluation_work *work) {
  for (size_t row = 0; row < work->operands->anchors.rows; row++)
    work->positive[row] = work->negative[row] = circle_no_moments();
}

static void sort_classes(const circle_evaluation_work *work) {
  const circle_operand *anchors = &work->operands->anchors;
  const int32_t *of_anchor = work->request->parts.class_of_anchor;
  for (size_t position = 0; of_anchor != NULL && position < anchors->rows; position++)
    work->class_of_position[position] = of_anchor[anchors->order[position]];
}

static bool begin_work(circle_evaluation_work *work, const circle_run *run, double limit) {
  const circle_operands *operands = work->operands;
  const size_t rows = operands->anchors.rows;
  if (!circle_begin_workers(&work->workers, run, 0)) return false;
  work->workers.workspaces = circle_allocate_zeros((size_t)work->workers.threads, sizeof(void *));
  work->bounds = circle_allocate(rows, sizeof *work->bounds);
  work->positive = circle_allocate(rows, sizeof *work->positive);
  work->negative = circle_allocate(rows, sizeof *work->negative);
  work->pairs_before = circle_allocate(rows, sizeof *work->pairs_before);
  work->class_of_position = circle_allocate(work->request->parts.class_of_anchor == NULL ? 0 : rows,
                                            sizeof *work->class_of_position);
  work->group_first =
      circle_allocate(rows / operands->kernel->strip_rows + 2, sizeof *work->group_first);
  if (operands->references->rows > CIRCLE_MOST_REFERENCES || work->workers.workspaces == NULL ||
      work->bounds == NULL || work->positive == NULL || work->negative == NULL ||
      work->pairs_before == NULL || work->class_of_position == NULL || work->group_first == NULL)
    return false;
  circle_bounds_general(&operands->anchors, operands->references, NULL, false, work->bounds);
  begin_moments(work);
  sort_classes(work);
  cut_into_groups(work);
  bool enough = count_pairs(work) && begin_keys(work);
  for (int thread = 0; enough && thread < work->workers.threads; thread++) {
    circle_ranking_workspace *workspace = circle_allocate_zeros(1, sizeof *workspace);
    work->workers.workspaces[thread] = workspace;
    enough = workspace != NULL && begin_workspace(work, limit, workspace);
  }
  return enough;
}

static void end_work(circle_evaluation_work *work) {
  for (int thread = 0; work->workers.workspaces != NULL && thread < work->workers.threads; thread++)
    if (workspace_of(work, thread) != NULL) end_workspace(workspace_of(work, thread));
  circle_end_workers(&work->workers);
  circle_free(work->group_first);
  circle_free(work->bounds);
  circle_free(work->positive);
  circle_free(work->negative);
  circle_free(work->pairs_before);
  circle_free(work->class_of_position);
  circle_free(work->positive_keys);
}

/* ---- results ---- */

/* The moments of anchor i. */
typedef circle_moments circle_moments_at(const void *moments, size_t i);

static circle_moments own_moments(const void *moments, size_t i) {
  return ((const circle_moments *)moments)[i];
}

static circle_moments given_moments(const void *moments, size_t i) {
  const double *at = (const double *)moments + CIRCLE_MOMENTS * i;
  return (circle_moments){at[0], at[1], at[2], at[3], at[4]};
}

/* Over all anchors in order. Where a pair was seen from both of its anchors it is counted once. */
static circle_similarity_moments total_of(size_t anchors, const void *moments,
                                          circle_moments_at *moments_at, bool each_pair_once,
                                          double limit) {
  const double times = each_pair_once ? 2.0 : 1.0;
  circle_compensated_sum sum = {0.0, 0.0}, squares = {0.0, 0.0};
  circle_moments total = circle_no_moments();
  for (size_t i = 0; i < anchors; i++) {
    const circle_moments at = moments_at(moments, i);
    total.count += at.count;
    circle_add_compensated(&sum, at.count * at.mean);
    circle_widen_range(&total, at.least, at.largest);
  }
  if (total.count == 0.0) return (circle_similarity_moments){0.0, NAN, NAN, NAN, NAN};
  const double mean = circle_total(&sum) / total.count, count = total.count / times;
  for (size_t i = 0; i < anchors; i++) {
    const circle_moments at = moments_at(moments, i);
    const double distance = at.mean - mean;
    circle_add_compensated(&squares, at.squares + at.count * distance * distance);
  }
  const double variance = circle_larger(circle_total(&squares), 0.0) / times / (count - 1.0);
  return (circle_similarity_moments){.count = count,
                                     .mean = mean * limit,
                                     .sd = count > 1.0 ? sqrt(variance) * limit : NAN,
                                     .least = total.least * limit + 0.0, /* -0 is 0 */
                                     .largest = total.largest * limit + 0.0};
}

circle_similarity_moments circle_total_moments(size_t count, const double *moments,
                                               bool each_pair_once, double limit) {
  return total_of(count, moments, given_moments, each_pair_once, limit);
}

static circle_similarity_moments own_total(const circle_evaluation_work *work,
                                           const circle_moments *moments, double limit) {
  return total_of(work->operands->anchors.rows, moments, own_moments, work->operands->symmetric,
                  limit);
}

static void give_moments(size_t rows, const circle_moments *moments, double *to) {
  for (size_t row = 0; to != NULL && row < rows; row++) {
    const circle_moments at = moments[row];
    const double numbers[CIRCLE_MOMENTS] = {at.count, at.mean, at.squares, at.least, at.largest};
    memcpy(to + CIRCLE_MOMENTS * row, numbers, sizeof numbers);
  }
}

/* Adds all counts to those of the first thread. */
static const circle_histogram *add_histograms(const circle_evaluation_work *work) {
  circle_histogram *histogram = &workspace_of(work, 0)->ranking.histogram;
  circle_add_recent(histogram);
  for (int thread = 1; thread < work->workers.threads; thread++) {
    circle_histogram *more = &workspace_of(work, thread)->ranking.histogram;
    circle_add_recent(more);
    for (size_t bin = 0; bin < 2 * CIRCLE_BINS; bin++)
      histogram->positive[bin] += more->positive[bin];
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

static bool list_bins(const circle_evaluation_work *work, circle_evaluation *evaluation) {
  const circle_pair_counts pairs = work->pairs;
  circle_similarity_bins *bins = &evaluation->similarities;
  if (work->positive_keys == NULL)
    return circle_list_histogram(
        add_histograms(work), fmin(evaluation->positive.least, evaluation->negative.least),
        fmax(evaluation->positive.largest, evaluation->negative.largest), bins);
  return sort_keys(work->positive_keys, pairs.positives) &&
         sort_keys(work->negative_keys, pairs.negatives) &&
         circle_list_similarities(work->positive_keys, pairs.positives, work->negative_keys,
                                  pairs.negatives, bins);
}

/* Ownership passes to the evaluation. */
static bool take_part_counts(const circle_evaluation_work *work, circle_evaluation *evaluation) {
  circle_part_counts *first = &workspace_of(work, 0)->ranking.part_counts;
  for (int thread = 1; thread < work->workers.threads; thread++)
    circle_add_part_counts(&workspace_of(work, thread)->ranking.part_counts, first);
  evaluation->part_counts = first->counts;
  first->counts = NULL;
  if (first->pair_sums == NULL) return true;
  evaluation->class_pair_sums = circle_pair_sums_of(first);
  return evaluation->class_pair_sums != NULL;
}

/* The list takes ownership of the pairs. */
static circle_pair_list pair_list(circle_hardest *hardest) {
  circle_sort_hardest(hardest);
  for (size_t i = 0; i < hardest->count; i++) hardest->pairs[i].similarity += 0.0; /* -0 is 0 */
  const circle_pair_list list = {hardest->count, hardest->pairs};
  hardest->pairs = NULL;
  return list;
}

static void list_hardest(const circle_evaluation_work *work, circle_evaluation *evaluation) {
  circle_ranking *first = &workspace_of(work, 0)->ranking;
  for (int thread = 1; thread < work->workers.threads; thread++) {
    const circle_ranking *more = &workspace_of(work, thread)->ranking;
    circle_merge_hardest(&first->hardest_positives, &more->hardest_positives);
    circle_merge_hardest(&first->hardest_negatives, &more->hardest_negatives);
  }
  evaluation->hardest_positives = pair_list(&first->hardest_positives);
  evaluation->hardest_negatives = pair_list(&first->hardest_negatives);
}

static circle_status evaluate(circle_evaluation_work *work, const circle_run *run,
                              circle_evaluation *evaluation) {
  const circle_operands *operands = work->operands;
  const double limit = limit_of_similarities(operands);
  if (!begin_work(work, run, limit)) return CIRCLE_OUT_OF_MEMORY;
  circle_pass pass = {.operands = operands,
                      .order = CIRCLE_BY_GROUPS,
                      .rows = work->range.count,
                      .group_first = work->group_first,
                      .groups = work->groups,
                      .tile_columns = columns_of_tile(operands),
                      .visit = rank_tile,
                      .context = work,
                      .workers = &work->workers};
  const circle_tasks tasks = circle_tasks_of_pass(&pass, (circle_span){0.0, 1.0});
  const circle_status status = circle_run_tasks(&work->workers, &tasks);
  if (status != CIRCLE_OK) return status;
  evaluation->limit = limit;
  evaluation->positive = own_total(work, work->positive, limit);
  evaluation->negative = own_total(work, work->negative, limit);
  give_moments(operands->anchors.rows, work->positive, work->metrics->positive_moments);
  give_moments(operands->anchors.rows, work->negative, work->metrics->negative_moments);
  if (!list_bins(work, evaluation)) return CIRCLE_OUT_OF_MEMORY;
  list_hardest(work, evaluation);
  return take_part_counts(work, evaluation) ? CIRCLE_OK : CIRCLE_OUT_OF_MEMORY;
}

/* All anchors where none are chosen. */
static bool choose_range(circle_evaluation_work *work) {
  const size_t rows = work->operands->anchors.rows;
  const circle_anchor_range *wanted = work->request->range;
  work->range = wanted == NULL ? (circle_anchor_range){0, rows} : *wanted;
  return work->range.first % CIRCLE_RANGE_ROWS == 0 && work->range.first <= rows &&
         work->range.count <= rows - work->range.first;
}

circle_status circle_evaluate(const circle_operands *operands, const circle_run *run,
                              const circle_evaluation_request *request,
                              const circle_anchor_metrics *anchors, circle_evaluation *evaluation) {
  circle_evaluation_work work = {.operands = operands, .request = request, .metrics = anchors};
  *evaluation = (circle_evaluation){.similarities = {.count = 0}};
  if (!choose_range(&work) || (request->parts.class_of_anchor != NULL && !operands->symmetric))
    return CIRCLE_BAD_CALL;
  const circle_status status = evaluate(&work, run, evaluation);
  end_work(&work);
  if (status != CIRCLE_OK) circle_evaluation_free(evaluation);
  return status;
}

void circle_evaluation_free(circle_evaluation *evaluation) {
  circle_free(evaluation->similarities.lower); /* all four arrays */
  circle_free(evaluation->hardest_positives.pairs);
  circle_free(evaluation->hardest_negatives.pairs);
  circle_free(evaluation->part_counts);
  circle_free(evaluation->class_pair_sums);
  *evaluation = (circle_evaluation){.similarities = {.count = 0}};
}
