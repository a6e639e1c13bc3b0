#include <math.h>

#include "CKernels.h"

/* Fake quantization is one pass: divide, round, clamp, dequantize. The settings are constants inside each instance of
   the loop (the inline functions below are called with literal arguments), so that every instance vectorises. */

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

enum { HALF_EVEN, HALF_AWAY, FLOOR, CEIL, TRUNC, STOCHASTIC };

/* u is uniform in [0, 1) for stochastic rounding: up with a probability of the fractional part. */
INLINE float rounded(float t, int rounding, float u) {
  switch (rounding) {
    case HALF_EVEN: return rintf(t);
    case HALF_AWAY: {
      float whole = truncf(t); /* t - whole is exact */
      return fabsf(t - whole) >= 0.5f ? whole + copysignf(1.0f, t) : whole;
    }
    case FLOOR: return floorf(t);
    case CEIL: return ceilf(t);
    case TRUNC: return truncf(t);
    default: {
      float below = floorf(t);
      return below + (u < t - below ? 1.0f : 0.0f);
    }
  }
}

/* The code before clamping. */
INLINE float raw_code(float x, const ck_step *s, int rounding, int inside, int division, float reciprocal, float u) {
  float t = division == 0 ? x / s->scale : division == 1 ? x * reciprocal : x * s->levels;
  return inside ? rounded(t + s->zero, rounding, u) : rounded(t, rounding, u) + s->zero;
}

/* nan compares false and stays. */
INLINE float clamped(float q, float qmin, float qmax) {
  q = q < qmin ? qmin : q;
  return q > qmax ? qmax : q;
}

INLINE float value_of(float q, const ck_step *s, int division) {
  return division == 2 ? (q - s->zero) / s->levels : (q - s->zero) * s->scale;
}

INLINE float threshold_code(float x, const ck_quantizer *q, float t) {
  return x > t ? 1.0f : x < -t ? -1.0f : q->between;
}

/* Runs `body` with the settings as literals. Stochastic rounding has its own loop: it draws numbers in blocks. */
#define WITH_DIVISION(rounding, inside) \
  if (q->division == 0) LOOP(rounding, inside, 0) else if (q->division == 1) LOOP(rounding, inside, 1) else LOOP(rounding, inside, 2)
#define WITH_PLACE(rounding) \
  if (q->inside) { WITH_DIVISION(rounding, 1) } else { WITH_DIVISION(rounding, 0) }
#define WITH_SETTINGS                       \
  switch (q->rounding) {                    \
    case HALF_EVEN: WITH_PLACE(HALF_EVEN) break; \
    case HALF_AWAY: WITH_PLACE(HALF_AWAY) break; \
    case FLOOR: WITH_PLACE(FLOOR) break;    \
    case CEIL: WITH_PLACE(CEIL) break;      \
    case TRUNC: WITH_PLACE(TRUNC) break;    \
    default: WITH_PLACE(STOCHASTIC) break;  \
  }

enum { BLOCK = 256 };

/* Uniform numbers for elements first ..< first + n, only when the rounding draws. */
static void draw(const ck_quantizer *q, uint64_t first, float *u, size_t n) {
  if (q->rounding == STOCHASTIC) ck_random_uniform_f32(q->key, first, u, n);
}

CLONES static void fake_block(const ck_quantizer *q, const ck_step *step, const float *x, const float *u, float *y, size_t n) {
  const ck_step copy = *step, *s = &copy;
  const float qmin = q->qmin, qmax = q->qmax, reciprocal = 1.0f / s->scale;
  if (q->thresholds) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] != x[i] ? x[i] : threshold_code(x[i], q, s->zero) * s->scale;
    return;
  }
#define LOOP(rounding, inside, division)                                                                      \
  {                                                                                                           \
    for (size_t i = 0; i < n; i++)                                                                            \
      y[i] = value_of(clamped(raw_code(x[i], s, rounding, inside, division, reciprocal, u ? u[i] : 0), qmin, qmax), s, division); \
  }
  WITH_SETTINGS
#undef LOOP
}

CLONES static bool code_block(const ck_quantizer *q, const ck_step *step, const float *x, const float *u, int32_t *codes, size_t n) {
  const ck_step copy = *step, *s = &copy;
  const float qmin = q->qmin, qmax = q->qmax, reciprocal = 1.0f / s->scale;
  int bad = 0;
  for (size_t i = 0; i < n; i++) bad |= x[i] != x[i];
  if (q->thresholds) {
    for (size_t i = 0; i < n; i++) codes[i] = x[i] != x[i] ? 0 : (int32_t)threshold_code(x[i], q, s->zero);
    return !bad;
  }
#define LOOP(rounding, inside, division)                                                                     \
  {                                                                                                          \
    for (size_t i = 0; i < n; i++) {                                                                         \
      float code = clamped(raw_code(x[i], s, rounding, inside, division, reciprocal, u ? u[i] : 0), qmin, qmax); \
      codes[i] = code == code ? (int32_t)code : 0;                                                           \
    }                                                                                                        \
  }
  WITH_SETTINGS
#undef LOOP
  return !bad;
}

CLONES static void saturating_block(
    const ck_quantizer *q, const ck_step *step, const float *x, const float *u, const float *g, float *out, size_t n) {
  const ck_step copy = *step, *s = &copy;
  const float qmin = q->qmin, qmax = q->qmax, reciprocal = 1.0f / s->scale;
#define LOOP(rounding, inside, division)                                                    \
  {                                                                                         \
    for (size_t i = 0; i < n; i++) {                                                        \
      float code = raw_code(x[i], s, rounding, inside, division, reciprocal, u ? u[i] : 0); \
      out[i] = code >= qmin && code <= qmax ? g[i] : 0.0f;                                  \
    }                                                                                       \
  }
  WITH_SETTINGS
#undef LOOP
}

void ck_fake_quantize_f32(const ck_quantizer *q, const ck_step *s, const float *x, float *y, size_t n, uint64_t first) {
  if (q->rounding != STOCHASTIC) return fake_block(q, s, x, NULL, y, n);
  float u[BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    draw(q, first + i, u, m);
    fake_block(q, s, x + i, u, y + i, m);
  }
}

bool ck_quantize_f32(const ck_quantizer *q, const ck_step *s, const float *x, int32_t *codes, size_t n, uint64_t first) {
  if (q->rounding != STOCHASTIC) return code_block(q, s, x, NULL, codes, n);
  float u[BLOCK];
  bool good = true;
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    draw(q, first + i, u, m);
    good &= code_block(q, s, x + i, u, codes + i, m);
  }
  return good;
}

void ck_saturating_gradient_f32(
    const ck_quantizer *q, const ck_step *s, const float *x, const float *g, float *out, size_t n, uint64_t first) {
  if (q->rounding != STOCHASTIC) return saturating_block(q, s, x, NULL, g, out, n);
  float u[BLOCK];
  for (size_t i = 0; i < n; i += BLOCK) {
    size_t m = n - i < BLOCK ? n - i : BLOCK;
    draw(q, first + i, u, m);
    saturating_block(q, s, x + i, u, g + i, out + i, m);
  }
}

CLONES void ck_narrow_codes(const int32_t *codes, uint8_t *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = (uint8_t)codes[i];
}

CLONES void ck_dequantize_f32(const ck_quantizer *q, const ck_step *s, const int32_t *codes, float *y, size_t n) {
  if (q->thresholds)
    for (size_t i = 0; i < n; i++) y[i] = (float)codes[i] * s->scale;
  else
    for (size_t i = 0; i < n; i++) y[i] = value_of((float)codes[i], s, q->division);
}

CLONES void ck_clipped_gradient_f32(const ck_step *s, const float *x, const float *g, float *out, size_t n) {
  const float low = s->low, high = s->high;
  for (size_t i = 0; i < n; i++) out[i] = x[i] >= low && x[i] <= high ? g[i] : 0.0f;
}

/* Lanes of their own: a minimum of floats is not reordered by the compiler by itself, and 64 of them keep as many
   comparisons under way as the latency of one needs. */
enum { LANES = 64 };
INLINE void widen(const float *x, size_t n, float *restrict least, float *restrict most, float *restrict odd) {
  for (size_t j = 0; j < n; j++) {
    float v = x[j];
    least[j] = v < least[j] ? v : least[j];
    most[j] = v > most[j] ? v : most[j];
    odd[j] += v * 0.0f; /* 0, and nan for ever after an infinity or a nan */
  }
}
CLONES bool ck_range_f32(const float *x, size_t n, float *low, float *high) {
  float least[LANES], most[LANES], odd[LANES] = {0};
  for (int j = 0; j < LANES; j++) least[j] = most[j] = x[0];
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) widen(x + i, LANES, least, most, odd);
  widen(x + i, n - i, least, most, odd);
  float any = odd[0];
  *low = least[0];
  *high = most[0];
  for (int j = 1; j < LANES; j++) {
    if (least[j] < *low) *low = least[j];
    if (most[j] > *high) *high = most[j];
    any += odd[j];
  }
  return any == 0;
}

CLONES double ck_abs_sum_f32(const float *x, size_t n, float threshold, size_t *count) {
  double acc[16] = {0};
  size_t kept = 0, i = 0;
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++) {
      float v = fabsf(x[i + j]);
      acc[j] += v > threshold ? v : 0.0f;
      kept += v > threshold;
    }
  for (int j = 0; i < n; i++, j++) {
    float v = fabsf(x[i]);
    acc[j] += v > threshold ? v : 0.0f;
    kept += v > threshold;
  }
  double total = 0;
  for (int j = 0; j < 16; j++) total += acc[j];
  *count = kept;
  return total;
}
