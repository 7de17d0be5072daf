/* Loops over rows, shared by threads. */
#include "rows.h"

#include "threads.h"

#define ROWS_AT_ONCE 256

typedef struct {
  const circle_engine *engine;
  circle_row_body body;
  void *context;
  size_t rows;
} row_loop;

static void run_rows(void *context, size_t task, int thread) {
  (void)thread;
  const row_loop *loop = context;
  const size_t first = task * ROWS_AT_ONCE;
  const size_t last = first + ROWS_AT_ONCE < loop->rows ? first + ROWS_AT_ONCE : loop->rows;
  for (size_t place = first; place < last; place++) loop->body(loop->engine, place, loop->context);
}

void circle_for_each_row(const circle_engine *engine, size_t rows, circle_row_body body,
                         void *context) {
  row_loop loop = {engine, body, context, rows};
  circle_parallel_for(engine->threads, (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE, run_rows, &loop);
}
