/* circleloss_scratch(): memory that the engine keeps between calls. */
#include "core/circle_loss.h"
#include "routines.h"

SEXP ffi_scratch(void) { return Rf_ScalarReal((double)circle_scratch()); }

SEXP ffi_scratch_limit(SEXP limit) {
  const double bytes = Rf_asReal(limit);
  const size_t most = bytes < (double)SIZE_MAX ? (size_t)bytes : SIZE_MAX;
  return Rf_ScalarReal((double)circle_scratch_limit(most));
}
