/* A strip: STRIP_ROWS anchors against the references of a tile, cut into segments of columns that
 * hold negatives only, positives only, or both. Rows are sorted by label, so that nearly all pairs
 * fall into long segments that need no look at a label. */
#ifndef CIRCLE_KERNEL_STRIP_H
#define CIRCLE_KERNEL_STRIP_H

/* Rows are 16 numbers longer than the tile, or they would compete for the same cache sets. */
#define ROW_STRIDE (TILE_ROWS + 16)

/* Sums over the anchors of a strip, for each column of a tile: column j has sum * 2^scale. */
typedef struct {
  real sum[TILE_ROWS], scale[TILE_ROWS];
} column_sums;

/* Of one thread. All rows start at multiples of VECTOR_BYTES. */
typedef struct {
  real similarities[TILE_ROWS][ROW_STRIDE]; /* of a strip; of a whole tile for the gradient, */
                                            /* which turns them into pair weights */
  real powers[STRIP_ROWS][ROW_STRIDE], wholes[STRIP_ROWS][ROW_STRIDE];
  column_sums negatives, positives;
  bool has_positives;
#ifdef MATRIX_UNIT /* too much for the stack of a thread; see kernel/template/products_amx.h */
  _Alignas(VECTOR_BYTES) word squares[TILE_ROWS / PANEL_ROWS * WEIGHT_PARTS * 2 * SQUARE_WORDS];
  _Alignas(VECTOR_BYTES) real turned[ROWS_AT_ONCE * ROW_STRIDE];
#endif
} workspace;

typedef struct {
  size_t first, end; /* columns of the tile, multiples of LANES */
  int kinds;         /* NEGATIVES, POSITIVES or both */
  bool masked;       /* not every pair belongs to the kinds */
} column_segment;

enum { MOST_SEGMENTS = 6 };

typedef struct {
  real *similarities;  /* of its first anchor */
  size_t position;     /* sorted position of its first anchor, */
  size_t row, rows;    /* which row of the tile that is; how many anchors there are */
  size_t first;        /* columns before it belong to no pair */
  size_t first_column; /* of the tile */
  /* Bounds within the tile, of each anchor; see circle_class_bounds. */
  integer negative_end[STRIP_ROWS], positive_begin[STRIP_ROWS], positive_end[STRIP_ROWS];
  integer excluded[STRIP_ROWS];
  integer columns;
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

static void add_segment(anchor_strip *strip, size_t first, size_t end, int kinds, bool masked) {
  if (first >= end) return;
  strip->segments[strip->segment_count++] = (column_segment){first, end, kinds, masked};
}

/* Where positives are: from the first column of any anchor to the last, and inside of it where
 * every anchor has nothing but positives. */
typedef struct {
  size_t first, end, inner_first, inner_end;
} positive_zone;

/* An absent anchor has neither positives nor negatives. */
static void set_bounds(anchor_strip *strip, size_t r, const circle_class_bounds *bounds,
                       const circle_tile *tile) {
  if (bounds == NULL) {
    strip->negative_end[r] = 0;
    strip->positive_begin[r] = strip->positive_end[r] = (integer)tile->columns;
    strip->excluded[r] = -1;
    return;
  }
  strip->negative_end[r] = (integer)within_tile(bounds->negative_end, tile);
  strip->positive_begin[r] = (integer)within_tile(bounds->positive_begin, tile);
  strip->positive_end[r] = (integer)within_tile(bounds->positive_end, tile);
  bool excluded_here = bounds->excluded >= tile->first_column &&
                       bounds->excluded - tile->first_column < tile->columns;
  strip->excluded[r] = excluded_here ? (integer)(bounds->excluded - tile->first_column) : -1;
}

static positive_zone zone_of(const anchor_strip *strip, bool symmetric) {
  size_t first = SIZE_MAX, end = 0, inner_first = 0, inner_end = SIZE_MAX;
  for (size_t r = 0; r < strip->rows; r++) {
    size_t begin_of_row = (size_t)strip->positive_begin[r];
    size_t end_of_row = (size_t)strip->positive_end[r];
    if (begin_of_row < first) first = begin_of_row;
    if (end_of_row > end) end = end_of_row;
    if (begin_of_row > inner_first) inner_first = begin_of_row;
    if (end_of_row < inner_end) inner_end = end_of_row;
  }
  positive_zone zone = {lanes_down(first), lanes_up(end), lanes_up(inner_first),
                        lanes_down(inner_end)};
  /* Symmetric strips start behind their own anchors, positives or not. */
  if (first >= end && !symmetric) zone.first = zone.end = 0;
  if (zone.inner_first >= zone.inner_end) zone.inner_first = zone.inner_end = zone.end;
  return zone;
}

static void cut_into_segments(anchor_strip *strip, bool symmetric) {
  const size_t columns = (size_t)strip->columns, whole = lanes_down(columns);
  if (strip->rows < STRIP_ROWS) { /* the last strip: absent anchors are masked out */
    add_segment(strip, 0, lanes_up(columns), NEGATIVES | POSITIVES, true);
    return;
  }
  const positive_zone zone = zone_of(strip, symmetric);
  const size_t after = zone.end > whole ? zone.end : whole;
  const int both = NEGATIVES | POSITIVES;
  strip->first = symmetric ? zone.first : 0;
  add_segment(strip, strip->first, zone.first, NEGATIVES, false);
  add_segment(strip, zone.first, zone.inner_first, both, true);
  add_segment(strip, zone.inner_first, zone.inner_end, POSITIVES, !symmetric);
  add_segment(strip, zone.inner_end, zone.end, both, true);
  add_segment(strip, zone.end, whole, NEGATIVES, false);
  add_segment(strip, after, lanes_up(columns), NEGATIVES, true);
}

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
  if (!in_segments) return;
  for (size_t r = 0; r < STRIP_ROWS; r++)
    set_bounds(strip, r, r < strip->rows ? &operands->bounds[strip->position + r] : NULL, tile);
  cut_into_segments(strip, operands->symmetric);
}

/* Where the similarities of a tile are kept, row after row; NULL if they are not. */
static real *stored_tile(const circle_store *store, const circle_tile *tile) {
  if (tile->slot >= store->slots) return NULL;
  return (real *)store->memory + (tile->slot * store->slot_rows + tile->slot_row) * ROW_STRIDE;
}

/* A tile whose references are its anchors. */
static bool is_diagonal(const circle_backward_pass *pass, const circle_tile *tile) {
  return pass->operands->symmetric && tile->first_row == tile->first_column;
}

/* The pairs of one kind among the lanes that start at `column`, for anchor r of the strip. */
ALWAYS_INLINE integers pairs_of_kind(pair_kind kind, const anchor_strip *strip, size_t r,
                                     size_t column) {
  integers number = lane_numbers() + all_integers((integer)column);
  if (kind == POSITIVES)
    return COMPARE(number, >=, all_integers(strip->positive_begin[r])) &
           COMPARE(number, <, all_integers(strip->positive_end[r])) &
           COMPARE(number, !=, all_integers(strip->excluded[r]));
  integers before = COMPARE(number, <, all_integers(strip->negative_end[r]));
  integers behind = COMPARE(number, >=, all_integers(strip->positive_end[r]));
  return (before | behind) & COMPARE(number, <, all_integers(strip->columns));
}

#endif
