/* Rows of a side, gathered in their sorted order, converted to the compute type, laid out in
 * panels. */
#ifndef CIRCLE_KERNEL_PACK_H
#define CIRCLE_KERNEL_PACK_H

/* The gradient is laid out in panels of dimensions: [panel][row][GRADIENT_COLUMNS]. */
static size_t gradient_row_size(size_t dimensions) {
  return circle_round_up(dimensions, GRADIENT_COLUMNS) * sizeof(real);
}

static size_t dimension_at(const circle_side *side, size_t dimension, size_t place) {
  const size_t panel = dimension / GRADIENT_COLUMNS, within = dimension % GRADIENT_COLUMNS;
  return (panel * side->padded_rows + place) * GRADIENT_COLUMNS + within;
}

static real *gradient_row(const circle_side *side, size_t dimension, size_t place) {
  return (real *)side->gradient + dimension_at(side, dimension, place);
}

/* Numbers of a word of each row of a panel: [number of the word][row], as the caller has them. */
typedef struct {
  double numbers[NUMBERS_PER_WORD][PANEL_ROWS];
  size_t place, at; /* the panel's first row; the word */
} gathered_words;

/* Padded with zeros, behind the last row and the last dimension. */
ALWAYS_INLINE void gather(const circle_engine *engine, const circle_side *side, circle_numbers type,
                          size_t place, size_t at, gathered_words *gathered) {
  const void *values = side->given.values;
  const ptrdiff_t row_stride = side->given.row_stride;
  const size_t left = place < side->rows ? side->rows - place : 0;
  const size_t rows = left < PANEL_ROWS ? left : PANEL_ROWS;
  const size_t *row = side->order + place;
  gathered->place = place;
  gathered->at = at;
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
    const size_t k = at * NUMBERS_PER_WORD + i, count = k < engine->dimensions ? rows : 0;
    const ptrdiff_t column = (ptrdiff_t)k * side->given.column_stride;
    double *numbers = gathered->numbers[i];
    for (size_t w = 0; w < count; w++)
      numbers[w] = circle_number_at(values, type, column + (ptrdiff_t)row[w] * row_stride);
    for (size_t w = count; w < PANEL_ROWS; w++) numbers[w] = 0.0;
  }
}

/* To unit length and to the type of the computation. */
static void convert(const circle_engine *engine, const circle_side *side,
                    gathered_words *gathered) {
  const size_t left = gathered->place < side->rows ? side->rows - gathered->place : 0;
  const size_t rows = left < PANEL_ROWS ? left : PANEL_ROWS;
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
    double *numbers = gathered->numbers[i];
    if (side->scaling != NULL) {
      const circle_scaling *scaling = side->scaling + gathered->place;
      for (size_t w = 0; w < rows; w++)
        numbers[w] = numbers[w] * scaling[w].first * scaling[w].second;
    }
    circle_round_all(numbers, PANEL_ROWS, engine->problem.dtype);
  }
}

/* Loops are as long as a panel, whatever the number of rows, so that the compiler takes several
 * numbers at once. */
ALWAYS_INLINE void put(const circle_engine *engine, const circle_side *side, bool as_is,
                       gathered_words *gathered) {
  _Alignas(VECTOR_BYTES) real numbers[NUMBERS_PER_WORD * PANEL_ROWS];
  if (!as_is) convert(engine, side, gathered);
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++)
    for (size_t w = 0; w < PANEL_ROWS; w++)
      numbers[i * PANEL_ROWS + w] = (real)gathered->numbers[i][w];
  write_words(numbers, part_words_of(engine),
              panel_of(engine, side, gathered->place / PANEL_ROWS) + gathered->at * PANEL_ROWS);
}

/* What has been gathered is put into its place while the next is gathered: a processor that reads
 * a register's width right after its numbers were written one by one has to wait. */
ALWAYS_INLINE void pack_from(const circle_engine *engine, const circle_side *side,
                             circle_numbers type, bool as_is, const circle_patch *patch) {
  /* The last words may lack numbers. */
  const size_t end = patch->last_column == engine->dimensions
                         ? words_of(engine)
                         : patch->last_column / NUMBERS_PER_WORD;
  gathered_words gathered[2];
  size_t count = 0;
  for (size_t at = patch->first_column / NUMBERS_PER_WORD; at < end; at++)
    for (size_t place = patch->first_place; place < patch->last_place; place += PANEL_ROWS) {
      gather(engine, side, type, place, at, &gathered[count % 2]);
      if (count > 0) put(engine, side, as_is, &gathered[(count - 1) % 2]);
      count++;
    }
  if (count > 0) put(engine, side, as_is, &gathered[(count - 1) % 2]);
}

static void pack(const circle_engine *engine, circle_side *side, const circle_patch *patch) {
  const bool as_is = side->scaling == NULL && (engine->problem.dtype == CIRCLE_FLOAT64 ||
                                               engine->problem.dtype == CIRCLE_FLOAT32);
  if (as_is && side->given.type == CIRCLE_DOUBLES)
    pack_from(engine, side, CIRCLE_DOUBLES, true, patch);
  else if (as_is)
    pack_from(engine, side, CIRCLE_FLOATS, true, patch);
  else
    pack_from(engine, side, side->given.type, false, patch);
}

static void scale_gradient(const circle_engine *engine, circle_side *side, size_t place,
                           size_t rows, int exponent) {
  const real factor = (real)ldexp(1.0, exponent);
  for (size_t k = 0; k < engine->dimensions; k += GRADIENT_COLUMNS) {
    real *gradient = gradient_row(side, k, place);
    for (size_t i = 0; i < rows * GRADIENT_COLUMNS; i++) gradient[i] *= factor;
  }
}

/* A row of D numbers is summed in so many sums, none of which has to wait for the others. */
#define SUMS_AT_ONCE ((size_t)8)

static double total_of(const double sums[SUMS_AT_ONCE]) {
  double total = 0.0;
  for (size_t i = 0; i < SUMS_AT_ONCE; i++) total += sums[i];
  return total;
}

static double self_similarity(const circle_engine *engine, const circle_side *side, size_t place) {
  const word *row = packed_row(engine, side, place);
  const size_t part_words = part_words_of(engine);
  double sums[SUMS_AT_ONCE] = {0.0};
  for (size_t k = 0; k < engine->dimensions; k++) {
    const double number = (double)number_in(row, part_words, k);
    sums[k % SUMS_AT_ONCE] += number * number;
  }
  return (double)(real)total_of(sums);
}

static double radial_gradient(const circle_engine *engine, const circle_side *side, size_t place) {
  const word *row = packed_row(engine, side, place);
  const size_t part_words = part_words_of(engine);
  double sums[SUMS_AT_ONCE] = {0.0};
  for (size_t k = 0; k < engine->dimensions; k++)
    sums[k % SUMS_AT_ONCE] +=
        (double)number_in(row, part_words, k) * (double)*gradient_row(side, k, place);
  return total_of(sums);
}

/* Returns whether no number was beyond the largest. */
ALWAYS_INLINE bool unpack_to(const circle_engine *engine, const circle_side *side,
                             const circle_unpacking *how, circle_numbers type,
                             const circle_patch *patch) {
  void *values = how->gradient->values;
  const size_t part_words = part_words_of(engine);
  size_t beyond = 0;
  for (size_t k = patch->first_column; k < patch->last_column; k++) {
    const ptrdiff_t column = (ptrdiff_t)k * how->gradient->column_stride;
    const real *gradient = gradient_row(side, k, 0);
    for (size_t place = patch->first_place; place < patch->last_place; place++) {
      const size_t row = side->order[place];
      const ptrdiff_t offset = column + (ptrdiff_t)row * how->gradient->row_stride;
      double number = (double)gradient[place * GRADIENT_COLUMNS] * how->scale;
      if (how->along != NULL)
        number +=
            how->along[place] * (double)number_in(packed_row(engine, side, place), part_words, k);
      if (side->scaling != NULL)
        number = number * side->scaling[place].second * side->scaling[place].first;
      if (how->add) number += circle_number_at(values, type, offset);
      circle_set_number_at(values, type, offset, number);
      beyond += !(fabs(number) <= how->largest);
    }
  }
  return beyond == 0;
}

static bool unpack(const circle_engine *engine, const circle_side *side, const circle_patch *patch,
                   const circle_unpacking *how) {
  return how->gradient->type == CIRCLE_FLOATS
             ? unpack_to(engine, side, how, CIRCLE_FLOATS, patch)
             : unpack_to(engine, side, how, CIRCLE_DOUBLES, patch);
}

#endif
