#include "CKernels.h"
#include "ck_math.h"

/* Functions of one operand and their derivatives, one pass each. p and q are the operation's settings. */
#define UNARY(name, expression)                                                            \
  CLONES void ck_##name##_f32(const float *restrict x, float *restrict z, long n, float p, float q) { \
    (void)p, (void)q;                                                                      \
    for (long i = 0; i < n; i++) {                                                         \
      float a = x[i];                                                                      \
      z[i] = expression;                                                                   \
    }                                                                                      \
  }
/* z = g * slope, where a is the operand or the result, whichever the operation keeps. */
#define SLOPE(name, slope)                                                                 \
  CLONES void ck_##name##_vjp_f32(const float *restrict g, const float *restrict x, float *restrict z, long n, \
                                  float p, float q) {                                      \
    (void)p, (void)q;                                                                      \
    for (long i = 0; i < n; i++) {                                                         \
      float a = x[i];                                                                      \
      z[i] = g[i] * (slope);                                                               \
    }                                                                                      \
  }
#define MASK(name, condition)                                                              \
  CLONES void ck_##name##_vjp_f32(const float *restrict g, const float *restrict x, float *restrict z, long n, \
                                  float p, float q) {                                      \
    (void)p, (void)q;                                                                      \
    for (long i = 0; i < n; i++) {                                                         \
      float a = x[i];                                                                      \
      z[i] = (condition) ? g[i] : 0.0f;                                                    \
    }                                                                                      \
  }

INLINE float sign(float a) { return a != a ? a : (float)((a > 0.0f) - (a < 0.0f)); }
INLINE float cdf(float a) { return 0.5f * (1.0f + ck_erff(a * 0.70710678118f)); }
INLINE float pdf(float a) { return 0.39894228040f * ck_expf(-0.5f * a * a); }
INLINE float gelu_tanh_inner(float a) { return ck_tanhf(0.79788456080f * (a + 0.044715f * a * a * a)); }
INLINE float gelu_tanh_slope(float a) {
  float t = gelu_tanh_inner(a);
  float slope = 0.5f * (1.0f + t) + 0.5f * a * (1.0f - t * t) * 0.79788456080f * (1.0f + 0.134145f * a * a);
  return fabsf(a) > 10.0f ? (a > 0.0f ? 1.0f : 0.0f) : slope;
}
INLINE float silu_slope(float a) {
  float s = ck_sigmoidf(a);
  return s * (1.0f + a * (1.0f - s));
}

UNARY(neg, -a)
UNARY(abs, fabsf(a))
UNARY(sign, sign(a))
UNARY(square, a *a)
UNARY(reciprocal, 1.0f / a)
UNARY(sqrt, __builtin_sqrtf(a))
UNARY(rsqrt, 1.0f / __builtin_sqrtf(a))
UNARY(expm1, ck_expm1f(a))
UNARY(log, ck_logf(a))
UNARY(log1p, ck_log1pf(a))
UNARY(sin, sinf(a))
UNARY(cos, cosf(a))
UNARY(tan, tanf(a))
UNARY(tanh, ck_tanhf(a))
UNARY(sigmoid, ck_sigmoidf(a))
UNARY(erf, ck_erff(a))
UNARY(floor, __builtin_floorf(a))
UNARY(ceil, __builtin_ceilf(a))
UNARY(round, __builtin_rintf(a))
UNARY(trunc, __builtin_truncf(a))
UNARY(relu, a < 0.0f ? 0.0f : a)
UNARY(leaky_relu, a < 0.0f ? p * a : a)
UNARY(gelu, a == -INFINITY ? 0.0f : a * cdf(a))
UNARY(gelu_tanh, a == -INFINITY ? 0.0f : 0.5f * a * (1.0f + gelu_tanh_inner(a)))
UNARY(silu, a == -INFINITY ? 0.0f : a * ck_sigmoidf(a))
UNARY(softplus, ck_softplusf(a))
UNARY(clamp, a < p ? p : (a > q ? q : a))
UNARY(power, powf(a, p))

SLOPE(abs, sign(a))
SLOPE(square, 2.0f * a)
SLOPE(reciprocal, -a * a)
SLOPE(sqrt, 0.5f / a)
SLOPE(rsqrt, -0.5f * a * a * a)
SLOPE(exp, a)
SLOPE(expm1, a + 1.0f)
SLOPE(log, 1.0f / a)
SLOPE(log1p, 1.0f / (1.0f + a))
SLOPE(sin, cosf(a))
SLOPE(cos, -sinf(a))
SLOPE(tan, 1.0f + a * a)
SLOPE(tanh, 1.0f - a * a)
SLOPE(sigmoid, a *(1.0f - a))
SLOPE(erf, 1.12837916710f * ck_expf(-a * a))
MASK(relu, a > 0.0f)
SLOPE(leaky_relu, a > 0.0f ? 1.0f : p)
SLOPE(gelu, cdf(a) + (fabsf(a) > 20.0f ? 0.0f : a * pdf(a)))
SLOPE(gelu_tanh, gelu_tanh_slope(a))
SLOPE(silu, fabsf(a) > 90.0f ? (a > 0.0f ? 1.0f : 0.0f) : silu_slope(a))
SLOPE(softplus, ck_sigmoidf(a))
MASK(clamp, a >= p && a <= q)
SLOPE(power, p *powf(a, p - 1.0f))
