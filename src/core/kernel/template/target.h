/* BEGIN_TARGET: what follows is compiled for some instructions of x86-64, until END_TARGET. No flag
 * is needed. Headers must come before. */
#include "kernel/template/headers.h"
#if defined(CIRCLE_X86_KERNELS) && defined(_WIN32) && !defined(__clang__)
#include "kernel/template/unaligned_moves.h"
#endif

#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define BEGIN_TARGET(names) \
  PRAGMA(clang attribute push(__attribute__((target(names))), apply_to = function))
#define END_TARGET PRAGMA(clang attribute pop)
#else
#define BEGIN_TARGET(names) PRAGMA(GCC push_options) PRAGMA(GCC target(names))
#define END_TARGET PRAGMA(GCC pop_options)
#endif
