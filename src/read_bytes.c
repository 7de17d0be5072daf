/* What the reader of text files asks about some bytes, in one call instead of three R functions. */
#include <string.h>

#include "routines.h"

static int count_byte(const unsigned char *bytes, size_t size, int byte) {
  int count = 0;
  const unsigned char *end = bytes + size;
  while (bytes < end && (bytes = memchr(bytes, byte, (size_t)(end - bytes))) != NULL) {
    count++;
    bytes++;
  }
  return count;
}

/* bytes: raw, at most 2^31 - 1 of them. Returns how many lines end in them, whether there is a
   quote sign (0 or 1), and the position of the first null byte, counted from 1, or 0. */
SEXP ffi_read_bytes(SEXP bytes) {
  const unsigned char *values = RAW_RO(bytes);
  const size_t size = (size_t)Rf_xlength(bytes);
  const unsigned char *null = size > 0 ? memchr(values, 0, size) : NULL;
  SEXP found = PROTECT(Rf_allocVector(INTSXP, 3));
  INTEGER(found)[0] = count_byte(values, size, '\n');
  INTEGER(found)[1] = size > 0 && memchr(values, '"', size) != NULL;
  INTEGER(found)[2] = null == NULL ? 0 : (int)(null - values) + 1;
  UNPROTECT(1);
  return found;
}
