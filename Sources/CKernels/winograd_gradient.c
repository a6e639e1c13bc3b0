#include "winograd.h"

/* The weight gradient: G^T [sum over tiles of (B^T x B) (A g A^T)] G, the transpose of the forward pass in w. */

/* By measurement: many tiles per block, since every block adds to all sums once. */
int ck_winograd_gradient_block(const ck_winograd *s) { return s->channels + s->all_outputs < 512 ? 192 : 96; }
long ck_winograd_gradient_scratch(const ck_winograd *s) {
  int block = ck_winograd_gradient_block(s);
  return POINTS * POINTS * (point_stride(s->channels, block) + point_stride(s->outputs, block));
}
static float *gradient_points_in(const ck_winograd *s, float *scratch) {
  return scratch + POINTS * POINTS * point_stride(s->channels, ck_winograd_gradient_block(s));
}

/* One axis of A g: 4 to 6. */
INLINE void gradient_points(const vec *g, vec *y) {
  vec ep = g[0] + P2 * g[2], op = P * g[1] + (P * P2) * g[3], eq = g[0] + Q2 * g[2], oq = Q * g[1] + (Q * Q2) * g[3];
  y[0] = g[0];
  y[1] = ep + op;
  y[2] = ep - op;
  y[3] = eq + oq;
  y[4] = eq - oq;
  y[5] = g[3];
}

/* One axis of G^T u: 6 to 3. */
INLINE void tap_points(const vec *u, vec *y) {
  vec sp = NORM_P * (u[1] + u[2]), dp = (P * NORM_P) * (u[1] - u[2]);
  vec sq = NORM_Q * (u[3] + u[4]), dq = (Q * NORM_Q) * (u[3] - u[4]);
  y[0] = NORM_0 * u[0] + (sp + sq);
  y[1] = dp + dq;
  y[2] = u[5] + (P2 * sp + Q2 * sq);
}

/* A g A^T of count tiles for one block of outputs, to v [36][O/16][block][16]; the sum of g is added to bias. */
INLINE void transform_gradient(const ck_winograd *s, const float *g, float *bias, long first, int count, int block,
                               int o, float *v) {
  int tall = tiles_high(s), wide = tiles_wide(s), height = s->out_height, width = s->out_width;
  long stride = point_stride(s->outputs, block), plane = s->first_output / LANES + o, planes = s->all_outputs / LANES;
  place p = place_of(s, first);
  vec sum = {0};
  for (int t = 0; t < count; t++, advance(&p, tall, wide)) {
    int rows = height - TILE * p.row, columns = width - TILE * p.column;
    const float *from =
        g + (((p.image * planes + plane) * height + TILE * p.row) * width + TILE * p.column) * LANES;
    vec d[POINTS][TILE];
    for (int j = 0; j < TILE; j++) {
      vec c[TILE] = {0}, r[POINTS] = {0};
      if (j < columns) {
        for (int i = 0; i < TILE; i++)
          if (i < rows) c[i] = *(const vec *)(from + ((long)i * width + j) * LANES);
        sum += (c[0] + c[1]) + (c[2] + c[3]);
        gradient_points(c, r);
      }
      for (int i = 0; i < POINTS; i++) d[i][j] = r[i];
    }
    float *z = v + ((long)o * block + t) * LANES;
    for (int i = 0; i < POINTS; i++) {
      vec r[POINTS];
      gradient_points(d[i], r);
      for (int j = 0; j < POINTS; j++) *(vec *)(z + (i * POINTS + j) * stride) = r[j];
    }
  }
  if (bias)
    for (int i = 0; i < LANES; i++) bias[s->first_output + o * LANES + i] += sum[i];
}

WIDE void ck_winograd_gradient_transform(const ck_winograd *s, const float *x, const float *g, float *bias, long first,
                                         int count, int low, int high, float *scratch) {
  int block = ck_winograd_gradient_block(s), blocks = s->channels / LANES;
  for (int i = low; i < high; i++) {
    if (i < blocks) transform_input(s, x, first, count, block, i, i + 1, scratch);
    else transform_gradient(s, g, bias, first, count, block, i - blocks, gradient_points_in(s, scratch));
  }
}

/* u[o][c] += sum over tiles of v[c] z[o], for `channels` channels and `outs` blocks of outputs, held in registers. A
   block is summed from zero, which keeps the error of long sums small. */
INLINE void accumulate(const int channels, const int outs, bool fresh, int tiles, const float *v, const float *z,
                       long zs, float *u, long us) {
  vec sum[16][2] = {0};
  for (int t = 0; t < tiles; t++, v += LANES, z += LANES) {
    vec w[2];
    for (int o = 0; o < outs; o++) w[o] = *(const vec *)(z + o * zs);
    for (int c = 0; c < channels; c++) {
      float a = v[c];
      vec k = {a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a};
      for (int o = 0; o < outs; o++) sum[c][o] += k * w[o];
    }
  }
  for (int c = 0; c < channels; c++)
    for (int o = 0; o < outs; o++) {
      vec *to = (vec *)(u + o * us + c * LANES);
      *to = fresh ? sum[c][o] : *to + sum[c][o];
    }
}

WIDE void ck_winograd_gradient_multiply(const ck_winograd *s, int count, bool fresh, int low, int high, float *scratch,
                                        float *u) {
  int block = ck_winograd_gradient_block(s), outs = s->outputs / LANES;
  long us = (long)s->channels * LANES, ts = (long)block * LANES;
  for (int f = low; f < high; f++) {
    const float *v = scratch + f * point_stride(s->channels, block);
    const float *z = gradient_points_in(s, scratch) + f * point_stride(s->outputs, block);
    float *uf = u + f * point_stride(s->channels, s->outputs);
    int o = 0;
    for (; o + 2 <= outs; o += 2)
      for (int c = 0; c < s->channels; c += 8)
        accumulate(8, 2, fresh, count, v + c / LANES * ts + c % LANES, z + o * ts, ts, uf + o * us + c * LANES, us);
    for (; o < outs; o++)
      for (int c = 0; c < s->channels; c += LANES)
        accumulate(16, 1, fresh, count, v + c / LANES * ts, z + o * ts, ts, uf + o * us + c * LANES, us);
  }
}

WIDE void ck_winograd_gradient_weights(const ck_winograd *s, const float *u, int low, int high, float *w) {
  long channels = s->channels, stride = point_stride(channels, s->outputs);
  float *to = w + s->first_output * channels * TAPS;
  for (long o = low; o < high; o++) {
    for (long c = 0; c < channels; c++) {
      const float *from = u + (o * channels + c) * LANES;
      vec d[3][POINTS], column[POINTS], r[3], taps[TAPS];
      for (int j = 0; j < POINTS; j++) {
        for (int i = 0; i < POINTS; i++) column[i] = *(const vec *)(from + (i * POINTS + j) * stride);
        tap_points(column, r);
        for (int i = 0; i < 3; i++) d[i][j] = r[i];
      }
      for (int i = 0; i < 3; i++) {
        tap_points(d[i], r);
        for (int j = 0; j < 3; j++) taps[3 * i + j] = r[j];
      }
      for (int lane = 0; lane < LANES; lane++)
        for (int k = 0; k < TAPS; k++) to[((o * LANES + lane) * channels + c) * TAPS + k] = ((float *)&taps[k])[lane];
    }
  }
}
