/* Similarities of some strips of anchors to panels of references, by the matrix unit of x86-64
 * (AMX): one instruction multiplies 16 anchors with 16 references in 32 dimensions of bfloat16, and
 * adds the products in float. Stands in place of kernel/similarity.h.
 *
 * A panel of references is laid out as the unit wants its second factor; anchors, its first, are
 * turned round: a row of words for each. */
#ifndef CIRCLE_KERNEL_SIMILARITY_AMX_H
#define CIRCLE_KERNEL_SIMILARITY_AMX_H

/* The unit keeps the sums of so many strips. */
#define STRIPS_AT_ONCE 4

/* Longest dot product that is summed in one go, as in kernel/similarity.h. */
#define WORDS_AT_ONCE 256

/* Words of one instruction; panels are padded to a multiple of it. */
#define UNIT_WORDS 16

/* Rows of one of its registers, as far as it holds anchors. */
#define UNIT_ROWS 16

/* What its eight registers hold. Numbers, since that is what the instructions take. */
#define SUMS_00 0 /* of the first half of the anchors and the first of a panel; and so on */
#define SUMS_01 1
#define SUMS_10 2
#define SUMS_11 3
#define ANCHORS_0 4
#define ANCHORS_1 5
#define REFERENCES_0 6
#define REFERENCES_1 7

_Static_assert(PANEL_VECTORS == 2 && LANES == 16, "a register holds half a panel");
_Static_assert(STRIPS_AT_ONCE *STRIP_ROWS == 2 * UNIT_ROWS, "two registers hold the anchors");
_Static_assert(UNIT_WORDS *NUMBERS_PER_WORD == NUMBERS_AT_ONCE, "panels are padded for the unit");

/* The shapes of the registers, as the processor reads them. */
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} unit_shapes;

/* The anchors of some strips in two halves: [0, first) and [begin, begin + second). Where they are
 * few, both halves are the same anchors, and the same results are written twice. */
typedef struct {
  size_t first, begin, second;
} anchor_halves;

static anchor_halves halves_of(size_t rows) {
  if (rows <= UNIT_ROWS) return (anchor_halves){rows, 0, rows};
  return (anchor_halves){UNIT_ROWS, UNIT_ROWS, rows - UNIT_ROWS};
}

static void begin_unit(anchor_halves halves) {
  const uint8_t first = (uint8_t)halves.first, second = (uint8_t)halves.second;
  unit_shapes shapes = {
      .palette = 1, .rows = {first, first, second, second, first, second, UNIT_WORDS, UNIT_WORDS}};
  for (int i = SUMS_00; i <= REFERENCES_1; i++) shapes.row_bytes[i] = VECTOR_BYTES;
  atomic_signal_fence(memory_order_seq_cst);
  _tile_loadconfig(&shapes);
}

/* turned[r][k] = word first + k of the anchor at place + r */
static void turn_anchors(const circle_engine *engine, size_t place, size_t rows, size_t first,
                         size_t words, word *turned) {
  for (size_t r = 0; r < rows; r++) {
    const word *anchor =
        panel_of(engine, &engine->anchors, (place + r) / PANEL_ROWS) + (place + r) % PANEL_ROWS;
    for (size_t k = 0; k < words; k++)
      turned[r * WORDS_AT_ONCE + k] = anchor[(first + k) * PANEL_ROWS];
  }
  /* The compiler does not know that the unit reads memory: nothing may be written later. */
  atomic_signal_fence(memory_order_seq_cst);
}

/* similarities[r][0 .. PANEL_ROWS) (+)= sum over words of anchors[r][word] * references[word][...]
 */
static void multiply_panel(const word *anchors, anchor_halves halves, const word *references,
                           size_t words, bool add, real *similarities, size_t stride) {
  const size_t anchor_bytes = WORDS_AT_ONCE * sizeof(word), panel_bytes = PANEL_ROWS * sizeof(word);
  const size_t row_bytes = stride * sizeof(real);
  const word *second = anchors + halves.begin * WORDS_AT_ONCE;
  real *to_second = similarities + halves.begin * stride;
  if (add) {
    _tile_loadd(SUMS_00, similarities, row_bytes);
    _tile_loadd(SUMS_01, similarities + LANES, row_bytes);
    _tile_loadd(SUMS_10, to_second, row_bytes);
    _tile_loadd(SUMS_11, to_second + LANES, row_bytes);
  } else {
    _tile_zero(SUMS_00);
    _tile_zero(SUMS_01);
    _tile_zero(SUMS_10);
    _tile_zero(SUMS_11);
  }
  for (size_t k = 0; k < words; k += UNIT_WORDS) {
    _tile_loadd(ANCHORS_0, anchors + k, anchor_bytes);
    _tile_loadd(ANCHORS_1, second + k, anchor_bytes);
    _tile_loadd(REFERENCES_0, references + k * PANEL_ROWS, panel_bytes);
    _tile_loadd(REFERENCES_1, references + k * PANEL_ROWS + LANES, panel_bytes);
    _tile_dpbf16ps(SUMS_00, ANCHORS_0, REFERENCES_0);
    _tile_dpbf16ps(SUMS_01, ANCHORS_0, REFERENCES_1);
    _tile_dpbf16ps(SUMS_10, ANCHORS_1, REFERENCES_0);
    _tile_dpbf16ps(SUMS_11, ANCHORS_1, REFERENCES_1);
  }
  _tile_stored(SUMS_00, similarities, row_bytes);
  _tile_stored(SUMS_01, similarities + LANES, row_bytes);
  _tile_stored(SUMS_10, to_second, row_bytes);
  _tile_stored(SUMS_11, to_second + LANES, row_bytes);
}

static void similarities_of_group(const circle_engine *engine, const circle_tile *tile,
                                  size_t place, size_t rows, size_t first, size_t last,
                                  real *similarities, size_t stride) {
  _Alignas(VECTOR_BYTES) word turned[STRIPS_AT_ONCE * STRIP_ROWS * WORDS_AT_ONCE];
  const anchor_halves halves = halves_of(rows);
  const size_t words = words_of(engine);
  size_t done = 0;
  begin_unit(halves);
  do {
    const size_t left = words - done, next = left < WORDS_AT_ONCE ? left : WORDS_AT_ONCE;
    turn_anchors(engine, place, rows, done, next, turned);
    for (size_t column = first / PANEL_ROWS * PANEL_ROWS; column < last; column += PANEL_ROWS) {
      const word *references =
          panel_of(engine, engine->references, (tile->first_column + column) / PANEL_ROWS);
      multiply_panel(turned, halves, references + done * PANEL_ROWS, next, done > 0,
                     similarities + column, stride);
    }
    done += next;
  } while (done < words);
  _tile_release();
}

/* As in kernel/similarity.h. */
static void similarity_strips(const circle_engine *engine, const circle_tile *tile, size_t place,
                              size_t strips, size_t first, size_t last, real *similarities,
                              size_t stride) {
  for (size_t done = 0; done < strips; done += STRIPS_AT_ONCE) {
    const size_t left = strips - done, now = left < STRIPS_AT_ONCE ? left : STRIPS_AT_ONCE;
    similarities_of_group(engine, tile, place + done * STRIP_ROWS, now * STRIP_ROWS, first, last,
                          similarities + done * STRIP_ROWS * stride, stride);
  }
}

#endif
