/* circleloss_scratch(): the cache of memory between calls. */
#include "arguments.h"
#include "routines.h"

SEXP ffi_scratch(void) { return Rf_ScalarReal((double)circle_cached()); }

SEXP ffi_scratch_limit(SEXP limit) {
  return Rf_ScalarReal((double)circle_cache_limit(bytes_of(limit)));
}
