/* Lets GCC use wide registers on Windows: included there by target.h, before any function.
 *
 * Windows aligns the stack to 16 bytes. GCC cannot align it further there, but believes that it has
 * (bug 54412): it stores registers of 32 and 64 bytes on the stack by moves that need an aligned
 * address, and the program ends with an access violation. No option that a package may set changes
 * this.
 *
 * But GCC writes text for the assembler, where a macro may have the name of an instruction. These
 * turn every aligned move into the one that takes any address, which is as fast where the address
 * is aligned. All other instructions of AVX take any address, but for streaming ones, which the
 * kernels do not use. `.ci/windows` looks at the machine code.
 *
 * Link-time optimisation would take functions away from the macros. It ends with an error of the
 * assembler, since it brings the macros of all kernels together. */
#ifndef CIRCLE_KERNEL_UNALIGNED_MOVES_H
#define CIRCLE_KERNEL_UNALIGNED_MOVES_H

#define INSTEAD_OF(aligned, unaligned) \
  ".macro " aligned " operands:vararg\n\t" unaligned " \\operands\n.endm\n"

/* clang-format off */
__asm__(INSTEAD_OF("vmovaps", "vmovups")
        INSTEAD_OF("vmovapd", "vmovupd")
        INSTEAD_OF("vmovdqa", "vmovdqu")
        INSTEAD_OF("vmovdqa32", "vmovdqu32")
        INSTEAD_OF("vmovdqa64", "vmovdqu64"));
/* clang-format on */

#undef INSTEAD_OF

#endif
