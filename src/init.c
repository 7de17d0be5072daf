/* Registration of the routines that R calls. */
#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

#include "core/circle_loss.h"
#include "routines.h"

/* Cast through a function without arguments, which compilers accept for any type of function. */
#define ROUTINE(name, arguments) {#name, (DL_FUNC)(void (*)(void))name, arguments}

static const R_CallMethodDef routines[] = {ROUTINE(ffi_loss_circle, 3),
                                           ROUTINE(ffi_pair_sums, 3),
                                           ROUTINE(ffi_gradient_of_sums, 3),
                                           ROUTINE(ffi_add_gradient, 2),
                                           ROUTINE(ffi_floats_of_blocks, 1),
                                           ROUTINE(ffi_add_pair_sums, 2),
                                           ROUTINE(ffi_reduce_pair_sums, 3),
                                           ROUTINE(ffi_evaluate_embeddings, 3),
                                           ROUTINE(ffi_total_moments, 3),
                                           ROUTINE(ffi_read_bytes, 1),
                                           ROUTINE(ffi_unit_normalize, 1),
                                           ROUTINE(ffi_open_file, 2),
                                           ROUTINE(ffi_is_file_open, 1),
                                           ROUTINE(ffi_is_file_lost, 1),
                                           ROUTINE(ffi_numbers_of_file, 3),
                                           ROUTINE(ffi_threads, 1),
                                           ROUTINE(ffi_thread_report, 0),
                                           ROUTINE(ffi_instruction_set, 1),
                                           ROUTINE(ffi_scratch, 0),
                                           ROUTINE(ffi_scratch_limit, 1),
                                           ROUTINE(ffi_version, 0),
                                           ROUTINE(ffi_end, 0),
                                           {NULL, NULL, 0}};

void attribute_visible R_init_circleloss(DllInfo *dll) {
  R_registerRoutines(dll, NULL, routines, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
  circle_threads_describe(); /* so that it knows a forked child from the process that loaded it */
}

/* Before the library is unloaded: ends the threads that wait, and frees the cache. */
SEXP ffi_end(void) {
  circle_end_threads();
  circle_cache_limit(0);
  return R_NilValue;
}
