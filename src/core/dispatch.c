/* Which kernel this CPU runs: decided once, at the first question, by what the CPU can do. */
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

enum { INSTRUCTION_SETS = 3, PORTABLE = 0 };

/* From the least demanding; [1] is double. A kernel that this compiler or platform lacks is NULL.
 */
static const circle_kernel *const kernels[INSTRUCTION_SETS][2] = {
    {&circle_kernel_portable_float32, &circle_kernel_portable_float64},
#ifdef CIRCLE_X86_KERNELS
    {&circle_kernel_avx2_float32, &circle_kernel_avx2_float64},
    {&circle_kernel_avx512_float32, &circle_kernel_avx512_float64},
#endif
};
static const char *const names[INSTRUCTION_SETS] = {"portable", "avx2", "avx512"};

/* The highest instruction set allowed; -1 until the environment has been asked. */
static int limit = -1;

static int set_named(const char *name) {
  int set = INSTRUCTION_SETS;
  while (set-- > 0 && strcmp(name, names[set]) != 0) continue;
  return set;
}

/* A lower one than the best is for tests and for doubts about a machine. */
static int limit_of_environment(void) {
  const char *name = getenv("CIRCLELOSS_INSTRUCTION_SET");
  const int set = name == NULL ? -1 : set_named(name);
  return set < 0 ? INSTRUCTION_SETS - 1 : set;
}

static int best_of_this_cpu(void) {
#ifdef CIRCLE_X86_KERNELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return PORTABLE;
}

static int instruction_set(void) {
  static int best = -1;
  if (best < 0) best = best_of_this_cpu();
  if (limit < 0) limit = limit_of_environment();
  return best < limit ? best : limit;
}

const circle_kernel *circle_kernel_for(circle_dtype dtype) {
  return kernels[instruction_set()][dtype == CIRCLE_FLOAT64];
}

const char *circle_instruction_set(void) { return names[instruction_set()]; }

bool circle_instruction_set_limit(const char *name) {
  const int set = set_named(name);
  if (set >= 0) limit = set;
  return set >= 0;
}
