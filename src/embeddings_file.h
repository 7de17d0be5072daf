/* A matrix in a file that open_embeddings() has opened. */
#ifndef CIRCLELOSS_EMBEDDINGS_FILE_H
#define CIRCLELOSS_EMBEDDINGS_FILE_H

#include <R.h>
#include <Rinternals.h>

#include "core/circle_loss.h"

circle_matrix matrix_of_file(SEXP pointer);

/* Gives back the memory of what has been read of the files of a batch: once it is packed, it needs
 * none. Does nothing with matrices. */
void drop_pages_of(SEXP batch);

#endif
