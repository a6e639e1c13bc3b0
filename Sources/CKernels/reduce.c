#include "CKernels.h"
#include "ck_math.h"

/* Reductions of [outer, n, inner] over n. Sums run in double and in a fixed order, so results do not depend on the
   number of threads, and a row's result not on its neighbours. */

#define LANES 16

/* Columns are taken in blocks that stay in the first-level cache. */
#define COLUMNS 256
static inline __attribute__((always_inline)) void sum_columns(const float *x, long n, long inner, long width,
                                                              double divisor, float *z) {
  double acc[COLUMNS] = {0};
  for (long k = 0; k < n; k++)
    for (long j = 0; j < width; j++) acc[j] += x[k * inner + j];
  for (long j = 0; j < width; j++) z[j] = (float)(acc[j] / divisor);
}

/* z[j] = sum / divisor, the sum over k of x[k, j] for j in first ..< last of x of [n, inner]. */
CLONES void ck_sum_columns_f32(const float *x, long n, long inner, double divisor, long first, long last, float *z) {
  for (long j = first; j < last; j += COLUMNS)
    sum_columns(x + j, n, inner, last - j < COLUMNS ? last - j : COLUMNS, divisor, z + j);
}

/* z[r] = sum / divisor, the sum of row r. */
CLONES void ck_sum_rows_f32(const float *x, long rows, long n, double divisor, float *z) {
  for (long r = 0; r < rows; r++) z[r] = (float)(ck_sum_f32(x + r * n, (size_t)n) / divisor);
}

/* z[k] = sum / divisor, the sum over o and j of x[o, k, j], for k in first ..< last: the channels of a batch of images. */
CLONES void ck_sum_channels_f32(const float *x, long outer, long n, long inner, double divisor, long first, long last,
                                float *z) {
  for (long k = first; k < last; k++) {
    double total = 0;
    for (long o = 0; o < outer; o++) total += ck_sum_f32(x + (o * n + k) * inner, (size_t)inner);
    z[k] = (float)(total / divisor);
  }
}

/* Sum of (x - c)^2. */
CLONES double ck_sum_squares_f32(const float *x, long n, double c) {
  double acc[LANES] = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) {
      double d = x[i + j] - c;
      acc[j] += d * d;
    }
  for (int j = 0; i < n; i++, j++) {
    double d = x[i] - c;
    acc[j] += d * d;
  }
  double total = 0;
  for (int j = 0; j < LANES; j++) total += acc[j];
  return total;
}

CLONES double ck_sum_abs_f32(const float *x, long n) {
  double acc[LANES] = {0};
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) acc[j] += fabsf(x[i + j]);
  for (int j = 0; i < n; i++, j++) acc[j] += fabsf(x[i]);
  double total = 0;
  for (int j = 0; j < LANES; j++) total += acc[j];
  return total;
}

/* The largest element, nan when there is one; -inf of nothing. */
#define EXTREME(name, start, element, relation)                         \
  CLONES float ck_##name##_of_f32(const float *x, long n) {             \
    float m[LANES];                                                     \
    for (int j = 0; j < LANES; j++) m[j] = start;                       \
    long i = 0;                                                         \
    for (; i + LANES <= n; i += LANES)                                  \
      for (int j = 0; j < LANES; j++) {                                 \
        float a = element(x[i + j]);                                    \
        m[j] = ((a relation m[j]) | (a != a)) ? a : m[j];                 \
      }                                                                 \
    for (int j = 0; i < n; i++, j++) {                                  \
      float a = element(x[i]);                                          \
      m[j] = ((a relation m[j]) | (a != a)) ? a : m[j];                   \
    }                                                                   \
    float best = m[0];                                                  \
    for (int j = 1; j < LANES; j++) best = ((m[j] relation best) | (m[j] != m[j])) ? m[j] : best; \
    return best;                                                        \
  }
EXTREME(max, -INFINITY, , >)
EXTREME(min, INFINITY, , <)
EXTREME(max_abs, 0.0f, fabsf, >)

/* The first index of the value, of a nan when the value is nan. */
long ck_find_f32(const float *x, long n, float value) {
  if (value != value) {
    for (long i = 0; i < n; i++)
      if (x[i] != x[i]) return i;
  } else {
    for (long i = 0; i < n; i++)
      if (x[i] == value) return i;
  }
  return 0;
}
