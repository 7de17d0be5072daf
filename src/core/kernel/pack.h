/* Rows of a side, gathered in their sorted order, converted to the compute type, laid out in
 * panels. */
#ifndef CIRCLE_KERNEL_PACK_H
#define CIRCLE_KERNEL_PACK_H

static real *dimension_row(void *dimension_panels, const circle_side *side, size_t dimension,
                           size_t place) {
  size_t panel = dimension / GRADIENT_COLUMNS, within = dimension % GRADIENT_COLUMNS;
  return (real *)dimension_panels + (panel * side->padded_rows + place) * GRADIENT_COLUMNS + within;
}

static double converted(const circle_engine *engine, const circle_side *side, size_t row,
                        double number) {
  if (side->scaling != NULL) number = number * side->scaling[row].first * side->scaling[row].second;
  return circle_round(number, engine->problem.dtype);
}

/* Dimension k of the rows of one panel: gathered, converted, padded. */
static void pack_numbers(const circle_engine *engine, const circle_side *side, size_t place,
                         size_t k, packed_number *panel) {
  const double *column = side->given.values + (ptrdiff_t)k * side->given.column_stride;
  const ptrdiff_t row_stride = side->given.row_stride;
  const bool as_is = side->scaling == NULL && (engine->problem.dtype == CIRCLE_FLOAT64 ||
                                               engine->problem.dtype == CIRCLE_FLOAT32);
  const size_t left = place < side->rows ? side->rows - place : 0;
  const size_t count = left < PANEL_ROWS ? left : PANEL_ROWS;
  const size_t *row = side->order + place;
  packed_number *to = panel + number_at(k, 0);
  for (size_t w = 0; as_is && w < count; w++)
    to[w * NUMBERS_PER_WORD] = packed_of(column[(ptrdiff_t)row[w] * row_stride]);
  for (size_t w = 0; !as_is && w < count; w++)
    to[w * NUMBERS_PER_WORD] =
        packed_of(converted(engine, side, row[w], column[(ptrdiff_t)row[w] * row_stride]));
  for (size_t w = count; w < PANEL_ROWS; w++) to[w * NUMBERS_PER_WORD] = 0;
}

static void pack(const circle_engine *engine, circle_side *side, size_t first, size_t last) {
  for (size_t k = first; k < last; k++)
    for (size_t place = 0; place < side->padded_rows; place += PANEL_ROWS)
      pack_numbers(engine, side, place, k, numbers_of(engine, side, place / PANEL_ROWS));
  /* The last word may lack a number. */
  const size_t end = words_of(engine) * NUMBERS_PER_WORD;
  for (size_t k = engine->dimensions; last == engine->dimensions && k < end; k++)
    for (size_t place = 0; place < side->padded_rows; place += PANEL_ROWS)
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

static void unpack(const circle_side *side, size_t first, size_t last,
                   const circle_unpacking *how) {
  const double unit = ldexp(1.0, how->unit);
  for (size_t k = first; k < last; k++) {
    double *column = how->gradient + k * side->rows;
    const real *gradient = dimension_row(side->gradient, side, k, 0);
    for (size_t place = 0; place < side->rows; place++) {
      const size_t row = side->order[place];
      double number = (double)gradient[place * GRADIENT_COLUMNS] * unit;
      if (how->along != NULL)
        number +=
            how->along[place] * (double)*dimension_row(side->dimension_panels, side, k, place);
      if (side->scaling != NULL)
        number = number * side->scaling[row].second * side->scaling[row].first;
      column[row] = how->add ? column[row] + number : number;
    }
  }
}

#endif
