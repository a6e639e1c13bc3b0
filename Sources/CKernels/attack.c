#include "CKernels.h"
#include "ck_math.h"

static inline float smaller(float a, float b) { return a < b ? a : b; }
static inline float larger(float a, float b) { return a > b ? a : b; }

/* What x + step is short of when rounded to float, exactly (Knuth's two-sum). */
static inline float lost(float x, float step, float sum) {
  float taken = sum - x;
  return (x - (sum - taken)) + (step - taken);
}

/* x + eps may round to more than eps away; then up to two units in the last place come off. */
CLONES void ck_linf_box_f32(const float *x, double eps, float lo, float hi, float *low, float *high, long n) {
  const float inward = 0.75f * 0x1p-23f;
  float step = (float)eps;
  if (step > eps) step = nextafterf(step, 0);
  for (long i = 0; i < n; i++) {
    float up = x[i] + step, down = x[i] - step;
    up -= lost(x[i], step, up) < 0 ? fabsf(up) * inward : 0;
    down += lost(x[i], -step, down) > 0 ? fabsf(down) * inward : 0;
    high[i] = smaller(up, larger(hi, x[i]));
    low[i] = larger(down, smaller(lo, x[i]));
  }
}

CLONES void ck_linf_step_f32(float *x, const float *g, float alpha, const float *low, const float *high, long n) {
  for (long i = 0; i < n; i++) {
    float sign = (float)(g[i] > 0) - (float)(g[i] < 0);
    float moved = x[i] + alpha * sign;
    moved = moved < low[i] ? low[i] : moved;
    x[i] = moved > high[i] ? high[i] : moved;
  }
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
  long count = 0;
  for (long i = 0; i < n; i++) count += !(x[i] >= lo && x[i] <= hi);
  return count;
}
