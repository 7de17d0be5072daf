/* One tile: the micro-kernel, which computes the similarities of a strip of anchors, and the
 * driver, which hands each strip to an epilogue. Between the two, similarities stay in the first
 * level cache, or in the second if a matrix unit computes several strips at once. */
#ifndef CIRCLE_KERNEL_TILE_H
#define CIRCLE_KERNEL_TILE_H

#ifndef MATRIX_UNIT

/* ---- the micro-kernel ---- */

/* Strips computed together. */
#define STRIPS_AT_ONCE 1

/* Longest dot product summed in one go, in words; sums of such are more accurate. */
#define WORDS_AT_ONCE ((size_t)256)

/* The next words of a strip's anchors. Where an instruction multiplies by one lane of a register
 * they are loaded at once; elsewhere each is loaded into all lanes. */
#if defined(__aarch64__) && VECTOR_BYTES == 16
typedef struct {
  vector words[STRIP_ROWS / LANES];
} anchor_words;
ALWAYS_INLINE anchor_words load_anchors(const word *anchors) {
  anchor_words loaded;
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r += LANES) loaded.words[r / LANES] = load(anchors + r);
  return loaded;
}
#define ANCHOR(loaded, r) ((loaded).words[(r) / LANES][(r) % LANES])
#else
typedef const word *anchor_words;
ALWAYS_INLINE anchor_words load_anchors(const word *anchors) { return anchors; }
#define ANCHOR(loaded, r) ((loaded)[r])
#endif

/* to[r][0 .. PANEL_ROWS) (+)= sum over words of anchors[word][r] * references[word][...]
 *
 * anchors: STRIP_ROWS neighbours in a panel, with their next words PANEL_ROWS further; references:
 * a panel; both aligned. The micro-tile: STRIP_ROWS x PANEL_VECTORS registers. Without `add`, `to`
 * is not read. */
static void multiply_panel(const word *anchors, const word *references, size_t words, bool add,
                           real *to, size_t stride) {
  vector sums[STRIP_ROWS][PANEL_VECTORS];
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    UNROLL
    for (size_t v = 0; v < PANEL_VECTORS; v++) sums[r][v] = all(0);
  }
  for (size_t k = 0; k < words; k++) {
    const anchor_words loaded = load_anchors(anchors);
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++) {
      UNROLL
      for (size_t v = 0; v < PANEL_VECTORS; v++)
        sums[r][v] = MULTIPLY_ADD(ANCHOR(loaded, r), references + v * LANES, sums[r][v]);
    }
    anchors += PANEL_ROWS;
    references += PANEL_ROWS;
  }
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    UNROLL
    for (size_t v = 0; v < PANEL_VECTORS; v++) {
      real *at = to + r * stride + v * LANES;
      store(at, add ? load(at) + sums[r][v] : sums[r][v]);
    }
  }
}

#endif

/* ---- the driver ---- */

/* What becomes of a strip, NULL where nothing does; inlined into each instance of the driver.
 * `context` is the pass. */
typedef void epilogue(void *context, const anchor_strip *strip, workspace *work);

/* in_segments: for epilogues that need labels. `similarities` has rows `stride` apart: those of the
 * tile, or, if `reused`, of one strip after the other; if `known`, they are already there. */
typedef struct {
  real *similarities;
  size_t stride;
  bool in_segments, reused, known;
} strip_memory;

ALWAYS_INLINE void for_each_strip(const circle_operands *operands, const circle_tile *tile,
                                  strip_memory memory, epilogue *use, void *context,
                                  workspace *work) {
  for (size_t row = 0; row < tile->rows; row += STRIPS_AT_ONCE * STRIP_ROWS) {
    anchor_strip strips[STRIPS_AT_ONCE];
    real *similarities = memory.similarities + (memory.reused ? 0 : row * memory.stride);
    size_t count = 0;
    for (size_t r = row; count < STRIPS_AT_ONCE && r < tile->rows; r += STRIP_ROWS, count++)
      describe_strip(operands, tile, r, memory.in_segments,
                     similarities + (r - row) * memory.stride, &strips[count]);
    if (!memory.known) {
#ifdef MATRIX_UNIT
      multiply_strips(operands, tile, strips, count, memory.stride);
#else
      const word *anchors = packed_row(&operands->anchors, strips[0].position);
      const size_t words = words_of(&operands->anchors);
      for (size_t column = strips[0].first / PANEL_ROWS * PANEL_ROWS; column < tile->columns;
           column += PANEL_ROWS) {
        const word *panel = packed_row(operands->references, tile->first_column + column);
        real *to = similarities + column;
        multiply_panel(anchors, panel, circle_smaller(words, WORDS_AT_ONCE), false, to,
                       memory.stride);
        for (size_t done = WORDS_AT_ONCE; done < words; done += WORDS_AT_ONCE)
          multiply_panel(anchors + done * PANEL_ROWS, panel + done * PANEL_ROWS,
                         circle_smaller(words - done, WORDS_AT_ONCE), true, to, memory.stride);
      }
#endif
      for (size_t i = 0; circle_divides_by_lengths(&operands->settings) && i < count; i++)
        finish_similarities(operands, tile, &strips[i], memory.stride);
    }
    for (size_t i = 0; use != NULL && i < count; i++) use(context, &strips[i], work);
  }
}

#endif
