#include "CKernels.h"

/* One clone per instruction set; the loader picks at start-up. */
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

/* Sixteen double accumulators in a fixed order: the same bits on every run, vectorised, accurate. */
CLONES double ck_sum_f32(const float *x, size_t n) {
  double acc[16] = {0};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++) acc[j] += x[i + j];
  for (int j = 0; i < n; i++, j++) acc[j] += x[i];
  double total = 0;
  for (int j = 0; j < 16; j++) total += acc[j];
  return total;
}

/* Three loops per operation, so that each vectorises without a gather. */
#define BINARY(name, expression)                                                              \
  CLONES void ck_##name##_f32(const float *x, long xs, const float *y, long ys, float *z, long n) { \
    if (xs == 0) {                                                                            \
      float a = *x;                                                                           \
      for (long i = 0; i < n; i++) {                                                          \
        float b = y[i * (ys != 0)];                                                           \
        z[i] = expression;                                                                    \
      }                                                                                       \
    } else if (ys == 0) {                                                                     \
      float b = *y;                                                                           \
      for (long i = 0; i < n; i++) {                                                          \
        float a = x[i];                                                                       \
        z[i] = expression;                                                                    \
      }                                                                                       \
    } else {                                                                                  \
      for (long i = 0; i < n; i++) {                                                          \
        float a = x[i], b = y[i];                                                             \
        z[i] = expression;                                                                    \
      }                                                                                       \
    }                                                                                         \
  }

BINARY(add, a + b)
BINARY(mul, a * b)
