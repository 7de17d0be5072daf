/* The schedule: every pair once, every row in the same order whatever the number of threads, and no
 * two threads at the same numbers (to be run under the thread sanitizer). */
#include <string.h>

#include "base/memory.h"
#include "check.h"
#include "schedule/pass.h"

/* A tile leaves its mark on what it may write: marks of a row make a chain, so that their order
 * shows. */
typedef struct {
  uint64_t *rows, *columns;
  unsigned char *pairs; /* how often each pair was visited: anchors x references */
  size_t references;
  bool symmetric, rectangular, by_references;
} marks;

static uint64_t marked(uint64_t before, uint64_t mark) {
  return (before ^ mark) * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static void visit(void *context, const circle_tile *tile, void *workspace) {
  const marks *at = context;
  (*(int *)workspace)++; /* each thread has one of its own */
  for (size_t r = tile->first_row; r < tile->first_row + tile->rows; r++)
    for (size_t c = tile->first_column; c < tile->first_column + tile->columns; c++) {
      if (at->symmetric && r > c) continue;
      at->pairs[r * at->references + c]++;
      if (!at->by_references) at->rows[r] = marked(at->rows[r], c + 1);
      if (at->symmetric || at->rectangular || at->by_references) at->columns[c] = marked(at->columns[c], r + 1);
    }
}

static marks new_marks(const circle_operands *operands, circle_pass_order order) {
  const size_t rows = operands->anchors.rows, references = operands->references->rows;
  marks new = {.rows = calloc(rows + 1, sizeof(uint64_t)),
               .pairs = calloc(rows * references + 1, 1),
               .references = references,
               .symmetric = order == CIRCLE_SYMMETRIC,
               .rectangular = order == CIRCLE_RECTANGULAR,
               .by_references = order == CIRCLE_BY_REFERENCES};
  new.columns = new.symmetric ? new.rows : calloc(references + 1, sizeof(uint64_t));
  return new;
}

static void free_marks(marks *old) {
  if (!old->symmetric) free(old->columns);
  free(old->rows);
  free(old->pairs);
}

static void run_pass(const circle_operands *operands, circle_pass_order order, size_t group_rows,
                     int threads, marks *at) {
  const circle_run run = {.threads = threads};
  const size_t group_first[] = {0, operands->anchors.rows / 3, operands->anchors.rows};
  circle_workers workers;
  circle_begin_workers(&workers, &run, sizeof(int));
  for (int thread = 0; thread < workers.threads; thread++) *(int *)workers.workspaces[thread] = 0;
  circle_pass pass = {
      .operands = operands,
      .order = order,
      .rows = operands->anchors.rows,
      .group_rows = order == CIRCLE_BY_REFERENCES ? operands->anchors.rows : group_rows,
      .group_first = order == CIRCLE_BY_GROUPS ? group_first : NULL,
      .groups = 2,
      .tile_columns = operands->references->block_rows,
      .visit = visit,
      .context = at,
      .workers = &workers};
  circle_tasks tasks = circle_tasks_of_pass(&pass, (circle_span){0.0, 1.0});
  tasks.work_of_task = 1e7; /* or small problems would get one thread */
  CHECK(circle_run_tasks(&workers, &tasks) == CIRCLE_OK, "run");
  circle_end_workers(&workers);
}

static void test_order(const circle_operands *operands, circle_pass_order order) {
  const size_t rows = operands->anchors.rows, references = operands->references->rows;
  marks one = new_marks(operands, order);
  run_pass(operands, order, 64, 1, &one);
  bool once = true;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < references; c++)
      once &= one.pairs[r * references + c] == !(one.symmetric && r > c);
  CHECK(once, "every pair once, order %d", (int)order);
  for (int threads = 2; threads <= 8; threads++) {
    marks more = new_marks(operands, order);
    run_pass(operands, order, threads % 2 ? 64 : 32, threads, &more);
    CHECK(memcmp(one.rows, more.rows, rows * sizeof(uint64_t)) == 0 &&
              memcmp(one.columns, more.columns, references * sizeof(uint64_t)) == 0,
          "the same order with %d threads, order %d", threads, (int)order);
    free_marks(&more);
  }
  free_marks(&one);
}

static void test_problem(int rows, int references) {
  const circle_run run = {.threads = 1};
  problem of = new_problem(rows, 3, references, 4);
  circle_operands *operands;
  circle_report report;
  if (circle_open(&of.batch, &of.settings, &run, &operands, &report) == CIRCLE_OK) {
    if (references == 0) test_order(operands, CIRCLE_SYMMETRIC);
    if (references > 0) test_order(operands, CIRCLE_RECTANGULAR);
    test_order(operands, CIRCLE_BY_ANCHORS);
    test_order(operands, CIRCLE_BY_GROUPS);
    test_order(operands, CIRCLE_BY_REFERENCES);
  }
  circle_close(operands);
  free_problem(&of);
}

/* The passes themselves, with all threads at the same sums and gradients. */
static void test_passes(int rows, int references) {
  const size_t count = (size_t)(rows + references) * 5;
  problem of = new_problem(rows, 5, references, 3);
  double *gradient[2] = {calloc(count, sizeof(double)), calloc(count, sizeof(double))};
  of.settings.dtype = CIRCLE_FLOAT32;
  for (int threads = 1; threads <= 8; threads++) {
    const circle_run run = {.threads = threads};
    const circle_objective objective = {.reduction = CIRCLE_SUM, .upstream = of.upstream};
    double *to = gradient[threads > 1];
    circle_results results = {.gradient = target_of(to, rows, 5)};
    if (references > 0) results.reference_gradient = target_of(to + rows * 5, references, 5);
    circle_operands *operands;
    circle_report report;
    circle_open(&of.batch, &of.settings, &run, &operands, &report);
    CHECK(circle_backward(operands, &run, &objective, NULL, &results, &report) == CIRCLE_OK,
          "backward");
    circle_close(operands);
    if (threads > 1)
      CHECK(memcmp(gradient[0], gradient[1], count * sizeof(double)) == 0,
            "the same bits with %d threads", threads);
  }
  free(gradient[0]);
  free(gradient[1]);
  free_problem(&of);
}

int main(void) {
  const int sizes[] = {1, 30, 100, 257, 600, 1030};
  use_instruction_set("portable");
  for (int i = 0; i < 6; i++) {
    set_seed((uint64_t)(7 + i));
    test_problem(sizes[i], 0);
    test_problem(sizes[i], sizes[5 - i]);
    test_passes(sizes[i], 0);
    test_passes(sizes[i], sizes[5 - i]);
  }
  return check_report("schedule");
}
