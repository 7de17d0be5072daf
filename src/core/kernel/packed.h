/* What a panel is made of: words, each of them one number of a row, or a pair of neighbouring ones.
 *
 *   panel: [word][PANEL_ROWS rows]
 *
 * Pairs are of bfloat16 numbers, for CPUs that multiply and add two of them to a float at once, or
 * have a unit that multiplies matrices of them. */
#ifndef CIRCLE_KERNEL_PACKED_H
#define CIRCLE_KERNEL_PACKED_H

#if BFLOAT16_PAIRS

typedef uint32_t word;
typedef uint16_t packed_number; /* the upper half of a float */
#define NUMBERS_PER_WORD 2
#ifdef MATRIX_UNIT
#define NUMBERS_AT_ONCE 32 /* what one instruction takes of a row: panels are padded to that */
#else
#define NUMBERS_AT_ONCE 2
#endif

ALWAYS_INLINE packed_number packed_of(double number) {
  const float single = (float)number; /* exact: numbers have been rounded to bfloat16 before */
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  return (packed_number)(bits >> 16);
}

ALWAYS_INLINE real number_of(packed_number number) {
  const uint32_t bits = (uint32_t)number << 16;
  float single;
  memcpy(&single, &bits, sizeof single);
  return single;
}

#ifndef MATRIX_UNIT
ALWAYS_INLINE vector multiply_add(word anchor, const word *reference, vector sum) {
  const __m512i pair = _mm512_set1_epi32((int)anchor);
  return _mm512_dpbf16_ps(sum, (__m512bh)pair, (__m512bh)_mm512_load_si512(reference));
}
#endif

#else

typedef real word, packed_number;
#define NUMBERS_PER_WORD 1
#define NUMBERS_AT_ONCE 1

ALWAYS_INLINE packed_number packed_of(double number) { return (real)number; }
ALWAYS_INLINE real number_of(packed_number number) { return number; }

ALWAYS_INLINE vector multiply_add(word anchor, const word *reference, vector sum) {
  return sum + anchor * load(reference);
}

#endif

static size_t words_of(const circle_engine *engine) {
  const size_t steps = (engine->dimensions + NUMBERS_AT_ONCE - 1) / NUMBERS_AT_ONCE;
  return steps * (NUMBERS_AT_ONCE / NUMBERS_PER_WORD);
}

static word *panel_of(const circle_engine *engine, const circle_side *side, size_t panel) {
  return (word *)side->panels + panel * PANEL_ROWS * words_of(engine);
}

/* Where dimension k of row w of a panel stands, counted in numbers. */
static size_t number_at(size_t k, size_t w) {
  return (k / NUMBERS_PER_WORD * PANEL_ROWS + w) * NUMBERS_PER_WORD + k % NUMBERS_PER_WORD;
}

static packed_number *numbers_of(const circle_engine *engine, const circle_side *side,
                                 size_t panel) {
  return (packed_number *)panel_of(engine, side, panel);
}

#endif
