/* A matrix in a file that open_embeddings() has opened. */
#ifndef CIRCLELOSS_EMBEDDINGS_FILE_H
#define CIRCLELOSS_EMBEDDINGS_FILE_H

#include <R.h>
#include <Rinternals.h>

#include "core/circle_loss.h"

circle_matrix matrix_of_file(SEXP pointer);

/* Gives back the memory of what has been read of a file: once it is packed, it needs none. Does
 * nothing with a matrix. */
void drop_pages(SEXP embeddings);

#endif
