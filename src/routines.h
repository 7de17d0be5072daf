/* The routines that R calls; each has a file of its own name without "ffi_". */
#ifndef CIRCLELOSS_ROUTINES_H
#define CIRCLELOSS_ROUTINES_H

#include <R.h>
#include <Rinternals.h>

SEXP ffi_loss_circle(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                     SEXP gamma, SEXP margin, SEXP remove_diagonal, SEXP dtype, SEXP reduction,
                     SEXP sample_weight, SEXP threads, SEXP progress);
SEXP ffi_loss_circle_gradient(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                              SEXP gamma, SEXP margin, SEXP remove_diagonal, SEXP dtype,
                              SEXP reduction, SEXP sample_weight, SEXP threads, SEXP progress,
                              SEXP weights, SEXP upstream, SEXP normalize, SEXP kept_bytes);
SEXP ffi_loss_circle_naive(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                           SEXP gamma, SEXP margin, SEXP remove_diagonal);
SEXP ffi_evaluate_embeddings(SEXP embeddings, SEXP labels, SEXP references, SEXP reference_labels,
                             SEXP k, SEXP normalize, SEXP dtype, SEXP kept_pairs, SEXP threads,
                             SEXP progress);
SEXP ffi_read_bytes(SEXP bytes);
SEXP ffi_unit_normalize(SEXP x);
SEXP ffi_threads(SEXP requested);
SEXP ffi_thread_report(void);
SEXP ffi_instruction_set(SEXP limit);
SEXP ffi_scratch(void);
SEXP ffi_scratch_limit(SEXP limit);

#endif
