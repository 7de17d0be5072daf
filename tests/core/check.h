/* What the tests share: a check, random problems. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/floating_point.h"
#include "circle_loss.h"

/* Every test program has these two; it returns check_report(). */
static long checks, failures;

#define CHECK(condition, ...)                         \
  do {                                                \
    checks++;                                         \
    if (!(condition) && failures++ < 10) {            \
      fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
      fprintf(stderr, __VA_ARGS__);                   \
      fprintf(stderr, "  (%s)\n", #condition);        \
    }                                                 \
  } while (0)

static inline int check_report(const char *name) {
  circle_cache_limit(0); /* no leak */
  printf("%s: %ld checks, %ld failed\n", name, checks, failures);
  return failures > 0 || checks == 0;
}

/* xorshift64*, seeded by the number of the case */
static uint64_t random_state = 1;

static inline void set_seed(uint64_t seed) {
  random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static inline uint64_t random_bits(void) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline double random_number(void) { return (double)(random_bits() >> 11) * 0x1p-53; }

static inline int random_below(int count) { return (int)(random_number() * count); }

/* A problem that owns its numbers. */
typedef struct {
  circle_batch batch;
  circle_settings settings;
  double *embeddings, *references, *upstream;
  int32_t *labels, *reference_labels;
} problem;

static inline double *random_rows(int rows, int columns) {
  double *x = malloc(sizeof *x * (size_t)(rows * columns + 1));
  for (int i = 0; i < rows; i++) {
    double length = 0.0;
    for (int k = 0; k < columns; k++) {
      x[i * columns + k] = random_number() + random_number() - 1.0;
      length += x[i * columns + k] * x[i * columns + k];
    }
    for (int k = 0; k < columns; k++) x[i * columns + k] /= sqrt(length);
  }
  return x;
}

static inline int32_t *random_labels(int rows, int classes) {
  int32_t *labels = malloc(sizeof *labels * (size_t)(rows + 1));
  for (int i = 0; i < rows; i++) labels[i] = random_below(classes) - 1;
  return labels;
}

static inline circle_matrix matrix_of(const double *x, int rows, int columns) {
  return (circle_matrix){x, rows, columns, columns, 1, CIRCLE_DOUBLES};
}

static inline circle_target target_of(double *x, int64_t rows, int64_t columns) {
  return (circle_target){x, rows, columns, columns, 1, CIRCLE_DOUBLES};
}

/* references: how many, 0 for none */
static inline problem new_problem(int rows, int columns, int references, int classes) {
  problem new = {.settings = {.gamma = 80.0, .margin = 0.4, .remove_diagonal = 1},
                 .embeddings = random_rows(rows, columns),
                 .labels = random_labels(rows, classes)};
  new.batch =
      (circle_batch){.embeddings = matrix_of(new.embeddings, rows, columns), .labels = new.labels};
  new.upstream = malloc(sizeof(double) * (size_t)(rows + 1));
  for (int i = 0; i < rows; i++) new.upstream[i] = random_number() - 0.3;
  if (references > 0) {
    new.references = random_rows(references, columns);
    new.reference_labels = random_labels(references, classes + 1);
    new.batch.references = matrix_of(new.references, references, columns);
    new.batch.reference_labels = new.reference_labels;
    new.batch.has_references = 1;
  }
  return new;
}

static inline void free_problem(problem *old) {
  free(old->embeddings);
  free(old->references);
  free(old->upstream);
  free(old->labels);
  free(old->reference_labels);
}

/* The largest difference, relative to the largest number expected. */
static inline double deviation(const double *numbers, const double *expected, size_t count) {
  double largest = 0.0, off = 0.0;
  for (size_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs(expected[i]));
    off = fmax(off, isfinite(numbers[i]) ? fabs(numbers[i] - expected[i]) : INFINITY);
  }
  return off == 0.0 ? 0.0 : off / fmax(largest, 1e-300);
}

static const char *const instruction_sets[] = {"portable", "neon",       "avx2",
                                               "avx512",   "avx512bf16", "amx"};
enum { INSTRUCTION_SETS = sizeof instruction_sets / sizeof instruction_sets[0] };

/* Whether this machine has the instruction set, which is used from now on. */
static inline bool use_instruction_set(const char *name) {
  circle_instruction_set_limit(name);
  const char *used = circle_instruction_set();
  for (size_t i = 0; name[i] == used[i]; i++)
    if (name[i] == '\0') return true;
  return false;
}

/* Calls test(number) for so many cases on every instruction set of this machine; the first argument
 * of the program, if there is one, says how many. Case `number` has the seed first_seed + number.
 */
static inline void for_each_case(int count, char **arguments, int cases, uint64_t first_seed,
                                 void (*test)(int number)) {
  if (count > 1) cases = atoi(arguments[1]);
  for (int set = 0; set < INSTRUCTION_SETS; set++) {
    if (!use_instruction_set(instruction_sets[set])) continue;
    for (int number = 0; number < cases; number++) {
      set_seed(first_seed + (uint64_t)number);
      test(number);
    }
  }
}

#endif
