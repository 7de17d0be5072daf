/* A register of the compute type, and the few operations for which C has no operator.
 *
 * With VECTOR_BYTES > 0 these are GCC's vector extensions, which clang supports too; with 0 a
 * vector is a plain number, and everything below plain C. */
#ifndef CIRCLE_KERNEL_VECTOR_H
#define CIRCLE_KERNEL_VECTOR_H

#if REAL_IS_DOUBLE
typedef double real;
typedef int64_t integer;
typedef uint64_t natural;
#else
typedef float real;
typedef int32_t integer;
typedef uint32_t natural;
#endif

#if VECTOR_BYTES > 0
typedef real vector __attribute__((vector_size(VECTOR_BYTES)));
typedef real vector_in_memory __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef integer integers __attribute__((vector_size(VECTOR_BYTES)));
typedef natural naturals __attribute__((vector_size(VECTOR_BYTES)));
#define LANES (VECTOR_BYTES / sizeof(real))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NEVER_INLINE static __attribute__((noinline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif
#else
typedef real vector, vector_in_memory;
typedef integer integers;
typedef natural naturals;
#define LANES ((size_t)1)
#define ALWAYS_INLINE static inline
#define NEVER_INLINE static
#define UNROLL
#endif

#define PANEL_ROWS (PANEL_VECTORS * LANES)
#define GRADIENT_COLUMNS (GRADIENT_VECTORS * LANES)

/* Aligned: panels and rows of the workspace start at multiples of VECTOR_BYTES. */
ALWAYS_INLINE vector load(const real *from) { return *(const vector_in_memory *)from; }
ALWAYS_INLINE void store(real *to, vector v) { *(vector_in_memory *)to = v; }
ALWAYS_INLINE vector load_anywhere(const real *from) {
  vector loaded;
  memcpy(&loaded, from, sizeof loaded);
  return loaded;
}

/* A scalar operand is widened. */
ALWAYS_INLINE vector all(real value) { return value - (vector){0}; }
ALWAYS_INLINE integers all_integers(integer value) { return value + (integers){0}; }

/* 0, 1, 2, ... */
ALWAYS_INLINE integers lane_numbers(void) {
#if VECTOR_BYTES > 0
  integers numbers = {0};
  UNROLL
  for (size_t lane = 0; lane < LANES; lane++) numbers[lane] = (integer)lane;
  return numbers;
#else
  return 0;
#endif
}

ALWAYS_INLINE naturals bits_of(vector v) {
  naturals bits;
  memcpy(&bits, &v, sizeof bits);
  return bits;
}

ALWAYS_INLINE vector with_bits(naturals bits) {
  vector v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

/* A comparison: in each lane all bits set, or none. */
#if VECTOR_BYTES > 0
#define COMPARE(a, sign, b) ((a)sign(b))
#else
#define COMPARE(a, sign, b) (-(integers)((a)sign(b)))
#endif

/* `chosen` in the lanes where the mask is set, `otherwise` in the others */
ALWAYS_INLINE vector choose(integers mask, vector chosen, vector otherwise) {
  naturals set;
  memcpy(&set, &mask, sizeof set);
  return with_bits((bits_of(chosen) & set) | (bits_of(otherwise) & ~set));
}

/* Compilers do not always recognise min and max in choose(), and these are in the hottest loop. */
#if defined(__x86_64__) && VECTOR_BYTES == 64 && REAL_IS_DOUBLE
#define MINIMUM _mm512_min_pd
#define MAXIMUM _mm512_max_pd
#elif defined(__x86_64__) && VECTOR_BYTES == 64
#define MINIMUM _mm512_min_ps
#define MAXIMUM _mm512_max_ps
#elif defined(__x86_64__) && VECTOR_BYTES == 32 && REAL_IS_DOUBLE
#define MINIMUM _mm256_min_pd
#define MAXIMUM _mm256_max_pd
#elif defined(__x86_64__) && VECTOR_BYTES == 32
#define MINIMUM _mm256_min_ps
#define MAXIMUM _mm256_max_ps
#elif defined(__x86_64__) && VECTOR_BYTES == 16 && REAL_IS_DOUBLE
#define MINIMUM _mm_min_pd
#define MAXIMUM _mm_max_pd
#elif defined(__x86_64__) && VECTOR_BYTES == 16
#define MINIMUM _mm_min_ps
#define MAXIMUM _mm_max_ps
#elif defined(__aarch64__) && VECTOR_BYTES == 16 && REAL_IS_DOUBLE
#define MINIMUM vminnmq_f64
#define MAXIMUM vmaxnmq_f64
#elif defined(__aarch64__) && VECTOR_BYTES == 16
#define MINIMUM vminnmq_f32
#define MAXIMUM vmaxnmq_f32
#endif

ALWAYS_INLINE vector minimum(vector a, vector b) {
#ifdef MINIMUM
  return MINIMUM(a, b);
#else
  return choose(COMPARE(a, <, b), a, b);
#endif
}

ALWAYS_INLINE vector maximum(vector a, vector b) {
#ifdef MAXIMUM
  return MAXIMUM(a, b);
#else
  return choose(COMPARE(a, >, b), a, b);
#endif
}

/* In double, pairwise: a fixed order without a long chain of additions. */
ALWAYS_INLINE double sum_of_lanes(vector v) {
  real lanes[LANES];
  double sums[LANES];
  memcpy(lanes, &v, sizeof v);
  UNROLL
  for (size_t lane = 0; lane < LANES; lane++) sums[lane] = (double)lanes[lane];
  UNROLL
  for (size_t half = LANES / 2; half > 0; half /= 2) {
    UNROLL
    for (size_t lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

ALWAYS_INLINE real largest_lane(vector v) {
  real lanes[LANES];
  memcpy(lanes, &v, sizeof v);
  real largest = lanes[0];
  for (size_t lane = 1; lane < LANES; lane++)
    if (lanes[lane] > largest) largest = lanes[lane];
  return largest;
}

/* Whether a bit is set in any lane. */
ALWAYS_INLINE bool any_lane(integers v) {
  integer lanes[LANES], any = 0;
  memcpy(lanes, &v, sizeof v);
  for (size_t lane = 0; lane < LANES; lane++) any |= lanes[lane];
  return any != 0;
}

/* ---- in double, whatever the compute type: WIDE_PARTS registers for one of that ---- */

#if VECTOR_BYTES > 0
typedef double wide __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef double wide;
#endif

#if REAL_IS_DOUBLE || VECTOR_BYTES == 0
#define WIDE_PARTS ((size_t)1)
ALWAYS_INLINE wide widened(vector v, size_t part) {
  (void)part;
  return (wide)v;
}
#else
#define WIDE_PARTS ((size_t)2)
ALWAYS_INLINE wide widened(vector v, size_t part) {
#if defined(__x86_64__) && VECTOR_BYTES == 64
  return part == 0 ? _mm512_cvtps_pd(_mm512_castps512_ps256(v))
                   : _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1));
#elif defined(__x86_64__) && VECTOR_BYTES == 32
  return part == 0 ? _mm256_cvtps_pd(_mm256_castps256_ps128(v))
                   : _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));
#else
  wide result;
  UNROLL
  for (size_t lane = 0; lane < LANES / 2; lane++)
    result[lane] = (double)v[part * (LANES / 2) + lane];
  return result;
#endif
}
#endif

/* The nearest numbers of the compute type. */
ALWAYS_INLINE vector narrowed(const wide parts[WIDE_PARTS]) {
#if REAL_IS_DOUBLE || VECTOR_BYTES == 0
  return (vector)parts[0];
#elif defined(__x86_64__) && VECTOR_BYTES == 64
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(parts[0])),
                            _mm512_cvtpd_ps(parts[1]), 1);
#elif defined(__x86_64__) && VECTOR_BYTES == 32
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(parts[0])),
                              _mm256_cvtpd_ps(parts[1]), 1);
#else
  vector result;
  UNROLL
  for (size_t lane = 0; lane < LANES; lane++)
    result[lane] = (real)parts[lane / (LANES / 2)][lane % (LANES / 2)];
  return result;
#endif
}

ALWAYS_INLINE wide all_wide(double value) { return value - (wide){0}; }

ALWAYS_INLINE double sum_of_wide(wide v) {
  enum { COUNT = sizeof(wide) / sizeof(double) };
  double lanes[COUNT], sum = 0.0;
  memcpy(lanes, &v, sizeof v);
  for (int lane = 0; lane < COUNT; lane++) sum += lanes[lane];
  return sum;
}

/* ---- selected lanes of a register, stored without gaps ---- */

#if defined(__x86_64__) && VECTOR_BYTES == 64 && REAL_IS_DOUBLE
typedef __mmask8 lane_mask;
#define LANES_FROM(v, least) _mm512_cmp_pd_mask(v, least, _CMP_GE_OQ)
#define LANES_OF(mask) _mm512_movepi64_mask((__m512i)(mask))
#define COMPRESS(to, mask, v) _mm512_storeu_pd(to, _mm512_maskz_compress_pd(mask, v))
#define COMPRESS_NATURALS(to, mask, v) \
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi64(mask, (__m512i)(v)))
#elif defined(__x86_64__) && VECTOR_BYTES == 64
typedef __mmask16 lane_mask;
#define LANES_FROM(v, least) _mm512_cmp_ps_mask(v, least, _CMP_GE_OQ)
#define LANES_OF(mask) _mm512_movepi32_mask((__m512i)(mask))
#define COMPRESS(to, mask, v) _mm512_storeu_ps(to, _mm512_maskz_compress_ps(mask, v))
#define COMPRESS_NATURALS(to, mask, v) \
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(mask, (__m512i)(v)))
#endif

/* ---- numbers of 32 bits from a table ---- */

#if defined(__x86_64__) && VECTOR_BYTES == 64 && REAL_IS_DOUBLE
#define GATHER(table, at) \
  ((naturals)_mm512_cvtepu32_epi64(_mm512_i64gather_epi32((__m512i)(at), table, 4)))
#elif defined(__x86_64__) && VECTOR_BYTES == 64
#define GATHER(table, at) ((naturals)_mm512_i32gather_epi32((__m512i)(at), table, 4))
#endif

/* ---- counts of 32 bits ---- */

#if defined(__x86_64__) && VECTOR_BYTES == 64
#define COUNTS_AT_ONCE ((size_t)16)
#define SUMS_BEFORE sums_before
#define SHIFT_COUNTS(to, from, bits, low)                                                    \
  _mm512_storeu_si512(to, _mm512_or_si512(_mm512_slli_epi32(_mm512_loadu_si512(from), bits), \
                                          _mm512_set1_epi32(low)))

/* Replaces each by `sum` and all before it; returns `sum` and all. */
ALWAYS_INLINE uint32_t sums_before(uint32_t *counts, uint32_t sum) {
  const __m512i none = _mm512_setzero_si512(), own = _mm512_loadu_si512(counts);
  __m512i sums = own;
  sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, none, 15));
  sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, none, 14));
  sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, none, 12));
  sums = _mm512_add_epi32(sums, _mm512_alignr_epi32(sums, none, 8));
  const __m512i before = _mm512_sub_epi32(sums, own);
  _mm512_storeu_si512(counts, _mm512_add_epi32(before, _mm512_set1_epi32((int)sum)));
  const __m128i last = _mm512_extracti32x4_epi32(sums, 3);
  return sum + (uint32_t)_mm_extract_epi32(last, 3);
}
#endif

/* ---- which of NUMBERS_COMPARED numbers, at any address, are above another: a bit for each ---- */

/* Half a register of 64 bytes: fewer loads cross the end of a cache line. */
#if defined(__x86_64__) && VECTOR_BYTES == 64 && REAL_IS_DOUBLE
#define NUMBERS_COMPARED ((size_t)4)
#define BITS_ABOVE(from, number) \
  _mm256_cmp_pd_mask(_mm256_loadu_pd(from), _mm256_set1_pd(number), _CMP_GT_OQ)
#elif defined(__x86_64__) && VECTOR_BYTES == 64
#define NUMBERS_COMPARED ((size_t)8)
#define BITS_ABOVE(from, number) \
  _mm256_cmp_ps_mask(_mm256_loadu_ps(from), _mm256_set1_ps(number), _CMP_GT_OQ)
#elif defined(__x86_64__) && VECTOR_BYTES == 32 && REAL_IS_DOUBLE
#define NUMBERS_COMPARED ((size_t)4)
#define BITS_ABOVE(from, number) \
  _mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(from), _mm256_set1_pd(number), _CMP_GT_OQ))
#elif defined(__x86_64__) && VECTOR_BYTES == 32
#define NUMBERS_COMPARED ((size_t)8)
#define BITS_ABOVE(from, number) \
  _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_set1_ps(number), _CMP_GT_OQ))
#else
#define NUMBERS_COMPARED ((size_t)4)
#endif

#endif
