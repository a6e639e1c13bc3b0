#include "CKernels.h"
#include "ck_math.h"

static const uint32_t SIGN = 0x80000000, EXPONENT = 0x7f800000; /* whose bits are all set in inf and nan alone */

#define WILD(x) ((int)((ck_bits(x) & EXPONENT) == EXPONENT))
#define NEAR(i) (CK_TRAIL_UNIT * (fabsf(point[i]) + fabsf(pace[i])))

/* No element is skipped: half of the guesses which ones have moved would be wrong, and cost more than writing them all. */
CLONES bool ck_trail_follow_f32(const float *x, const ck_trail *trail, long n, long m, bool anew, float *moved) {
  float *restrict point = trail->point, *restrict pace = trail->pace;
  int going = 0, resting = 0, wild = 0, most = 0; /* sizes of floats compare as whole numbers */
  for (long i = 0; i < n; i++) {
    float near = NEAR(i), rest = x[i] - point[i], off = x[i] - (point[i] + pace[i]);
    resting += fabsf(rest) > near;
    going += fabsf(off) > near;
    wild |= WILD(rest) | WILD(off);
    int size = (int)(ck_bits(x[i]) & ~SIGN);
    most = size > most ? size : most;
  }
  float largest = ck_from_bits((uint32_t)most);
  anew = anew || wild || largest < *trail->largest / 4;
  if (anew || largest > *trail->largest) *trail->largest = largest;
  if (anew || resting < going) {
    memset(pace, 0, (size_t)n * sizeof(float));
    memset(trail->rate, 0, (size_t)m * sizeof(float));
  }
  if (anew) {
    memcpy(moved, x, (size_t)n * sizeof(float));
    memcpy(point, x, (size_t)n * sizeof(float));
    return true;
  }
  for (long i = 0; i < n; i++) {
    float near = NEAR(i), there = point[i] + pace[i], off = x[i] - there;
    off = fabsf(off) > near ? off : 0;
    moved[i] = off;
    pace[i] += off;
    point[i] = there + off;
  }
  return false;
}

CLONES bool ck_trail_sum_f32(float *rate, float *sums, const float *bias, float *out, long m, bool relu, bool anew) {
  int wild = 0;
  if (anew) memset(sums, 0, (size_t)m * sizeof(float));
  for (long i = 0; i < m; i++) {
    float sum = sums[i] + rate[i], y = bias ? sum + bias[i] : sum;
    wild |= WILD(sum);
    sums[i] = sum;
    out[i] = relu && y < 0 ? 0 : y;
  }
  if (anew) memset(rate, 0, (size_t)m * sizeof(float));
  return !wild;
}
