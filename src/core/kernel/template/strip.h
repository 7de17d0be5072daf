/* A strip: STRIP_ROWS anchors against the references of a tile, cut into segments of columns with
 * negatives only, positives only, or both. Since rows are sorted by label, nearly all pairs are in
 * long segments that need no labels. */
#ifndef CIRCLE_KERNEL_STRIP_H
#define CIRCLE_KERNEL_STRIP_H

/* Padding of 16 numbers, so that rows do not compete for the same cache sets. */
#define ROW_STRIDE (TILE_ROWS + 16)

/* Sums over the rows of a tile, for each column: sum * 2^scale. */
typedef struct {
  real sum[TILE_ROWS], scale[TILE_ROWS];
} column_sums;

/* Of one thread. All rows are aligned to VECTOR_BYTES. */
typedef struct {
  /* Of a strip; in a backward pass of a tile, replaced by weights in place. */
  real similarities[TILE_ROWS][ROW_STRIDE];
  real powers[STRIP_ROWS][ROW_STRIDE], wholes[STRIP_ROWS][ROW_STRIDE];
  column_sums negatives, positives;
  bool has_positives;
#ifdef MATRIX_UNIT /* too large for the stack of a thread; see kernel/template/products_amx.h */
  _Alignas(VECTOR_BYTES) word squares[TILE_ROWS / PANEL_ROWS * WEIGHT_PARTS * 2 * SQUARE_WORDS];
  _Alignas(VECTOR_BYTES) real transposed[ROWS_AT_ONCE * ROW_STRIDE];
#endif
} workspace;

typedef struct {
  size_t first, columns; /* of the tile, multiples of LANES */
  int kinds;             /* NEGATIVES, POSITIVES or both */
  bool masked;           /* not every pair belongs to the kinds */
} column_segment;

enum { MOST_SEGMENTS = 6 };

typedef struct {
  real *similarities;  /* of its first anchor */
  size_t position;     /* sorted position of its first anchor, */
  size_t row, rows;    /* its row in the tile; the number of anchors */
  size_t first;        /* columns before it belong to no pair */
  size_t first_column; /* of the tile */
  /* Of each anchor, within the tile, as masks compare them: negatives are leading_negatives columns
   * and those from first_trailing on, positives those from first_positive on before
   * first_trailing, except `excluded`. */
  integer leading_negatives[STRIP_ROWS], first_positive[STRIP_ROWS], first_trailing[STRIP_ROWS];
  integer excluded[STRIP_ROWS];
  integer columns;
  /* Of the columns, and of each anchor: pairs count if their groups are as the relations want. */
  const int32_t *groups;
  int32_t group[STRIP_ROWS];
  circle_group_relation positive_groups, negative_groups;
  column_segment segments[MOST_SEGMENTS];
  int segment_count;
} anchor_strip;

static size_t within_tile(size_t column, const circle_tile *tile) {
  if (column < tile->first_column) return 0;
  column -= tile->first_column;
  return column < tile->columns ? column : tile->columns;
}

static size_t lanes_down(size_t column) { return column / LANES * LANES; }
static size_t lanes_up(size_t column) { return circle_round_up(column, LANES); }

static void set_bounds(anchor_strip *strip, size_t r, const circle_class_bounds *bounds,
                       const circle_tile *tile) {
  const size_t trailing = bounds->first_positive + bounds->positives;
  strip->leading_negatives[r] = (integer)within_tile(bounds->leading_negatives, tile);
  strip->first_positive[r] = (integer)within_tile(bounds->first_positive, tile);
  strip->first_trailing[r] = (integer)within_tile(trailing, tile);
  bool excluded_here = bounds->excluded >= tile->first_column &&
                       bounds->excluded - tile->first_column < tile->columns;
  strip->excluded[r] = excluded_here ? (integer)(bounds->excluded - tile->first_column) : -1;
}

static void set_groups(anchor_strip *strip, const circle_operands *operands) {
  strip->positive_groups = circle_relation_of_positives(&operands->settings);
  strip->negative_groups = circle_relation_of_negatives(&operands->settings);
  if (operands->settings.group_rule == CIRCLE_ALL_PAIRS) return;
  strip->groups = operands->references->groups + strip->first_column;
  for (size_t r = 0; r < strip->rows; r++)
    strip->group[r] = operands->anchors.groups[strip->position + r];
}

/* Positives are between the first column that is one of any anchor and the last; between
 * inner_first and inner_end every anchor has nothing but positives. */
static void cut_into_segments(anchor_strip *strip, bool symmetric) {
  const size_t columns = (size_t)strip->columns, whole = lanes_down(columns);
  if (strip->rows < STRIP_ROWS) { /* the last strip: absent anchors are masked out */
    strip->segments[strip->segment_count++] =
        (column_segment){0, lanes_up(columns), NEGATIVES | POSITIVES, true};
    return;
  }
  size_t first = SIZE_MAX, end = 0, inner_first = 0, inner_end = SIZE_MAX;
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    const size_t positive = (size_t)strip->first_positive[r];
    const size_t trailing = (size_t)strip->first_trailing[r];
    if (positive < first) first = positive;
    if (trailing > end) end = trailing;
    if (positive > inner_first) inner_first = positive;
    if (trailing < inner_end) inner_end = trailing;
  }
  /* Symmetric strips start after their own anchors, positives or not. */
  if (first >= end && !symmetric) first = end = 0;
  first = lanes_down(first);
  end = lanes_up(end);
  inner_first = lanes_up(inner_first);
  inner_end = lanes_down(inner_end);
  if (inner_first >= inner_end) inner_first = inner_end = end;
  strip->first = symmetric ? first : 0;
  const size_t bounds[] = {strip->first,     first, inner_first,
                           inner_end,        end,   end > whole ? end : whole,
                           lanes_up(columns)};
  const int both = NEGATIVES | POSITIVES;
  const int kinds[] = {NEGATIVES, both, POSITIVES, both, NEGATIVES, NEGATIVES};
  const bool masked[] = {false, true, !symmetric, true, false, true};
  const bool grouped = strip->groups != NULL;
  for (int s = 0; s < MOST_SEGMENTS; s++)
    if (bounds[s] < bounds[s + 1])
      strip->segments[strip->segment_count++] =
          (column_segment){bounds[s], bounds[s + 1] - bounds[s], kinds[s], masked[s] || grouped};
}

/* An absent anchor has neither positives nor negatives. */
static const circle_class_bounds absent = {0, CIRCLE_NO_COLUMN, 0, CIRCLE_NO_COLUMN};

/* The strip whose first anchor is row `row` of the tile. */
ALWAYS_INLINE void describe_strip(const circle_operands *operands, const circle_tile *tile,
                                  size_t row, bool in_segments, real *similarities,
                                  anchor_strip *strip) {
  strip->similarities = similarities;
  strip->position = tile->first_row + row;
  strip->row = row;
  strip->rows = tile->rows - row < STRIP_ROWS ? tile->rows - row : STRIP_ROWS;
  strip->first = 0;
  strip->first_column = tile->first_column;
  strip->columns = (integer)tile->columns;
  strip->segment_count = 0;
  strip->groups = NULL;
  if (!in_segments) return;
  set_groups(strip, operands);
  for (size_t r = 0; r < STRIP_ROWS; r++)
    set_bounds(strip, r, r < strip->rows ? &operands->bounds[strip->position + r] : &absent, tile);
  cut_into_segments(strip, operands->symmetric);
}

/* Where the similarities of a tile are stored, row after row; NULL if they are not. */
static real *stored_tile(const circle_store *store, const circle_tile *tile) {
  if (tile->slot >= store->slots) return NULL;
  return (real *)store->memory + (tile->slot * store->slot_rows + tile->slot_row) * ROW_STRIDE;
}

/* A tile whose references are its anchors. */
static bool is_diagonal(const circle_backward_pass *pass, const circle_tile *tile) {
  return pass->operands->symmetric && tile->first_row == tile->first_column;
}

/* A mask of the columns that may pair with anchor r, from `column` on, by their groups. */
static integers pairs_of_groups(circle_group_relation wanted, const anchor_strip *strip, size_t r,
                                size_t column) {
  integer alike[LANES];
  for (size_t lane = 0; lane < LANES; lane++) {
    const bool same = strip->groups[column + lane] == strip->group[r];
    alike[lane] = circle_is_related(wanted, same) ? -1 : 0;
  }
  integers mask;
  memcpy(&mask, alike, sizeof mask);
  return mask;
}

/* A mask of the pairs of one kind among the lanes from `column` on, for anchor r of the strip. */
ALWAYS_INLINE integers pairs_of_kind(pair_kind kind, const anchor_strip *strip, size_t r,
                                     size_t column) {
  integers number = lane_numbers() + all_integers((integer)column), pairs;
  if (kind == POSITIVES) {
    pairs = COMPARE(number, >=, all_integers(strip->first_positive[r])) &
            COMPARE(number, <, all_integers(strip->first_trailing[r])) &
            COMPARE(number, !=, all_integers(strip->excluded[r]));
  } else {
    integers leading = COMPARE(number, <, all_integers(strip->leading_negatives[r]));
    integers trailing = COMPARE(number, >=, all_integers(strip->first_trailing[r]));
    pairs = (leading | trailing) & COMPARE(number, <, all_integers(strip->columns));
  }
  if (strip->groups == NULL) return pairs;
  return pairs &
         pairs_of_groups(kind == POSITIVES ? strip->positive_groups : strip->negative_groups, strip,
                         r, column);
}

#endif
