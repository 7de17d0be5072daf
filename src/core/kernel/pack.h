/* Rows of a side, gathered in their sorted order, converted to the compute type, laid out in
 * panels. */
#ifndef CIRCLE_KERNEL_PACK_H
#define CIRCLE_KERNEL_PACK_H

static real *panel_of(const circle_engine *engine, const circle_side *side, size_t panel) {
  return (real *)side->panels + panel * PANEL_ROWS * engine->dimensions;
}

static real *dimension_row(void *dimension_panels, const circle_side *side, size_t dimension,
                           size_t place) {
  size_t panel = dimension / GRADIENT_COLUMNS, within = dimension % GRADIENT_COLUMNS;
  return (real *)dimension_panels + (panel * side->padded_rows + place) * GRADIENT_COLUMNS + within;
}

/* Converts the rows of one panel; `squares` receives the sum of squares of each, as given. */
static void convert_rows(const circle_engine *engine, const circle_side *side, size_t first,
                         size_t count, const circle_scaling *scaling, double *squares,
                         real *panel) {
  const circle_dtype dtype = engine->problem.dtype;
  const bool sixteen_bits = dtype == CIRCLE_FLOAT16 || dtype == CIRCLE_BFLOAT16;
  const double *row[PANEL_ROWS];
  for (size_t w = 0; w < count; w++) row[w] = circle_row(&side->given, side->order[first + w]);
  for (size_t k = 0; k < engine->dimensions; k++, panel += PANEL_ROWS) {
    const ptrdiff_t column = (ptrdiff_t)k * side->given.column_stride;
    for (size_t w = 0; w < count; w++) {
      double number = row[w][column];
      squares[w] += number * number;
      if (scaling != NULL) number = number * scaling[w].first * scaling[w].second;
      if (sixteen_bits) number = circle_round(number, dtype);
      panel[w] = (real)number;
    }
    for (size_t w = count; w < PANEL_ROWS; w++) panel[w] = 0;
  }
}

static void pack(const circle_engine *engine, circle_side *side, size_t panel) {
  const size_t first = panel * PANEL_ROWS;
  const size_t left = side->rows > first ? side->rows - first : 0;
  const size_t count = left < PANEL_ROWS ? left : PANEL_ROWS;
  const bool normalize = engine->problem.normalize;
  double squares[PANEL_ROWS] = {0};
  circle_scaling scaling[PANEL_ROWS];
  for (size_t w = 0; normalize && w < count; w++)
    scaling[w] = circle_unit_scaling(&side->given, side->order[first + w]);
  convert_rows(engine, side, first, count, normalize ? scaling : NULL, squares,
               panel_of(engine, side, panel));
  for (size_t w = 0; w < count; w++) {
    side->length[first + w] = circle_length_is_safe(squares[w])
                                  ? sqrt(squares[w])
                                  : circle_row_length(&side->given, side->order[first + w]);
  }
}

static void pack_dimensions(const circle_engine *engine, circle_side *side, size_t panel) {
  const real *packed = panel_of(engine, side, panel);
  for (size_t k = 0; k < engine->dimensions; k++, packed += PANEL_ROWS) {
    real *to = dimension_row(side->dimension_panels, side, k, panel * PANEL_ROWS);
    for (size_t w = 0; w < PANEL_ROWS; w++) to[w * GRADIENT_COLUMNS] = packed[w];
  }
}

static double packed_element(const circle_engine *engine, const circle_side *side, size_t place,
                             size_t dimension) {
  return (double)panel_of(engine, side,
                          place / PANEL_ROWS)[dimension * PANEL_ROWS + place % PANEL_ROWS];
}

static double gradient_element(const circle_engine *engine, const circle_side *side, size_t place,
                               size_t dimension) {
  (void)engine;
  return (double)*dimension_row(side->gradient, side, dimension, place);
}

static double self_similarity(const circle_engine *engine, const circle_side *side, size_t place) {
  double sum = 0.0;
  for (size_t k = 0; k < engine->dimensions; k++) {
    double number = packed_element(engine, side, place, k);
    sum += number * number;
  }
  return (double)(real)sum;
}

#endif
