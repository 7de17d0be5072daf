/* The routines that R calls, each in the file of its R function. */
#ifndef CIRCLELOSS_ROUTINES_H
#define CIRCLELOSS_ROUTINES_H

#include <R.h>
#include <Rinternals.h>

SEXP ffi_loss_circle(SEXP batch, SEXP settings, SEXP request);
SEXP ffi_pair_sums(SEXP batch, SEXP settings, SEXP request);
SEXP ffi_gradient_of_sums(SEXP batch, SEXP settings, SEXP request);
SEXP ffi_add_gradient(SEXP gradient, SEXP more);
SEXP ffi_floats_of_blocks(SEXP blocks);
SEXP ffi_add_pair_sums(SEXP sums, SEXP more);
SEXP ffi_reduce_pair_sums(SEXP sums, SEXP batch, SEXP settings);
SEXP ffi_total_moments(SEXP moments, SEXP each_pair_once, SEXP limit);
SEXP ffi_evaluate_embeddings(SEXP batch, SEXP settings, SEXP request);
SEXP ffi_read_bytes(SEXP bytes);
SEXP ffi_unit_normalize(SEXP x);
SEXP ffi_open_file(SEXP path, SEXP layout);
SEXP ffi_is_file_open(SEXP pointer);
SEXP ffi_is_file_lost(SEXP pointer);
SEXP ffi_numbers_of_file(SEXP pointer, SEXP rows, SEXP columns);
SEXP ffi_threads(SEXP requested);
SEXP ffi_thread_report(void);
SEXP ffi_instruction_set(SEXP limit);
SEXP ffi_scratch(void);
SEXP ffi_scratch_limit(SEXP limit);
SEXP ffi_version(void);
SEXP ffi_end(void);

#endif
