/* Rows of a side, gathered in their sorted order, converted to the compute type, laid out in
 * panels. */
#ifndef CIRCLE_KERNEL_PACK_H
#define CIRCLE_KERNEL_PACK_H

static real *dimension_row(void *dimension_panels, const circle_side *side, size_t dimension,
                           size_t place) {
  size_t panel = dimension / GRADIENT_COLUMNS, within = dimension % GRADIENT_COLUMNS;
  return (real *)dimension_panels + (panel * side->padded_rows + place) * GRADIENT_COLUMNS + within;
}

/* Numbers of some rows, all of one dimension, to unit length and to the type of the computation. */
static void convert(const circle_engine *engine, const circle_side *side, const size_t *row,
                    size_t count, double *numbers) {
  if (side->scaling != NULL)
    for (size_t w = 0; w < count; w++)
      numbers[w] = numbers[w] * side->scaling[row[w]].first * side->scaling[row[w]].second;
  circle_round_all(numbers, PANEL_ROWS, engine->problem.dtype);
}

/* Dimension k of the rows of one panel: gathered, padded, converted. That loops are as long as a
 * panel, whatever the number of rows, lets the compiler take several numbers at once. */
ALWAYS_INLINE void pack_numbers(const circle_engine *engine, const circle_side *side,
                                circle_numbers type, bool as_is, size_t place, size_t k) {
  const void *values = side->given.values;
  const ptrdiff_t column = (ptrdiff_t)k * side->given.column_stride;
  const ptrdiff_t row_stride = side->given.row_stride;
  const size_t left = place < side->rows ? side->rows - place : 0;
  const size_t count = left < PANEL_ROWS ? left : PANEL_ROWS;
  const size_t *row = side->order + place;
  packed_number *to = numbers_of(engine, side, place / PANEL_ROWS) + number_at(k, 0);
  double numbers[PANEL_ROWS];
  for (size_t w = 0; w < count; w++)
    numbers[w] = circle_number_at(values, type, column + (ptrdiff_t)row[w] * row_stride);
  for (size_t w = count; w < PANEL_ROWS; w++) numbers[w] = 0.0;
  if (!as_is) convert(engine, side, row, count, numbers);
  for (size_t w = 0; w < PANEL_ROWS; w++) to[w * NUMBERS_PER_WORD] = packed_of(numbers[w]);
}

ALWAYS_INLINE void pack_from(const circle_engine *engine, const circle_side *side,
                             circle_numbers type, bool as_is, const circle_patch *patch) {
  for (size_t k = patch->first_column; k < patch->last_column; k++)
    for (size_t place = patch->first_place; place < patch->last_place; place += PANEL_ROWS)
      pack_numbers(engine, side, type, as_is, place, k);
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
  /* The last words may lack numbers. */
  const size_t end = words_of(engine) * NUMBERS_PER_WORD;
  if (patch->last_column != engine->dimensions) return;
  for (size_t k = engine->dimensions; k < end; k++)
    for (size_t place = patch->first_place; place < patch->last_place; place += PANEL_ROWS)
      for (size_t w = 0; w < PANEL_ROWS; w++)
        numbers_of(engine, side, place / PANEL_ROWS)[number_at(k, w)] = 0;
}

/* The rows of one panel in the layout of the gradient's products, and zeros for their gradient. */
static void begin_gradient(const circle_engine *engine, circle_side *side, size_t panel) {
  const packed_number *packed = numbers_of(engine, side, panel);
  const size_t first = panel * PANEL_ROWS, dimensions = engine->dimensions;
  for (size_t k = 0; k < dimensions; k += GRADIENT_COLUMNS) {
    const size_t left = dimensions - k, count = left < GRADIENT_COLUMNS ? left : GRADIENT_COLUMNS;
    real *rows = dimension_row(side->dimension_panels, side, k, first);
    memset(dimension_row(side->gradient, side, k, first), 0,
           PANEL_ROWS * GRADIENT_COLUMNS * sizeof(real));
    for (size_t w = 0; w < PANEL_ROWS; w++, rows += GRADIENT_COLUMNS) {
      for (size_t c = 0; c < count; c++) rows[c] = number_of(packed[number_at(k + c, w)]);
      for (size_t c = count; c < GRADIENT_COLUMNS; c++) rows[c] = 0;
    }
  }
}

static void scale_gradient(const circle_engine *engine, circle_side *side, size_t place,
                           size_t rows, int exponent) {
  const real factor = (real)ldexp(1.0, exponent);
  for (size_t k = 0; k < engine->dimensions; k += GRADIENT_COLUMNS) {
    real *gradient = dimension_row(side->gradient, side, k, place);
    for (size_t i = 0; i < rows * GRADIENT_COLUMNS; i++) gradient[i] *= factor;
  }
}

static double packed_at(const circle_engine *engine, const circle_side *side, size_t place,
                        size_t k) {
  return (double)number_of(
      numbers_of(engine, side, place / PANEL_ROWS)[number_at(k, place % PANEL_ROWS)]);
}

static double self_similarity(const circle_engine *engine, const circle_side *side, size_t place) {
  double sum = 0.0;
  for (size_t k = 0; k < engine->dimensions; k++) {
    const double number = packed_at(engine, side, place, k);
    sum += number * number;
  }
  return (double)(real)sum;
}

static double radial_gradient(const circle_engine *engine, const circle_side *side, size_t place) {
  double sum = 0.0;
  for (size_t k = 0; k < engine->dimensions; k++)
    sum +=
        packed_at(engine, side, place, k) * (double)*dimension_row(side->gradient, side, k, place);
  return sum;
}

ALWAYS_INLINE void unpack_to(const circle_side *side, const circle_unpacking *how,
                             circle_numbers type, const circle_patch *patch) {
  void *values = how->gradient->values;
  for (size_t k = patch->first_column; k < patch->last_column; k++) {
    const ptrdiff_t column = (ptrdiff_t)k * how->gradient->column_stride;
    const real *gradient = dimension_row(side->gradient, side, k, 0);
    for (size_t place = patch->first_place; place < patch->last_place; place++) {
      const size_t row = side->order[place];
      const ptrdiff_t offset = column + (ptrdiff_t)row * how->gradient->row_stride;
      double number = (double)gradient[place * GRADIENT_COLUMNS] * how->scale;
      if (how->along != NULL)
        number +=
            how->along[place] * (double)*dimension_row(side->dimension_panels, side, k, place);
      if (side->scaling != NULL)
        number = number * side->scaling[row].second * side->scaling[row].first;
      if (how->add) number += circle_number_at(values, type, offset);
      circle_set_number_at(values, type, offset, number);
    }
  }
}

static void unpack(const circle_side *side, const circle_patch *patch,
                   const circle_unpacking *how) {
  if (how->gradient->type == CIRCLE_FLOATS)
    unpack_to(side, how, CIRCLE_FLOATS, patch);
  else
    unpack_to(side, how, CIRCLE_DOUBLES, patch);
}

#endif
