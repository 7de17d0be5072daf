/* Whether this process may use the processor's matrix unit: AMX, which Linux grants on request.
 *
 * Source: Linux, Documentation/arch/x86/xstate.rst; Intel, Software Developer's Manual, CPUID leaf
 * 7. */
#define _DEFAULT_SOURCE /* syscall() */

#include "kernel/kernels.h"

#ifdef CIRCLE_AMX_KERNEL

#include <cpuid.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* arch_prctl(): which extended states the system supports, and a request for one of them. */
#define GET_SUPPORTED_STATES 0x1021
#define REQUEST_STATE 0x1023
#define STATE_OF_SHAPES 17
#define STATE_OF_REGISTERS 18

/* CPUID leaf 7, EDX */
#define HAS_BFLOAT16_PRODUCTS (1u << 22)
#define HAS_REGISTERS (1u << 24)

bool circle_has_matrix_unit(void) {
  const unsigned features = HAS_BFLOAT16_PRODUCTS | HAS_REGISTERS;
  const unsigned long long states = 1ull << STATE_OF_SHAPES | 1ull << STATE_OF_REGISTERS;
  unsigned a, b, c, d;
  unsigned long long known = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & features) != features) return false;
  return syscall(SYS_arch_prctl, GET_SUPPORTED_STATES, &known) == 0 && (known & states) == states;
}

bool circle_may_use_matrix_unit(void) {
  static atomic_int answer = -1;
  if (answer < 0)
    answer =
        circle_has_matrix_unit() && syscall(SYS_arch_prctl, REQUEST_STATE, STATE_OF_REGISTERS) == 0;
  return answer;
}

#else

bool circle_has_matrix_unit(void) { return false; }
bool circle_may_use_matrix_unit(void) { return false; }

#endif
