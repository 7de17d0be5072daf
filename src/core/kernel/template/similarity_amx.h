/* Similarities of some strips of anchors to panels of references, by the matrix unit. Stands in
 * place of kernel/similarity.h.
 *
 * A panel of references is laid out as the unit wants its second factor; anchors, its first, are
 * turned round into squares. */
#ifndef CIRCLE_KERNEL_SIMILARITY_AMX_H
#define CIRCLE_KERNEL_SIMILARITY_AMX_H

/* Strips whose similarities are wanted together. */
#define STRIPS_AT_ONCE (ROWS_AT_ONCE / STRIP_ROWS)

/* Longest dot product that is summed in one go, so that the anchors stay in the nearest cache. */
#define STEPS_AT_ONCE ((size_t)(PARTS == 1 ? 16 : 8))

_Static_assert(STRIP_ROWS == 8, "neighbours in a panel, as many as joined() takes");

/* Squares of the anchors place .. place + rows - 1: words first .. first + UNIT_WORDS - 1, all
 * parts. A register takes two strips. */
static void turn_anchors(const circle_engine *engine, size_t place, size_t rows, size_t first,
                         word *squares) {
  const size_t part_words = part_words_of(engine);
  for (size_t done = 0; done < rows; done += UNIT_ROWS) {
    const size_t near = place + done, far = rows - done > STRIP_ROWS ? near + STRIP_ROWS : near;
    const word *lower = packed_row(engine, &engine->anchors, near);
    const word *upper = packed_row(engine, &engine->anchors, far);
    for (size_t part = 0; part < PARTS; part++) {
      const size_t at = part * part_words + first * PANEL_ROWS;
      __m512i columns[UNIT_WORDS];
      UNROLL
      for (size_t k = 0; k < UNIT_WORDS; k++)
        columns[k] = joined(lower + at + k * PANEL_ROWS, upper + at + k * PANEL_ROWS);
      turn(columns, squares + part * 2 * SQUARE_WORDS, UNIT_WORDS);
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

static void similarities_of_group(const circle_engine *engine, const circle_tile *tile,
                                  size_t place, size_t rows, size_t first, size_t last,
                                  real *similarities, size_t stride) {
  _Alignas(VECTOR_BYTES) word anchors[STEPS_AT_ONCE * PARTS * 2 * SQUARE_WORDS];
  _Alignas(VECTOR_BYTES) real sums[ROWS_AT_ONCE * PANEL_ROWS];
  const row_halves halves = halves_of(rows);
  const size_t steps = words_of(engine) / UNIT_WORDS;
  size_t done = 0;
  begin_unit(halves);
  do {
    const size_t next = circle_smaller(steps - done, STEPS_AT_ONCE);
    for (size_t step = 0; step < next; step++)
      turn_anchors(engine, place, rows, (done + step) * UNIT_WORDS,
                   anchors + step * PARTS * 2 * SQUARE_WORDS);
    rows_are_written();
    for (size_t column = first / PANEL_ROWS * PANEL_ROWS; column < last; column += PANEL_ROWS) {
      const word *panel =
          panel_of(engine, engine->references, (tile->first_column + column) / PANEL_ROWS);
      const unit_columns references = {.words = panel + done * STEP_WORDS,
                                       .parts = PARTS,
                                       .part_words = part_words_of(engine),
                                       .step_words = STEP_WORDS};
      multiply(anchors, PARTS, halves, references, next);
      if (done == 0) {
        store_sums(similarities + column, stride, halves);
      } else {
        store_sums(sums, PANEL_ROWS, halves);
        add_to(similarities + column, stride, rows, sums);
      }
    }
    done += next;
  } while (done < steps);
  end_unit();
}

/* As in kernel/similarity.h. */
static void similarity_strips(const circle_engine *engine, const circle_tile *tile, size_t place,
                              size_t strips, size_t first, size_t last, real *similarities,
                              size_t stride) {
  for (size_t done = 0; done < strips; done += STRIPS_AT_ONCE) {
    const size_t now = circle_smaller(strips - done, STRIPS_AT_ONCE);
    similarities_of_group(engine, tile, place + done * STRIP_ROWS, now * STRIP_ROWS, first, last,
                          similarities + done * STRIP_ROWS * stride, stride);
  }
}

#endif
