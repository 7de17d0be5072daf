/* Packing: rows are gathered in sorted order, converted to the compute type, and laid out in
 * panels. Unpacking: the same for their gradient, on its way back. */
#ifndef CIRCLE_KERNEL_PACK_H
#define CIRCLE_KERNEL_PACK_H

/* Layout of the gradient, in panels of dimensions: [panel][row][GRADIENT_COLUMNS]. */
static size_t gradient_row_bytes(size_t dimensions) {
  return circle_round_up(dimensions, GRADIENT_COLUMNS) * sizeof(real);
}

static size_t dimension_at(const circle_operand *operand, size_t dimension, size_t position) {
  const size_t panel = dimension / GRADIENT_COLUMNS, within = dimension % GRADIENT_COLUMNS;
  return (panel * operand->padded_rows + position) * GRADIENT_COLUMNS + within;
}

static const real *gradient_row(const circle_operand *operand, const void *gradient,
                                size_t dimension, size_t position) {
  return (const real *)gradient + dimension_at(operand, dimension, position);
}

/* One word of each row of a panel, [number in the word][row]: as given, then converted. Padded with
 * zeros after the last row and the last dimension. */
typedef struct {
  double numbers[NUMBERS_PER_WORD][PANEL_ROWS];
  size_t position, rows, at; /* the panel's first row; how many it has; which word of theirs */
} gathered_words;

ALWAYS_INLINE void gather(const circle_operand *operand, circle_numbers type, size_t position,
                          size_t at, gathered_words *gathered) {
  const void *values = operand->given.values;
  const ptrdiff_t row_stride = (ptrdiff_t)operand->given.row_stride;
  gathered->position = position;
  gathered->rows =
      position < operand->rows ? circle_smaller(operand->rows - position, PANEL_ROWS) : 0;
  gathered->at = at;
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
    const size_t k = at * NUMBERS_PER_WORD + i;
    const size_t count = k < operand->dimensions ? gathered->rows : 0;
    const ptrdiff_t column = (ptrdiff_t)k * (ptrdiff_t)operand->given.column_stride;
    double *numbers = gathered->numbers[i];
    for (size_t w = 0; w < count; w++)
      numbers[w] = circle_number_at(values, type,
                                    column + (ptrdiff_t)operand->order[position + w] * row_stride);
    for (size_t w = count; w < PANEL_ROWS; w++) numbers[w] = 0.0;
  }
}

/* The rest of packing is shared with floats, since an instance of its own would be some KB in every
 * kernel. */
NEVER_INLINE void gather_halves(const circle_operand *operand, size_t position, size_t at,
                                gathered_words *gathered) {
  gather(operand, CIRCLE_HALVES, position, at, gathered);
}

/* Scaled, rounded to the dtype, and centred. */
static void convert(const circle_operand *operand, circle_dtype dtype, gathered_words *gathered) {
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++) {
    double *numbers = gathered->numbers[i];
    for (size_t w = 0; operand->scaling != NULL && w < gathered->rows; w++) {
      const circle_scaling scaling = operand->scaling[gathered->position + w];
      numbers[w] = numbers[w] * scaling.first * scaling.second;
    }
    circle_round_all(numbers, PANEL_ROWS, dtype);
    const size_t k = gathered->at * NUMBERS_PER_WORD + i;
    if (operand->centre == NULL || k >= operand->dimensions) continue;
    for (size_t w = 0; w < gathered->rows; w++) numbers[w] -= operand->centre[k];
  }
}

/* Whether numbers only need converting to the compute type. */
static bool is_as_given(const circle_operand *operand, circle_dtype dtype) {
  return operand->scaling == NULL && operand->centre == NULL &&
         (dtype == CIRCLE_FLOAT64 || dtype == CIRCLE_FLOAT32);
}

/* Loops have the constant length of a panel, however many rows it has, to be vectorised. */
ALWAYS_INLINE void put(circle_operand *operand, circle_dtype dtype, bool as_given,
                       gathered_words *gathered) {
  _Alignas(VECTOR_BYTES) real numbers[NUMBERS_PER_WORD * PANEL_ROWS];
  if (!as_given) convert(operand, dtype, gathered);
  for (size_t i = 0; i < NUMBERS_PER_WORD; i++)
    for (size_t w = 0; w < PANEL_ROWS; w++)
      numbers[i * PANEL_ROWS + w] = (real)gathered->numbers[i][w];
  write_words(numbers, part_words_of(operand),
              panel_of(operand, gathered->position / PANEL_ROWS) + gathered->at * PANEL_ROWS);
}

/* Double-buffered against store-forwarding stalls: a vector load must not follow right after scalar
 * stores of the same numbers. */
ALWAYS_INLINE void pack_from(circle_operand *operand, circle_dtype dtype, circle_numbers type,
                             const circle_patch *patch) {
  const bool as_given = is_as_given(operand, dtype);
  /* The last words may lack numbers. */
  const size_t end_dimension = patch->first_dimension + patch->dimensions;
  const size_t end =
      end_dimension == operand->dimensions ? words_of(operand) : end_dimension / NUMBERS_PER_WORD;
  const size_t end_row = patch->first_row + patch->rows;
  gathered_words gathered[2];
  size_t count = 0;
  for (size_t at = patch->first_dimension / NUMBERS_PER_WORD; at < end; at++)
    for (size_t position = patch->first_row; position < end_row; position += PANEL_ROWS) {
      if (type == CIRCLE_FLOATS && operand->given.type == CIRCLE_HALVES)
        gather_halves(operand, position, at, &gathered[count % 2]);
      else
        gather(operand, type, position, at, &gathered[count % 2]);
      if (count > 0) put(operand, dtype, as_given, &gathered[(count - 1) % 2]);
      count++;
    }
  if (count > 0) put(operand, dtype, as_given, &gathered[(count - 1) % 2]);
}

static void pack(void *context, const circle_patch *patch) {
  circle_operand *operand = context;
  if (operand->given.type == CIRCLE_DOUBLES)
    pack_from(operand, operand->dtype, CIRCLE_DOUBLES, patch);
  else
    pack_from(operand, operand->dtype, CIRCLE_FLOATS, patch);
}

/* The number of independent sums over a row. */
#define SUMS_AT_ONCE ((size_t)8)

static double sum_of(const double sums[SUMS_AT_ONCE]) {
  double total = 0.0;
  for (size_t i = 0; i < SUMS_AT_ONCE; i++) total += sums[i];
  return total;
}

static double self_product(const circle_operand *operand, size_t position) {
  const word *row = packed_row(operand, position);
  const size_t part_words = part_words_of(operand);
  double sums[SUMS_AT_ONCE] = {0.0};
  for (size_t k = 0; k < operand->dimensions; k++) {
    const double number = (double)number_in(row, part_words, k);
    sums[k % SUMS_AT_ONCE] += number * number;
  }
  return (double)(real)sum_of(sums);
}

static double gradient_product(const circle_operand *operand, const void *gradient,
                               size_t position) {
  const word *row = packed_row(operand, position);
  const size_t part_words = part_words_of(operand);
  double sums[SUMS_AT_ONCE] = {0.0};
  for (size_t k = 0; k < operand->dimensions; k++)
    sums[k % SUMS_AT_ONCE] += (double)number_in(row, part_words, k) *
                              (double)*gradient_row(operand, gradient, k, position);
  return sum_of(sums);
}

/* Returns whether no number was beyond the largest. */
ALWAYS_INLINE bool unpack_to(const circle_unpacking *how, circle_numbers type,
                             const circle_patch *patch) {
  const circle_operand *operand = how->operand;
  const circle_unpacking by = *how; /* a copy that no store can alias */
  const circle_scaling *scaling = operand->scaling;
  const size_t *order = operand->order;
  void *values = by.target->values;
  const ptrdiff_t row_stride = (ptrdiff_t)by.target->row_stride;
  const size_t part_words = part_words_of(operand);
  size_t beyond = 0;
  for (size_t k = patch->first_dimension; k < patch->first_dimension + patch->dimensions; k++) {
    const ptrdiff_t column = (ptrdiff_t)k * (ptrdiff_t)by.target->column_stride;
    const real *gradient = gradient_row(operand, by.gradient, k, 0);
    const size_t end = patch->first_row + patch->rows;
    for (size_t position = patch->first_row; position < end; position++) {
      const ptrdiff_t offset = column + (ptrdiff_t)order[position] * row_stride;
      double number = (double)gradient[position * GRADIENT_COLUMNS] * by.scale;
      if (by.along != NULL)
        number +=
            by.along[position] * (double)number_in(packed_row(operand, position), part_words, k);
      if (scaling != NULL) number = number * scaling[position].second * scaling[position].first;
      number *= by.power;
      if (by.add) number += circle_number_at(values, type, offset);
      circle_set_number_at(values, type, offset, number);
      beyond += !(fabs(number) <= by.largest);
    }
  }
  return beyond == 0;
}

static bool unpack(const circle_unpacking *how, const circle_patch *patch) {
  return how->target->type == CIRCLE_FLOATS ? unpack_to(how, CIRCLE_FLOATS, patch)
                                            : unpack_to(how, CIRCLE_DOUBLES, patch);
}

#endif
