#include "CKernels.h"
#include "ck_math.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

static inline float smaller(float a, float b) { return a < b ? a : b; }
static inline float larger(float a, float b) { return a > b ? a : b; }

/* What x + step is short of when rounded to float, exactly (Knuth's two-sum). */
static inline float lost(float x, float step, float sum) {
  float taken = sum - x;
  return (x - (sum - taken)) + (step - taken);
}

/* The largest float that is at most x + step, and the smallest that is at least x - step. The sum is no zero when it rounds. */
static inline float below(float x, float step) {
  float sum = x + step;
  int32_t next = (int32_t)ck_bits(sum) + (sum > 0 ? -1 : 1);
  return lost(x, step, sum) < 0 ? ck_from_bits((uint32_t)next) : sum;
}
static inline float above(float x, float step) { return -below(-x, step); }

/* The largest float that is at most eps. */
static inline float rounded_down(double eps) {
  float step = (float)eps;
  return step > eps ? nextafterf(step, 0) : step;
}

static inline float clipped(float x, float origin, float step, float lo, float hi) {
  float low = larger(above(origin, step), smaller(lo, origin)), high = smaller(below(origin, step), larger(hi, origin));
  float inside = x < low ? low : x;
  return inside > high ? high : inside;
}

CLONES void ck_linf_clip_f32(float *x, const float *origin, double eps, float lo, float hi, long n) {
  const float step = rounded_down(eps);
  for (long i = 0; i < n; i++) x[i] = clipped(x[i], origin[i], step, lo, hi);
}

CLONES void ck_linf_step_plain_f32(float *x, const float *g, float alpha, const float *origin, double eps, float lo, float hi,
                                   long n) {
  const float step = rounded_down(eps);
  for (long i = 0; i < n; i++) {
    float sign = (float)(g[i] > 0) - (float)(g[i] < 0);
    x[i] = clipped(x[i] + alpha * sign, origin[i], step, lo, hi);
  }
}

#ifdef __x86_64__
/* The same where an addition can be told how to round. */
__attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static void linf_step_wide(
    float *x, const float *g, float alpha, const float *origin, double eps, float lo, float hi, long n) {
  const __m512 far = _mm512_set1_ps(rounded_down(eps)), length = _mm512_set1_ps(alpha), zero = _mm512_setzero_ps();
  const __m512 least = _mm512_set1_ps(lo), most = _mm512_set1_ps(hi);
  for (long i = 0; i < n; i += 16) {
    __mmask16 here = n - i < 16 ? (__mmask16)((1 << (n - i)) - 1) : (__mmask16)-1;
    __m512 v = _mm512_maskz_loadu_ps(here, x + i), o = _mm512_maskz_loadu_ps(here, origin + i);
    __m512 slope = _mm512_maskz_loadu_ps(here, g + i);
    __m512 low = _mm512_sub_round_ps(o, far, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    __m512 high = _mm512_add_round_ps(o, far, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    v = _mm512_mask_add_ps(v, _mm512_cmp_ps_mask(slope, zero, _CMP_GT_OQ), v, length);
    v = _mm512_mask_sub_ps(v, _mm512_cmp_ps_mask(slope, zero, _CMP_LT_OQ), v, length);
    /* max and min give their second operand where one is nan */
    v = _mm512_max_ps(_mm512_max_ps(low, _mm512_min_ps(least, o)), v);
    v = _mm512_min_ps(_mm512_min_ps(high, _mm512_max_ps(most, o)), v);
    _mm512_mask_storeu_ps(x + i, here, v);
  }
}
#endif

void ck_linf_step_f32(float *x, const float *g, float alpha, const float *origin, double eps, float lo, float hi, long n) {
#ifdef __x86_64__
  if (ck_has_wide_vectors()) return linf_step_wide(x, g, alpha, origin, eps, lo, hi, n);
#endif
  ck_linf_step_plain_f32(x, g, alpha, origin, eps, lo, hi, n);
}

CLONES void ck_line_step_f32(float *x, const float *g, float alpha, const float *origin, float lo, float hi, long n) {
  for (long i = 0; i < n; i++) {
    float low = smaller(lo, origin[i]), high = larger(hi, origin[i]);
    float moved = x[i] + alpha * g[i];
    moved = moved < low ? low : moved;
    x[i] = moved > high ? high : moved;
  }
}

CLONES void ck_shrink_f32(float *x, const float *origin, double scale, long n) {
  for (long i = 0; i < n; i++) x[i] = (float)(origin[i] + scale * ((double)x[i] - origin[i]));
}

CLONES void ck_momentum_f32(float *velocity, const float *g, float decay, float scale, long n) {
  for (long i = 0; i < n; i++) velocity[i] = decay * velocity[i] + scale * g[i];
}

/* Sixteen accumulators in a fixed order: the same bits whatever the instruction set, and as many additions under way as the
   latency of one needs. */
CLONES double ck_gradient_size_f32(const float *g, long n) {
  double acc[16] = {0}, total = 0;
  long i = 0;
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++) acc[j] += fabsf(g[i + j]);
  for (int j = 0; i < n; i++, j++) acc[j] += fabsf(g[i]);
  for (int j = 0; j < 16; j++) total += acc[j];
  return total;
}

/* Sixteen accumulators again. */
CLONES void ck_distances_f32(const float *x, const float *y, long n, double out[3]) {
  double sum[16] = {0}, squares[16] = {0}, most[16] = {0};
#define LANES(width)                               \
  for (int j = 0; j < width; j++) {                \
    double d = fabs((double)x[i + j] - y[i + j]);  \
    sum[j] += d;                                   \
    squares[j] += d * d;                           \
    most[j] = d > most[j] ? d : most[j];           \
  }
  long i = 0;
  for (; i + 16 <= n; i += 16) LANES(16) /* a width that is known vectorises */
  LANES(n - i)
#undef LANES
  out[0] = out[1] = out[2] = 0;
  for (int j = 0; j < 16; j++) {
    out[0] += sum[j];
    out[1] += squares[j];
    out[2] = most[j] > out[2] ? most[j] : out[2];
  }
  out[1] = sqrt(out[1]);
  if (isnan(out[0])) out[1] = out[2] = out[0];
}

CLONES long ck_count_outside_f32(const float *x, float lo, float hi, long n) {
  long total = 0;
  for (long start = 0; start < n; start += 1 << 20) {
    int count = 0; /* a number as wide as the elements vectorises best */
    const long end = start + (1 << 20) < n ? start + (1 << 20) : n;
    for (long i = start; i < end; i++) count += !(x[i] >= lo && x[i] <= hi);
    total += count;
  }
  return total;
}

#define PREDICTIONS(name, type)                                      \
  void name(const type *x, long *predicted, long rows, long c) {     \
    for (long r = 0; r < rows; r++, x += c) {                        \
      long best = 0;                                                 \
      type top = x[0];                                               \
      int is_nan = top != top;                                       \
      for (long k = 1; k < c; k++) {                                 \
        is_nan |= x[k] != x[k];                                      \
        best = x[k] > top ? k : best;                                \
        top = x[k] > top ? x[k] : top;                               \
      }                                                              \
      predicted[r] = is_nan ? -1 : best;                             \
    }                                                                \
  }
PREDICTIONS(ck_predictions_f32, float)
PREDICTIONS(ck_predictions_f64, double)
#undef PREDICTIONS
