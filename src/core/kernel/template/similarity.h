/* Similarities of strips of anchors to panels of references: the register tile. */
#ifndef CIRCLE_KERNEL_SIMILARITY_H
#define CIRCLE_KERNEL_SIMILARITY_H

/* Strips whose similarities are wanted together. */
#define STRIPS_AT_ONCE 1

/* Longest dot product that is summed in one go, in words; longer ones are sums of such, which lose
 * fewer digits. */
#define WORDS_AT_ONCE 256

/* similarities[r][0 .. PANEL_ROWS) (+)= sum over words of anchors[word][r] * references[word][...]
 *
 * anchors: STRIP_ROWS neighbours within a panel, so that their next words are PANEL_ROWS further;
 * references: a panel; both aligned. Without `add`, `similarities` is not read. */
ALWAYS_INLINE void multiply_panel(const word *anchors, const word *references, size_t words,
                                  bool add, real *similarities, size_t stride) {
  vector sums[STRIP_ROWS][PANEL_VECTORS];
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    UNROLL
    for (size_t v = 0; v < PANEL_VECTORS; v++) sums[r][v] = all(0);
  }
  for (size_t k = 0; k < words; k++) {
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      UNROLL
      for (size_t v = 0; v < PANEL_VECTORS; v++)
        sums[r][v] = multiply_add(anchors[r], references + v * LANES, sums[r][v]);
    }
    anchors += PANEL_ROWS;
    references += PANEL_ROWS;
  }
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    UNROLL
    for (size_t v = 0; v < PANEL_VECTORS; v++) {
      real *to = similarities + r * stride + v * LANES;
      store(to, add ? load(to) + sums[r][v] : sums[r][v]);
    }
  }
}

/* Similarities of the strip of anchors at `place` to the columns [first, last) of a tile, rounded
 * outwards to whole panels. similarities[r * stride + column of the tile]. */
static void similarity_strip(const circle_engine *engine, const circle_tile *tile, size_t place,
                             size_t first, size_t last, real *similarities, size_t stride) {
  const word *anchors = packed_row(engine, &engine->anchors, place);
  const size_t words = words_of(engine);
  for (size_t column = first / PANEL_ROWS * PANEL_ROWS; column < last; column += PANEL_ROWS) {
    const word *references =
        panel_of(engine, engine->references, (tile->first_column + column) / PANEL_ROWS);
    size_t done = words < WORDS_AT_ONCE ? words : WORDS_AT_ONCE;
    multiply_panel(anchors, references, done, false, similarities + column, stride);
    while (done < words) {
      const size_t next = circle_smaller(words - done, WORDS_AT_ONCE);
      multiply_panel(anchors + done * PANEL_ROWS, references + done * PANEL_ROWS, next, true,
                     similarities + column, stride);
      done += next;
    }
  }
}

/* The same for neighbouring strips, the first one at `place`. */
static void similarity_strips(const circle_engine *engine, const circle_tile *tile, size_t place,
                              size_t strips, size_t first, size_t last, real *similarities,
                              size_t stride) {
  for (size_t row = 0; row < strips * STRIP_ROWS; row += STRIP_ROWS)
    similarity_strip(engine, tile, place + row, first, last, similarities + row * stride, stride);
}

#endif
