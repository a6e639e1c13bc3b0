#include "CKernels.h"
#include "ck_math.h"

/* Softmax and losses over rows of C logits, one row after the other: a row never depends on its neighbours. */

/* Rows of few classes are widened to this many, so that one vector takes them without a loop. */
enum { few = 16 };

/* The largest of c; nan when one is nan. */
INLINE float top_of(const float *x, long c) {
  if (c > few) return ck_max_of_f32(x, c);
  float t[few];
  for (int j = 0; j < few; j++) t[j] = x[j < c ? j : 0];
  for (int half = few / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) t[j] = ((t[j] > t[j + half]) | (t[j] != t[j])) ? t[j] : t[j + half];
  return t[0];
}

INLINE float few_exponentials(const float *restrict x, float *restrict e, long c, float top) {
  float t[few];
  for (int j = 0; j < few; j++) t[j] = x[j < c ? j : 0];
  for (int j = 0; j < few; j++) t[j] = j < c ? ck_expf(t[j] - top) : 0;
  for (long j = 0; j < c; j++) e[j] = t[j];
  for (int j = 0; j < 8; j++) t[j] += t[j + 8];
  return ((t[0] + t[4]) + (t[1] + t[5])) + ((t[2] + t[6]) + (t[3] + t[7]));
}

/* e[j] = exp(x[j] - max); returns their sum. */
INLINE float exponentials(const float *restrict x, float *restrict e, long c, float top) {
  if (c <= few) return few_exponentials(x, e, c, top);
  for (long j = 0; j < c; j++) e[j] = ck_expf(x[j] - top);
  float acc[8] = {0};
  long j = 0;
  for (; j + 8 <= c; j += 8)
    for (int l = 0; l < 8; l++) acc[l] += e[j + l];
  for (int l = 0; j < c; j++, l++) acc[l] += e[j];
  return ((acc[0] + acc[4]) + (acc[1] + acc[5])) + ((acc[2] + acc[6]) + (acc[3] + acc[7]));
}

CLONES void ck_softmax_f32(const float *x, float *z, long rows, long c) {
  for (long r = 0; r < rows; r++, x += c, z += c) {
    float scale = 1.0f / exponentials(x, z, c, top_of(x, c));
    for (long j = 0; j < c; j++) z[j] *= scale;
  }
}

CLONES void ck_log_softmax_f32(const float *x, float *z, long rows, long c) {
  for (long r = 0; r < rows; r++, x += c, z += c) {
    float top = top_of(x, c), log_sum = ck_logf(exponentials(x, z, c, top));
    for (long j = 0; j < c; j++) z[j] = (x[j] - top) - log_sum;
  }
}

/* dx = y (g - sum g y). */
CLONES void ck_softmax_vjp_f32(const float *g, const float *y, float *z, long rows, long c) {
  for (long r = 0; r < rows; r++, g += c, y += c, z += c) {
    double dot = 0;
    for (long j = 0; j < c; j++) dot += (double)g[j] * y[j];
    float d = (float)dot;
    for (long j = 0; j < c; j++) z[j] = y[j] * (g[j] - d);
  }
}

/* dx = g - exp(y) sum g. */
CLONES void ck_log_softmax_vjp_f32(const float *g, const float *y, float *z, long rows, long c) {
  for (long r = 0; r < rows; r++, g += c, y += c, z += c) {
    double total = 0;
    for (long j = 0; j < c; j++) total += g[j];
    float t = (float)total;
    for (long j = 0; j < c; j++) z[j] = g[j] - ck_expf(y[j]) * t;
  }
}

/* loss[r] = -sum_j q_j log p_j with q = (1 - smoothing) onehot(label) + smoothing / C; p is written to z. */
CLONES void ck_cross_entropy_f32(const float *x, const int64_t *label, float smoothing, float *z, float *loss,
                                 long rows, long c) {
  for (long r = 0; r < rows; r++, x += c, z += c) {
    float top = top_of(x, c), sum = exponentials(x, z, c, top), log_sum = ck_logf(sum), scale = 1.0f / sum;
    for (long j = 0; j < c; j++) z[j] *= scale;
    float own = log_sum - (x[label[r]] - top);
    if (smoothing != 0.0f) {
      double mean = 0;
      for (long j = 0; j < c; j++) mean += x[j] - top;
      own = (1.0f - smoothing) * own + smoothing * (log_sum - (float)(mean / (double)c));
    }
    loss[r] = own;
  }
}

/* dx = g_r (p - q); g has one element for all rows (step 0) or one a row (step 1). */
CLONES void ck_cross_entropy_vjp_f32(const float *p, const int64_t *label, float smoothing, const float *g, long step,
                                     float scale, float *z, long rows, long c) {
  float rest = smoothing / (float)c, own = 1.0f - smoothing;
  for (long r = 0; r < rows; r++, p += c, z += c) {
    float w = g[r * step] * scale;
    for (long j = 0; j < c; j++) z[j] = w * (p[j] - rest);
    z[label[r]] = w * (p[label[r]] - own - rest);
  }
}

/* How many rows have their first largest element at the label; nan counts as larger than any number. */
long ck_count_correct_f32(const float *x, const int64_t *label, long rows, long c) {
  long correct = 0;
  for (long r = 0; r < rows; r++, x += c) {
    long own = label[r];
    if (own < 0 || own >= c) continue;
    float t = x[own];
    int beaten = 0; /* the first of equal ones wins, and nan over numbers */
    for (long j = 0; j < own; j++) beaten |= t != t ? x[j] != x[j] : !(x[j] < t);
    for (long j = own + 1; j < c; j++) beaten |= t != t ? 0 : !(x[j] <= t);
    correct += !beaten;
  }
  return correct;
}

/* The index of the largest logit other than the label's, the first of equal ones. */
void ck_argmax_except_f32(const float *x, const int64_t *label, int64_t *z, long rows, long c) {
  for (long r = 0; r < rows; r++, x += c) {
    long best = label[r] == 0 ? 1 : 0;
    for (long j = best + 1; j < c; j++)
      if (j != label[r] && (x[j] > x[best] || (x[j] != x[j] && x[best] == x[best]))) best = j;
    z[r] = best;
  }
}
