#include "CKernels.h"
#include "ck_math.h"

/* exp over many elements. Vectors of 16 scale by 2^n in one instruction where `ck_expf` builds two factors of integers; all
   2^32 arguments give the same bits (the product of the two is exact up to its last step). */

CLONES void ck_exp_plain_f32(const float *restrict x, float *restrict z, long n) {
  for (long i = 0; i < n; i++) z[i] = ck_expf(x[i]);
}

#ifdef __x86_64__
#include <immintrin.h>
#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
INLINE WIDE __m512 with_all(float a) { return _mm512_set1_ps(a); }

INLINE WIDE __m512 exp_of(__m512 x) {
  __m512 c = _mm512_max_ps(with_all(-104.0f), _mm512_min_ps(with_all(89.0f), x)); /* nan, the second operand, passes */
  __m512 magic = with_all(12582912.0f);
  __m512 n = _mm512_sub_ps(_mm512_fmadd_ps(c, with_all(1.44269504088896341f), magic), magic);
  __m512 r = _mm512_fnmadd_ps(n, with_all(0.693359375f), c);
  r = _mm512_fmadd_ps(n, with_all(2.12194440e-4f), r);
  __m512 p = with_all(1.3814598788e-3f); /* ck_exp_reduced */
  p = _mm512_fmadd_ps(p, r, with_all(8.3687165752e-3f));
  p = _mm512_fmadd_ps(p, r, with_all(4.1668388993e-2f));
  p = _mm512_fmadd_ps(p, r, with_all(1.6666521132e-1f));
  p = _mm512_fmadd_ps(p, r, with_all(4.9999994040e-1f));
  p = _mm512_fmadd_ps(p, r, with_all(1.0f));
  p = _mm512_fmadd_ps(p, r, with_all(1.0f));
  return _mm512_scalef_ps(p, n);
}
static WIDE void exp_wide(const float *x, float *z, long n) {
  long i = 0;
  for (; i + 16 <= n; i += 16) _mm512_storeu_ps(z + i, exp_of(_mm512_loadu_ps(x + i)));
  if (i == n) return;
  __mmask16 rest = (__mmask16)((1u << (n - i)) - 1);
  _mm512_mask_storeu_ps(z + i, rest, exp_of(_mm512_maskz_loadu_ps(rest, x + i)));
}
#endif

void ck_exp_f32(const float *x, float *z, long n, float p, float q) {
  (void)p, (void)q;
#ifdef __x86_64__
  if (ck_has_wide_vectors()) return exp_wide(x, z, n);
#endif
  ck_exp_plain_f32(x, z, n);
}
