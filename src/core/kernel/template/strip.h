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

/* Room of one thread. All rows start at multiples of VECTOR_BYTES. */
typedef struct {
  real similarities[TILE_ROWS][ROW_STRIDE]; /* of a strip; of a whole tile for the gradient, */
                                            /* which turns them into pair weights */
  real powers[STRIP_ROWS][ROW_STRIDE], wholes[STRIP_ROWS][ROW_STRIDE];
  column_sums negatives, positives;
  bool has_positives;
#ifdef MATRIX_UNIT /* too much for the stack of a thread; see kernel/products_amx.h */
  _Alignas(VECTOR_BYTES) word squares[TILE_ROWS / PANEL_ROWS * WEIGHT_PARTS * 2 * SQUARE_WORDS];
  _Alignas(VECTOR_BYTES) real turned[ROWS_AT_ONCE * ROW_STRIDE];
#endif
} scratch;

typedef struct {
  size_t first, last; /* columns of the tile, multiples of LANES */
  int kinds;          /* NEGATIVES, POSITIVES or both */
  bool masked;        /* not every pair belongs to the kinds */
} column_segment;

enum { MOST_SEGMENTS = 6 };

typedef struct {
  real *similarities; /* of its first anchor; the next are ROW_STRIDE further each */
  size_t place, rows; /* its first anchor; how many of its anchors there are */
  size_t first;       /* columns before it belong to no pair */
  /* Bounds within the tile, of each anchor; see circle_columns. */
  integer negative_stop[STRIP_ROWS], positive_begin[STRIP_ROWS], positive_end[STRIP_ROWS];
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

static void add_segment(anchor_strip *strip, size_t first, size_t last, int kinds, bool masked) {
  if (first >= last) return;
  strip->segments[strip->segment_count++] = (column_segment){first, last, kinds, masked};
}

/* Where positives are: from the first column of any anchor to the last, and inside of it where
 * every anchor has nothing but positives. */
typedef struct {
  size_t first, last, inner_first, inner_last;
} positive_zone;

/* An absent anchor has neither positives nor negatives. */
static void set_bounds(anchor_strip *strip, size_t r, const circle_columns *columns,
                       const circle_tile *tile) {
  if (columns == NULL) {
    strip->negative_stop[r] = 0;
    strip->positive_begin[r] = strip->positive_end[r] = (integer)tile->columns;
    strip->excluded[r] = -1;
    return;
  }
  strip->negative_stop[r] = (integer)within_tile(columns->negative_stop, tile);
  strip->positive_begin[r] = (integer)within_tile(columns->positive_begin, tile);
  strip->positive_end[r] = (integer)within_tile(columns->positive_end, tile);
  bool excluded_here = columns->excluded >= tile->first_column &&
                       columns->excluded - tile->first_column < tile->columns;
  strip->excluded[r] = excluded_here ? (integer)(columns->excluded - tile->first_column) : -1;
}

static positive_zone zone_of(const anchor_strip *strip, bool symmetric) {
  size_t first = SIZE_MAX, last = 0, inner_first = 0, inner_last = SIZE_MAX;
  for (size_t r = 0; r < strip->rows; r++) {
    size_t begin = (size_t)strip->positive_begin[r], end = (size_t)strip->positive_end[r];
    if (begin < first) first = begin;
    if (end > last) last = end;
    if (begin > inner_first) inner_first = begin;
    if (end < inner_last) inner_last = end;
  }
  positive_zone zone = {lanes_down(first), lanes_up(last), lanes_up(inner_first),
                        lanes_down(inner_last)};
  /* Symmetric strips start behind their own anchors, positives or not. */
  if (first >= last && !symmetric) zone.first = zone.last = 0;
  if (zone.inner_first >= zone.inner_last) zone.inner_first = zone.inner_last = zone.last;
  return zone;
}

static void cut_into_segments(anchor_strip *strip, bool symmetric) {
  const size_t columns = (size_t)strip->columns, whole = lanes_down(columns);
  if (strip->rows < STRIP_ROWS) { /* the last strip: absent anchors are masked out */
    strip->first = 0;
    add_segment(strip, 0, lanes_up(columns), NEGATIVES | POSITIVES, true);
    return;
  }
  const positive_zone zone = zone_of(strip, symmetric);
  const size_t after = zone.last > whole ? zone.last : whole;
  const int both = NEGATIVES | POSITIVES;
  strip->first = symmetric ? zone.first : 0;
  add_segment(strip, strip->first, zone.first, NEGATIVES, false);
  add_segment(strip, zone.first, zone.inner_first, both, true);
  add_segment(strip, zone.inner_first, zone.inner_last, POSITIVES, !symmetric);
  add_segment(strip, zone.inner_last, zone.last, both, true);
  add_segment(strip, zone.last, whole, NEGATIVES, false);
  add_segment(strip, after, lanes_up(columns), NEGATIVES, true);
}

/* The strip whose first anchor is row `row` of the tile. */
static void describe_strip(const circle_engine *engine, const circle_tile *tile, size_t row,
                           real *similarities, anchor_strip *strip) {
  strip->similarities = similarities;
  strip->place = tile->first_row + row;
  strip->rows = tile->rows - row < STRIP_ROWS ? tile->rows - row : STRIP_ROWS;
  strip->columns = (integer)tile->columns;
  strip->segment_count = 0;
  for (size_t r = 0; r < STRIP_ROWS; r++)
    set_bounds(strip, r, r < strip->rows ? &engine->columns[strip->place + r] : NULL, tile);
  cut_into_segments(strip, engine->symmetric);
}

/* Some strips, from row `row` of the tile on. Returns how many they are. */
static size_t describe_strips(const circle_engine *engine, const circle_tile *tile, size_t row,
                              real *similarities, anchor_strip strips[STRIPS_AT_ONCE]) {
  size_t count = 0;
  do {
    describe_strip(engine, tile, row + count * STRIP_ROWS,
                   similarities + count * STRIP_ROWS * ROW_STRIDE, &strips[count]);
    count++;
  } while (count < STRIPS_AT_ONCE && row + count * STRIP_ROWS < tile->rows);
  return count;
}

static void compute_similarities(const circle_engine *engine, const circle_tile *tile,
                                 const anchor_strip *strips, size_t count) {
  similarity_strips(engine, tile, strips[0].place, count, strips[0].first, tile->columns,
                    strips[0].similarities, ROW_STRIDE);
}

/* Where the similarities of row `row` of a tile are kept. */
static real *kept_similarities(const circle_engine *engine, const circle_tile *tile, size_t row) {
  const circle_stripe *stripe = &engine->stripe;
  const size_t block = tile->first_column / engine->references->block_rows;
  const size_t within = tile->first_row + row - stripe->first_row;
  return (real *)stripe->similarities + (block * stripe->rows + within) * ROW_STRIDE;
}

/* Where the similarities of a tile are kept, row after row; NULL if they are not. */
static real *kept_tile(const circle_engine *engine, const circle_tile *tile) {
  if (engine->stripe.similarities != NULL) return kept_similarities(engine, tile, 0);
  if (tile->number >= engine->kept.tiles) return NULL;
  return (real *)engine->kept.similarities + tile->number * engine->anchors.block_rows * ROW_STRIDE;
}

/* The pairs of one kind among the lanes that start at `column`, for anchor r of the strip. */
ALWAYS_INLINE integers pairs_of_kind(pair_kind kind, const anchor_strip *strip, size_t r,
                                     size_t column) {
  integers number = lane_numbers() + all_integers((integer)column);
  if (kind == POSITIVES)
    return COMPARE(number, >=, all_integers(strip->positive_begin[r])) &
           COMPARE(number, <, all_integers(strip->positive_end[r])) &
           COMPARE(number, !=, all_integers(strip->excluded[r]));
  integers before = COMPARE(number, <, all_integers(strip->negative_stop[r]));
  integers behind = COMPARE(number, >=, all_integers(strip->positive_end[r]));
  return (before | behind) & COMPARE(number, <, all_integers(strip->columns));
}

#endif
