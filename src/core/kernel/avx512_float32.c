/* Kernel: AVX-512, float. 8 x 32 sums fill 16 of the 32 registers. */
#include "kernel/kernels.h"

#ifdef CIRCLE_X86_KERNELS
#include "kernel/template/target_avx512.h"

#define KERNEL circle_kernel_avx512_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 64
#define PANEL_VECTORS 2
#define STRIP_ROWS 8
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 8
#define TILE_ROWS 256
#include "kernel/template/template.h"

#include "kernel/template/target_end.h"
#endif
