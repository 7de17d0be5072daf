/* What follows is compiled for AVX2 with FMA; kernel/target_end.h ends it. No flag is needed. */
#include "kernel/template/headers.h"
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
