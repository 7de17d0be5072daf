/* The negatives of each two classes, summed: see CIRCLE_PAIR_SUMS. Each pair counts once, so only
 * columns after the anchor's class matter. */
#ifndef CIRCLE_KERNEL_CLASS_PAIRS_H
#define CIRCLE_KERNEL_CLASS_PAIRS_H

/* Over some anchors of a strip, for each column of a tile. */
typedef struct {
  real count[RANK_STRIDE], sum[RANK_STRIDE], squares[RANK_STRIDE];
} class_columns;

/* Anchors of one class, the columns after it, and their groups if these leave out some. */
typedef struct {
  const anchor_strip *strip;
  size_t row, rows;
  size_t begin, end;
} anchor_run;

/* From -1 in the middle of the lowest bin on, within the bins. */
ALWAYS_INLINE vector within_bins(vector similarity, real middle, real per_unit) {
  const real highest = (real)(1.0 - 2.0 / CIRCLE_PART_BINS);
  return maximum(minimum((similarity - middle) * per_unit, all(highest)), all(-1));
}

static void sum_class_columns(const anchor_run *run, const circle_parts *parts,
                              class_columns *columns) {
  const anchor_strip *strip = run->strip;
  const double half = 0.5 * CIRCLE_PART_BINS;
  const real middle = (real)(parts->lowest + half / parts->bins_per_unit);
  const real per_unit = (real)(parts->bins_per_unit / half);
  const bool grouped = strip->groups != NULL;
  for (size_t i = lanes_down(run->begin); i < run->end; i += LANES) {
    vector count = all(0), sum = all(0), squares = all(0);
    for (size_t r = run->row; r < run->row + run->rows; r++) {
      vector x = within_bins(load(strip->similarities + r * RANK_STRIDE + i), middle, per_unit);
      if (grouped) {
        const integers related = pairs_of_groups(strip->negative_groups, strip, r, i);
        x = choose(related, x, all(0));
        count += choose(related, all(1), all(0));
      }
      sum += x;
      squares += x * x;
    }
    store(columns->count + i, grouped ? count : all((real)run->rows));
    store(columns->sum + i, sum);
    store(columns->squares + i, squares);
  }
}

static void add_steps(double number, double steps, int64_t *sum) {
  const double whole = number * steps;
  *sum += (int64_t)(whole + (whole < 0.0 ? -0.5 : 0.5));
}

/* Neighbouring columns of one class together. */
static void add_class_columns(const anchor_run *run, const circle_part_counts *counts,
                              const class_columns *columns) {
  const int32_t *class_of = counts->class_of_position + run->strip->first_column;
  const int32_t own = counts->class_of_position[run->strip->position + run->row];
  int64_t *of_own = counts->pair_sums + CIRCLE_PAIR_SUMS * counts->parts.classes * (size_t)own;
  for (size_t c = run->begin; c < run->end;) {
    const int32_t other = class_of[c];
    double count = 0.0, sum = 0.0, squares = 0.0;
    if (other < 0) {
      c++;
      continue;
    }
    for (; c < run->end && class_of[c] == other; c++) {
      count += (double)columns->count[c];
      sum += (double)columns->sum[c];
      squares += (double)columns->squares[c];
    }
    int64_t *sums = of_own + CIRCLE_PAIR_SUMS * (size_t)other;
    add_steps(count, counts->steps, &sums[0]);
    add_steps(sum, counts->steps, &sums[1]);
    add_steps(squares, counts->steps, &sums[2]);
  }
}

static size_t anchors_of_class(const circle_ranked_anchor *anchors, size_t row, size_t end) {
  const size_t first = row;
  while (row < end && anchors[row].first_column == anchors[first].first_column &&
         anchors[row].columns == anchors[first].columns)
    row++;
  return row - first;
}

/* Before the rows of the strip are moved. */
static void sum_class_pairs(const circle_rank_pass *pass, const anchor_strip *plain,
                            class_columns *columns) {
  const circle_ranked_anchor *anchors = pass->ranking->anchors + plain->row;
  const circle_tile tile = {.first_column = plain->first_column, .columns = (size_t)plain->columns};
  const int32_t *class_of = pass->ranking->part_counts.class_of_position + plain->position;
  anchor_strip strip = {.similarities = plain->similarities,
                        .position = plain->position,
                        .row = plain->row,
                        .rows = plain->rows,
                        .first_column = plain->first_column,
                        .columns = plain->columns};
  set_groups(&strip, pass->operands);
  for (size_t row = 0, rows; row < strip.rows; row += rows) {
    rows = anchors_of_class(anchors, row, strip.rows);
    const size_t after = anchors[row].first_column + anchors[row].columns;
    const anchor_run run = {&strip, row, rows, within_tile(after, &tile), tile.columns};
    if (run.begin == run.end || class_of[row] < 0) continue;
    sum_class_columns(&run, &pass->ranking->part_counts.parts, columns);
    add_class_columns(&run, &pass->ranking->part_counts, columns);
  }
}

#endif
