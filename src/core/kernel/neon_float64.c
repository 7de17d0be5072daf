/* Kernel: NEON of arm64, double. 4 x 8 sums fill 16 of the 32 registers. */
#include "kernel/template/target.h"

#ifdef CIRCLE_NEON_KERNELS

#define KERNEL circle_kernel_neon_float64
#define REAL_IS_DOUBLE 1
#define BFLOAT16_PARTS 0
#define VECTOR_BYTES 16
#define PANEL_VECTORS 4
#define STRIP_ROWS 4
#define GRADIENT_VECTORS 4
#define GRADIENT_STRIP_ROWS 4
#define TILE_ROWS 192
#include "kernel/template/template.h"

#endif
