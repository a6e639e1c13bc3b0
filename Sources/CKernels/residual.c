#include "wide.h"
#include <immintrin.h>

/* The sum at the end of a residual block with the max(0, y) that follows. Its derivative needs one bit per element. */

INLINE WIDE vec sum_at(const float *x, const float *y, long i) { return *(const vec *)(x + i) + *(const vec *)(y + i); }

WIDE void ck_add_then_relu_marked_f32(const float *x, const float *y, float *z, uint16_t *marks, long low, long high) {
  for (long i = low; i < high; i++) {
    vec a = sum_at(x, y, i * LANES);
    *(vec *)(z + i * LANES) = clipped(a);
    marks[i] = _mm512_cmp_ps_mask((__m512)a, _mm512_setzero_ps(), _CMP_GT_OQ);
  }
}

WIDE void ck_pass_marked_f32(const float *g, const uint16_t *marks, float *z, long low, long high) {
  for (long i = low; i < high; i++)
    *(__m512 *)(z + i * LANES) = _mm512_maskz_loadu_ps(marks[i], g + i * LANES);
}
