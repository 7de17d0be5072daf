/* Kernel: AVX-512 with the matrix unit AMX, for bfloat16 embeddings: the same sums of the same
 * products as in float, at ten times the rate. */
#include "kernel/template/target.h"

#ifdef CIRCLE_AMX_KERNEL
BEGIN_TARGET("avx512f,avx512dq,avx512vl,avx512bw,amx-tile,amx-bf16,avx2,fma")

#define KERNEL circle_kernel_amx_bfloat16
#define REAL_IS_DOUBLE 0
#define BFLOAT16_PARTS 1
#define MATRIX_UNIT
#define VECTOR_BYTES 64
#define TILE_ROWS 512
#include "kernel/template/template.h"

END_TARGET
#endif
