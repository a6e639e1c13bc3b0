#include "wide.h"
#include <string.h>

bool ck_has_wide_vectors(void) { return __builtin_cpu_supports("x86-64-v4"); }

enum { NOWHERE = 255 };

/* The window at (row, column) of y, its taps top ..< bottom and left ..< right inside the plane. */
INLINE WIDE void take(const ck_pool *s, int kernel_width, const float *x, int row, int column, int top, int bottom, int left,
                 int right, bool relu, float *y, uint8_t *from) {
  const float *corner = x + ((long)row * s->width + column) * LANES;
  vec best = *(const vec *)(corner + ((long)top * s->width + left) * LANES);
  ivec place = (ivec){0} + (top * kernel_width + left);
  for (int i = top; i < bottom; i++) {
    for (int j = left; j < right; j++) {
      vec v = *(const vec *)(corner + ((long)i * s->width + j) * LANES);
      ivec wins = ~(v <= best) & (best == best);
      best = choose(wins, v, best);
      place = (wins & (i * kernel_width + j)) | (~wins & place);
    }
  }
  *(vec *)y = relu ? clipped(best) : best;
  if (relu) place |= ~(ivec)(best > 0) & NOWHERE;
  if (from) *(bytes *)from = __builtin_convertvector(place, bytes);
}

INLINE int least(int a, int b) { return a < b ? a : b; }
INLINE int most(int a, int b) { return a > b ? a : b; }

INLINE WIDE void pool(const ck_pool *s, long planes, const float *x, bool relu, float *y, uint8_t *from) {
  bool halves = s->kernel_height == 2 && s->kernel_width == 2 && s->step_down == 2 && s->step_right == 2 &&
                s->top == 0 && s->left == 0 && s->out_height * 2 <= s->height && s->out_width * 2 <= s->width;
  for (long p = 0; p < planes; p++, x += (long)s->height * s->width * LANES) {
    for (int i = 0; i < s->out_height; i++) {
      for (int j = 0; j < s->out_width; j++, y += LANES, from = from ? from + LANES : from) {
        int row = i * s->step_down - s->top, column = j * s->step_right - s->left;
        if (halves) take(s, 2, x, row, column, 0, 2, 0, 2, relu, y, from);
        else
          take(s, s->kernel_width, x, row, column, most(0, -row), least(s->kernel_height, s->height - row),
               most(0, -column), least(s->kernel_width, s->width - column), relu, y, from);
      }
    }
  }
}

WIDE void ck_max_pool(const ck_pool *s, long planes, const float *x, bool relu, float *y, uint8_t *from) {
  pool(s, planes, x, relu, y, from);
}

/* One plane of 2x2 windows side by side: every pixel is written once. */
INLINE WIDE void spread_halves(const ck_pool *s, const float *g, const uint8_t *from, float *dx) {
  long width = s->width;
  if (s->out_height * 2 < s->height || s->out_width * 2 < s->width)
    memset(dx, 0, (size_t)s->height * width * LANES * sizeof(float));
  for (int i = 0; i < s->out_height; i++) {
    for (int j = 0; j < s->out_width; j++, g += LANES, from += LANES) {
      ivec place = __builtin_convertvector(*(const bytes *)from, ivec);
      ivec v = *(const ivec *)g;
      float *z = dx + ((long)2 * i * width + 2 * j) * LANES;
      *(ivec *)z = (place == 0) & v;
      *(ivec *)(z + LANES) = (place == 1) & v;
      *(ivec *)(z + width * LANES) = (place == 2) & v;
      *(ivec *)(z + (width + 1) * LANES) = (place == 3) & v;
    }
  }
}

/* Any windows: they may overlap and leave pixels out. */
INLINE WIDE void spread(const ck_pool *s, const float *g, const uint8_t *from, float *dx) {
  memset(dx, 0, (size_t)s->height * s->width * LANES * sizeof(float));
  for (int i = 0; i < s->out_height; i++) {
    for (int j = 0; j < s->out_width; j++, g += LANES, from += LANES) {
      float *corner = dx + ((long)(i * s->step_down - s->top) * s->width + j * s->step_right - s->left) * LANES;
      for (int lane = 0; lane < LANES; lane++) {
        if (from[lane] == NOWHERE) continue;
        long tap = from[lane] / s->kernel_width * s->width + from[lane] % s->kernel_width;
        corner[tap * LANES + lane] += g[lane];
      }
    }
  }
}

WIDE void ck_max_pool_gradient(const ck_pool *s, long planes, const float *g, const uint8_t *from, float *dx) {
  bool halves = s->kernel_height == 2 && s->kernel_width == 2 && s->step_down == 2 && s->step_right == 2 &&
                s->top == 0 && s->left == 0 && s->out_height * 2 <= s->height && s->out_width * 2 <= s->width;
  long outputs = (long)s->out_height * s->out_width * LANES, inputs = (long)s->height * s->width * LANES;
  for (long p = 0; p < planes; p++, g += outputs, from += outputs, dx += inputs) {
    if (halves) spread_halves(s, g, from, dx);
    else spread(s, g, from, dx);
  }
}
