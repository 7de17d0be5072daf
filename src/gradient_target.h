/* Where the engine writes a gradient: an R matrix, or the bytes of a file. */
#ifndef CIRCLELOSS_GRADIENT_TARGET_H
#define CIRCLELOSS_GRADIENT_TARGET_H

#include <R.h>
#include <Rinternals.h>

#include "core/circle_loss.h"

/* An entry of the list, with respect to `embeddings`, which are `like`: doubles, or in_bytes
 * floats, row by row, in a raw vector. */
void new_target(SEXP list, int at, SEXP embeddings, const circle_matrix *like, bool in_bytes,
                circle_target *target);

#endif
