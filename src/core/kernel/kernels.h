/* All kernels. */
#ifndef CIRCLE_KERNELS_H
#define CIRCLE_KERNELS_H

#include "kernel/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define CIRCLE_X86_KERNELS
#endif

/* Linux grants the matrix unit on request, see matrix_unit.c. */
#if defined(CIRCLE_X86_KERNELS) && defined(__linux__) && \
    (defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11)
#define CIRCLE_AMX_KERNEL
#endif

/* All processors of arm64 have NEON. */
#if defined(__aarch64__) && defined(__ARM_NEON) && defined(__GNUC__)
#define CIRCLE_NEON_KERNELS
#endif

extern const circle_kernel circle_kernel_portable_float32, circle_kernel_portable_float64;
#ifdef CIRCLE_NEON_KERNELS
extern const circle_kernel circle_kernel_neon_float32, circle_kernel_neon_float64;
#endif
#ifdef CIRCLE_X86_KERNELS
extern const circle_kernel circle_kernel_avx2_float32, circle_kernel_avx2_float64;
extern const circle_kernel circle_kernel_avx512_float32, circle_kernel_avx512_float64;
extern const circle_kernel circle_kernel_avx512bf16;
#endif
#ifdef CIRCLE_AMX_KERNEL
extern const circle_kernel circle_kernel_amx_float32, circle_kernel_amx_bfloat16;
#endif

/* Whether the processor has a matrix unit for bfloat16, and the system supports it. */
bool circle_has_matrix_unit(void);

/* Requests it from the system at the first call, since it enlarges the state of every thread. */
bool circle_may_use_matrix_unit(void);

#endif
