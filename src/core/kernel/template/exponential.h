/* Logits of pairs, and powers of 2.
 *
 * With s the similarity, x = min(s, 1) and d = 1 - x, the logits are, for any margin m,
 *
 *   zn = gamma max(1 + m - d, 0) (1 - m - d) = gamma max(x, -m)^2 - gamma m^2
 *   zp = -gamma max(m + d, 0) (m - d)        = gamma max(d, -m)^2 - gamma m^2
 *
 * (where the weight is clamped both squares are m^2). Here a logit is z + gamma m^2 in base 2,
 *
 *   log2(e) gamma max(x or d, -m)^2
 *
 * which is never negative and loses no digits however large the margin; loss/forward.c subtracts
 * the 2 gamma m^2 again. Logits of negatives are in [0, log2(e) gamma max(1, m^2)]. */
#ifndef CIRCLE_KERNEL_EXPONENTIAL_H
#define CIRCLE_KERNEL_EXPONENTIAL_H

#if REAL_IS_DOUBLE
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define ROUNDER 0x1.8p52     /* adding it rounds to an integer, in the low bits */
#define LAST_FRACTION 0x1p51 /* larger logits are their own integer part */
#define FIXED_SCALE 950.0    /* one scale for logits in [0, 1900]: powers from 2^-950 to 2^950, */
#define WIDEST_FIXED_LOGIT 1900.0 /* whose sums over 2^70 pairs stay finite */
#else
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define ROUNDER 0x1.8p23f
#define LAST_FRACTION 0x1p22f
#define FIXED_SCALE 95.0f /* logits in [0, 190]: 2^-95 to 2^95; a tile's sums stay finite */
#define WIDEST_FIXED_LOGIT 190.0f
#endif

/* 2^f for f in [-1/2, 1/2]: the minimax polynomial in relative error with p(0) = 1, by the Remez
 * exchange, highest power first. Its error is 2.6e-9 in float and 1.8e-17 in double. */
#if REAL_IS_DOUBLE
static const real exp2_coefficients[] = {
    0x1.c063841f3a21dp-32, 0x1.e605f964b639dp-28, 0x1.b54167a1b0034p-24, 0x1.62bfd49ededd3p-20,
    0x1.ffcbee3b0a61cp-17, 0x1.43091309610fcp-13, 0x1.5d87fe7bbbe09p-10, 0x1.3b2ab6fba1e1cp-7,
    0x1.c6b08d7048f31p-5,  0x1.ebfbdff82c598p-3,  0x1.62e42fefa39f3p-1,  1.0};
#else
static const real exp2_coefficients[] = {0x1.470b48p-13f,
                                         0x1.5f7276p-10f,
                                         0x1.3b270ep-7f,
                                         0x1.c6ae72p-5f,
                                         0x1.ebfbe2p-3f,
                                         0x1.62e432p-1f,
                                         1.0f};
#endif
#define EXP2_DEGREE (sizeof exp2_coefficients / sizeof exp2_coefficients[0] - 1)

/* Interleaved over the rows of a strip: independent work hides the latency of each step. */
ALWAYS_INLINE void exp2_of_fractions(const vector *fraction, vector *power) {
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) power[r] = all(exp2_coefficients[0]);
  UNROLL
  for (size_t step = 1; step <= EXP2_DEGREE; step++) {
    UNROLL
    for (size_t r = 0; r < STRIP_ROWS; r++)
      power[r] = power[r] * fraction[r] + exp2_coefficients[step];
  }
}

/* 2^n for an integer n <= 127 (1023 in double); 0 for subnormal results and below. */
ALWAYS_INLINE vector exp2_of_whole(vector n) {
  n = maximum(n, all(-EXPONENT_BIAS));
  return with_bits(bits_of(n + (ROUNDER + EXPONENT_BIAS)) << MANTISSA_BITS);
}

/* 2^(logit - FIXED_SCALE) for 0 <= logit <= WIDEST_FIXED_LOGIT: the low bits of the sum are the
 * integer part, already biased, and are shifted into the exponent. */
ALWAYS_INLINE void exp2_fixed(const vector *logit, vector *power) {
  const real rounder = ROUNDER + (EXPONENT_BIAS - FIXED_SCALE);
  vector rounded[STRIP_ROWS], fraction[STRIP_ROWS];
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    rounded[r] = logit[r] + rounder;
    fraction[r] = logit[r] - (rounded[r] - rounder);
  }
  exp2_of_fractions(fraction, power);
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++)
    power[r] *= with_bits(bits_of(rounded[r]) << MANTISSA_BITS);
}

/* 2^logit = power * 2^whole for any logit. An infinite logit makes the power NaN, and thus the loss
 * of its anchor, which circle_check_losses() reports. */
ALWAYS_INLINE void exp2_split(const vector *logit, vector *power, vector *whole) {
  vector fraction[STRIP_ROWS];
  UNROLL
  for (size_t r = 0; r < STRIP_ROWS; r++) {
    vector rounded = (logit[r] + ROUNDER) - ROUNDER;
    whole[r] = choose(COMPARE(logit[r], <, all(LAST_FRACTION)), rounded, logit[r]);
    fraction[r] = logit[r] - whole[r];
  }
  exp2_of_fractions(fraction, power);
}

typedef enum { NEGATIVES = 1, POSITIVES = 2 } pair_kind;

typedef struct {
  real gamma_log2e;
  real margin_clamp; /* -margin */
} formula;

ALWAYS_INLINE formula formula_of(const circle_logits *logits) {
  return (formula){(real)logits->gamma_log2e, (real)-logits->margin};
}

/* max(x, -m) of a negative, max(d, -m) of a positive: the base of the square in the logit */
ALWAYS_INLINE vector logit_base(pair_kind kind, vector similarity, formula by) {
  vector x = minimum(similarity, all(1));
  return maximum(kind == NEGATIVES ? x : (real)1 - x, all(by.margin_clamp));
}

ALWAYS_INLINE vector logit_of_base(vector base, formula by) {
  return (by.gamma_log2e * base) * base;
}

#endif
