#include <math.h>

#include "CKernels.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

CLONES void ck_center_codes(const void *codes, bool is_signed, int zero, int16_t *out, long n) {
  const int8_t *s = codes;
  const uint8_t *u = codes;
  if (is_signed)
    for (long i = 0; i < n; i++) out[i] = (int16_t)(s[i] - zero);
  else
    for (long i = 0; i < n; i++) out[i] = (int16_t)(u[i] - zero);
}

CLONES void ck_relu_codes(const void *codes, bool is_signed, int zero, void *out, long n) {
  if (is_signed) {
    const int8_t *x = codes;
    int8_t *y = out;
    for (long i = 0; i < n; i++) y[i] = x[i] > zero ? x[i] : (int8_t)zero;
  } else {
    const uint8_t *x = codes;
    uint8_t *y = out;
    for (long i = 0; i < n; i++) y[i] = x[i] > zero ? x[i] : (uint8_t)zero;
  }
}

/* Four rows of y at a time: x is read once for them. Products of int16 added in int32 become pmaddwd. */
CLONES void ck_integer_product(const ck_product_shape *shape, const int16_t *x, const int16_t *y, const int32_t *bias, int32_t *out) {
  const ck_product_shape s = *shape;
  const long k = s.count_k;
  for (long a = 0; a < s.count_a; a++) {
    const int16_t *row = x + a * k;
    long b = 0;
    for (; b + 4 <= s.count_b; b += 4) {
      const int16_t *y0 = y + b * k, *y1 = y0 + k, *y2 = y1 + k, *y3 = y2 + k;
      int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (long i = 0; i < k; i++) {
        s0 += (int32_t)row[i] * y0[i];
        s1 += (int32_t)row[i] * y1[i];
        s2 += (int32_t)row[i] * y2[i];
        s3 += (int32_t)row[i] * y3[i];
      }
      const int32_t *c = bias + a * s.bias_a + b * s.bias_b;
      int32_t *z = out + a * s.stride_a + b * s.stride_b;
      z[0] = c[0] + s0;
      z[s.stride_b] = c[s.bias_b] + s1;
      z[2 * s.stride_b] = c[2 * s.bias_b] + s2;
      z[3 * s.stride_b] = c[3 * s.bias_b] + s3;
    }
    for (; b < s.count_b; b++) {
      int32_t sum = 0;
      for (long i = 0; i < k; i++) sum += (int32_t)row[i] * y[b * k + i];
      out[a * s.stride_a + b * s.stride_b] = bias[a * s.bias_a + b * s.bias_b] + sum;
    }
  }
}

void ck_window_rows(const ck_windows *w, const int16_t *x, int16_t *out) {
  for (long oh = 0; oh < w->out_h; oh++)
    for (long ow = 0; ow < w->out_w; ow++)
      for (long c = 0; c < w->channels; c++)
        for (long kh = 0; kh < w->kernel_h; kh++) {
          long h = oh * w->stride_h - w->padding_h + kh * w->dilation_h;
          bool inside = h >= 0 && h < w->height;
          for (long kw = 0; kw < w->kernel_w; kw++) {
            long v = ow * w->stride_w - w->padding_w + kw * w->dilation_w;
            *out++ = inside && v >= 0 && v < w->width ? x[(c * w->height + h) * w->width + v] : 0;
          }
        }
}

void ck_window_sums(const ck_windows *w, const int16_t *x, int32_t *out) {
  for (long c = 0; c < w->channels; c++)
    for (long oh = 0; oh < w->out_h; oh++)
      for (long ow = 0; ow < w->out_w; ow++) {
        int32_t sum = 0;
        for (long kh = 0; kh < w->kernel_h; kh++)
          for (long kw = 0; kw < w->kernel_w; kw++) {
            long h = oh * w->stride_h - w->padding_h + kh * w->dilation_h;
            long v = ow * w->stride_w - w->padding_w + kw * w->dilation_w;
            if (h >= 0 && h < w->height && v >= 0 && v < w->width) sum += x[(c * w->height + h) * w->width + v];
          }
        *out++ = sum;
      }
}

CLONES void ck_requantize_sums(const int32_t *sums, const float *m, long stride, int zero, int low, int high, uint8_t *codes, long n) {
  const float least = (float)low, most = (float)high, z = (float)zero;
  for (long i = 0; i < n; i++) {
    float code = rintf((float)sums[i] * m[i * stride]) + z;
    code = code < least ? least : code;
    code = code > most ? most : code;
    codes[i] = (uint8_t)(int32_t)code;
  }
}

CLONES void ck_dequantize_sums(const int32_t *sums, const float *m, long stride, float *y, long n) {
  for (long i = 0; i < n; i++) y[i] = (float)sums[i] * m[i * stride];
}
