/* The matrix unit of x86-64 (AMX): one instruction multiplies 16 rows with 16 columns, 32 deep, in
 * bfloat16, and adds the products in float.
 *
 * Here it computes sums of up to 32 rows by 32 columns. The first factor, the rows, is in squares
 * of 16 rows x 16 words, where a word is two numbers of a row: [step][part][half][row][word]. The
 * second has the layout of panels: [part][step][word][32 columns]. Numbers may be sums of several
 * parts (kernel/template/packed.h); products of parts below the last bit are dropped, and the
 * others are added from the smallest.
 *
 * Source: Intel, Architecture Instruction Set Extensions Programming Reference, chapter 3. Henry,
 * Tang and Heinecke 2019, "Leveraging the bfloat16 artificial intelligence datatype for
 * higher-precision computations", for products in parts. */
#ifndef CIRCLE_KERNEL_UNIT_AMX_H
#define CIRCLE_KERNEL_UNIT_AMX_H

/* The unit reads subnormal numbers as 0. From this length on rows lose no more by that than by
 * rounding. */
#define SHORTEST_ROW 0x1p-80

/* Words and rows of one register. */
#define AMX_WORDS ((size_t)16)
#define AMX_ROWS ((size_t)16)
#define SQUARE_WORDS (AMX_ROWS * AMX_WORDS)

/* Weights of pairs always have all parts of a float. */
#define WEIGHT_PARTS ((size_t)3)

/* What the unit computes at once, and the words of the second factor for it. */
#define ROWS_AT_ONCE (2 * AMX_ROWS)
#define COLUMNS_AT_ONCE (2 * LANES)
#define STEP_WORDS (AMX_WORDS * COLUMNS_AT_ONCE)

/* Its eight registers. Macros, since the instructions take literals. */
#define SUMS_00 0 /* the first half of the rows by the first half of the columns; and so on */
#define SUMS_01 1
#define SUMS_10 2
#define SUMS_11 3
#define ROWS_0 4
#define ROWS_1 5
#define COLUMNS_0 6
#define COLUMNS_1 7

_Static_assert(PANEL_VECTORS == 2 && GRADIENT_VECTORS == 2 && LANES == 16,
               "a register holds half a panel");
_Static_assert(AMX_WORDS *NUMBERS_PER_WORD == NUMBERS_AT_ONCE, "panels are padded for the unit");

/* The shapes of the registers, in the processor's format. */
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} amx_shapes;

/* Rows in two halves: 0 .. +rows and second .. +second_rows. Where they are few, both halves are
 * the same rows, and the same results are written twice. */
typedef struct {
  size_t rows, second, second_rows;
} row_halves;

static row_halves halves_of(size_t rows) {
  if (rows <= AMX_ROWS) return (row_halves){rows, 0, rows};
  return (row_halves){AMX_ROWS, AMX_ROWS, rows - AMX_ROWS};
}

/* A compiler barrier: not all compilers know that the unit reads memory. */
static void rows_are_written(void) { atomic_signal_fence(memory_order_seq_cst); }

static void begin_amx(row_halves halves) {
  const uint8_t first = (uint8_t)halves.rows, second = (uint8_t)halves.second_rows;
  amx_shapes shapes = {.palette = 1,
                       .rows = {first, first, second, second, first, second, AMX_WORDS, AMX_WORDS}};
  for (int i = SUMS_00; i <= COLUMNS_1; i++) shapes.row_bytes[i] = VECTOR_BYTES;
  rows_are_written();
  _tile_loadconfig(&shapes);
}

/* ---- sums ---- */

static void store_sums(real *to, size_t stride, row_halves halves) {
  const size_t row_bytes = stride * sizeof(real);
  real *second = to + halves.second * stride;
  _tile_stored(SUMS_00, to, row_bytes);
  _tile_stored(SUMS_01, to + LANES, row_bytes);
  _tile_stored(SUMS_10, second, row_bytes);
  _tile_stored(SUMS_11, second + LANES, row_bytes);
}

/* ---- products ---- */

/* The second factor: its first step, and the strides of parts and steps. */
typedef struct {
  const word *words;
  size_t parts, part_words, step_words;
} amx_columns;

/* The second half of the rows is `second` words after the first. */
ALWAYS_INLINE void load_rows(const word *squares, size_t second, size_t part) {
  _tile_loadd(ROWS_0, squares + part * 2 * SQUARE_WORDS, VECTOR_BYTES);
  _tile_loadd(ROWS_1, squares + second + part * 2 * SQUARE_WORDS, VECTOR_BYTES);
}

ALWAYS_INLINE void load_columns(amx_columns columns, size_t part) {
  const word *words = columns.words + part * columns.part_words;
  _tile_loadd(COLUMNS_0, words, COLUMNS_AT_ONCE * sizeof(word));
  _tile_loadd(COLUMNS_1, words + LANES, COLUMNS_AT_ONCE * sizeof(word));
}

ALWAYS_INLINE void add_products(void) {
  _tile_dpbf16ps(SUMS_00, ROWS_0, COLUMNS_0);
  _tile_dpbf16ps(SUMS_01, ROWS_0, COLUMNS_1);
  _tile_dpbf16ps(SUMS_10, ROWS_1, COLUMNS_0);
  _tile_dpbf16ps(SUMS_11, ROWS_1, COLUMNS_1);
}

/* Products of parts p of the rows and q of the columns with 0 < p + q < 3, for three parts of the
 * rows and one or three of the columns, a constant in each call. */
ALWAYS_INLINE void add_small_products(const word *squares, size_t second, amx_columns columns) {
  load_columns(columns, 0);
  load_rows(squares, second, 2);
  add_products(); /* 2 0 */
  load_rows(squares, second, 1);
  add_products(); /* 1 0 */
  if (columns.parts == 1) return;
  load_columns(columns, 1);
  add_products(); /* 1 1 */
  load_rows(squares, second, 0);
  add_products(); /* 0 1 */
  load_columns(columns, 2);
  add_products(); /* 0 2 */
}

/* The sums of rows times columns, `steps` times 32 deep. All small products are added first, so
 * that the large sums are rounded only once per step. */
ALWAYS_INLINE void multiply(const word *squares, size_t row_parts, row_halves halves,
                            amx_columns columns, size_t steps) {
  const size_t second = halves.second == 0 ? 0 : SQUARE_WORDS;
  const size_t step_squares = row_parts * 2 * SQUARE_WORDS;
  _tile_zero(SUMS_00);
  _tile_zero(SUMS_01);
  _tile_zero(SUMS_10);
  _tile_zero(SUMS_11);
  amx_columns at = columns;
  for (size_t step = 0; row_parts > 1 && step < steps; step++, at.words += at.step_words)
    add_small_products(squares + step * step_squares, second, at);
  at = columns;
  for (size_t step = 0; step < steps; step++, at.words += at.step_words) {
    load_rows(squares + step * step_squares, second, 0);
    load_columns(at, 0);
    add_products(); /* 0 0 */
  }
}

/* ---- rows from columns ---- */

/* Eight words of each. */
ALWAYS_INLINE __m512i joined(const word *lower, const word *upper) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)lower)),
                            _mm256_loadu_si256((const __m256i *)upper), 1);
}

/* Transposes 16 x 16 words: row w of `to` is lane w of all registers; rows are `stride` words
 * apart. */
ALWAYS_INLINE void transpose(const __m512i from[16], word *to, size_t stride) {
  __m512i pairs[16], fours[16];
  UNROLL
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(from[i], from[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(from[i], from[i + 1]);
  }
  UNROLL
  for (int i = 0; i < 16; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  UNROLL
  for (size_t i = 0; i < 4; i++) {
    const __m512i even = _mm512_shuffle_i32x4(fours[i], fours[i + 4], 0x88);
    const __m512i odd = _mm512_shuffle_i32x4(fours[i], fours[i + 4], 0xdd);
    const __m512i later_even = _mm512_shuffle_i32x4(fours[i + 8], fours[i + 12], 0x88);
    const __m512i later_odd = _mm512_shuffle_i32x4(fours[i + 8], fours[i + 12], 0xdd);
    word *row = to + i * stride;
    _mm512_store_si512(row, _mm512_shuffle_i32x4(even, later_even, 0x88));
    _mm512_store_si512(row + 4 * stride, _mm512_shuffle_i32x4(odd, later_odd, 0x88));
    _mm512_store_si512(row + 8 * stride, _mm512_shuffle_i32x4(even, later_even, 0xdd));
    _mm512_store_si512(row + 12 * stride, _mm512_shuffle_i32x4(odd, later_odd, 0xdd));
  }
}

#endif
