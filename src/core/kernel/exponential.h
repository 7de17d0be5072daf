/* Logits of pairs, and powers of 2.
 *
 * With s the similarity, x = min(s, 1) and d = 1 - x, the logits of the formula are, for every
 * margin m, zn = gamma max(1 + m - d, 0) (1 - m - d) = gamma max(x, -m)^2 - gamma m^2 zp = -gamma
 * max(m + d, 0) (m - d)        = gamma max(d, -m)^2 - gamma m^2 (where the weight is clamped both
 * squares are m^2). Here a logit is z + gamma m^2 in base 2: log2(e) gamma max(x or d, -m)^2 which
 * is never negative and loses no digits however large the margin; engine.c takes the 2 gamma m^2
 * off again. Logits of negatives lie in [0, log2(e) gamma max(1, m^2)]. */
#ifndef CIRCLE_KERNEL_EXPONENTIAL_H
#define CIRCLE_KERNEL_EXPONENTIAL_H

#if REAL_IS_DOUBLE
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define ROUNDER 0x1.8p52     /* adding it rounds to a whole number, kept in the low bits */
#define LAST_FRACTION 0x1p51 /* logits from here on are their own whole part */
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

/* 2^f for f in [-1/2, 1/2]: the polynomial of least relative error with p(0) = 1, found by the
 * Remez exchange. Its error is 2.6e-9 in float (degree 6) and 1.8e-17 in double (degree 11). */
ALWAYS_INLINE vector exp2_of_fraction(vector f) {
#if REAL_IS_DOUBLE
  vector p = all(0x1.c063841f3a21dp-32);
  p = p * f + 0x1.e605f964b639dp-28;
  p = p * f + 0x1.b54167a1b0034p-24;
  p = p * f + 0x1.62bfd49ededd3p-20;
  p = p * f + 0x1.ffcbee3b0a61cp-17;
  p = p * f + 0x1.43091309610fcp-13;
  p = p * f + 0x1.5d87fe7bbbe09p-10;
  p = p * f + 0x1.3b2ab6fba1e1cp-7;
  p = p * f + 0x1.c6b08d7048f31p-5;
  p = p * f + 0x1.ebfbdff82c598p-3;
  p = p * f + 0x1.62e42fefa39f3p-1;
#else
  vector p = all(0x1.470b48p-13f);
  p = p * f + 0x1.5f7276p-10f;
  p = p * f + 0x1.3b270ep-7f;
  p = p * f + 0x1.c6ae72p-5f;
  p = p * f + 0x1.ebfbe2p-3f;
  p = p * f + 0x1.62e432p-1f;
#endif
  return p * f + (real)1;
}

/* 2^n for whole n <= 127 (1023 in double), 0 for the subnormal results and below. */
ALWAYS_INLINE vector exp2_of_whole(vector n) {
  n = maximum(n, all(-EXPONENT_BIAS));
  return with_bits(bits_of(n + (ROUNDER + EXPONENT_BIAS)) << MANTISSA_BITS);
}

/* 2^(logit - FIXED_SCALE) for 0 <= logit <= WIDEST_FIXED_LOGIT: the sum's low bits are the whole
 * part, already biased, and the shift moves them into the exponent's place. */
ALWAYS_INLINE vector exp2_fixed(vector logit) {
  const real rounder = ROUNDER + (EXPONENT_BIAS - FIXED_SCALE);
  vector rounded = logit + rounder;
  vector fraction = logit - (rounded - rounder);
  return exp2_of_fraction(fraction) * with_bits(bits_of(rounded) << MANTISSA_BITS);
}

/* 2^logit = power * 2^whole for any logit. An infinite logit makes the power NaN: engine.c finds
 * the anchor by its sum. */
ALWAYS_INLINE void exp2_split(vector logit, vector *power, vector *whole) {
  vector rounded = (logit + ROUNDER) - ROUNDER;
  *whole = choose(COMPARE(logit, <, all(LAST_FRACTION)), rounded, logit);
  *power = exp2_of_fraction(logit - *whole);
}

typedef enum { NEGATIVES = 1, POSITIVES = 2 } pair_kind;

typedef struct {
  real gamma_log2e;
  real margin_clamp; /* -margin */
} formula;

ALWAYS_INLINE formula formula_of(const circle_engine *engine) {
  return (formula){(real)engine->gamma_log2e, (real)-engine->problem.margin};
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
