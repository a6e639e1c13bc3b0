#include <math.h>

#include "CKernels.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

CLONES void ck_pass_f32(const float *g, const float *y, float *z, long n) {
  for (long i = 0; i < n; i++) z[i] = y[i] > 0 ? g[i] : 0;
}

CLONES void ck_keep_where_positive_f32(const float *restrict y, float *restrict z, long n) {
  for (long i = 0; i < n; i++) z[i] = y[i] > 0 ? z[i] : 0;
}

CLONES void ck_accumulate_f32(const float *restrict x, float *restrict z, long n) {
  for (long i = 0; i < n; i++) z[i] += x[i];
}

CLONES void ck_add_then_relu_f32(const float *x, const float *y, float *restrict z, long n) {
  for (long i = 0; i < n; i++) {
    float a = x[i] + y[i];
    z[i] = a < 0 ? 0 : a;
  }
}

CLONES void ck_clear_negative_f32(float *z, long n) {
  for (long i = 0; i < n; i++) z[i] = z[i] < 0 ? 0 : z[i];
}

CLONES bool ck_has_nan_f32(const float *x, long n) {
  for (long i = 0; i < n; i += 4096) {
    long end = n - i < 4096 ? n : i + 4096;
    int found = 0;
    for (long j = i; j < end; j++) found |= x[j] != x[j];
    if (found) return true;
  }
  return false;
}

CLONES void ck_halve_u8(const uint8_t *x, uint8_t flip, uint8_t *high, uint8_t *low, long n) {
  for (long i = 0; i < n; i++) {
    uint8_t value = x[i] ^ flip;
    high[i] = value >> 1;
    low[i] = value & 1;
  }
}

CLONES void ck_combine_s32(int32_t *sum, const int32_t *ones, long n) {
  for (long i = 0; i < n; i++) sum[i] = 2 * sum[i] + ones[i];
}

/* The low byte of a value clamped to 8 bits is right for int8 and uint8 alike. */
static inline __attribute__((always_inline)) uint8_t requantized(int32_t sum, int32_t bias, float factor, float zero,
                                                                 float low, float high) {
  float y = rintf((float)((int64_t)sum + bias) * factor) + zero;
  y = y > low ? y : low;
  y = y < high ? y : high;
  return (uint8_t)(int32_t)y;
}

CLONES void ck_requantize(const int32_t *x, long rows, ck_requantization q, uint8_t *z) {
  float zero = (float)q.zero_point, low = (float)q.low, high = (float)q.high;
  if (q.inner == 1) {
    for (long row = 0; row < rows; row++, x += q.channels, z += q.channels)
      for (long c = 0; c < q.channels; c++) z[c] = requantized(x[c], q.bias[c], q.multiplier[c], zero, low, high);
    return;
  }
  for (long row = 0; row < rows; row++)
    for (long c = 0; c < q.channels; c++, x += q.inner, z += q.inner)
      for (long i = 0; i < q.inner; i++) z[i] = requantized(x[i], q.bias[c], q.multiplier[c], zero, low, high);
}
