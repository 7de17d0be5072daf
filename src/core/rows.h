/* Loops over rows, shared by threads. */
#ifndef CIRCLE_ROWS_H
#define CIRCLE_ROWS_H

#include "engine.h"

/* Calls body for every place 0 .. rows - 1, in any order, on any thread. */
typedef void (*circle_row_body)(const circle_engine *engine, size_t place, void *context);
void circle_for_each_row(const circle_engine *engine, size_t rows, circle_row_body body,
                         void *context);

#endif
