/* Kernel: AVX2 with FMA, double. 4 x 12 sums fill 12 of the 16 registers. */
#include "kernel/kernels.h"

#ifdef CIRCLE_X86_KERNELS
#include "kernel/template/target_avx2.h"

#define KERNEL circle_kernel_avx2_float64
#define REAL_IS_DOUBLE 1
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 32
#define PANEL_VECTORS 3
#define STRIP_ROWS 4
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 6
#define TILE_ROWS 192
#include "kernel/template/template.h"

#include "kernel/template/target_end.h"
#endif
