/* Kernel: AVX-512 with the matrix unit AMX, float: each number in three parts of bfloat16, six
 * products of parts for each product, at more than twice the rate of float. */
#include "kernel/kernels.h"

#ifdef CIRCLE_AMX_KERNEL
#include "kernel/template/target_amx.h"

#define KERNEL circle_kernel_amx_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 3
#define MATRIX_UNIT
#define VECTOR_BYTES 64
#define PANEL_VECTORS 2
#define STRIP_ROWS 8
#define GRADIENT_VECTORS 2
#define GRADIENT_STRIP_ROWS 8
#define TILE_ROWS 512
#include "kernel/template/template.h"

#include "kernel/template/target_end.h"
#endif
