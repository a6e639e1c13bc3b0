#include "winograd.h"
#include <string.h>

/* The forward pass: blocks of tiles are transformed, multiplied point by point and transformed back while they are in
   the cache. */

long ck_winograd_tiles(const ck_winograd *s) { return s->images * tiles_high(s) * tiles_wide(s); }
long ck_winograd_weights_size(const ck_winograd *s) {
  return POINTS * POINTS * point_stride(s->channels, s->outputs);
}
/* By measurement: small blocks stay in the second cache, large ones read the weights less often. */
int ck_winograd_forward_block(const ck_winograd *s) { return s->channels + s->all_outputs < 1024 ? 48 : 96; }
long ck_winograd_forward_scratch(const ck_winograd *s) {
  int block = ck_winograd_forward_block(s);
  return POINTS * POINTS * (point_stride(s->channels, block) + point_stride(s->outputs, block));
}

/* One axis of G w: 3 to 6. */
INLINE void weight_points(const vec *g, vec *y) {
  vec ep = NORM_P * g[0] + (P2 * NORM_P) * g[2], eq = NORM_Q * g[0] + (Q2 * NORM_Q) * g[2];
  y[0] = NORM_0 * g[0];
  y[1] = ep + (P * NORM_P) * g[1];
  y[2] = ep - (P * NORM_P) * g[1];
  y[3] = eq + (Q * NORM_Q) * g[1];
  y[4] = eq - (Q * NORM_Q) * g[1];
  y[5] = g[2];
}

/* One axis of A^T m: 6 to 4. */
INLINE void output_points(const vec *m, vec *y) {
  vec sp = m[1] + m[2], dp = m[1] - m[2], sq = m[3] + m[4], dq = m[3] - m[4];
  y[0] = m[0] + (sp + sq);
  y[1] = P * dp + Q * dq;
  y[2] = P2 * sp + Q2 * sq;
  y[3] = m[5] + ((P * P2) * dp + (Q * Q2) * dq);
}

/* G w G^T, to u [36][O/16][C][16]. The 16 kernels of a block of outputs are gathered tap by tap. */
WIDE void ck_winograd_weights(const ck_winograd *s, const float *w, bool turned, int low, int high, float *u) {
  long channels = s->channels, stride = point_stride(channels, s->outputs);
  for (long o = low; o < high; o++) {
    for (long c = 0; c < channels; c++) {
      long output = s->first_output + o * LANES;
      const float *from = w + (turned ? c * s->all_outputs + output : output * channels + c) * TAPS;
      long next = (turned ? 1 : channels) * TAPS;
      vec taps[TAPS], d[POINTS][3], r[POINTS];
      for (int lane = 0; lane < LANES; lane++)
        for (int k = 0; k < TAPS; k++) ((float *)&taps[turned ? TAPS - 1 - k : k])[lane] = from[lane * next + k];
      for (int j = 0; j < 3; j++) {
        vec g[3] = {taps[j], taps[3 + j], taps[6 + j]};
        weight_points(g, r);
        for (int i = 0; i < POINTS; i++) d[i][j] = r[i];
      }
      float *z = u + (o * channels + c) * LANES;
      for (int i = 0; i < POINTS; i++) {
        weight_points(d[i], r);
        for (int j = 0; j < POINTS; j++) *(vec *)(z + (i * POINTS + j) * stride) = r[j];
      }
    }
  }
}

/* A^T m A plus bias, to y. */
INLINE WIDE void transform_output(const ck_winograd *s, const float *m, const float *bias, bool relu, float *y, long first,
                             int count, int block) {
  int tall = tiles_high(s), wide = tiles_wide(s), height = s->out_height, width = s->out_width;
  long stride = point_stride(s->outputs, block);
  for (int o = 0; o < s->outputs / LANES; o++) {
    long plane = s->first_output / LANES + o, planes = s->all_outputs / LANES;
    place p = place_of(s, first);
    vec b = {0};
    if (bias) memcpy(&b, bias + s->first_output + o * LANES, sizeof b);
    for (int t = 0; t < count; t++, advance(&p, tall, wide)) {
      const float *from = m + ((long)o * block + t) * LANES;
      vec d[TILE][POINTS], c[POINTS], r[TILE];
      for (int j = 0; j < POINTS; j++) {
        for (int i = 0; i < POINTS; i++) c[i] = *(const vec *)(from + (i * POINTS + j) * stride);
        output_points(c, r);
        for (int i = 0; i < TILE; i++) d[i][j] = r[i];
      }
      int rows = height - TILE * p.row, columns = width - TILE * p.column;
      float *z = y + (((p.image * planes + plane) * height + TILE * p.row) * width + TILE * p.column) * LANES;
      for (int i = 0; i < TILE && i < rows; i++) {
        output_points(d[i], r);
        for (int j = 0; j < TILE; j++) {
          vec a = r[j] + b;
          if (relu) a = clipped(a);
          if (j < columns) *(vec *)(z + ((long)i * width + j) * LANES) = a;
        }
      }
    }
  }
}

/* m[o][t] = sum over the channels of v[t] u[o], for `tiles` tiles and `outs` blocks of outputs, held in registers. */
INLINE void multiply(const int tiles, const int outs, int channels, const float *v, long vs, const float *u, long us,
                     float *m, long ms) {
  vec sum[12][4] = {0};
  for (int b = 0; b < channels / LANES; b++, v += vs) {
#pragma clang loop unroll_count(4)
    for (int c = 0; c < LANES; c++, u += LANES) {
      vec w[4];
      for (int o = 0; o < outs; o++) w[o] = *(const vec *)(u + o * us);
      for (int t = 0; t < tiles; t++) {
        float a = v[t * LANES + c];
        vec k = {a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a};
        for (int o = 0; o < outs; o++) sum[t][o] += k * w[o];
      }
    }
  }
  for (int t = 0; t < tiles; t++)
    for (int o = 0; o < outs; o++) *(vec *)(m + o * ms + t * LANES) = sum[t][o];
}

/* The products of all points: as many outputs at a time as there are, at most 64. Blocks are whole groups of 12 tiles;
   what lies behind the last tile is multiplied too and never read. */
INLINE void multiply_points(const ck_winograd *s, const float *v, const float *u, float *m, int count, int block) {
  long us = (long)s->channels * LANES, ts = (long)block * LANES;
  int outs = s->outputs / LANES;
  for (int f = 0; f < POINTS * POINTS; f++) {
    const float *vf = v + f * point_stride(s->channels, block), *uf = u + f * point_stride(s->channels, s->outputs);
    float *mf = m + f * point_stride(s->outputs, block);
    int o = 0;
    for (; o + 4 <= outs; o += 4)
      for (int t = 0; t < count; t += 6)
        multiply(6, 4, s->channels, vf + t * LANES, ts, uf + o * us, us, mf + o * ts + t * LANES, ts);
    for (; o + 2 <= outs; o += 2)
      for (int t = 0; t < count; t += 12)
        multiply(12, 2, s->channels, vf + t * LANES, ts, uf + o * us, us, mf + o * ts + t * LANES, ts);
    for (; o < outs; o++)
      for (int t = 0; t < count; t += 12)
        multiply(12, 1, s->channels, vf + t * LANES, ts, uf + o * us, us, mf + o * ts + t * LANES, ts);
  }
}

WIDE void ck_winograd_forward(const ck_winograd *s, const float *x, const float *u, const float *bias, bool relu,
                              float *y, long first, long last, float *scratch) {
  int block = ck_winograd_forward_block(s);
  float *v = scratch, *m = scratch + POINTS * POINTS * point_stride(s->channels, block);
  for (; first < last; first += block) {
    int count = last - first < block ? (int)(last - first) : block;
    transform_input(s, x, first, count, block, 0, s->channels / LANES, v);
    multiply_points(s, v, u, m, count, block);
    transform_output(s, m, bias, relu, y, first, count, block);
  }
}
