/* Kernel: AVX-512 with the matrix unit AMX, float: each number in three parts of bfloat16, six
 * products of parts for each product, at more than twice the rate of float. */
#include "kernel/template/target.h"

#ifdef CIRCLE_AMX_KERNEL
BEGIN_TARGET("avx512f,avx512dq,avx512vl,avx512bw,amx-tile,amx-bf16,avx2,fma")

#define KERNEL circle_kernel_amx_float32
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 3
#define MATRIX_UNIT
#define VECTOR_BYTES 64
#define TILE_ROWS 512
#include "kernel/template/template.h"

END_TARGET
#endif
