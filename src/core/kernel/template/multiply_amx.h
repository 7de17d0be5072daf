/* Similarities of some strips of anchors to panels of references, by the matrix unit: replaces the
 * micro-kernel of kernel/template/tile.h.
 *
 * A panel of references has the layout of the unit's second factor; anchors, the first, are
 * transposed into squares. */
#ifndef CIRCLE_KERNEL_MULTIPLY_AMX_H
#define CIRCLE_KERNEL_MULTIPLY_AMX_H

/* Strips computed together. */
#define STRIPS_AT_ONCE (ROWS_AT_ONCE / STRIP_ROWS)

/* Longest dot product summed in one go, so that the anchors stay in the first level cache. */
#define STEPS_AT_ONCE ((size_t)(PARTS == 1 ? 16 : 8))

_Static_assert(STRIP_ROWS == 8, "neighbours in a panel, as many as joined() takes");

/* Squares of the anchors position .. +rows: words first .. +AMX_WORDS, all parts. A register holds
 * two strips. */
static void transpose_anchors(const circle_operand *operand, size_t position, size_t rows,
                              size_t first, word *squares) {
  const size_t part_words = part_words_of(operand);
  for (size_t done = 0; done < rows; done += AMX_ROWS) {
    const size_t near = position + done, far = rows - done > STRIP_ROWS ? near + STRIP_ROWS : near;
    const word *lower = packed_row(operand, near);
    const word *upper = packed_row(operand, far);
    for (size_t part = 0; part < PARTS; part++) {
      const size_t at = part * part_words + first * PANEL_ROWS;
      __m512i columns[AMX_WORDS];
      UNROLL
      for (size_t k = 0; k < AMX_WORDS; k++)
        columns[k] = joined(lower + at + k * PANEL_ROWS, upper + at + k * PANEL_ROWS);
      transpose(columns, squares + part * 2 * SQUARE_WORDS, AMX_WORDS);
    }
    squares += SQUARE_WORDS;
  }
}

static void add_to(real *similarities, size_t stride, size_t rows, const real *sums) {
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < PANEL_ROWS; v += LANES) {
      real *to = similarities + r * stride + v;
      store(to, load(to) + load(sums + r * PANEL_ROWS + v));
    }
}

/* Similarities of up to STRIPS_AT_ONCE neighbouring strips, from the first column of the first
 * strip on. */
static void multiply_strips(const circle_operands *operands, const circle_tile *tile,
                            const anchor_strip *strips, size_t count, size_t stride) {
  _Alignas(VECTOR_BYTES) word anchors[STEPS_AT_ONCE * PARTS * 2 * SQUARE_WORDS];
  _Alignas(VECTOR_BYTES) real sums[ROWS_AT_ONCE * PANEL_ROWS];
  const circle_operand *references = operands->references;
  const size_t rows = count * STRIP_ROWS, steps = words_of(references) / AMX_WORDS;
  const row_halves halves = halves_of(rows);
  real *similarities = strips->similarities;
  size_t done = 0;
  begin_amx(halves);
  do {
    const size_t next = circle_smaller(steps - done, STEPS_AT_ONCE);
    for (size_t step = 0; step < next; step++)
      transpose_anchors(&operands->anchors, strips->position, rows, (done + step) * AMX_WORDS,
                        anchors + step * PARTS * 2 * SQUARE_WORDS);
    rows_are_written();
    for (size_t column = strips->first / PANEL_ROWS * PANEL_ROWS; column < tile->columns;
         column += PANEL_ROWS) {
      const word *panel = packed_row(references, tile->first_column + column);
      const amx_columns columns = {.words = panel + done * STEP_WORDS,
                                   .parts = PARTS,
                                   .part_words = part_words_of(references),
                                   .step_words = STEP_WORDS};
      multiply(anchors, PARTS, halves, columns, next);
      if (done == 0) {
        store_sums(similarities + column, stride, halves);
      } else {
        store_sums(sums, PANEL_ROWS, halves);
        add_to(similarities + column, stride, rows, sums);
      }
    }
    done += next;
  } while (done < steps);
  _tile_release();
}

#endif
