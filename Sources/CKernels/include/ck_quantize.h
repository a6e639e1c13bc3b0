#ifndef CK_QUANTIZE_H
#define CK_QUANTIZE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a quantizer turns numbers into codes, the same for every slice. */
typedef struct {
  /* 0 half to even, 1 half away from zero, 2 floor, 3 ceil, 4 towards zero, 5 stochastic */
  int rounding;
  /* 0: uniform, code = round(x / scale) + zero; 1: thresholds, code = (x > zero) - (x < -zero), times scale */
  int thresholds;
  /* Uniform: whether the zero point is added before rounding. */
  int inside;
  /* 0: x / s and q * s; 1: x * (1 / s) and q * s; 2: x * m and q / m, where `levels` holds m */
  int division;
  float qmin, qmax;
  /* Thresholds: the code of what lies between them. */
  float between;
  /* Stochastic rounding: the random stream; element i draws word i. */
  uint64_t key;
} ck_quantizer;

/* What a slice was fitted to. */
typedef struct {
  float scale, zero, levels;
  /* The range inside which a clipped gradient passes. */
  float low, high;
} ck_step;

/* y = dequantized codes of x; nan stays nan. `first` is the index of x[0] in its tensor. */
void ck_fake_quantize_f32(const ck_quantizer *q, const ck_step *s, const float *x, float *y, size_t n, uint64_t first);
/* The integer codes; false when some x is nan (its code is 0). */
bool ck_quantize_f32(const ck_quantizer *q, const ck_step *s, const float *x, int32_t *codes, size_t n, uint64_t first);
/* The low bytes of codes that fit int8 or uint8. */
void ck_narrow_codes(const int32_t *codes, uint8_t *out, size_t n);
void ck_dequantize_f32(const ck_quantizer *q, const ck_step *s, const int32_t *codes, float *y, size_t n);
/* out = g where low <= x <= high, otherwise 0. */
void ck_clipped_gradient_f32(const ck_step *s, const float *x, const float *g, float *out, size_t n);
/* out = g where the code of x did not have to be clamped, otherwise 0. */
void ck_saturating_gradient_f32(
    const ck_quantizer *q, const ck_step *s, const float *x, const float *g, float *out, size_t n, uint64_t first);

/* The least and the largest element; false when some element is not finite. n > 0. */
bool ck_range_f32(const float *x, size_t n, float *low, float *high);
/* The sum of |x| over the elements with |x| > threshold, and how many there are. */
double ck_abs_sum_f32(const float *x, size_t n, float threshold, size_t *count);
#endif
