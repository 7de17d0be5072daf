/* Measures the limits of the machine: the rate of fused multiply-adds in registers, and that of
 * reading memory.
 *
 *   probe THREADS [avx2]
 *
 * with the widest registers, or those of AVX2, prints, for one thread and for THREADS, lines such as
 *
 *   float32,2,525.1e9        floating point operations per second
 *   read,2,40.2e9            bytes per second
 *
 * after a line with the instruction set. The best of several tries counts. */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 9, CHAINS = 12, ROUNDS = 6000000 };

static volatile double sink; /* keeps results from being optimised away */

/* NAME(): CHAINS independent sums, enough to hide the latency of an operation, each going through
 * ROUNDS multiply-adds of BYTES wide vectors. Returns the number of operations. */
#define DEFINE_CHAINS(NAME, TYPE, BYTES, TARGET)                                                   \
  TARGET static double NAME(void) {                                                                \
    typedef TYPE vector __attribute__((vector_size(BYTES)));                                       \
    enum { LANES = BYTES / sizeof(TYPE) };                                                         \
    vector sum[CHAINS], factor, term, total = {0};                                                 \
    volatile TYPE start = (TYPE)0.5;                                                               \
    for (int lane = 0; lane < LANES; lane++) factor[lane] = term[lane] = start;                    \
    _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) sum[i] = term * (TYPE)i;             \
    for (long round = 0; round < ROUNDS; round++) {                                                \
      _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;   \
    }                                                                                              \
    _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) total += sum[i];                     \
    sink = total[0];                                                                               \
    return 2.0 * LANES * CHAINS * ROUNDS;                                                          \
  }

typedef double work(void);

typedef struct {
  const char *name;
  work *float32, *float64;
} instruction_set;

DEFINE_CHAINS(float32_portable, float, 16, )
DEFINE_CHAINS(float64_portable, double, 16, )

#ifdef __x86_64__
DEFINE_CHAINS(float32_avx2, float, 32, __attribute__((target("avx2,fma"))))
DEFINE_CHAINS(float64_avx2, double, 32, __attribute__((target("avx2,fma"))))
DEFINE_CHAINS(float32_avx512, float, 64, __attribute__((target("avx512f,fma"))))
DEFINE_CHAINS(float64_avx512, double, 64, __attribute__((target("avx512f,fma"))))
#endif

static instruction_set widest(int no_avx512) {
#ifndef __x86_64__
  (void)no_avx512;
#else
  __builtin_cpu_init();
  if (!no_avx512 && __builtin_cpu_supports("avx512f"))
    return (instruction_set){"avx512", float32_avx512, float64_avx512};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return (instruction_set){"avx2", float32_avx2, float64_avx2};
#endif
  return (instruction_set){"portable", float32_portable, float64_portable};
}

/* Adds up memory that no cache holds. Returns the bytes read. */
enum { MEMORY = 512 << 20 };
static char *memory;

static double read_memory(void) {
  typedef uint64_t vector __attribute__((vector_size(64)));
  size_t share = MEMORY / sizeof(vector) / (size_t)omp_get_num_threads() / 4 * 4;
  const vector *part = (const vector *)memory + share * (size_t)omp_get_thread_num();
  vector a = {0}, b = {0}, c = {0}, d = {0};
  for (size_t i = 0; i < share; i += 4) {
    a += part[i];
    b += part[i + 1];
    c += part[i + 2];
    d += part[i + 3];
  }
  a += b + c + d;
  sink = (double)a[0];
  return (double)(share * sizeof(vector));
}

/* The best rate over all tries, every thread doing the work once. */
static void report(const char *what, int threads, work *one) {
  double best = 0;
  for (int try = 0; try < TRIES; try++) {
    double amount = 0, start = omp_get_wtime();
#pragma omp parallel num_threads(threads) reduction(+ : amount)
    amount += one();
    double rate = amount / (omp_get_wtime() - start);
    if (rate > best) best = rate;
  }
  printf("%s,%d,%.1fe9\n", what, threads, best / 1e9);
}

int main(int count, char **arguments) {
  int most = count > 1 ? atoi(arguments[1]) : omp_get_num_procs();
  instruction_set set = widest(count > 2 && strcmp(arguments[2], "avx2") == 0);
  printf("%s\n", set.name);
  memory = aligned_alloc(64, MEMORY);
  if (!memory) return 1;
  memset(memory, 1, MEMORY);
  for (int threads = 1; threads <= most; threads += most > 1 ? most - 1 : 1) {
    report("float32", threads, set.float32);
    report("float64", threads, set.float64);
    report("read", threads, read_memory);
  }
  free(memory);
  return 0;
}
