/* circleloss_threads(): how many threads, and which instruction set they run. */
#include "core/circle_loss.h"
#include "routines.h"

SEXP ffi_threads(SEXP requested) {
  return Rf_ScalarInteger(circle_threads(Rf_asInteger(requested)));
}

SEXP ffi_thread_report(void) {
  static const char *names[] = {"processors", "quota", "thread_limit", "forked", ""};
  const circle_thread_report report = circle_threads_describe();
  SEXP list = PROTECT(Rf_mkNamed(VECSXP, names));
  SET_VECTOR_ELT(list, 0, Rf_ScalarInteger(report.processors));
  SET_VECTOR_ELT(list, 1, Rf_ScalarInteger(report.quota));
  SET_VECTOR_ELT(list, 2, Rf_ScalarInteger(report.thread_limit));
  SET_VECTOR_ELT(list, 3, Rf_ScalarLogical(report.forked));
  UNPROTECT(1);
  return list;
}

/* limit: NULL, or a name as circle_instruction_set_limit() takes it. Returns the one in use. */
SEXP ffi_instruction_set(SEXP limit) {
  if (limit != R_NilValue && !circle_instruction_set_limit(CHAR(Rf_asChar(limit))))
    Rf_error("internal error of circleloss: unknown instruction set");
  return Rf_mkString(circle_instruction_set());
}
