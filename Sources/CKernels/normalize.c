#include "wide.h"
#include <string.h>

/* Batch normalisation. Statistics are taken plane by plane, mean first, then squared distances from it while the plane is
   in the cache, and put together by the formula of Chan, Golub and LeVeque (1979): one pass over memory, no
   cancellation, and the same bits on any number of threads. */

INLINE WIDE vec lanes(const float *x, long block) {
  vec v;
  memcpy(&v, x + block * LANES, sizeof v);
  return v;
}
INLINE WIDE vec number(float a) { return (vec){a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a}; }

/* Sums are kept in four parts, so that additions need not wait for one another. */
enum { PARTS = 4 };
INLINE WIDE vec total(const vec *sum) { return (sum[0] + sum[1]) + (sum[2] + sum[3]); }

WIDE void ck_plane_moments(const ck_normalization *s, const float *x, long low, long high, float *moments) {
  long n = s->pixels, even = n / PARTS * PARTS;
  for (long p = low; p < high; p++) {
    const vec *v = (const vec *)(x + p * n * LANES);
    vec sum[PARTS] = {0}, squares[PARTS] = {0};
    for (long i = 0; i < even; i += PARTS)
      for (int k = 0; k < PARTS; k++) sum[k] += v[i + k];
    for (long i = even; i < n; i++) sum[0] += v[i];
    vec mean = total(sum) / number((float)n);
    for (long i = 0; i < even; i += PARTS)
      for (int k = 0; k < PARTS; k++) squares[k] += (v[i + k] - mean) * (v[i + k] - mean);
    for (long i = even; i < n; i++) squares[0] += (v[i] - mean) * (v[i] - mean);
    *(vec *)(moments + 2 * p * LANES) = mean;
    *(vec *)(moments + (2 * p + 1) * LANES) = total(squares);
  }
}

/* In double: a handful of numbers per plane. */
void ck_channel_moments(const ck_normalization *s, const float *moments, float *mean, float *variance) {
  long blocks = s->channels / LANES;
  for (long c = 0; c < s->channels; c++) {
    double average = 0, squares = 0, n = (double)s->pixels;
    for (long i = 0; i < s->images; i++) {
      const float *m = moments + 2 * (i * blocks + c / LANES) * LANES + c % LANES;
      double delta = m[0] - average;
      average += delta / (double)(i + 1);
      squares += m[LANES] + delta * delta * n * (double)i / (double)(i + 1);
    }
    mean[c] = (float)average;
    variance[c] = (float)(squares / (n * (double)s->images));
  }
}

/* The one formula for y: the gradient must find the same signs. */
INLINE WIDE vec normalized(vec x, vec mean, vec scale, vec shift) { return (x - mean) * scale + shift; }

WIDE void ck_normalize(const ck_normalization *s, const float *x, long low, long high, float *y) {
  long blocks = s->channels / LANES, n = s->pixels;
  for (long p = low; p < high; p++) {
    const vec *v = (const vec *)(x + p * n * LANES);
    vec *z = (vec *)(y + p * n * LANES);
    vec mean = lanes(s->mean, p % blocks), scale = lanes(s->scale, p % blocks), shift = lanes(s->shift, p % blocks);
    if (s->relu)
      for (long i = 0; i < n; i++) z[i] = clipped(normalized(v[i], mean, scale, shift));
    else
      for (long i = 0; i < n; i++) z[i] = normalized(v[i], mean, scale, shift);
  }
}

WIDE void ck_normalize_then_add(const ck_normalization *s, const float *x, const float *other, long low, long high,
                                float *y) {
  long blocks = s->channels / LANES, n = s->pixels;
  for (long p = low; p < high; p++) {
    const vec *v = (const vec *)(x + p * n * LANES), *o = (const vec *)(other + p * n * LANES);
    vec *z = (vec *)(y + p * n * LANES);
    vec mean = lanes(s->mean, p % blocks), scale = lanes(s->scale, p % blocks), shift = lanes(s->shift, p % blocks);
    for (long i = 0; i < n; i++) z[i] = clipped(normalized(v[i], mean, scale, shift) + o[i]);
  }
}

/* g, or 0 where max(0, y) did not pass it. */
INLINE WIDE vec passed(const ck_normalization *s, vec g, vec x, vec mean, vec scale, vec shift) {
  return s->relu ? (vec)((ivec)g & (ivec)(normalized(x, mean, scale, shift) > 0)) : g;
}

WIDE void ck_plane_gradients(const ck_normalization *s, const float *g, const float *x, long low, long high,
                             float *sums) {
  long blocks = s->channels / LANES, n = s->pixels, even = n / PARTS * PARTS;
  for (long p = low; p < high; p++) {
    const vec *v = (const vec *)(x + p * n * LANES), *d = (const vec *)(g + p * n * LANES);
    vec mean = lanes(s->mean, p % blocks), scale = lanes(s->scale, p % blocks), shift = lanes(s->shift, p % blocks);
    vec plain[PARTS] = {0}, weighted[PARTS] = {0};
    for (long i = 0; i < even; i += PARTS) {
      for (int k = 0; k < PARTS; k++) {
        vec a = passed(s, d[i + k], v[i + k], mean, scale, shift);
        plain[k] += a;
        weighted[k] += a * (v[i + k] - mean);
      }
    }
    for (long i = even; i < n; i++) {
      vec a = passed(s, d[i], v[i], mean, scale, shift);
      plain[0] += a;
      weighted[0] += a * (v[i] - mean);
    }
    *(vec *)(sums + 2 * p * LANES) = total(plain);
    *(vec *)(sums + (2 * p + 1) * LANES) = total(weighted);
  }
}

void ck_channel_gradients(const ck_normalization *s, const float *sums, float *totals) {
  long blocks = s->channels / LANES;
  for (long c = 0; c < s->channels; c++) {
    double plain = 0, weighted = 0;
    for (long i = 0; i < s->images; i++) {
      const float *m = sums + 2 * (i * blocks + c / LANES) * LANES + c % LANES;
      plain += m[0];
      weighted += m[LANES];
    }
    totals[c] = (float)plain;
    totals[s->channels + c] = (float)weighted;
  }
}

WIDE void ck_normalization_gradient(const ck_normalization *s, const float *g, const float *x, const float *a,
                                    const float *b, long low, long high, float *dx) {
  long blocks = s->channels / LANES, n = s->pixels;
  for (long p = low; p < high; p++) {
    const vec *v = (const vec *)(x + p * n * LANES), *d = (const vec *)(g + p * n * LANES);
    vec *z = (vec *)(dx + p * n * LANES);
    vec mean = lanes(s->mean, p % blocks), scale = lanes(s->scale, p % blocks), shift = lanes(s->shift, p % blocks);
    vec common = lanes(a, p % blocks), slope = lanes(b, p % blocks);
    for (long i = 0; i < n; i++) {
      vec from = passed(s, d[i], v[i], mean, scale, shift);
      z[i] = scale * (from - common - (v[i] - mean) * slope);
    }
  }
}
