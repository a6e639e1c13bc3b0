#ifndef WINOGRAD_H
#define WINOGRAD_H
#include "wide.h"

/* What the forward pass and the weight gradient share. y = A^T [(G w G^T) (B^T x B)] A with the interpolation points 0,
   +-5/8, +-3/2 and infinity, whose error is several times smaller than that of the integers 0, +-1, +-2.

   Errors in float32, uniform x and w, against float64, relative to the largest result: y 1e-6 (32 channels) to 4e-6
   (512), weight gradient 1e-6 to 4e-6; the direct convolution: 3e-7 to 1e-6. Bound, with eps = 2^-24:
   |error| <= eps (channels + 32) |A^T| [(|G| |w| |G^T|) (|B^T| |x| |B|)] |A|, summed over the channels. */

enum { POINTS = 6, TILE = 4, TAPS = 9 };
#define P 0.625f
#define Q 1.5f
#define P2 (P * P)
#define Q2 (Q * Q)
/* 1 / M'(p) of M(x) = x (x^2 - P^2) (x^2 - Q^2) at the points 0, +-P, +-Q. */
#define NORM_0 (1 / (P2 * Q2))
#define NORM_P (1 / (2 * P2 * (P2 - Q2)))
#define NORM_Q (1 / (2 * Q2 * (Q2 - P2)))

/* One axis of B^T x: a column or row of the input tile, 6 to 6. */
INLINE void input_points(const vec *x, vec *y) {
  vec ep = x[4] - Q2 * x[2], op = x[3] - Q2 * x[1], eq = x[4] - P2 * x[2], oq = x[3] - P2 * x[1];
  y[0] = P2 * Q2 * x[0] + (x[4] - (P2 + Q2) * x[2]);
  y[1] = ep + P * op;
  y[2] = ep - P * op;
  y[3] = eq + Q * oq;
  y[4] = eq - Q * oq;
  y[5] = P2 * Q2 * x[1] + (x[5] - (P2 + Q2) * x[3]);
}

/* The place of a tile. */
typedef struct {
  long image;
  int row, column;
} place;

INLINE int tiles_high(const ck_winograd *s) { return (s->out_height + TILE - 1) / TILE; }
INLINE int tiles_wide(const ck_winograd *s) { return (s->out_width + TILE - 1) / TILE; }
INLINE place place_of(const ck_winograd *s, long tile) {
  long row = tile / tiles_wide(s);
  return (place){row / tiles_high(s), (int)(row % tiles_high(s)), (int)(tile % tiles_wide(s))};
}
INLINE void advance(place *p, int high, int wide) {
  if (++p->column < wide) return;
  p->column = 0;
  if (++p->row < high) return;
  p->row = 0;
  p->image++;
}

/* From one point to the next: a line more than a power of two, so that the 36 points of a tile share no cache set. */
INLINE long point_stride(long channels, long tiles) { return channels * tiles + LANES; }

/* B^T x B of count tiles for the channel blocks low ..< high, to v [36][C/16][block][16]. */
INLINE void transform_input(const ck_winograd *s, const float *x, long first, int count, int block, int low, int high,
                            float *v) {
  static const float zeros[POINTS * LANES] __attribute__((aligned(64)));
  int tall = tiles_high(s), wide = tiles_wide(s), height = s->height, width = s->width;
  long stride = point_stride(s->channels, block);
  for (int b = low; b < high; b++) {
    place p = place_of(s, first);
    for (int t = 0; t < count; t++, advance(&p, tall, wide)) {
      const float *image = x + (p.image * (s->channels / LANES) + b) * height * width * LANES;
      int y0 = TILE * p.row - s->top, x0 = TILE * p.column - s->left;
      vec d[POINTS][POINTS];
      for (int j = 0; j < POINTS; j++) {
        vec c[POINTS], r[POINTS] = {0};
        if (x0 + j >= 0 && x0 + j < width) {
          for (int i = 0; i < POINTS; i++) {
            bool inside = y0 + i >= 0 && y0 + i < height;
            c[i] = *(const vec *)(inside ? image + ((long)(y0 + i) * width + x0 + j) * LANES : zeros);
          }
          input_points(c, r);
        }
        for (int i = 0; i < POINTS; i++) d[i][j] = r[i];
      }
      float *z = v + ((long)b * block + t) * LANES;
      for (int i = 0; i < POINTS; i++) {
        vec r[POINTS];
        input_points(d[i], r);
        for (int j = 0; j < POINTS; j++) *(vec *)(z + (i * POINTS + j) * stride) = r[j];
      }
    }
  }
}
#endif
