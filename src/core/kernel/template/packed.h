/* Panels are made of words: one number of a row, or a pair of neighbouring ones.
 *
 *   panel: [part][word][PANEL_ROWS rows]
 *
 * The words of each part are followed by padding of one: otherwise, with a power of 2 of
 * dimensions, the same word of all panels would compete for the same cache sets.
 *
 * Pairs are bfloat16 numbers in VNNI layout, for CPUs that multiply two at once and add them to a
 * float, or have a matrix unit. A float is exactly the sum of three bfloat16 numbers: the nearest,
 * the nearest to the remainder, and the rest. Each takes at least 8 of the 24 bits. */
#ifndef CIRCLE_KERNEL_PACKED_H
#define CIRCLE_KERNEL_PACKED_H

#if BFLOAT16_PARTS > 0

typedef uint32_t word;
#define PARTS ((size_t)BFLOAT16_PARTS)
#define NUMBERS_PER_WORD ((size_t)2)
#ifdef MATRIX_UNIT
#define NUMBERS_AT_ONCE ((size_t)32) /* of a row, per instruction: panels are padded to that */
#else
#define NUMBERS_AT_ONCE ((size_t)2)
#endif

#define LARGEST_BFLOAT16 0x1.fep127f

/* The nearest bfloat16 numbers, in the upper halves; infinite beyond the largest. */
ALWAYS_INLINE naturals nearest_bfloat16(vector v) { return (bits_of(v) + 0x8000) & 0xffff0000; }

/* Words of two numbers, given as nearest_bfloat16() gives them. */
ALWAYS_INLINE naturals paired(naturals first, naturals second) { return first >> 16 | second; }

ALWAYS_INLINE void store_words(word *to, naturals words) { memcpy(to, &words, sizeof words); }

/* One word of each row of a panel, from [number in the word][row]. */
static void write_words(const real *numbers, size_t part_words, word *to) {
  for (size_t w = 0; w < PANEL_ROWS; w += LANES) {
    vector rest[NUMBERS_PER_WORD] = {load(numbers + w), load(numbers + PANEL_ROWS + w)};
    for (size_t part = 0; part < PARTS; part++) {
      naturals nearest[NUMBERS_PER_WORD];
      for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
        nearest[i] = nearest_bfloat16(
            maximum(minimum(rest[i], all(LARGEST_BFLOAT16)), all(-LARGEST_BFLOAT16)));
        rest[i] -= with_bits(nearest[i]);
      }
      store_words(to + part * part_words + w, paired(nearest[0], nearest[1]));
    }
  }
}

ALWAYS_INLINE real number_of(word of, size_t half) {
  const uint32_t bits = half == 0 ? of << 16 : of & 0xffff0000;
  float number;
  memcpy(&number, &bits, sizeof number);
  return number;
}

#ifndef MATRIX_UNIT
#define MULTIPLY_ADD(anchor, reference, sum)                        \
  _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32((int)(anchor)), \
                   (__m512bh)_mm512_load_si512(reference))
#endif

#else

typedef real word;
#define PARTS ((size_t)1)
#define NUMBERS_PER_WORD ((size_t)1)
#define NUMBERS_AT_ONCE ((size_t)1)

ALWAYS_INLINE void write_words(const real *numbers, size_t part_words, word *to) {
  (void)part_words;
  memcpy(to, numbers, PANEL_ROWS * sizeof *to);
}

ALWAYS_INLINE real number_of(word of, size_t half) {
  (void)half;
  return of;
}

#define MULTIPLY_ADD(anchor, reference, sum) ((sum) + (anchor) * load(reference))

#endif

static size_t words_for(size_t dimensions) {
  return circle_round_up(dimensions, NUMBERS_AT_ONCE) / NUMBERS_PER_WORD;
}

static size_t panel_row_bytes(size_t dimensions) {
  return PARTS * (words_for(dimensions) + 1) * sizeof(word);
}

static size_t words_of(const circle_operand *operand) { return words_for(operand->dimensions); }

/* From one part of a panel to the next. */
static size_t part_words_of(const circle_operand *operand) {
  return (words_of(operand) + 1) * PANEL_ROWS;
}

static word *panel_of(const circle_operand *operand, size_t panel) {
  return (word *)operand->panels + panel * PARTS * part_words_of(operand);
}

/* The first word of a row in its panel; the next one is PANEL_ROWS further. */
static const word *packed_row(const circle_operand *operand, size_t position) {
  return panel_of(operand, position / PANEL_ROWS) + position % PANEL_ROWS;
}

/* Dimension k of a row. */
ALWAYS_INLINE real number_in(const word *row, size_t part_words, size_t k) {
  const word *words = row + k / NUMBERS_PER_WORD * PANEL_ROWS;
  real number = number_of(words[(PARTS - 1) * part_words], k % NUMBERS_PER_WORD);
  for (size_t part = PARTS - 1; part-- > 0;)
    number += number_of(words[part * part_words], k % NUMBERS_PER_WORD);
  return number;
}

#endif
