/* Lets GCC use wide registers on Windows: included there by target.h, before any function.
 *
 * Windows aligns the stack to 16 bytes. GCC knows no way to align it further there, but believes that
 * it has (bug 54412): it stores registers of 32 and 64 bytes on the stack by moves that must be
 * aligned, and the program ends by an access violation. No option of the compiler changes this that
 * a package may set.
 *
 * GCC writes text for the assembler, and there a macro may have the name of an instruction. These
 * make of every aligned move the same move without the condition. They are as fast where the address
 * is aligned, and all other instructions of AVX take any address but streaming ones, which the
 * kernels do not use. `.ci/windows` looks at the machine code. Link-time optimisation would write
 * functions without the macros. */
#ifndef CIRCLE_KERNEL_UNALIGNED_MOVES_H
#define CIRCLE_KERNEL_UNALIGNED_MOVES_H

#define INSTEAD_OF(aligned, unaligned) \
  ".macro " aligned " operands:vararg\n\t" unaligned " \\operands\n.endm\n"

__asm__(INSTEAD_OF("vmovaps", "vmovups")
        INSTEAD_OF("vmovapd", "vmovupd")
        INSTEAD_OF("vmovdqa", "vmovdqu")
        INSTEAD_OF("vmovdqa32", "vmovdqu32")
        INSTEAD_OF("vmovdqa64", "vmovdqu64"));

#undef INSTEAD_OF

#endif
