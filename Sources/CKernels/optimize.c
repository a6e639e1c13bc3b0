#include "CKernels.h"
#include "ck_math.h"

/* Updates in place over contiguous float32, one pass each. */

CLONES void ck_axpy_f32(float a, const float *x, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] += a * x[i];
}

CLONES void ck_scale_f32(float a, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] *= a;
}

CLONES void ck_confine_f32(float low, float high, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] = y[i] < low ? low : y[i] > high ? high : y[i];
}

CLONES void ck_ema_f32(float decay, const float *x, float *y, long n) {
  float rest = 1.0f - decay;
  for (long i = 0; i < n; i++) y[i] = decay * y[i] + rest * x[i];
}

/* Three and four arrays at once are more than the processor sees coming; each is asked for 1 KiB ahead. */
enum { STRETCH = 64 };
INLINE void expect(const float *x) {
  for (int j = 0; j < STRETCH; j += 16) __builtin_prefetch(x + j + 256);
}

INLINE void sgd(float *restrict p, const float *restrict g, float *restrict velocity, long n, ck_sgd s) {
  float own = s.nesterov ? 1.0f : 0.0f, look = s.nesterov ? s.momentum : 1.0f;
  for (long i = 0; i < n; i++) {
    float d = g[i] + s.decay * p[i];
    float v = s.momentum * velocity[i] + d;
    velocity[i] = v;
    p[i] -= s.rate * (own * d + look * v);
  }
}
CLONES void ck_sgd_f32(float *restrict p, const float *restrict g, float *restrict velocity, long n, ck_sgd s) {
  if (!velocity) {
    for (long i = 0; i < n; i++) p[i] -= s.rate * (g[i] + s.decay * p[i]);
    return;
  }
  long i = 0;
  for (; i + STRETCH <= n; i += STRETCH) {
    expect(p + i), expect(g + i), expect(velocity + i);
    sgd(p + i, g + i, velocity + i, STRETCH, s);
  }
  sgd(p + i, g + i, velocity + i, n - i, s);
}

INLINE void adam(float *restrict p, const float *restrict g, float *restrict m, float *restrict v, long n, ck_adam s) {
  float rest1 = 1.0f - s.beta1;
  for (long i = 0; i < n; i++) {
    float d = g[i] + s.coupled * p[i], q = p[i] * s.keep;
    float first = m[i] + rest1 * (d - m[i]);
    float second = s.beta2 * v[i] + s.rest2 * d * d;
    m[i] = first;
    v[i] = second;
    p[i] = q - s.rate * first / (__builtin_sqrtf(second) * s.root + s.eps);
  }
}
CLONES void ck_adam_f32(float *restrict p, const float *restrict g, float *restrict m, float *restrict v, long n,
                        ck_adam s) {
  long i = 0;
  for (; i + STRETCH <= n; i += STRETCH) {
    expect(p + i), expect(g + i), expect(m + i), expect(v + i);
    adam(p + i, g + i, m + i, v + i, STRETCH, s);
  }
  adam(p + i, g + i, m + i, v + i, n - i, s);
}
