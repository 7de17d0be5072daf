/* Ranking a group of anchors: positives before the negatives, metrics after them. The negatives are
 * counted by kernel/template/rank.h. */
#include "evaluation/ranking.h"

#include <math.h>

#include "base/arithmetic.h"
#include "base/numbers.h"
#include "base/radix_sort.h"

/* ---- the workspace ---- */

#define FEWEST_BINS ((size_t)16)
#define MOST_BINS ((size_t)65536)

/* A power of 2, so many that few bins hold more positives than one: in the middle of a bell curve
 * they are some three times as dense as on average. With twice as many tables would no longer fit
 * into the caches. */
size_t circle_ranking_bins(size_t positives) {
  size_t bins = FEWEST_BINS;
  while (bins < 2 * positives && bins < MOST_BINS) bins *= 2;
  return bins;
}

static bool has_wide_bins(size_t positives) { return positives > UINT16_MAX; }

/* Of a table of bins, and one more that ends the last. */
static size_t numbers_of_bins(const circle_kernel *kernel, size_t positives) {
  const size_t bytes = has_wide_bins(positives) ? sizeof(uint32_t) : kernel->bytes_per_bin;
  return circle_ranking_bins(positives) * bytes / sizeof(uint32_t) + 1;
}

void circle_add_ranking_size(const circle_kernel *kernel, size_t positives,
                             circle_ranking_size *size) {
  size->similarities += positives + CIRCLE_RANK_PADDING;
  size->numbers += positives + (positives + 1) + numbers_of_bins(kernel, positives);
  if (positives > size->positives) size->positives = positives;
}

static void begin_anchor(const circle_evaluation_work *work, size_t position,
                         circle_ranking_size *used, const circle_ranking_workspace *workspace,
                         circle_ranked_anchor *anchor) {
  const circle_class_bounds *bounds = &work->bounds[position];
  const circle_pair_counts *before = &work->pairs_before[position];
  const size_t positives = bounds->positives;
  uint32_t *numbers = workspace->numbers + used->numbers;
  const bool has_keys = work->positive_keys != NULL;
  *anchor = (circle_ranked_anchor){
      .position = position,
      .row = work->operands->anchors.order[position],
      .first_column = bounds->first_positive,
      .columns = positives,
      .similarity = (char *)workspace->similarities +
                    used->similarities * work->operands->kernel->packing.element_size,
      .rows = numbers,
      .between = numbers + positives,
      .bin = numbers + positives + (positives + 1),
      .has_wide_bins = has_wide_bins(positives),
      .bins = circle_ranking_bins(positives),
      .nearest_negative = -INFINITY,
      .positive = circle_no_moments(),
      .negative = circle_no_moments(),
      .part = circle_counters_of(&workspace->ranking.part_counts,
                                 work->operands->anchors.order[position]),
      .positive_keys = has_keys ? work->positive_keys + before->positives : NULL,
      .negative_keys = has_keys ? work->negative_keys + before->negatives : NULL};
  memset(anchor->between, 0, (positives + 1) * sizeof *anchor->between);
  circle_add_ranking_size(work->operands->kernel, positives, used);
}

/* ---- positives ---- */

static bool is_related_positive(const circle_operands *operands, const circle_ranked_anchor *anchor,
                                size_t column) {
  const bool same =
      operands->anchors.groups[anchor->position] == operands->references->groups[column];
  return circle_is_related(circle_relation_of_positives(&operands->settings), same);
}

/* Those of the columns first .. end of the tile, whose `similarities` are in the compute type. */
static void append_columns(const circle_operands *operands, const circle_tile *tile,
                           const char *similarities, size_t first, size_t end,
                           circle_ranked_anchor *anchor) {
  const size_t size = operands->kernel->packing.element_size;
  if (first >= end) return;
  memcpy((char *)anchor->similarity + anchor->positives * size,
         similarities + (first - tile->first_column) * size, (end - first) * size);
  for (size_t column = first; column < end; column++)
    anchor->rows[anchor->positives++] = (uint32_t)operands->references->order[column];
}

/* An anchor is no positive of its own. */
static void append_positives(const circle_operands *operands, const circle_tile *tile,
                             const char *similarities, circle_ranked_anchor *anchor) {
  const size_t end =
      circle_smaller(anchor->first_column + anchor->columns, tile->first_column + tile->columns);
  const size_t own = operands->symmetric ? anchor->position : SIZE_MAX;
  size_t first = anchor->first_column;
  if (first < tile->first_column) first = tile->first_column;
  if (operands->settings.group_rule != CIRCLE_ALL_PAIRS) {
    for (size_t column = first; column < end; column++)
      if (column != own && is_related_positive(operands, anchor, column))
        append_columns(operands, tile, similarities, column, column + 1, anchor);
  } else if (own < first || own >= end) {
    append_columns(operands, tile, similarities, first, end, anchor);
  } else {
    append_columns(operands, tile, similarities, first, own, anchor);
    append_columns(operands, tile, similarities, own + 1, end, anchor);
  }
}

typedef struct {
  size_t first, end;
} column_range;

/* From the first column that is a positive of any of the anchors to the last. */
static column_range columns_of(const circle_ranked_anchor *anchors, size_t rows) {
  column_range range = {SIZE_MAX, 0};
  for (size_t r = 0; r < rows; r++) {
    if (anchors[r].columns == 0) continue;
    const size_t end = anchors[r].first_column + anchors[r].columns;
    range.first = circle_smaller(range.first, anchors[r].first_column);
    if (end > range.end) range.end = end;
  }
  return range;
}

/* Some anchors, and their range. */
typedef struct {
  size_t rows;
  column_range columns;
} neighbours;

/* As many strips as the kernel computes together, unless their classes are far apart among the
 * references. `count` anchors are left. */
static neighbours next_neighbours(const circle_kernel *kernel, const circle_ranked_anchor *anchors,
                                  size_t count) {
  const size_t strip = kernel->strip_rows, gap = kernel->packing.panel_rows;
  neighbours some = {0, {SIZE_MAX, 0}};
  while (some.rows < circle_smaller(count, kernel->rows_at_once)) {
    const size_t rows = circle_smaller(count - some.rows, strip);
    const column_range next = columns_of(anchors + some.rows, rows);
    if (next.first < next.end && some.columns.end > 0 && next.first > some.columns.end + gap) break;
    some.columns.first = circle_smaller(some.columns.first, next.first);
    if (next.end > some.columns.end) some.columns.end = next.end;
    some.rows += rows;
  }
  return some;
}

/* Tile by tile. */
static void find_positives(const circle_operands *operands, neighbours some,
                           circle_ranking_workspace *workspace, circle_ranked_anchor *anchors) {
  const circle_kernel *kernel = operands->kernel;
  const circle_store store = {workspace->strip, 1, kernel->rows_at_once};
  const size_t panel_rows = kernel->packing.panel_rows, most = kernel->packing.tile_rows;
  const size_t end = some.columns.end;
  circle_store_pass pass = {operands, &store};
  for (size_t column = some.columns.first / panel_rows * panel_rows; column < end; column += most) {
    const circle_tile tile = {.first_row = anchors->position,
                              .rows = some.rows,
                              .first_column = column,
                              .columns = circle_smaller(end - column, most)};
    kernel->store_tile(&pass, &tile, workspace->kernel_workspace);
    for (size_t r = 0; r < some.rows; r++)
      append_positives(operands, &tile, (char *)workspace->strip + r * kernel->similarity_row_bytes,
                       &anchors[r]);
  }
}

/* Both sort the similarities in the order of ~key, which descends, and their rows along. */

static void sort_floats(circle_ranking_workspace *workspace, circle_ranked_anchor *anchor) {
  const size_t count = anchor->positives;
  float *similarity = anchor->similarity;
  uint64_t *items = workspace->keys;
  for (size_t p = 0; p < count; p++)
    items[p] = (uint64_t)~circle_short_key_of(similarity[p]) << 32 | anchor->rows[p];
  circle_sort_items(count, items, items + count);
  for (size_t p = 0; p < count; p++) {
    similarity[p] = circle_short_number_of(~(uint32_t)(items[p] >> 32));
    anchor->rows[p] = (uint32_t)items[p];
  }
}

static void sort_doubles(circle_ranking_workspace *workspace, circle_ranked_anchor *anchor) {
  const size_t count = anchor->positives;
  double *similarity = anchor->similarity;
  uint64_t *keys = workspace->keys;
  for (size_t p = 0; p < count; p++) keys[p] = ~circle_key_of(similarity[p]);
  circle_sort_keys(count, keys, anchor->rows, keys + count, workspace->more_rows);
  for (size_t p = 0; p < count; p++) similarity[p] = circle_number_of(~keys[p]);
}

/* To `sorted`, in double; and padding. */
static void copy_sorted(bool is_float, const circle_ranked_anchor *anchor, double *sorted) {
  const size_t count = anchor->positives;
  float *floats = anchor->similarity;
  double *doubles = anchor->similarity;
  for (size_t p = 0; p < count; p++) sorted[p] = is_float ? (double)floats[p] : doubles[p];
  for (size_t p = count; p < count + CIRCLE_RANK_PADDING; p++)
    if (is_float)
      floats[p] = -INFINITY;
    else
      doubles[p] = -INFINITY;
}

/* The most similar first, ties by row. */
static void sort_positives(const circle_operands *operands, circle_ranking_workspace *workspace,
                           circle_ranked_anchor *anchor) {
  const bool is_float = operands->kernel->packing.element_size == sizeof(float);
  const circle_sort_memory memory = {workspace->keys, workspace->sort_counts};
  if (!operands->kernel->sort_positives(anchor, &memory))
    (is_float ? sort_floats : sort_doubles)(workspace, anchor);
  copy_sorted(is_float, anchor, workspace->sorted);
}

static void add_positive_moments(circle_ranked_anchor *anchor, const double *similarity,
                                 double scale) {
  const size_t count = anchor->positives;
  const double guess = similarity[count / 2] * scale;
  double sum = 0.0, squares = 0.0;
  for (size_t p = 0; p < count; p++) {
    const double distance = similarity[p] * scale - guess;
    sum += distance;
    squares += distance * distance;
  }
  anchor->positive.mean = guess;
  circle_add_distances(&anchor->positive, (double)count, sum, squares);
  circle_widen_range(&anchor->positive, anchor->worst * scale, anchor->best * scale);
}

static bool is_counted(const circle_ranking *ranking, const circle_ranked_anchor *anchor,
                       size_t p) {
  return !ranking->each_pair_once || anchor->rows[p] > anchor->row;
}

static void append_positive_keys(const circle_ranking *ranking, const double *similarity,
                                 circle_ranked_anchor *anchor) {
  for (size_t p = 0; p < anchor->positives; p++)
    if (is_counted(ranking, anchor, p)) *anchor->positive_keys++ = circle_key_of(similarity[p]);
}

/* No branch depends on whether a positive is counted: nobody could predict it. */
static void count_positives(const circle_ranking *ranking, const double *similarity,
                            const circle_ranked_anchor *anchor) {
  const circle_histogram *histogram = &ranking->histogram;
  for (size_t p = 0; p < anchor->positives; p++)
    histogram->recent_positive[circle_bin_of(similarity[p], histogram->bins_per_unit)] +=
        is_counted(ranking, anchor, p);
}

static void offer_positives(circle_ranking *ranking, const double *similarity,
                            const circle_ranked_anchor *anchor) {
  circle_hardest *hardest = &ranking->hardest_positives;
  for (size_t p = anchor->positives; p-- > 0 && -similarity[p] >= hardest->threshold;)
    if (is_counted(ranking, anchor, p))
      circle_offer(hardest, (circle_pair){anchor->row, anchor->rows[p], similarity[p]});
}

/* The least similar positive, ties by row. */
static size_t hardest_positive(const double *similarity, size_t positives) {
  size_t p = positives - 1;
  while (p > 0 && similarity[p - 1] == similarity[p]) p--;
  return p;
}

void circle_begin_ranking(const circle_evaluation_work *work, size_t first, size_t count,
                          circle_ranking_workspace *workspace) {
  const circle_operands *operands = work->operands;
  circle_ranking *ranking = &workspace->ranking;
  circle_ranking_size used = {0, 0, 0};
  workspace->count = count;
  for (size_t i = 0; i < count; i++)
    begin_anchor(work, first + i, &used, workspace, &ranking->anchors[i]);
  for (size_t i = 0; i < count;) {
    const neighbours some = next_neighbours(operands->kernel, &ranking->anchors[i], count - i);
    find_positives(operands, some, workspace, &ranking->anchors[i]);
    i += some.rows;
  }
  for (size_t i = 0; i < count; i++) {
    circle_ranked_anchor *anchor = &ranking->anchors[i];
    if (anchor->positives == 0) continue;
    sort_positives(operands, workspace, anchor);
    add_positive_moments(anchor, workspace->sorted, ranking->moment_scale);
    if (anchor->positive_keys != NULL)
      append_positive_keys(ranking, workspace->sorted, anchor);
    else
      count_positives(ranking, workspace->sorted, anchor);
    offer_positives(ranking, workspace->sorted, anchor);
    anchor->hardest_row = anchor->rows[hardest_positive(workspace->sorted, anchor->positives)];
    if (anchor->part.positive != NULL)
      circle_count_part_positives(&ranking->part_counts.parts, workspace->sorted, anchor->positives,
                                  anchor->part.positive);
  }
}

/* ---- metrics ---- */

static void set_retrieval_metrics(const circle_evaluation_work *work,
                                  const circle_ranked_anchor *anchor) {
  const circle_anchor_metrics *metrics = work->metrics;
  const circle_evaluation_request *request = work->request;
  const size_t rows = work->operands->anchors.rows, positives = anchor->positives;
  double *precision_at_k = metrics->precision_at_k + anchor->row;
  size_t k = 0, among_r = 0;
  double sum = 0.0, sum_among_r = 0.0;
  for (size_t found = 0, negatives = 0; found < positives; found++) {
    negatives += anchor->between[found];
    const size_t rank = found + 1 + negatives;
    if (found == 0) metrics->first_rank[anchor->row] = (double)rank;
    if (found + 1 == positives) metrics->last_rank[anchor->row] = (double)rank;
    for (; k < request->k_count && request->k[k] < rank; k++)
      precision_at_k[k * rows] = (double)found / (double)request->k[k];
    sum += (double)(found + 1) / (double)rank;
    if (rank > positives) continue;
    among_r = found + 1;
    sum_among_r = sum;
  }
  for (; k < request->k_count; k++)
    precision_at_k[k * rows] = (double)positives / (double)request->k[k];
  metrics->r_precision[anchor->row] = (double)among_r / (double)positives;
  metrics->average_precision_at_r[anchor->row] = sum_among_r / (double)positives;
  metrics->average_precision[anchor->row] = sum / (double)positives;
}

static void set_no_retrieval_metrics(const circle_evaluation_work *work, size_t row) {
  const circle_anchor_metrics *metrics = work->metrics;
  metrics->first_rank[row] = metrics->last_rank[row] = metrics->r_precision[row] = NAN;
  metrics->average_precision_at_r[row] = metrics->average_precision[row] = NAN;
  for (size_t k = 0; k < work->request->k_count; k++)
    metrics->precision_at_k[k * work->operands->anchors.rows + row] = NAN;
}

/* Two arrays of metrics: a neighbour and its similarity. */
typedef struct {
  double *reference, *similarity;
} neighbour_metrics;

static void set_neighbour(neighbour_metrics to, size_t row, bool exists, size_t reference,
                          double similarity) {
  to.reference[row] = exists ? (double)reference : NAN;
  to.similarity[row] = exists ? similarity + 0.0 : NAN; /* -0 is 0 */
}

static void set_neighbours(const circle_anchor_metrics *metrics,
                           const circle_ranked_anchor *anchor) {
  const bool has_positive = anchor->positives > 0, has_negative = anchor->negative.count > 0.0;
  const size_t row = anchor->row;
  const bool positive_is_nearest = has_positive && (!has_negative || anchor->between[0] == 0);
  set_neighbour(
      (neighbour_metrics){metrics->nearest_positive, metrics->nearest_positive_similarity}, row,
      has_positive, has_positive ? anchor->rows[0] : 0, anchor->best);
  set_neighbour(
      (neighbour_metrics){metrics->hardest_positive, metrics->hardest_positive_similarity}, row,
      has_positive, anchor->hardest_row, anchor->worst);
  set_neighbour(
      (neighbour_metrics){metrics->hardest_negative, metrics->hardest_negative_similarity}, row,
      has_negative, anchor->nearest_row, anchor->nearest_negative);
  set_neighbour((neighbour_metrics){metrics->nearest, metrics->nearest_similarity}, row,
                has_positive || has_negative,
                positive_is_nearest ? anchor->rows[0] : anchor->nearest_row,
                positive_is_nearest ? anchor->best : anchor->nearest_negative);
}

static double mean_of(const circle_moments *moments, double scale) {
  return moments->count > 0.0 ? moments->mean / scale : NAN;
}

static double sd_of(const circle_moments *moments, double scale) {
  return moments->count > 0.0 ? sqrt(moments->squares / moments->count) / scale : NAN;
}

void circle_end_ranking(const circle_evaluation_work *work,
                        const circle_ranking_workspace *workspace) {
  const circle_anchor_metrics *metrics = work->metrics;
  const circle_ranking *ranking = &workspace->ranking;
  for (size_t i = 0; i < workspace->count; i++) {
    const circle_ranked_anchor *anchor = &ranking->anchors[i];
    const size_t row = anchor->row;
    if (anchor->positives > 0)
      set_retrieval_metrics(work, anchor);
    else
      set_no_retrieval_metrics(work, row);
    set_neighbours(metrics, anchor);
    metrics->positives[row] = anchor->positive.count;
    metrics->negatives[row] = anchor->negative.count;
    metrics->positive_mean[row] = mean_of(&anchor->positive, ranking->moment_scale);
    metrics->negative_mean[row] = mean_of(&anchor->negative, ranking->moment_scale);
    metrics->positive_sd[row] = sd_of(&anchor->positive, ranking->moment_scale);
    metrics->negative_sd[row] = sd_of(&anchor->negative, ranking->moment_scale);
    work->positive[row] = anchor->positive;
    work->negative[row] = anchor->negative;
  }
}
