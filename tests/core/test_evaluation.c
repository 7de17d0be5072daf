/* Ranks, similarities and the hardest pairs against obvious loops, for every instruction set and
 * type. Numbers are small multiples of 1/4: products are exact in every type, and many are equal.
 *
 *   test_evaluation [CASES]    problems for each instruction set; if given, only small ones */
#include <string.h>

#include "circle_evaluation.h"

#include "check.h"
#include "operand/operand.h"

enum { K = 3, KEPT = 20, SIXTEENTHS = 16 * 64 };
static const size_t k_of[K] = {1, 5, 10};

/* The naive loops' view of a problem. */
typedef struct {
  size_t rows, references, columns;
  const double *x, *r;
  const int32_t *labels, *reference_labels;
  bool own; /* each pair counts once, and no row is paired with itself */
  const int32_t *groups, *reference_groups;
  circle_settings settings;
} pairs;

static pairs pairs_of(const problem *of) {
  const bool own = !of->batch.has_references;
  return (pairs){.rows = (size_t)of->batch.embeddings.rows,
                 .references = (size_t)(own ? of->batch.embeddings : of->batch.references).rows,
                 .columns = (size_t)of->batch.embeddings.columns,
                 .x = of->embeddings,
                 .r = own ? of->embeddings : of->references,
                 .labels = of->labels,
                 .reference_labels = own ? of->labels : of->reference_labels,
                 .own = own,
                 .groups = of->batch.groups,
                 .reference_groups = own ? of->batch.groups : of->batch.reference_groups,
                 .settings = of->settings};
}

static double product(size_t columns, const double *x, const double *r) {
  double sum = 0.0;
  for (size_t k = 0; k < columns; k++) sum += x[k] * r[k];
  return sum;
}

/* Cosines in float are the nearest to those in double. */
static double similarity(const pairs *of, size_t i, size_t j) {
  const double *x = of->x + i * of->columns, *r = of->r + j * of->columns;
  const double both = product(of->columns, x, r), a = product(of->columns, x, x);
  const double b = product(of->columns, r, r);
  if (of->settings.similarity == CIRCLE_DISTANCE) return 0.0 - sqrt(a + b - 2.0 * both);
  if (of->settings.similarity != CIRCLE_COSINE) return both;
  const double cosine = a * b == 0.0 ? 0.0 : copysign(sqrt(both * both / (a * b)), both);
  return of->settings.dtype == CIRCLE_FLOAT64 ? cosine : (double)(float)cosine;
}

static bool is_positive(const pairs *of, size_t i, size_t j) {
  return of->labels[i] == of->reference_labels[j];
}

static bool is_pair(const pairs *of, size_t i, size_t j) {
  if (of->own && i == j) return false;
  if (of->settings.group_rule == CIRCLE_ALL_PAIRS) return true;
  const bool same = of->groups[i] == of->reference_groups[j];
  if (of->settings.group_rule == CIRCLE_OTHER_GROUPS) return !same;
  if (of->settings.group_rule == CIRCLE_OTHER_GROUP_POSITIVES)
    return !same || !is_positive(of, i, j);
  return same || is_positive(of, i, j);
}

static bool close_to(double a, double b) {
  return isnan(b) ? isnan(a) : fabs(a - b) <= 1e-12 * fmax(1.0, fabs(b));
}

static bool same(double a, double b) { return isnan(b) ? isnan(a) : a == b; }

/* The hardest pair of one anchor. */
typedef struct {
  double reference, similarity;
} extreme;

static void take(extreme *best, bool harder, size_t j, double s) {
  if (isnan(best->reference) || harder) *best = (extreme){(double)j, s};
}

/* Of the similarities of one kind, around their mean. */
static double sd(const pairs *of, size_t i, bool positive, double mean) {
  double squares = 0.0, count = 0.0;
  for (size_t j = 0; j < of->references; j++) {
    if (!is_pair(of, i, j) || is_positive(of, i, j) != positive) continue;
    squares += pow(similarity(of, i, j) - mean, 2.0);
    count++;
  }
  return sqrt(squares / count);
}

static void check_anchor(const pairs *of, size_t i, const circle_anchor_metrics *metrics) {
  double positives = 0.0, negatives = 0.0, first = NAN, last = NAN, r_precision = 0.0;
  double at_r = 0.0, all = 0.0, at_k[K] = {0.0}, sums[2] = {0.0, 0.0};
  extreme nearest = {NAN, NAN}, positive = nearest, negative = nearest;
  extreme closest = nearest; /* positive */
  double *ranks = malloc((of->references + 1) * sizeof *ranks);
  size_t found = 0;
  for (size_t j = 0; j < of->references; j++) {
    if (!is_pair(of, i, j)) continue;
    const double s = similarity(of, i, j);
    sums[is_positive(of, i, j)] += s;
    take(&nearest, s > nearest.similarity, j, s);
    if (!is_positive(of, i, j)) {
      negatives++;
      take(&negative, s > negative.similarity, j, s);
      continue;
    }
    positives++;
    take(&closest, s > closest.similarity, j, s);
    take(&positive, s < positive.similarity, j, s);
    double rank = 1.0;
    for (size_t other = 0; other < of->references; other++) {
      const double t = similarity(of, i, other);
      rank += is_pair(of, i, other) && (t > s || (t == s && other < j));
    }
    ranks[found++] = rank;
  }
  for (size_t p = 0; p < found; p++) {
    double before = 1.0;
    for (size_t q = 0; q < found; q++) before += ranks[q] < ranks[p];
    if (before == 1.0) first = ranks[p];
    if (before == positives) last = ranks[p];
    all += before / ranks[p] / positives;
    at_r += ranks[p] <= positives ? before / ranks[p] / positives : 0.0;
    r_precision += ranks[p] <= positives;
    for (size_t k = 0; k < K; k++) at_k[k] += ranks[p] <= (double)k_of[k];
  }
  free(ranks);
  const double none = positives > 0.0 ? 0.0 : NAN; /* added to what has no value then */
  CHECK(same(metrics->positives[i], positives) && same(metrics->negatives[i], negatives), "counts");
  CHECK(same(metrics->first_rank[i], first), "first rank %g, not %g", metrics->first_rank[i],
        first);
  CHECK(same(metrics->last_rank[i], last), "last rank %g, not %g", metrics->last_rank[i], last);
  CHECK(close_to(metrics->r_precision[i], r_precision / positives), "precision at R");
  CHECK(close_to(metrics->average_precision_at_r[i], at_r + none), "average precision at R");
  CHECK(close_to(metrics->average_precision[i], all + none), "average precision");
  for (size_t k = 0; k < K; k++)
    CHECK(close_to(metrics->precision_at_k[k * of->rows + i], at_k[k] / (double)k_of[k] + none),
          "precision at k");
  CHECK(same(metrics->nearest[i], nearest.reference) &&
            same(metrics->nearest_similarity[i], nearest.similarity) &&
            same(metrics->nearest_positive[i], closest.reference) &&
            same(metrics->nearest_positive_similarity[i], closest.similarity) &&
            same(metrics->hardest_positive[i], positive.reference) &&
            same(metrics->hardest_positive_similarity[i], positive.similarity) &&
            same(metrics->hardest_negative[i], negative.reference) &&
            same(metrics->hardest_negative_similarity[i], negative.similarity),
        "nearest and hardest");
  CHECK(close_to(metrics->positive_mean[i], sums[1] / positives) &&
            close_to(metrics->negative_mean[i], sums[0] / negatives),
        "means");
  CHECK(close_to(metrics->positive_sd[i], sd(of, i, true, sums[1] / positives)) &&
            close_to(metrics->negative_sd[i], sd(of, i, false, sums[0] / negatives)),
        "standard deviations");
}

/* ---- all pairs ---- */

/* How many pairs have a similarity, in sixteenths. */
typedef struct {
  double count[2][2 * SIXTEENTHS + 1];
} tally;

static void check_similarities(const tally *of, const circle_similarity_bins *bins) {
  bool right = true;
  double counted = 0.0, expected = 0.0;
  for (int i = 0; i <= 2 * SIXTEENTHS; i++) expected += of->count[0][i] + of->count[1][i];
  for (size_t b = 0; b < bins->count; b++) {
    const double lower = bins->lower[b], upper = bins->upper[b];
    double here[2] = {0.0, 0.0};
    for (int i = 0; i <= 2 * SIXTEENTHS; i++) {
      const double s = (i - SIXTEENTHS) / 16.0;
      if (s < lower || s > upper || (s == upper && s > lower && b + 1 < bins->count)) continue;
      for (int kind = 0; kind < 2; kind++) here[kind] += of->count[kind][i];
    }
    right = right && here[0] == bins->negative[b] && here[1] == bins->positive[b];
    counted += bins->negative[b] + bins->positive[b];
  }
  CHECK(right, "pairs of each bin");
  CHECK(counted == expected, "%g pairs in bins, not %g", counted, expected);
}

static void check_moments(const double *count, const circle_similarity_moments *moments) {
  double pairs = 0.0, sum = 0.0, squares = 0.0, least = NAN, largest = NAN;
  for (int i = 0; i <= 2 * SIXTEENTHS; i++) {
    if (count[i] == 0.0) continue;
    largest = (i - SIXTEENTHS) / 16.0;
    if (isnan(least)) least = largest;
    pairs += count[i];
    sum += count[i] * largest;
  }
  for (int i = 0; i <= 2 * SIXTEENTHS; i++) {
    const double distance = (i - SIXTEENTHS) / 16.0 - sum / pairs;
    if (count[i] > 0.0) squares += count[i] * distance * distance;
  }
  CHECK(moments->count == pairs, "%g pairs, not %g", moments->count, pairs);
  CHECK(close_to(moments->mean, sum / pairs), "mean %g, not %g", moments->mean, sum / pairs);
  if (pairs > 1.0) CHECK(close_to(moments->sd, sqrt(squares / (pairs - 1.0))), "sd");
  CHECK(same(moments->least, least) && same(moments->largest, largest), "range");
}

/* In order, of the right kind, and none harder is left out. */
static void check_hardest(const pairs *of, bool positive, const tally *counted,
                          const circle_pair_list *list) {
  const double sign = positive ? -1.0 : 1.0;
  double total = 0.0, harder = 0.0;
  bool right = true;
  for (int i = 0; i <= 2 * SIXTEENTHS; i++) total += counted->count[positive][i];
  CHECK((double)list->count == fmin(total, KEPT), "how many hardest pairs");
  for (size_t p = 0; p < list->count; p++) {
    const circle_pair at = list->pairs[p], before = list->pairs[p > 0 ? p - 1 : 0];
    right = right && is_positive(of, at.anchor, at.reference) == positive &&
            is_pair(of, at.anchor, at.reference) &&
            at.similarity == similarity(of, at.anchor, at.reference) &&
            (!of->own || at.anchor < at.reference) &&
            (p == 0 || sign * at.similarity < sign * before.similarity ||
             (at.similarity == before.similarity &&
              (at.anchor > before.anchor ||
               (at.anchor == before.anchor && at.reference > before.reference))));
  }
  if (list->count > 0)
    for (int i = 0; i <= 2 * SIXTEENTHS; i++)
      if (sign * (i - SIXTEENTHS) / 16.0 > sign * list->pairs[list->count - 1].similarity)
        harder += counted->count[positive][i];
  CHECK(right && harder < KEPT, "hardest pairs");
}

static void check_pairs(const pairs *of, const circle_evaluation *evaluation) {
  tally *counted = calloc(1, sizeof *counted);
  for (size_t i = 0; i < of->rows; i++)
    for (size_t j = of->own ? i + 1 : 0; j < of->references; j++)
      if (is_pair(of, i, j))
        counted->count[is_positive(of, i, j)][(int)(16.0 * similarity(of, i, j)) + SIXTEENTHS]++;
  check_similarities(counted, &evaluation->similarities);
  check_moments(counted->count[1], &evaluation->positive);
  check_moments(counted->count[0], &evaluation->negative);
  check_hardest(of, true, counted, &evaluation->hardest_positives);
  check_hardest(of, false, counted, &evaluation->hardest_negatives);
  free(counted);
}

/* ---- parts ---- */

enum { PARTS = 10 };

/* Labels begin with -1. */
static int part_of(const pairs *of, size_t i) { return of->labels[i] + 1; }

/* Every label is a part, and every sixteenth a bin: sums are exact. */
static circle_parts parts_of(const pairs *of, int32_t *of_anchor) {
  if (!of->own) return (circle_parts){.of_anchor = NULL};
  for (size_t i = 0; i < of->rows; i++) of_anchor[i] = part_of(of, i);
  return (circle_parts){.of_anchor = of_anchor,
                        .count = PARTS,
                        .lowest = -CIRCLE_PART_BINS / 32.0,
                        .bins_per_unit = 16.0,
                        .class_of_anchor = of_anchor,
                        .classes = PARTS};
}

static void check_parts(const pairs *of, const circle_evaluation *evaluation) {
  static double counts[2][PARTS][CIRCLE_PART_BINS], sums[PARTS][PARTS][CIRCLE_PAIR_SUMS];
  memset(counts, 0, sizeof counts);
  memset(sums, 0, sizeof sums);
  for (size_t i = 0; i < of->rows; i++)
    for (size_t j = 0; j < of->rows; j++) {
      const int a = part_of(of, i), b = part_of(of, j);
      const double s = similarity(of, i, j), x = 32.0 * s / CIRCLE_PART_BINS;
      if (i == j || !is_pair(of, i, j)) continue;
      counts[is_positive(of, i, j) ? 0 : 1][a][(int)(16.0 * s) + CIRCLE_PART_BINS / 2]++;
      const double more[CIRCLE_PAIR_SUMS] = {1.0, x, x * x};
      for (int k = 0; k < CIRCLE_PAIR_SUMS && a < b; k++) sums[a][b][k] += more[k];
    }
  bool same_counts = true, same_sums = true;
  for (size_t i = 0; i < sizeof counts / sizeof(double); i++)
    same_counts = same_counts && (double)evaluation->part_counts[i] == (&counts[0][0][0])[i];
  for (size_t i = 0; i < sizeof sums / sizeof(double); i++)
    same_sums = same_sums && evaluation->class_pair_sums[i] == (&sums[0][0][0])[i];
  CHECK(same_counts, "counts of parts");
  CHECK(same_sums, "sums over pairs of classes");
}

/* ---- problems ---- */

static problem exact_problem(int rows, int columns, int references, int classes) {
  problem new = new_problem(rows, columns, references, classes);
  for (int i = 0; i < rows * columns; i++) new.embeddings[i] = (random_below(9) - 4) / 4.0;
  for (int i = 0; i < references * columns; i++) new.references[i] = (random_below(9) - 4) / 4.0;
  return new;
}

enum { OTHERS = 19, METRICS = OTHERS + K + 2 * CIRCLE_MOMENTS };

/* All metrics of `rows` anchors in one block of numbers. */
static double *new_metrics(size_t rows, circle_anchor_metrics *metrics) {
  double *numbers = calloc(METRICS * (rows + 1), sizeof *numbers), *next = numbers;
  double **const fields[] = {&metrics->positives,
                             &metrics->negatives,
                             &metrics->first_rank,
                             &metrics->last_rank,
                             &metrics->r_precision,
                             &metrics->average_precision_at_r,
                             &metrics->average_precision,
                             &metrics->nearest,
                             &metrics->nearest_similarity,
                             &metrics->nearest_positive,
                             &metrics->nearest_positive_similarity,
                             &metrics->hardest_positive,
                             &metrics->hardest_positive_similarity,
                             &metrics->hardest_negative,
                             &metrics->hardest_negative_similarity,
                             &metrics->positive_mean,
                             &metrics->negative_mean,
                             &metrics->positive_sd,
                             &metrics->negative_sd};
  for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++, next += rows) *fields[f] = next;
  metrics->precision_at_k = next;
  metrics->positive_moments = next + K * rows;
  metrics->negative_moments = metrics->positive_moments + CIRCLE_MOMENTS * rows;
  return numbers;
}

/* ---- ranges of anchors ---- */

static double pairs_in(const circle_similarity_bins *bins) {
  double pairs = 0.0;
  for (size_t i = 0; i < bins->count; i++) pairs += bins->positive[i] + bins->negative[i];
  return pairs;
}

static bool same_moments(const circle_similarity_moments *a, const circle_similarity_moments *b) {
  return memcmp(a, b, sizeof *a) == 0 || (a->count == 0.0 && b->count == 0.0) ||
         (a->count == 1.0 && b->count == 1.0 && a->mean == b->mean);
}

/* Range by range the anchors have the metrics that they have in the whole; counts add up. */
static void test_ranges(const circle_operands *operands, circle_evaluation_request request,
                        size_t rows, const double *whole_numbers, const circle_evaluation *whole) {
  const circle_run run = {.threads = 1};
  const size_t most = CIRCLE_RANGE_ROWS * (size_t)(1 + random_below(3));
  const bool own = operands->symmetric;
  circle_anchor_metrics metrics;
  double *numbers = new_metrics(rows, &metrics), pairs = 0.0;
  double pair_sums[PARTS * PARTS * CIRCLE_PAIR_SUMS] = {0.0};
  size_t hardest = 0;
  for (size_t first = 0; first < rows; first += most) {
    const circle_anchor_range range = {first, rows - first < most ? rows - first : most};
    circle_evaluation part;
    request.range = &range;
    CHECK(circle_evaluate(operands, &run, &request, &metrics, &part) == CIRCLE_OK, "range");
    pairs += pairs_in(&part.similarities);
    hardest += part.hardest_negatives.count;
    for (size_t i = 0;
         request.parts.class_of_anchor != NULL && i < PARTS * PARTS * CIRCLE_PAIR_SUMS; i++)
      pair_sums[i] += part.class_pair_sums[i];
    circle_evaluation_free(&part);
    /* The moments of other anchors are empty: kept apart */
    for (size_t position = first; position < first + range.count; position++) {
      const size_t row = operands->anchors.order[position];
      for (int kind = 0; kind < 2; kind++) {
        const size_t at =
            (size_t)(OTHERS + K + kind * CIRCLE_MOMENTS) * rows + CIRCLE_MOMENTS * row;
        CHECK(memcmp(numbers + at, whole_numbers + at, CIRCLE_MOMENTS * sizeof *numbers) == 0,
              "moments of a range");
      }
    }
  }
  CHECK(memcmp(numbers, whole_numbers, (OTHERS + K) * rows * sizeof *numbers) == 0,
        "metrics of ranges of %zu of %zu anchors", most, rows);
  CHECK(pairs == pairs_in(&whole->similarities), "pairs of ranges");
  if (request.parts.class_of_anchor != NULL && rows > 0)
    CHECK(memcmp(pair_sums, whole->class_pair_sums, sizeof pair_sums) == 0, "pair sums of ranges");
  CHECK(hardest >= whole->hardest_negatives.count, "hardest pairs of ranges");
  const double *moments = whole_numbers + (OTHERS + K) * rows;
  const circle_similarity_moments total[2] = {
      circle_total_moments(rows, moments, own, whole->limit),
      circle_total_moments(rows, moments + CIRCLE_MOMENTS * rows, own, whole->limit)};
  CHECK(same_moments(&total[0], &whole->positive) && same_moments(&total[1], &whole->negative),
        "total moments");
  const circle_anchor_range odd = {1, 1};
  circle_evaluation none;
  request.range = &odd;
  CHECK(circle_evaluate(operands, &run, &request, &metrics, &none) == CIRCLE_BAD_CALL,
        "a range that begins anywhere");
  free(numbers);
}

/* `anchors`: how many of them are looked at; in_sixteenths: so are all similarities, which are
 * counted then */
static void test_problem(const problem *of, int threads, size_t anchors, bool in_sixteenths) {
  const pairs naive = pairs_of(of);
  const circle_run run = {.threads = threads};
  circle_evaluation_request request = {.k_count = K, .k = k_of, .kept_pairs = KEPT};
  circle_anchor_metrics metrics;
  double *numbers = new_metrics(naive.rows, &metrics);
  circle_evaluation evaluation;
  int32_t *of_anchor = malloc(sizeof *of_anchor * (naive.rows + 1));
  if (in_sixteenths) request.parts = parts_of(&naive, of_anchor);
  circle_operands *operands;
  circle_report report;
  circle_status status = circle_open(&of->batch, &of->settings, &run, &operands, &report);
  CHECK(status == CIRCLE_OK, "open: status %d", status);
  status = circle_evaluate(operands, &run, &request, &metrics, &evaluation);
  CHECK(status == CIRCLE_OK, "evaluate: status %d", status);
  for (size_t i = 0; i < naive.rows && i < anchors; i++) check_anchor(&naive, i, &metrics);
  if (in_sixteenths) check_pairs(&naive, &evaluation);
  if (request.parts.class_of_anchor != NULL) check_parts(&naive, &evaluation);
  test_ranges(operands, request, naive.rows, numbers, &evaluation);
  circle_evaluation_free(&evaluation);
  circle_close(operands);
  free(of_anchor);
  free(numbers);
}

static const int sizes[] = {1, 2, 7, 8, 9, 16, 19, 20, 21, 33, 48, 65, 97, 130, 193, 201, 257};
static const int widths[] = {1, 2, 3, 6, 15, 17};
enum { SIZES = sizeof sizes / sizeof sizes[0], WIDTHS = sizeof widths / sizeof widths[0] };

static int32_t *random_groups(int rows, int groups) {
  int32_t *group = malloc(sizeof *group * (size_t)(rows + 1));
  for (int i = 0; i < rows; i++) group[i] = random_below(groups);
  return group;
}

static void test_case(int number) {
  const int references = random_below(2) ? sizes[random_below(SIZES)] : 0;
  const int classes = 1 + random_below(9), columns = widths[random_below(WIDTHS)];
  problem of = exact_problem(sizes[random_below(SIZES)], columns, references, classes);
  of.settings.dtype = number % 4;
  const int groups = 1 + random_below(5), rows = (int)of.batch.embeddings.rows;
  int32_t *group = random_groups(rows, groups),
          *reference_group = random_groups(references, groups);
  if (random_below(2)) {
    of.settings.group_rule = random_below(4);
    of.batch.groups = group;
    if (references > 0) of.batch.reference_groups = reference_group;
  }
  const int32_t similarities[] = {CIRCLE_INNER_PRODUCT, CIRCLE_INNER_PRODUCT, CIRCLE_COSINE,
                                  CIRCLE_DISTANCE};
  of.settings.similarity = similarities[random_below(4)];
  test_problem(&of, 1 + random_below(3), SIZE_MAX, of.settings.similarity == CIRCLE_INNER_PRODUCT);
  free_problem(&of);
  free(group);
  free(reference_group);
}

/* ---- many positives ---- */

enum { ANCHORS = 6, DIMENSIONS = 3 };

typedef double number_drawn(int row, int label);

/* Two labels, and as many references of each as said. */
static problem binary_problem(int positives, int negatives, number_drawn *draw) {
  const int references = positives + negatives;
  problem new = new_problem(ANCHORS, DIMENSIONS, references, 2);
  for (int i = 0; i < ANCHORS; i++) {
    new.labels[i] = i % 2;
    for (int k = 0; k < DIMENSIONS; k++) new.embeddings[i * DIMENSIONS + k] = draw(i, i % 2);
  }
  for (int j = 0; j < references; j++) {
    new.reference_labels[j] = random_below(references - j) >= positives;
    positives -= new.reference_labels[j] == 0;
    for (int k = 0; k < DIMENSIONS; k++)
      new.references[j * DIMENSIONS + k] = draw(ANCHORS + j, new.reference_labels[j]);
  }
  return new;
}

/* Similarities are multiples of 2^-12, nearly all different, and exact in every type. */
static double draw_fine(int row, int label) {
  (void)row;
  (void)label;
  return (random_below(129) - 64) / 64.0;
}

/* One reference is far off, so that nearly all positives share a bin. */
static double draw_with_outlier(int row, int label) {
  return draw_fine(row, label) * (row == ANCHORS + 1 ? 64.0 : 1.0 / 16.0);
}

/* Three similarities to each anchor. */
static double draw_sign(int row, int label) {
  (void)label;
  return row < ANCHORS ? (row == 0 ? 0.25 : 0.5) : (double)(row % 3 - 1);
}

static double draw_equal(int row, int label) {
  (void)row;
  (void)label;
  return 0.5;
}

/* All positives are more similar than all negatives, */
static double draw_apart(int row, int label) {
  (void)row;
  return label == 0 ? 1.0 : -1.0;
}

/* or less. */
static double draw_mixed_up(int row, int label) {
  return row < ANCHORS ? draw_apart(row, label) : -draw_apart(row, label);
}

static void test_draw(int positives, int negatives, number_drawn *draw, bool in_sixteenths) {
  for (int dtype = 0; dtype < 4; dtype++) {
    problem of = binary_problem(positives, negatives, draw);
    of.settings.dtype = dtype;
    test_problem(&of, 2, ANCHORS, in_sixteenths);
    free_problem(&of);
  }
}

/* Around the sizes at which another sort is used */
static void test_many_positives(int number) {
  static const int positives[] = {1, 7, 47, 48, 49, 50, 300, 998, 999, 1000, 1001, 2100};
  const int count = positives[number], others = 1 + random_below(1200);
  test_draw(count, others, draw_fine, false);
  test_draw(count, others, draw_with_outlier, false);
  test_draw(count, others, draw_equal, true);
  test_draw(count, others, draw_apart, true);
  test_draw(count, others, draw_mixed_up, true);
  test_draw(count, others, draw_sign, true);
}

int main(int count, char **arguments) {
  for_each_case(count, arguments, 40, 500, test_case);
  if (count > 1) return check_report("evaluation");
  for_each_case(1, arguments, 12, 900, test_many_positives);
  /* More pairs than are kept one by one: counted in bins */
  circle_instruction_set_limit("any");
  for (int dtype = CIRCLE_FLOAT64; dtype <= CIRCLE_FLOAT32; dtype++) {
    problem of = exact_problem(2100, 6, 2010, 40);
    of.settings.dtype = dtype;
    test_problem(&of, 2, 20, true);
    free_problem(&of);
  }
  return check_report("evaluation");
}
