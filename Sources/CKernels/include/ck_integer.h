#ifndef CK_INTEGER_H
#define CK_INTEGER_H
#include <stdbool.h>
#include <stdint.h>

/* Integer arithmetic of quantized layers. Operands are centred codes (code - zero point) in int16, so that borders are
   plain zeros and nothing saturates; sums are int32, and the caller has checked that they fit. */

/* out[i] = codes[i] - zero for int8 (is_signed) or uint8 codes. */
void ck_center_codes(const void *codes, bool is_signed, int zero, int16_t *out, long n);
/* out[i] = max(codes[i], zero). */
void ck_relu_codes(const void *codes, bool is_signed, int zero, void *out, long n);
/* out[a * stride_a + b * stride_b] = bias[a * bias_a + b * bias_b] + sum over k of x[a * k_count + k] * y[b * k_count + k] */
typedef struct {
  long count_a, count_b, count_k, stride_a, stride_b, bias_a, bias_b;
} ck_product_shape;
void ck_integer_product(const ck_product_shape *s, const int16_t *x, const int16_t *y, const int32_t *bias, int32_t *out);

/* The windows of one image as rows. */
typedef struct {
  long channels, height, width, kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
  long out_h, out_w;
} ck_windows;
/* x [channels, height, width] -> out [out_h * out_w, channels * kernel_h * kernel_w]; zeros in the border. */
void ck_window_rows(const ck_windows *w, const int16_t *x, int16_t *out);
/* x [channels, height, width] -> out [channels, out_h, out_w]: sums over the windows, zeros in the border. */
void ck_window_sums(const ck_windows *w, const int16_t *x, int32_t *out);

/* code = clamp(rint(sum * m) + zero, low, high), half to even, in float32: ONNX QLinearConv. m[i * stride]. */
void ck_requantize_sums(const int32_t *sums, const float *m, long stride, int zero, int low, int high, uint8_t *codes, long n);
/* y = sum * m. */
void ck_dequantize_sums(const int32_t *sums, const float *m, long stride, float *y, long n);
#endif
