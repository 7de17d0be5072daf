/* One of each move that GCC may write for a wide register, with what may follow its operands. */
#include "kernel/template/unaligned_moves.h"

__asm__(
    "vmovaps (%rsp), %ymm0\n"
    "vmovaps %ymm0, 32(%rsp)\n"
    "vmovapd %zmm1, -64(%rbp)\n"
    "vmovapd (%rcx,%rdx,8), %zmm17\n"
    "vmovdqa %ymm2, (%rsp)\n"
    "vmovdqa32 %zmm3, (%rsp){%k1}\n"
    "vmovdqa32 (%rsp), %ymm18{%k2}{z}\n"
    "vmovdqa64 64(%rsp), %zmm4{%k1}{z}\n"
    "vmovaps (%rsp), %zmm5{%k3}\n"
    "vmovapd .Lnumbers(%rip), %ymm6\n"
    "vmovaps %zmm7, %zmm8\n"
    ".Lnumbers:\n");
