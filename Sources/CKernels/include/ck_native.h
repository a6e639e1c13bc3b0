#ifndef CK_NATIVE_H
#define CK_NATIVE_H
#include <stdbool.h>
#include <stdint.h>
/* Loops beside oneDNN's primitives. */
/* z[i] = g[i] where y[i] > 0, otherwise 0. */
void ck_pass_f32(const float *g, const float *y, float *z, long n);
/* z[i] = 0 where not y[i] > 0. */
void ck_keep_where_positive_f32(const float *y, float *z, long n);
/* z[i] += x[i]. */
void ck_accumulate_f32(const float *x, float *z, long n);
/* z[i] = max(0, x[i] + y[i]); nan stays nan. */
void ck_add_then_relu_f32(const float *x, const float *y, float *z, long n);
/* z[i] = 0 where z[i] < 0; nan stays nan. */
void ck_clear_negative_f32(float *z, long n);
bool ck_has_nan_f32(const float *x, long n);

/* (x ^ flip) = 2 * high + low. */
void ck_halve_u8(const uint8_t *x, uint8_t flip, uint8_t *high, uint8_t *low, long n);
/* sum = 2 * sum + ones. */
void ck_combine_s32(int32_t *sum, const int32_t *ones, long n);

/* Sums to bytes: clamp(rint((float)(sum + bias[c]) * multiplier[c]) + zero_point, low, high), halves to even, nan to low.
   Element i of channel c of a row lies at c * inner + i. */
typedef struct {
  long channels, inner;
  const int32_t *bias;
  const float *multiplier;
  int32_t zero_point, low, high;
} ck_requantization;
void ck_requantize(const int32_t *x, long rows, ck_requantization q, uint8_t *z);
#endif
