/* What follows is compiled for AVX-512 and the matrix unit AMX; kernel/target_end.h ends it. No
 * flag is needed. */
#include "kernel/template/headers.h"
#if defined(__clang__)
#pragma clang attribute push(                                                                 \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,amx-tile,amx-bf16,avx2,fma"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,amx-tile,amx-bf16,avx2,fma")
#endif
