#ifndef CK_MATH_H
#define CK_MATH_H
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Elementary functions of float32 without branches or calls, so that a loop over them vectorises and the scalar tail
   computes the very same bits as the vector body. Coefficients: Cephes (exp, tanh), FreeBSD msun (log), N. Juffa
   (erf). Errors, measured over dense grids by the tests: at most 2.2 units in the last place. */

/* One clone per instruction set; the loader picks at start-up. */
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t ck_bits(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return u;
}
INLINE float ck_from_bits(uint32_t u) {
  float x;
  memcpy(&x, &u, 4);
  return x;
}
/* 2^k for -126 <= k <= 127. */
INLINE float ck_pow2(int32_t k) { return ck_from_bits((uint32_t)(k + 127) << 23); }

/* x = k ln 2 + r with |r| <= ln 2 / 2; returns r, whose exponential less one is `ck_expm1_reduced(r)`. */
INLINE float ck_reduce(float x, int32_t *k) {
  float t = x * 1.44269504088896341f + 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
  float n = t - 12582912.0f;
  *k = (int32_t)(ck_bits(t) - 0x4B400000u);
  float r = x - n * 0.693359375f;
  return r + n * 2.12194440e-4f;
}
INLINE float ck_expm1_reduced(float r) {
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * (r * r) + r;
}

/* exp(r) for |r| <= ln 2 / 2: 1 + r + r^2 q(r) with q of degree 4, whose largest relative error, 3e-9, is the least possible
   (Lawson's iteration over least squares); a twentieth of the last place. */
INLINE float ck_exp_reduced(float r) {
  float p = 1.3814598788e-3f;
  p = p * r + 8.3687165752e-3f;
  p = p * r + 4.1668388993e-2f;
  p = p * r + 1.6666521132e-1f;
  p = p * r + 4.9999994040e-1f;
  p = p * r + 1.0f;
  return p * r + 1.0f;
}

INLINE float ck_expf(float x) {
  int32_t k;
  float c = x > 89.0f ? 89.0f : x; /* beyond these the result is inf and 0; nan passes through */
  c = c < -104.0f ? -104.0f : c;
  float y = ck_exp_reduced(ck_reduce(c, &k));
  return y * ck_pow2(k >> 1) * ck_pow2(k - (k >> 1)); /* two steps reach subnormals and overflow properly */
}

INLINE float ck_expm1f(float x) {
  int32_t k;
  float c = x > 89.0f ? 89.0f : x;
  c = c < -20.0f ? -20.0f : c;
  float p = ck_expm1_reduced(ck_reduce(c, &k)), s = ck_pow2(k - 1);
  float y = 2.0f * (s * p + (s - 0.5f));
  return k == 0 ? p : y;
}

/* log((1 + f) 2^k) with sqrt(1/2) <= 1 + f < sqrt(2); c corrects a rounded 1 + f. */
INLINE float ck_log_reduced(float f, float k, float c) {
  float s = f / (2.0f + f), z = s * s, w = z * z;
  float t1 = w * (0.40000972152f + w * 0.24279078841f);
  float t2 = z * (0.66666662693f + w * 0.28498786688f);
  float half = 0.5f * f * f;
  return s * (half + (t2 + t1)) + (k * 9.0580006145e-06f + c) - half + f + k * 6.9313812256e-01f;
}

INLINE float ck_logf(float x) {
  int tiny = x < 1.17549435e-38f;
  float scaled = tiny ? x * 0x1p25f : x;
  uint32_t u = ck_bits(scaled) + (0x3F800000u - 0x3F3504F3u);
  float k = (float)((int32_t)(u >> 23) - 127 - (tiny ? 25 : 0));
  float m = ck_from_bits((u & 0x007FFFFFu) + 0x3F3504F3u);
  float y = ck_log_reduced(m - 1.0f, k, 0.0f);
  y = x == INFINITY ? x : y;
  y = x == 0.0f ? -INFINITY : y;
  y = x < 0.0f ? NAN : y;
  return x != x ? x : y;
}

INLINE float ck_log1pf(float x) {
  float v = 1.0f + x;
  uint32_t u = ck_bits(v) + (0x3F800000u - 0x3F3504F3u);
  int32_t k = (int32_t)(u >> 23) - 127;
  float m = ck_from_bits((u & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
  float c = (k > 0 ? 1.0f - (v - x) : x - (v - 1.0f)) / v;
  int near = k == 0;
  float y = ck_log_reduced(near ? x : m, (float)k, near || k >= 25 ? 0.0f : c);
  y = x == INFINITY || x == 0.0f ? x : y;
  y = x == -1.0f ? -INFINITY : y;
  y = x < -1.0f ? NAN : y;
  return x != x ? x : y;
}

INLINE float ck_tanhf(float x) {
  float a = fabsf(x), z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float inner = p * z * x + x;
  float outer = 1.0f - 2.0f / (ck_expf(2.0f * (a > 10.0f ? 10.0f : a)) + 1.0f);
  return a < 0.625f ? inner : x != x ? x : copysignf(outer, x);
}

INLINE float ck_sigmoidf(float x) {
  float e = ck_expf(-fabsf(x));
  return (x >= 0.0f ? 1.0f : e) / (1.0f + e);
}

INLINE float ck_erff(float x) {
  float a = fabsf(x), s = x * x;
  float t = a > 4.0f ? 4.0f : a, q = t * t;
  float r = -1.72853470e-5f * t + 3.83197126e-4f;
  float u = -3.88396438e-3f * t + 2.42546219e-2f;
  r = r * q + u;
  r = r * t - 1.06777877e-1f;
  r = r * t - 6.34846687e-1f;
  r = r * t - 1.28717512e-1f;
  r = r * t - t;
  float outer = 1.0f - ck_expf(r);
  float p = -5.96761703e-4f;
  p = p * s + 4.99119423e-3f;
  p = p * s - 2.67681349e-2f;
  p = p * s + 1.12819925e-1f;
  p = p * s - 3.76125336e-1f;
  p = p * s + 1.28379166e-1f;
  float inner = p * x + x;
  return a <= 0.927734375f ? inner : x != x ? x : copysignf(outer, x);
}

INLINE float ck_softplusf(float x) { return (x > 0.0f ? x : 0.0f) + ck_log1pf(ck_expf(-fabsf(x))); }
#endif
