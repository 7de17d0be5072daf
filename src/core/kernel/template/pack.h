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

/* A word of each row of a panel: [number of the word][row], first as the caller has it, then
 * converted. Behind the last row and the last dimension there are zeros. */
typedef struct {
  double numbers[NUMBERS_PER_WORD][PANEL_ROWS];
  size_t place, rows, at; /* the panel's first row; how many it has; which word of theirs */
} gathered_words;

ALWAYS_INLINE void gather(const circle_engine *engine, const circle_side *side, circle_numbers type,
                          size_t place, size_t at, gathered_words *gathered) {
  const void *values = side->given.values;
  const ptrdiff_t row_stride = side->given.row_stride;
  gathered->place = place;
  gathered->rows = place < side->rows ? circle_smaller(side->rows - place, PANEL_ROWS) : 0;
  gathered->at = at;
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
    const size_t k = at * NUMBERS_PER_WORD + i;
    const size_t count = k < engine->dimensions ? gathered->rows : 0;
    const ptrdiff_t column = (ptrdiff_t)k * side->given.column_stride;
    double *numbers = gathered->numbers[i];
    for (size_t w = 0; w < count; w++)
      numbers[w] =
          circle_number_at(values, type, column + (ptrdiff_t)side->order[place + w] * row_stride);
    for (size_t w = count; w < PANEL_ROWS; w++) numbers[w] = 0.0;
  }
}

/* To unit length and to the type of the computation. */
static void convert(const circle_engine *engine, const circle_side *side,
                    gathered_words *gathered) {
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
    double *numbers = gathered->numbers[i];
    for (size_t w = 0; side->scaling != NULL && w < gathered->rows; w++) {
      const circle_scaling scaling = side->scaling[gathered->place + w];
      numbers[w] = numbers[w] * scaling.first * scaling.second;
    }
    circle_round_all(numbers, PANEL_ROWS, engine->problem.dtype);
  }
}

/* Whether numbers need no more than the conversion to the type of the computation. */
static bool is_as_given(const circle_engine *engine, const circle_side *side) {
  const circle_dtype dtype = engine->problem.dtype;
  return side->scaling == NULL && (dtype == CIRCLE_FLOAT64 || dtype == CIRCLE_FLOAT32);
}

/* Loops are as long as a panel, whatever the number of rows, so that the compiler takes several
 * numbers at once. */
ALWAYS_INLINE void put(const circle_engine *engine, const circle_side *side, bool as_given,
                       gathered_words *gathered) {
  _Alignas(VECTOR_BYTES) real numbers[NUMBERS_PER_WORD * PANEL_ROWS];
  if (!as_given) convert(engine, side, gathered);
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++)
    for (size_t w = 0; w < PANEL_ROWS; w++)
      numbers[i * PANEL_ROWS + w] = (real)gathered->numbers[i][w];
  write_words(numbers, part_words_of(engine),
              panel_of(engine, side, gathered->place / PANEL_ROWS) + gathered->at * PANEL_ROWS);
}

/* What has been gathered is put into its place while the next is gathered: a processor that reads
 * a register's width right after its numbers were written one by one has to wait. */
ALWAYS_INLINE void pack_from(const circle_engine *engine, const circle_side *side,
                             circle_numbers type, const circle_patch *patch) {
  const bool as_given = is_as_given(engine, side);
  /* The last words may lack numbers. */
  const size_t end = patch->last_column == engine->dimensions
                         ? words_of(engine)
                         : patch->last_column / NUMBERS_PER_WORD;
  gathered_words gathered[2];
  size_t count = 0;
  for (size_t at = patch->first_column / NUMBERS_PER_WORD; at < end; at++)
    for (size_t place = patch->first_place; place < patch->last_place; place += PANEL_ROWS) {
      gather(engine, side, type, place, at, &gathered[count % 2]);
      if (count > 0) put(engine, side, as_given, &gathered[(count - 1) % 2]);
      count++;
    }
  if (count > 0) put(engine, side, as_given, &gathered[(count - 1) % 2]);
}

static void pack(const circle_engine *engine, circle_side *side, const circle_patch *patch) {
  if (side->given.type == CIRCLE_FLOATS)
    pack_from(engine, side, CIRCLE_FLOATS, patch);
  else
    pack_from(engine, side, CIRCLE_DOUBLES, patch);
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

static double sum_of(const double sums[SUMS_AT_ONCE]) {
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
  return (double)(real)sum_of(sums);
}

static double radial_gradient(const circle_engine *engine, const circle_side *side, size_t place) {
  const word *row = packed_row(engine, side, place);
  const size_t part_words = part_words_of(engine);
  double sums[SUMS_AT_ONCE] = {0.0};
  for (size_t k = 0; k < engine->dimensions; k++)
    sums[k % SUMS_AT_ONCE] +=
        (double)number_in(row, part_words, k) * (double)*gradient_row(side, k, place);
  return sum_of(sums);
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
      number *= how->power;
      if (how->add) number += circle_number_at(values, type, offset);
      circle_set_number_at(values, type, offset, number);
      beyond += !(fabs(number) <= how->largest);
    }
  }
  return beyond == 0;
}

static bool unpack(const circle_engine *engine, const circle_side *side, const circle_patch *patch,
                   const circle_unpacking *how) {
  return how->gradient->type == CIRCLE_FLOATS ? unpack_to(engine, side, how, CIRCLE_FLOATS, patch)
                                              : unpack_to(engine, side, how, CIRCLE_DOUBLES, patch);
}

#endif
