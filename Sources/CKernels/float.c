#include "CKernels.h"
#include "ck_math.h"

/* Double accumulators in a fixed order: the same bits on every run, vectorised, accurate. An element is added by a
   multiply-add, times a one that the compiler does not know to be one: the same bits, but on processors where additions
   share their units with conversions (Zen 4) the multiply-adds' units work beside them. */
CLONES double ck_sum_f32(const float *x, size_t n) {
  static const volatile double unit = 1;
  double wide[64] = {0}, acc[16] = {0}, one = unit;
  size_t i = 0;
  if (n >= 1024) { /* as many additions under way as the latency of one needs; too many lanes for a short row */
    for (; i + 64 <= n; i += 64) {
      /* The processor's own prefetching loses the thread where two of them read: 16 KiB ahead gain an eighth. Beyond
         the end of the row it reads what nobody needs, and cannot fail. */
      for (int j = 0; j < 64; j += 16) __builtin_prefetch(x + i + j + 4096);
      for (int j = 0; j < 64; j++) wide[j] += one * x[i + j];
    }
    for (int j = 0; j < 64; j++) acc[j % 16] += wide[j];
  }
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++) acc[j] += x[i + j];
  for (int j = 0; i < n; i++, j++) acc[j] += x[i];
  double total = 0;
  for (int j = 0; j < 16; j++) total += acc[j];
  return total;
}

/* Binary operations on a plane of rows. Each common pair of strides has a loop of its own, so that it vectorises
   without a gather; an element's value never depends on where it stands. */
#define BINARY_LOOP(out, X, Y, expression) \
  for (long i = 0; i < p.n; i++) {         \
    float a = X, b = Y;                    \
    z[i] = (out)(expression);              \
  }
#define BINARY(name, out, expression)                                               \
  CLONES void ck_##name##_f32(const float *x0, const float *y0, void *z0, ck_plane p) { \
    for (long row = 0; row < p.rows; row++) {                                       \
      const float *restrict x = x0 + row * p.x_row, *restrict y = y0 + row * p.y_row; \
      out *restrict z = (out *)z0 + row * p.n;                                      \
      if (p.x_step == 1 && p.y_step == 1) {                                         \
        BINARY_LOOP(out, x[i], y[i], expression)                                    \
      } else if (p.x_step == 1 && p.y_step == 0) {                                  \
        float held = *y;                                                            \
        BINARY_LOOP(out, x[i], held, expression)                                    \
      } else if (p.x_step == 0 && p.y_step == 1) {                                  \
        float held = *x;                                                            \
        BINARY_LOOP(out, held, y[i], expression)                                    \
      } else {                                                                      \
        BINARY_LOOP(out, x[i * p.x_step], y[i * p.y_step], expression)              \
      }                                                                             \
    }                                                                               \
  }

/* Lua's rule: the remainder has the sign of the divisor. */
INLINE float floor_mod(float a, float b) {
  float m = fmodf(a, b);
  return m * b < 0.0f ? m + b : m;
}
INLINE float larger(float a, float b) { return ((a > b) | (a != a)) ? a : b; }
INLINE float smaller(float a, float b) { return ((a < b) | (a != a)) ? a : b; }

BINARY(add, float, a + b)
BINARY(sub, float, a - b)
BINARY(mul, float, a *b)
BINARY(div, float, a / b)
BINARY(pow, float, powf(a, b))
BINARY(max, float, larger(a, b))
BINARY(min, float, smaller(a, b))
BINARY(mod, float, floor_mod(a, b))
BINARY(floordiv, float, floorf(a / b))
BINARY(share, float, a > b ? 1.0f : (a == b ? 0.5f : 0.0f))
BINARY(eq, uint8_t, a == b)
BINARY(ne, uint8_t, a != b)
BINARY(lt, uint8_t, a < b)
BINARY(le, uint8_t, a <= b)
BINARY(gt, uint8_t, a > b)
BINARY(ge, uint8_t, a >= b)

CLONES void ck_where_f32(const uint8_t *c, const float *a, long as, const float *b, long bs, float *z, long n) {
  if (as && bs) {
    for (long i = 0; i < n; i++) z[i] = c[i] ? a[i] : b[i];
  } else {
    for (long i = 0; i < n; i++) {
      float u = a[i * as], v = b[i * bs];
      z[i] = c[i] ? u : v;
    }
  }
}
