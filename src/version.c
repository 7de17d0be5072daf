/* The version of the package that the library was built from; R compares it on loading. */
#include "routines.h"

#define VERSION "0.2.0" /* that of DESCRIPTION, see .ci/rules */

SEXP ffi_version(void) { return Rf_mkString(VERSION); }
