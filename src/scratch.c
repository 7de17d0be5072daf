/* circleloss_scratch(): memory that the engine keeps between calls. */
#include "core/circle_loss.h"
#include "problem.h"
#include "routines.h"

SEXP ffi_scratch(void) { return Rf_ScalarReal((double)circle_scratch()); }

SEXP ffi_scratch_limit(SEXP limit) {
  return Rf_ScalarReal((double)circle_scratch_limit(bytes_of(limit)));
}
