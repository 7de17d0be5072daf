/* The choice of a kernel: by what the CPU supports, asked once, and by what is fastest. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernels.h"

/* All names in ascending order, including those without kernels on this platform. */
static const char *const known_names[] = {"portable", "neon",       "avx2",
                                          "avx512",   "avx512bf16", "amx"};
enum { PORTABLE, NEON, AVX2, AVX512, AVX512BF16, AMX };
enum { KNOWN = sizeof known_names / sizeof known_names[0] };

/* float16 is rounded while packing and computed as float32. */
typedef struct {
  const circle_kernel *float32, *float64, *bfloat16;
} instruction_set;

static const instruction_set sets[KNOWN] = {
    [PORTABLE] = {&circle_kernel_portable_float32, &circle_kernel_portable_float64,
                  &circle_kernel_portable_float32},
#ifdef CIRCLE_NEON_KERNELS
    [NEON] = {&circle_kernel_neon_float32, &circle_kernel_neon_float64,
              &circle_kernel_neon_float32},
#endif
#ifdef CIRCLE_X86_KERNELS
    [AVX2] = {&circle_kernel_avx2_float32, &circle_kernel_avx2_float64,
              &circle_kernel_avx2_float32},
    [AVX512] = {&circle_kernel_avx512_float32, &circle_kernel_avx512_float64,
                &circle_kernel_avx512_float32},
    [AVX512BF16] = {&circle_kernel_avx512_float32, &circle_kernel_avx512_float64,
                    &circle_kernel_avx512bf16},
#endif
#ifdef CIRCLE_AMX_KERNEL
    [AMX] = {&circle_kernel_amx_float32, &circle_kernel_avx512_float64,
             &circle_kernel_amx_bfloat16},
#endif
};

static int set_named(const char *name) {
  int set = KNOWN;
  while (set-- > 0 && strcmp(name, known_names[set]) != 0) continue;
  return set;
}

/* One bit for each set that this CPU supports. */
static unsigned sets_of_this_cpu(void) {
  unsigned sets_there = 1u << PORTABLE;
#ifdef CIRCLE_NEON_KERNELS
  sets_there |= 1u << NEON;
#endif
#ifdef CIRCLE_X86_KERNELS
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return sets_there;
  sets_there |= 1u << AVX2;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512bw"))
    return sets_there;
  sets_there |= 1u << AVX512;
  if (__builtin_cpu_supports("avx512bf16")) sets_there |= 1u << AVX512BF16;
  if (circle_has_matrix_unit()) sets_there |= 1u << AMX;
#endif
  return sets_there;
}

static bool has_set(int set) {
  static atomic_uint known = 0;
  if (known == 0) known = sets_of_this_cpu();
  return known >> set & 1;
}

/* The matrix unit needs floats packed in three parts: its break-even, in pairs per row. */
#define PAIRS_FOR_PARTS 192.0

/* On Intel's processors products of bfloat16 pairs are slower than those of floats, except in the
 * matrix unit. */
static bool is_slow(int set, circle_dtype dtype, double pairs_of_row) {
  if (set == AMX) return dtype != CIRCLE_BFLOAT16 && pairs_of_row < PAIRS_FOR_PARTS;
#ifdef CIRCLE_X86_KERNELS
  return set == AVX512BF16 && __builtin_cpu_is("intel");
#else
  return false;
#endif
}

/* The highest set allowed, used even where it is slow; ANY if none is named, -1 until the
 * environment has been read. Naming one is for tests and for diagnosis. Threads that ask at once
 * get the same answer. */
enum { ANY = KNOWN };
static atomic_int limit = -1;

static int limit_of_environment(void) {
  const char *name = getenv("CIRCLELOSS_INSTRUCTION_SET");
  const int set = name == NULL ? -1 : set_named(name);
  return set < 0 ? ANY : set;
}

/* The system is asked for the matrix unit only if it would be used, and may refuse. */
static int set_for(circle_dtype dtype, double pairs_of_row) {
  if (limit < 0) limit = limit_of_environment();
  const int allowed = limit;
  int set = allowed == ANY ? KNOWN - 1 : allowed;
  while (!has_set(set) || (set < allowed && is_slow(set, dtype, pairs_of_row))) set--;
  return set == AMX && dtype != CIRCLE_FLOAT64 && !circle_may_use_matrix_unit() ? AVX512 : set;
}

const circle_kernel *circle_kernel_for(circle_dtype dtype, double pairs_of_row) {
  const instruction_set *set = &sets[set_for(dtype, pairs_of_row)];
  if (dtype == CIRCLE_FLOAT64) return set->float64;
  return dtype == CIRCLE_BFLOAT16 ? set->bfloat16 : set->float32;
}

const char *circle_instruction_set(void) {
  return known_names[set_for(CIRCLE_FLOAT32, PAIRS_FOR_PARTS)];
}

bool circle_instruction_set_limit(const char *name) {
  const int set = strcmp(name, "any") == 0 ? ANY : set_named(name);
  if (set >= 0) limit = set;
  return set >= 0;
}
